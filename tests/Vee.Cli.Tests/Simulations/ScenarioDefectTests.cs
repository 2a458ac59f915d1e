using Xunit;

namespace Vee.Cli.Tests.Simulations;

public sealed class ScenarioDefectTests
{
    private const string Job = "jobs: [{name: j, arrivals: {poisson: {rate: 1/s}}, phases: [cpu: 1ms]}]";

    /// <summary>Fields of a guest, on line 11 from column 7, and the defect.</summary>
    [Theory]
    [InlineData("{name: Web, spin: {}}", "11:14: spec.hosts[0].guests[0].name: 'Web' must be a name")]
    [InlineData("{name: 7, spin: {}}", "11:14: spec.hosts[0].guests[0].name: must be a name, not '7'; text that looks")]
    [InlineData("{name: true, spin: {}}", "guests[0].name: must be a name, not 'true'; text that looks")]
    [InlineData("{name: , spin: {}}", "guests[0].name: must be a name, not nothing")]
    [InlineData("{name: [], spin: {}}", "guests[0].name: must be a name, not a list")]
    [InlineData("{spin: {}}", "11:7: spec.hosts[0].guests[0].name: is missing")]
    [InlineData("{name: g}",
        "11:7: spec.hosts[0].guests[0]: must have exactly one of jobs, spin, thief, machine, udpProbe, tcpProbe")]
    [InlineData("{name: g, spin: {}, " + Job + "}",
        "must have exactly one of jobs, spin, thief, machine, udpProbe, tcpProbe, reflector: spin and jobs are")]
    [InlineData("{name: g, spin: {}, vcpu: 2}",
        "11:27: spec.hosts[0].guests[0].vcpu: there is no such field; there are")]
    [InlineData("{name: g, spin: {hard: 1}}", "guests[0].spin: has no fields")]
    [InlineData("{name: g, spin: yes}", "guests[0].spin: must be an object, not 'yes'")]
    [InlineData("just text", "11:7: spec.hosts[0].guests[0]: must be an object, not 'just text'")]
    [InlineData("{name: g, spin: {}, vcpus: 0}", "guests[0].vcpus: must be a whole number from 1 to 256, not '0'")]
    [InlineData("{name: g, spin: {}, vcpus: 1.5}", "guests[0].vcpus: must be a whole number")]
    [InlineData("{name: g, spin: {}, vcpus: '2'}", "guests[0].vcpus: must be a whole number")]
    [InlineData("{name: g, spin: {}, vcpus: 99999999999999999999999}", "guests[0].vcpus: must be a whole number")]
    [InlineData("{name: g, spin: {}, weight: 65536}", "guests[0].weight: must be a whole number from 1 to 65535")]
    [InlineData("{name: g, spin: {}, cap: -1}", "guests[0].cap: must be a whole number from 0")]
    [InlineData("{name: g, spin: {}, cap: .nan}", "guests[0].cap: must be a whole number from 0")]
    [InlineData("{name: g, spin: {}, count: 0}", "guests[0].count: must be a whole number from 1 to 1024")]
    [InlineData("{name: g, spin: {}, affinity: [0-2]}", "guests[0].affinity[0]: must be cores from 0 to 1")]
    [InlineData("{name: g, spin: {}, affinity: [1-0]}", "guests[0].affinity[0]: must be cores from 0 to 1")]
    [InlineData("{name: g, spin: {}, affinity: ['']}", "guests[0].affinity[0]: must be cores from 0 to 1")]
    [InlineData("{name: g, spin: {}, affinity: []}", "guests[0].affinity: has 0 items, must have 1 to 256")]
    [InlineData("{name: g, spin: {}, affinity: [0, 1]}", "guests[0].affinity: has 2 items for 1 vCPUs")]
    [InlineData(
        "{name: g, count: 9, jobs: [{name: j, arrivals: {closed: {clients: 200000, think: 1s}}, phases: [cpu: 0]}]}",
        "spec.hosts[0].guests: have 1800000 clients together, at most 1000000 are possible")]
    [InlineData("{name: g, spin: {}, affinity: 0}", "guests[0].affinity: must be a list, not '0'")]
    [InlineData("{name: g, vcpus: 2, thief: {period: 10ms, guard: 1ms}}", "guests[0].vcpus: a thief has one vCPU")]
    [InlineData("{name: g, thief: {period: 10ms, guard: 5ms}}", "thief: 'guard' must be less than half of 'period'")]
    [InlineData("{name: g, thief: {period: 10ms}}", "guests[0].thief.guard: is missing")]
    [InlineData("{name: g, spin: {}, name: g}", "guests[0].name: the field is there twice")]
    [InlineData("{name: g, spin: {}, <<: {cap: 1}}", "guests[0].<<: there is no such field")]
    [InlineData("{name: g, spin: !!map {}, cap: !!int 3}", "cap: the tag 'tag:yaml.org,2002:int' means nothing here")]
    public void A_guest_is_refused(string guest, string defect) =>
        Assert.Contains(
            ScenarioYaml.Defects(ScenarioYaml.WithGuest(guest)),
            line => line.Contains(defect, StringComparison.Ordinal));

    [Theory]
    [InlineData("arrivals: {}", "arrivals: must have exactly one of open, poisson, closed, periodic, trace: none")]
    [InlineData("arrivals: {poisson: {rate: 5}}", "arrivals.poisson.rate: must be a rate such as 200/s")]
    [InlineData("arrivals: {poisson: {rate: 0/s}}", "arrivals.poisson.rate: must be a rate such as 200/s")]
    [InlineData("arrivals: {poisson: {rate: -1/s}}", "arrivals.poisson.rate: must be a rate such as 200/s")]
    [InlineData("arrivals: {poisson: {rate: 5/fortnight}}", "arrivals.poisson.rate: must be a rate")]
    [InlineData("arrivals: {open: {gap: 0}}", "arrivals.open.gap: is always 0")]
    [InlineData("arrivals: {open: {gap: {trace: [0, 0]}}}", "arrivals.open.gap: is always 0")]
    [InlineData("arrivals: {open: {gap: 5}}", "arrivals.open.gap: must be a time with a unit")]
    [InlineData("arrivals: {open: {gap: -5ms}}", "arrivals.open.gap: must be a time with a unit")]
    [InlineData("arrivals: {open: {gap: NaN}}", "arrivals.open.gap: must be a time with a unit")]
    [InlineData("arrivals: {open: {gap: 0.5ns}}", "arrivals.open.gap: '0.5ns' is no whole number of nanoseconds")]
    [InlineData("arrivals: {open: {gap: 9000h}}", "arrivals.open.gap: '9000h' is impossible: must be 0 to 8760h")]
    [InlineData("arrivals: {open: {gap: 99999999999999999999h}}", "arrivals.open.gap: must be a time")]
    [InlineData("arrivals: {open: {gap: 1.2.3ms}}", "arrivals.open.gap: must be a time")]
    [InlineData("arrivals: {open: {gap: 5 ms}}", "arrivals.open.gap: must be a time")]
    [InlineData("arrivals: {open: {gap: {normal: 5ms}}}", "gap.normal: there is no such field; there are constant")]
    [InlineData("arrivals: {open: {gap: {exponential: 0}}}", "gap.exponential: '0' is impossible: must be 1ns to")]
    [InlineData("arrivals: {open: {gap: {uniform: {from: 2s, to: 1s}}}}", "gap.uniform: 'from' is more than 'to'")]
    [InlineData("arrivals: {open: {gap: {erlang: {stages: 0, mean: 1s}}}}",
        "stages: must be a whole number from 1 to 1000")]
    [InlineData("arrivals: {open: {gap: {hyperexponential: {squaredVariation: 0.5, mean: 1s}}}}", "from 1 to 10000")]
    [InlineData("arrivals: {open: {gap: {lognormal: {median: 1s, sigma: 6}}}}", "sigma: must be a number from 0 to 5")]
    [InlineData("arrivals: {open: {gap: {lognormal: {median: 1s, sigma: .inf}}}}",
        "sigma: must be a number from 0 to 5")]
    [InlineData("arrivals: {open: {gap: {pareto: {shape: 0, from: 1s, to: 2s}}}}", "shape: must be a number from 0.1")]
    [InlineData("arrivals: {open: {gap: {pareto: {shape: 1, from: 2s, to: 2s}}}}", "'from' must be less than 'to'")]
    [InlineData("arrivals: {open: {gap: {trace: []}}}", "gap.trace: has 0 items")]
    [InlineData("arrivals: {open: {gap: {trace: [1s, x]}}}", "gap.trace[1]: must be a time")]
    [InlineData("arrivals: {open: {gap: 1ns}, poisson: {rate: 1/s}}", "exactly one of open, poisson, closed")]
    [InlineData("arrivals: {open: {gap: 1ns}}", null)]
    [InlineData("arrivals: {poisson: {rate: 1000000000/s}}", null)]
    [InlineData("arrivals: {poisson: {rate: 1000000001/s}}",
        "rate: must be a rate such as 200/s or 30/m, 0.000001/s to")]
    [InlineData("arrivals: {closed: {clients: 5, think: 0}}", null)]
    [InlineData("arrivals: {closed: {clients: 2000000, think: 1s}}",
        "clients: must be a whole number from 1 to 1000000")]
    [InlineData("arrivals: {closed: {clients: 1000000, think: 0}}, phases: [cpu: 1ns]", "would be")]
    [InlineData("arrivals: {closed: {clients: 1, think: 0}}, phases: [cpu: 0]", "would ask without end at one instant")]
    [InlineData("arrivals: {periodic: {period: 0}}", "periodic.period: '0' is impossible: must be 1ns to 8760h")]
    [InlineData("arrivals: {periodic: {phase: 1s}}", "periodic.period: is missing")]
    [InlineData("arrivals: {trace: [2s, 1s]}", "arrivals.trace[1]: comes before the time above it")]
    [InlineData("arrivals: {trace: {}}", "arrivals.trace: must be a list, not an object")]
    [InlineData("phases: []", "phases: has 0 items, must have 1 to 64")]
    [InlineData("phases: [{cpu: 1ms, disk: 1Ki}]",
        "phases[0]: must have exactly one of cpu, disk, sleep: cpu and disk are")]
    [InlineData("phases: [{disk: 0}]", "phases[0].disk: '0' is impossible: must be 1 to 1099511627776")]
    [InlineData("phases: [{disk: 64KB}]", "phases[0].disk: must be a size in bytes")]
    [InlineData("phases: [{disk: 1.3}]", "phases[0].disk: '1.3' is no whole number of bytes")]
    [InlineData("phases: [{network: 1}]", "phases[0].network: there is no such field; there are cpu, disk, sleep")]
    [InlineData("deadline: 0", "deadline: '0' is impossible: must be 1ns to 8760h")]
    public void A_class_of_jobs_is_refused(string field, string? defect)
    {
        var rest = field.StartsWith("arrivals", StringComparison.Ordinal) ? "" : ", arrivals: {poisson: {rate: 1/s}}";
        rest += field.Contains("phases", StringComparison.Ordinal) ? "" : ", phases: [cpu: 1ms]";
        var text = ScenarioYaml.WithGuest($"{{name: g, jobs: [{{name: j, {field}{rest}}}]}}");
        if (defect is null)
        {
            ScenarioYaml.Good(text);
            return;
        }

        var line = Assert.Single(ScenarioYaml.Defects(text), l => l.Contains(defect, StringComparison.Ordinal));
        Assert.Contains("spec.hosts[0].guests[0].jobs[0].", line, StringComparison.Ordinal);
        Assert.StartsWith("11:", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kind: Simulation", "kind: Simulator", "2:7: kind: must be Simulation, not 'Simulator'")]
    [InlineData("v1alpha1", "v2", "1:13: apiVersion: must be vee.dev/v1alpha1, not 'vee.dev/v2'")]
    [InlineData("{name: test}", "{name: test, labels: {}}", "metadata.labels: there is no such field; there are name")]
    [InlineData("duration: 1s", "duration: 0", "spec.duration: '0' is impossible: must be 1ns")]
    [InlineData("duration: 1s", "duration: 721h", "spec: 'warmup' and 'duration' are longer than 720h together")]
    [InlineData("duration: 1s", "warmup: 1s", "spec.duration: is missing")]
    [InlineData("{cores: [{count: 2}]}", "{cores: []}", "hardware.cores: has 0 items, must have 1 to 64")]
    [InlineData("{cores: [{count: 2}]}", "{cores: [{count: 2000}, {count: 49}]}",
        "hardware: cores: 2049 cores together")]
    [InlineData("{cores: [{count: 2}]}", "{cores: [{count: 1, name: a}, {count: 1, name: a}]}", "'a' is there twice")]
    [InlineData("{cores: [{count: 2}]}", "{cores: [{count: 2, cacheDomain: llc}]}", "there is no cache domain 'llc'")]
    [InlineData("{cores: [{count: 2}]}", "{cores: [{count: 2, cyclesPerInstruction: {Pray: 1}}]}",
        "Pray: there is no such")]
    [InlineData("{cores: [{count: 2}]}", "{profile: vax}",
        "hardware.profile: there is no profile 'vax'; there are server-2024, xeon-2010")]
    [InlineData("{cores: [{count: 2}]}", "{profile: xeon-2010, nic: {}}", "hardware: has 'profile' and other fields")]
    [InlineData("{cores: [{count: 2}]}", "{}", "hardware.cores: is missing")]
    [InlineData("{cores: [{count: 2}]}", "{cores: [{count: 2}], nic: {bandwidth: 1G}}",
        "nic.bandwidth: must be bits a second")]
    [InlineData("{cores: [{count: 2}]}", "{cores: [{count: 2}], disk: {bandwidth: 1G}}",
        "disk.bandwidth: must be bytes a second")]
    [InlineData("{cores: [{count: 2}]}", "{cores: [{count: 2}], costs: {contextSwitch: 2s}}",
        "is impossible: must be 0 to 1s")]
    [InlineData("policy: first-come", "policy: fifo",
        "9:25: spec.hosts[0].scheduler.policy: there is no policy 'fifo'; there are first-come")]
    [InlineData("policy: first-come", "policy: first-come, slice: 1ns",
        "scheduler.slice: '1ns' is impossible: must be 1us to 1h")]
    [InlineData("policy: first-come", "policy: first-come, tick: 1ms",
        "scheduler.tick: there is no such field; there are policy, slice")]
    [InlineData("policy: first-come", "slice: 1ms", "scheduler.policy: is missing")]
    public void A_scenario_is_refused(string right, string wrong, string defect)
    {
        var text = ScenarioYaml.WithGuest("{name: g, spin: {}}").Replace(right, wrong, StringComparison.Ordinal);
        Assert.Contains(ScenarioYaml.Defects(text), line => line.Contains(defect, StringComparison.Ordinal));
    }

    [Fact]
    public void Names_that_collide_are_refused()
    {
        var text = ScenarioYaml.WithGuest("""
            {name: web, count: 2, spin: {}}
                - {name: web-1, spin: {}}
                - {name: j, jobs: [
                    {name: a, arrivals: {trace: [0]}, phases: [cpu: 1ms]},
                    {name: a, arrivals: {trace: [0]}, phases: [cpu: 1ms]}]}
              - name: h1
                hardware: {profile: xeon-2010}
                scheduler: {policy: first-come}
                guests: [{name: g, count: 1024, vcpus: 9, spin: {}}]
            """);
        var defects = ScenarioYaml.Defects(text);
        Assert.True(defects.Length == 4, string.Join('\n', defects));
        Assert.StartsWith("12:7: spec.hosts[0].guests[1]: the host has a guest 'web-1' already", defects[0]);
        Assert.StartsWith("15:9: spec.hosts[0].guests[2].jobs[1]: the guest has a class 'a' already", defects[1]);
        Assert.StartsWith("16:5: spec.hosts[1]: there is a host 'h1' already", defects[2]);
        Assert.Contains("guests: have 9216 vCPUs together, at most 8192", defects[3], StringComparison.Ordinal);
    }

    [Fact]
    public void All_defects_are_told_at_once_in_the_order_of_the_text()
    {
        var defects = ScenarioYaml.Defects("""
            apiVersion: v1
            kind: Simulation
            spec:
              duration: 10
              durations: 10s
              hosts:
              - name: H
                hardware: {cores: [{count: 0}]}
                scheduler: {policy: none}
                guests:
                - {name: a, spin: {}, vcpus: 0}
                - {nme: b}
            """);
        Assert.Equal(
            ["1:1: metadata", "1:13: apiVersion", "4:13: spec.duration", "5:3: spec.durations",
                "7:11: spec.hosts[0].name", "8:32: spec.hosts[0].hardware.cores[0].count",
                "9:25: spec.hosts[0].scheduler.policy",
                "11:34: spec.hosts[0].guests[0].vcpus", "12:7: spec.hosts[0].guests[1].name",
                "12:7: spec.hosts[0].guests[1]", "12:8: spec.hosts[0].guests[1].nme"],
            defects.Select(d => string.Join(':', d.Split(':').Take(3))));
    }
}
