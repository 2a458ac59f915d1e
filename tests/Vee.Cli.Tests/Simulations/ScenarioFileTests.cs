using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Randomness;
using Vee.Hypervisor.Scenarios;
using Xunit;

namespace Vee.Cli.Tests.Simulations;

public sealed class ScenarioFileTests
{
    private const string EveryField = """
        apiVersion: vee.dev/v1alpha1
        kind: Simulation
        metadata:
          name: every-field
        spec:
          warmup: 1m30s
          duration: 2h
          hosts:
          - name: h1
            hardware:
              cores:
              - name: big
                count: 2
                capacity: 2048
                frequencyMHz: 3250
                cyclesPerInstruction: {Multiply: 3}
                cacheDomain: llc
              - count: 4
              cacheDomains:
              - {name: llc, size: 32Mi}
              memory: {size: 1.5Gi}
              nic: {bandwidth: 25Gbit, queue: 4Mi}
              disk: {bandwidth: 100M/s, operationsPerSecond: 79, latency: 0.1ms}
              costs:
                contextSwitch: {time: 2us, source: a paper}
                vcpuMigration: 50us
                perPage:
                  copy: {time: 300ns}
            scheduler:
              policy: first-come
              slice: 30ms
            guests:
            - name: web
              count: 3
              vcpus: 2
              weight: 512
              cap: 150
              affinity: ["0-1,5", 4]
              jobs:
              - name: open
                arrivals:
                  open:
                    gap: {erlang: {stages: 4, mean: 5ms}}
                phases:
                - cpu: {hyperexponential: {squaredVariation: 4.5, mean: 2ms}}
                - disk: 64Ki
                - sleep: {uniform: {from: 0, to: 1ms}}
                - cpu: {lognormal: {median: 1ms, sigma: 0.5}}
                deadline: 20ms
              - name: poisson
                arrivals:
                  poisson: {rate: 120/m}
                phases:
                - cpu: 1.5us
              - name: closed
                arrivals:
                  closed:
                    clients: 5
                    think: {exponential: {mean: 10ms}}
                phases:
                - cpu: {pareto: {shape: 1.5, from: 1us, to: 1s}}
              - name: periodic
                arrivals:
                  periodic: {period: 20ms, phase: 3ms}
                phases:
                - cpu: {trace: [1ms, 2ms]}
              - name: replay
                arrivals:
                  trace: [0, 1ms, 1ms, 3ms]
                phases:
                - cpu: {exponential: 1ms}
            - name: hog
              spin: {}
            - name: thief
              thief: {period: 10ms, guard: 500us}
          - name: h2
            hardware: {profile: server-2024}
            scheduler: {policy: "first-come"}
            guests:
            - {name: "7", spin: {}}

        """;

    [Fact]
    public void Every_field_is_read()
    {
        var scenario = ScenarioYaml.Good(EveryField);

        Assert.Equal(("every-field", 90_000_000_000, 7_200_000_000_000), (
            scenario.Name, scenario.Warmup, scenario.Duration));
        var host = scenario.Hosts[0];
        var hardware = host.Hardware;
        Assert.Equal(("big", 2, 2048, 3250, "llc"), (
            hardware.Cores[0].Name, hardware.Cores[0].Count, hardware.Cores[0].Capacity,
            hardware.Cores[0].FrequencyMHz, hardware.Cores[0].CacheDomain));
        Assert.Equal(3, hardware.Cores[0].CyclesPerInstruction["Multiply"]);
        Assert.Equal(("c1", 4, 1024, 1000), (
            hardware.Cores[1].Name, hardware.Cores[1].Count, hardware.Cores[1].Capacity,
            hardware.Cores[1].FrequencyMHz));
        Assert.Equal([new CacheDomain("llc", 32L << 20)], hardware.CacheDomains);
        Assert.Equal(3L << 29, hardware.MemoryBytes);
        Assert.Equal(
            new NicProfile { BandwidthBitsPerSecond = 25_000_000_000, QueueBytes = 4 << 20 }, hardware.Nic);
        Assert.Equal(
            new DiskProfile { BytesPerSecond = 100_000_000, OperationsPerSecond = 79, LatencyNanoseconds = 100_000 },
            hardware.Disk);
        Assert.Equal(new Cost(2_000, "a paper"), hardware.Costs.ContextSwitch);
        Assert.Equal(new Cost(50_000), hardware.Costs.VcpuMigration);
        Assert.Equal(new Cost(300), hardware.Costs.PerPage["copy"]);
        Assert.Equal(("first-come", 30_000_000), (host.Scheduler.Kind.Name, host.Scheduler.Settings["slice"]));

        var web = host.Guests[0];
        Assert.Equal(["web-0", "web-1", "web-2"], web.Names);
        Assert.Equal((2, 512, 150), (web.VcpuCount, web.Share.Weight, web.Share.CapPercent));
        Assert.Equal([[0, 1, 5], [4]], web.Share.Affinity!);
        Assert.IsType<GuestLoad.Spin>(host.Guests[1].Load);
        Assert.Equal(new GuestLoad.Thief(10_000_000, 500_000), host.Guests[2].Load);
        Assert.Equal(("server-2024", 32), (scenario.Hosts[1].Hardware.Name, scenario.Hosts[1].Hardware.CoreCount));
        Assert.Equal(["7"], scenario.Hosts[1].Guests[0].Names);
    }

    [Fact]
    public void Every_arrival_and_distribution_is_read()
    {
        var web = ScenarioYaml.Good(EveryField).Hosts[0].Guests[0];
        var sources = Assert.IsType<GuestLoad.Jobs>(web.Load).Sources;

        Assert.Equal(new Arrivals.Open(new Distribution.Erlang(4, 5e6)), sources[0].Arrivals);
        Assert.Equal(20_000_000, sources[0].Deadline);
        Assert.Equal(
            [
                new JobPhase.Cpu(new Distribution.HyperExponential(4.5, 2e6)),
                new JobPhase.Disk(65_536),
                new JobPhase.Sleep(new Distribution.Uniform(0, 1_000_000)),
                new JobPhase.Cpu(new Distribution.LogNormal(1e6, 0.5)),
            ],
            sources[0].Phases);
        Assert.Equal(new Arrivals.Open(new Distribution.Exponential(5e8)), sources[1].Arrivals);
        Assert.Equal([new JobPhase.Cpu(new Distribution.Constant(1_500))], sources[1].Phases);
        Assert.Null(sources[1].Deadline);
        Assert.Equal(new Arrivals.Closed(5, new Distribution.Exponential(1e7)), sources[2].Arrivals);
        Assert.Equal(
            [new JobPhase.Cpu(new Distribution.BoundedPareto(1.5, 1_000, 1_000_000_000))], sources[2].Phases);
        Assert.Equal(new Arrivals.Periodic(20_000_000, 3_000_000), sources[3].Arrivals);
        var work = Assert.IsType<Distribution.Trace>(Assert.IsType<JobPhase.Cpu>(sources[3].Phases[0]).Work);
        Assert.Equal([1_000_000, 2_000_000], work.Values);
        Assert.Equal(
            [0, 1_000_000, 1_000_000, 3_000_000], Assert.IsType<Arrivals.At>(sources[4].Arrivals).Times);
    }

    [Fact]
    public void What_is_left_out_is_as_documented()
    {
        var scenario = ScenarioYaml.Good(ScenarioYaml.WithGuest("{name: g, spin: {}}"));

        Assert.Equal(0, scenario.Warmup);
        var hardware = scenario.Hosts[0].Hardware;
        Assert.Equal((4L << 30, new NicProfile(), new DiskProfile()), (
            hardware.MemoryBytes, hardware.Nic, hardware.Disk));
        Assert.Equal(Cost.Free, hardware.Costs.ContextSwitch);
        Assert.Equal(long.MaxValue, scenario.Hosts[0].Scheduler.Settings["slice"]);
        var guest = scenario.Hosts[0].Guests[0];
        Assert.Equal((1, 256, 0), (guest.VcpuCount, guest.Share.Weight, guest.Share.CapPercent));
        Assert.Null(guest.Share.Affinity);
    }

    [Fact]
    public void Json_and_aliases_are_yaml()
    {
        ScenarioYaml.Good("""
            {"apiVersion": "vee.dev/v1alpha1", "kind": "Simulation", "metadata": {"name": "test"},
             "spec": {"duration": "1s", "hosts": [{"name": "h", "hardware": {"cores": [{"count": 1}]},
               "scheduler": {"policy": "first-come"}, "guests": [{"name": "g", "spin": {}}]}]}}
            """);
        var scenario = ScenarioYaml.Good(ScenarioYaml.WithGuest("""
            {name: a, jobs: [{name: j, arrivals: {poisson: {rate: 1/s}}, phases: &work [cpu: 1ms]}]}
                - {name: b, jobs: [{name: j, arrivals: {poisson: {rate: 1/s}}, phases: *work}]}
            """));
        Assert.Equal(
            ((GuestLoad.Jobs)scenario.Hosts[0].Guests[0].Load).Sources[0].Phases,
            ((GuestLoad.Jobs)scenario.Hosts[0].Guests[1].Load).Sources[0].Phases);
    }
}
