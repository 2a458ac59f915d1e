using System.Text.Json.Nodes;
using Xunit;

namespace Vee.Api.Tests;

public sealed class ManifestTests
{
    private static readonly string Long = new('a', 5000);

    public static TheoryData<string> Samples => SampleTests.Names;

    [Theory]
    [MemberData(nameof(Samples))]
    public void Sample_is_accepted(string name)
    {
        var sample = Yaml.Read(Repository.Read("config", "samples", name))!.AsObject();
        if ((string?)sample["kind"] != "SimulatedHost")
        {
            sample["metadata"]!["namespace"] = "default";
        }

        Assert.Empty(Admission.Create(sample));
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"spec":{"memory":{"size":"1Mi"}}}""")]
    [InlineData("""{"spec":{"memory":{"size":"64Gi"}}}""")]
    [InlineData("""{"spec":{"memory":{"size":"67108864Ki"}}}""")]
    [InlineData("""{"spec":{"cpu":{"vcpus":64}}}""")]
    [InlineData("""{"spec":{"source":{"image":{"builtin":null,"configMap":{"name":"a.b","key":"k.elf"}}}}}""")]
    [InlineData("""{"spec":{"placement":{"hostSelector":{"vee.dev/rack":"","zone":"a"}}}}""")]
    [InlineData("""{"spec":{"ports":[{"name":"a","port":1},{"name":"b","port":2}]}}""")]
    [InlineData("""{"spec":{"ports":[{"name":"a","port":1,"agentPort":2000},{"name":"b","port":2}]}}""")]
    [InlineData("""{"spec":{"workload":{"args":["","a b"],"env":[{"name":"A.B-c"},{"name":"B","value":"="}]}}}""")]
    [InlineData("""{"spec":{"termination":{"gracePeriodWallSeconds":0}}}""")]
    [InlineData("""{"spec":{"scheduling":{"weight":65535,"capPercent":0},"network":{"address":"10.255.0.10"}}}""")]
    public void Machine_is_accepted(string change) => Assert.Empty(Admission.Create(Manifests.Machine(change)));

    [Theory]
    [InlineData("""{"spec":{"runStrategy":"Sometimes"}}""", "spec.runStrategy", "\"Always\"")]
    [InlineData("""{"spec":null}""", "spec", "Required")]
    [InlineData("""{"spec":{"source":null}}""", "spec.source", "Required")]
    [InlineData("""{"spec":{"source":{"image":null}}}""", "spec.source", "give what the machine starts from")]
    [InlineData("""{"spec":{"source":{"image":{"builtin":null}}}}""", "spec.source.image", "give exactly one of")]
    [InlineData("""{"spec":{"source":{"image":{"configMap":{"name":"a","key":"b"}}}}}""", "spec.source.image",
        "give exactly one of builtin, configMap")]
    [InlineData("""{"spec":{"source":{"image":{"builtin":"No"}}}}""", "spec.source.image.builtin", "should match")]
    [InlineData("""{"spec":{"source":{"image":{"digest":"sha256:00"}}}}""", "spec.source.image.digest", "at least 71")]
    [InlineData("""{"spec":{"memory":null}}""", "spec.memory", "Required")]
    [InlineData("""{"spec":{"memory":{"size":"0"}}}""", "spec.memory.size", "memory must be 1Mi to 64Gi")]
    [InlineData("""{"spec":{"memory":{"size":"1000"}}}""", "spec.memory.size", "should match")]
    [InlineData("""{"spec":{"memory":{"size":1000}}}""", "spec.memory.size", "must be of type string")]
    [InlineData("""{"spec":{"memory":{"size":"much"}}}""", "spec.memory.size", "memory must be 1Mi to 64Gi")]
    [InlineData("""{"spec":{"memory":{"size":"65Gi"}}}""", "spec.memory.size", "memory must be 1Mi to 64Gi")]
    [InlineData("""{"spec":{"memory":{"size":"1023Ki"}}}""", "spec.memory.size", "memory must be 1Mi to 64Gi")]
    [InlineData("""{"spec":{"memory":{"size":"0.5Gi"}}}""", "spec.memory.size", "should match")]
    [InlineData("""{"spec":{"cpu":{"vcpus":0}}}""", "spec.cpu.vcpus", "greater than or equal to 1")]
    [InlineData("""{"spec":{"cpu":{"vcpus":65}}}""", "spec.cpu.vcpus", "less than or equal to 64")]
    [InlineData("""{"spec":{"ports":[{"name":"a","port":0}]}}""", "spec.ports[0].port", "greater than or equal to 1")]
    [InlineData("""{"spec":{"ports":[{"name":"a","port":65536}]}}""", "spec.ports[0].port", "65535")]
    [InlineData("""{"spec":{"ports":[{"name":"a","port":1,"agentPort":80}]}}""", "spec.ports[0].agentPort", "1024")]
    [InlineData("""{"spec":{"ports":[{"port":1}]}}""", "spec.ports[0].name", "Required")]
    [InlineData("""{"spec":{"ports":[{"name":"a","port":1},{"name":"b","port":1}]}}""", "spec.ports", "published once")]
    [InlineData("""{"spec":{"ports":[{"name":"a","port":1},{"name":"a","port":2}]}}""", "spec.ports[1]", "Duplicate")]
    [InlineData(
        """{"spec":{"ports":[{"name":"a","port":1,"agentPort":2000},{"name":"b","port":2,"agentPort":2000}]}}""",
        "spec.ports", "asked for once")]
    [InlineData("""{"spec":{"workload":{"env":[{"name":"A"},{"name":"A"}]}}}""", "spec.workload.env[1]", "Duplicate")]
    [InlineData("""{"spec":{"workload":{"env":[{"name":"A=B"}]}}}""", "spec.workload.env[0].name", "should match")]
    [InlineData("""{"spec":{"workload":{"args":["\u0000"]}}}""", "spec.workload.args[0]", "should match")]
    [InlineData("""{"spec":{"placement":{"hostSelector":{"":"a"}}}}""", "spec.placement.hostSelector", "a label has")]
    [InlineData("""{"spec":{"placement":{"hostSelector":{"a":"-"}}}}""", "spec.placement.hostSelector.a", "match")]
    [InlineData("""{"spec":{"placement":{"hostName":"a.b"}}}""", "spec.placement.hostName", "should match")]
    [InlineData("""{"spec":{"scheduling":{"weight":0}}}""", "spec.scheduling.weight", "greater than or equal to 1")]
    [InlineData("""{"spec":{"scheduling":{"capPercent":-1}}}""", "spec.scheduling.capPercent", "equal to 0")]
    [InlineData("""{"spec":{"network":{"address":"10.0.0.1"}}}""", "spec.network.address", "ask for another one")]
    [InlineData("""{"spec":{"network":{"address":"11.0.0.2"}}}""", "spec.network.address", "should match")]
    [InlineData("""{"spec":{"network":{"address":"10.0.0.256"}}}""", "spec.network.address", "should match")]
    [InlineData("""{"spec":{"network":{"address":"10.0.00.2"}}}""", "spec.network.address", "should match")]
    [InlineData("""{"spec":{"console":{"logBytes":1}}}""", "spec.console.logBytes", "4096")]
    [InlineData("""{"spec":{"termination":{"gracePeriodWallSeconds":3601}}}""",
        "spec.termination.gracePeriodWallSeconds", "3600")]
    [InlineData("""{"metadata":{"name":"a.b"}}""", "metadata.name", "should match")]
    public void Invalid_machine_is_refused_with_its_field(string change, string field, string text) =>
        AssertRefused(Admission.Create(Manifests.Machine(change)), field, text);

    [Fact]
    public void Too_much_is_refused_with_its_field()
    {
        var workload = new JsonObject { ["args"] = new JsonArray(Long) };
        AssertRefused(Admission.Create(With("workload", workload)), "spec.workload.args[0]", "4096");

        var args = Enumerable.Repeat("a", 257).Select(a => JsonValue.Create(a));
        workload = new JsonObject { ["args"] = new JsonArray([.. args]) };
        AssertRefused(Admission.Create(With("workload", workload)), "spec.workload.args", "at most 256");

        var ports = Enumerable.Range(1, 33).Select(i => new JsonObject { ["name"] = $"p{i}", ["port"] = i });
        AssertRefused(Admission.Create(With("ports", new JsonArray([.. ports]))), "spec.ports", "at most 32");

        var named = Manifests.Machine();
        named["metadata"]!["name"] = new string('a', 64);
        AssertRefused(Admission.Create(named), "metadata.name", "63");
    }

    [Theory]
    [InlineData("""{"spec":{"memroy":{}}}""", "spec.memroy")]
    [InlineData("""{"spec":{"ports":[{"name":"a","port":1,"protocol":"UDP"}]}}""", "spec.ports[0].protocol")]
    [InlineData("""{"spec":{"source":{"snapshotRef":{}}}}""", "spec.source.snapshotRef")]
    public void Unknown_field_is_named_under_strict(string change, string field) =>
        Assert.Equal([$"unknown field \"{field}\""], Admission.Create(Manifests.Machine(change)));

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"spec":{"hardware":{"memory":{"size":"1024Gi"}}}}""")]
    [InlineData("""{"spec":{"hardware":{"cores":[{"name":"a","count":256,"frequencyMHz":1}]}}}""")]
    [InlineData("""{"spec":{"agentSelector":{"zone":"a"}}}""")]
    [InlineData("""{"spec":{"hardware":{"nic":{"bandwidth":"999Tbit","queue":"1024Gi"}}}}""")]
    [InlineData("""{"spec":{"hardware":{"nic":{"bandwidth":"1bit/s"}}}}""")]
    [InlineData("""{"spec":{"hardware":{"disk":{"bandwidth":"100/s","latency":"0"}}}}""")]
    [InlineData("""{"spec":{"hardware":{"disk":{"bandwidth":"999Ti/s","latency":"60s"}}}}""")]
    [InlineData("""{"spec":{"hardware":{"costs":{"contextSwitch":{"time":"1s"},"perPage":{"copy":{"time":"0"}}}}}}""")]
    [InlineData("""
        {"spec":{"hardware":{"cores":[{"name":"a","count":1,"cacheDomain":"l"}],
                             "cacheDomains":[{"name":"l","size":"8Mi"}]}}}
        """)]
    [InlineData("""{"spec":{"scheduler":{"options":{"slice":"10ms","exactDebit":"true","ticksPerSlice":"3"}}}}""")]
    [InlineData("""{"spec":{"links":[{"to":"host-2","latency":"1us","jitter":"0","loss":"1.0"},{"to":"host-3"}]}}""")]
    [InlineData("""
        {"spec":{"probes":[{"name":"a","address":"10.0.0.2","target":{"address":"10.64.0.1","port":1},"tcp":{}},
            {"name":"b","address":"10.128.0.1","target":{"machine":{"namespace":"n","name":"m"},"port":65535},"udp":{}},
            {"name":"c","address":"10.63.255.255","target":{"address":"10.64.0.1","port":1},"udp":{},
             "interval":"1us"}]}}
        """)]
    [InlineData("""
        {"spec":{"hardware":{"costs":{"perPage":{"copy":{"time":"1us"}}}},
                 "hostWork":{"tasks":[{"name":"a","pause":"1s","pages":{"what":"copy","count":1}},
                                      {"name":"b","pause":"1us","cpu":"3600s"}]}}}
        """)]
    public void Host_is_accepted(string change) => Assert.Empty(Admission.Create(Manifests.Host(change)));

    [Theory]
    [InlineData("""{"spec":{"hardware":null}}""", "spec.hardware", "Required")]
    [InlineData("""{"spec":{"hardware":{"cores":[]}}}""", "spec.hardware.cores", "at least 1")]
    [InlineData("""{"spec":{"hardware":{"cores":[{"name":"a"}]}}}""", "spec.hardware.cores[0].count", "Required")]
    [InlineData("""{"spec":{"hardware":{"cores":[{"name":"a","count":257}]}}}""",
        "spec.hardware.cores[0].count", "256")]
    [InlineData("""{"spec":{"hardware":{"cores":[{"name":"a","count":1},{"name":"a","count":1}]}}}""",
        "spec.hardware.cores[1]", "Duplicate")]
    [InlineData("""{"spec":{"hardware":{"memory":{"size":"1025Gi"}}}}""", "spec.hardware.memory.size", "1024Gi")]
    [InlineData("""{"spec":{"agentSelector":{"zone":1}}}""", "spec.agentSelector.zone", "must be of type string")]
    [InlineData("""{"spec":{"hardware":{"cores":[{"name":"a","count":1,"capacity":0}]}}}""",
        "spec.hardware.cores[0].capacity", "greater than or equal to 1")]
    [InlineData("""{"spec":{"hardware":{"cores":[{"name":"a","count":1,"cyclesPerInstruction":{"Load":0}}]}}}""",
        "spec.hardware.cores[0].cyclesPerInstruction.Load", "greater than or equal to 1")]
    [InlineData("""{"spec":{"hardware":{"cores":[{"name":"a","count":1,"cacheDomain":"llc"}]}}}""",
        "spec.hardware.cores", "must be the name of one of cacheDomains")]
    [InlineData("""{"spec":{"hardware":{"cacheDomains":[{"name":"l","size":"0Mi"}]}}}""",
        "spec.hardware.cacheDomains[0].size", "a size is 1Ki to 1024Gi")]
    [InlineData("""{"spec":{"hardware":{"cacheDomains":[{"name":"l","size":"1025Gi"}]}}}""",
        "spec.hardware.cacheDomains[0].size", "a size is 1Ki to 1024Gi")]
    [InlineData("""{"spec":{"hardware":{"nic":{"bandwidth":"0Gbit"}}}}""", "spec.hardware.nic.bandwidth", "999Tbit")]
    [InlineData("""{"spec":{"hardware":{"nic":{"bandwidth":"1000Tbit"}}}}""", "spec.hardware.nic.bandwidth", "999T")]
    [InlineData("""{"spec":{"hardware":{"nic":{"bandwidth":"-1bit"}}}}""", "spec.hardware.nic.bandwidth", "1bit to")]
    [InlineData("""{"spec":{"hardware":{"nic":{"queue":"4M"}}}}""", "spec.hardware.nic.queue", "at least 3")]
    [InlineData("""{"spec":{"hardware":{"disk":{"bandwidth":"500M"}}}}""", "spec.hardware.disk.bandwidth", "and /s")]
    [InlineData("""{"spec":{"hardware":{"disk":{"operationsPerSecond":0}}}}""",
        "spec.hardware.disk.operationsPerSecond", "greater than or equal to 1")]
    [InlineData("""{"spec":{"hardware":{"disk":{"latency":"61s"}}}}""", "spec.hardware.disk.latency", "0 to 60s")]
    [InlineData("""{"spec":{"hardware":{"costs":{"contextSwitch":{"time":"2s"}}}}}""",
        "spec.hardware.costs.contextSwitch.time", "a cost is 0 to 1s")]
    [InlineData("""{"spec":{"hardware":{"costs":{"perPage":{"copy":{"time":"-1us"}}}}}}""",
        "spec.hardware.costs.perPage[copy].time", "a cost is 0 to 1s")]
    [InlineData("""{"spec":{"scheduler":{"policy":"lottery"}}}""", "spec.scheduler.policy", "\"credit\"")]
    [InlineData("""{"spec":{"scheduler":{"options":{"slice":"-1"}}}}""", "spec.scheduler.options.slice", "match")]
    [InlineData("""{"spec":{"time":{"mode":"Fast"}}}""", "spec.time.mode", "\"Paced\"")]
    [InlineData("""{"spec":{"seed":-1}}""", "spec.seed", "greater than or equal to 0")]
    [InlineData("""{"spec":{"links":[{"to":"h","latency":"999ns"}]}}""", "spec.links[0].latency", "1us to 3600s")]
    [InlineData("""{"spec":{"links":[{"to":"h","latency":"0"}]}}""", "spec.links[0].latency", "at least 2")]
    [InlineData("""{"spec":{"links":[{"to":"h","jitter":"2h"}]}}""", "spec.links[0].jitter", "0 to 3600s")]
    [InlineData("""{"spec":{"links":[{"to":"h","loss":"1.1"}]}}""", "spec.links[0].loss", "should match")]
    [InlineData("""{"spec":{"links":[{"to":"h","loss":"-0.1"}]}}""", "spec.links[0].loss", "should match")]
    [InlineData("""{"spec":{"links":[{"to":"h"},{"to":"h"}]}}""", "spec.links[1]", "Duplicate")]
    [InlineData("""{"spec":{"links":[{"to":"host-1"}]}}""", "spec.links", "no link to itself")]
    [InlineData("""
        {"spec":{"probes":[{"name":"a","address":"10.64.0.9","target":{"address":"10.64.0.1","port":1},"tcp":{}}]}}
        """, "spec.probes[0].address", "machines get the addresses of 10.64.0.0/10")]
    [InlineData("""
        {"spec":{"probes":[{"name":"a","address":"10.127.0.9","target":{"address":"10.64.0.1","port":1},"tcp":{}}]}}
        """, "spec.probes[0].address", "machines get the addresses of 10.64.0.0/10")]
    [InlineData("""
        {"spec":{"probes":[{"name":"a","address":"10.0.0.1","target":{"address":"10.64.0.1","port":1},"tcp":{}}]}}
        """, "spec.probes[0].address", "10.0.0.1 is the address of clients outside")]
    [InlineData("""
        {"spec":{"probes":[{"name":"a","address":"10.0.0.2","target":{"address":"10.64.0.1","port":1}}]}}
        """, "spec.probes[0]", "either tcp or udp")]
    [InlineData("""
        {"spec":{"probes":[{"name":"a","address":"10.0.0.2","target":{"port":1},"tcp":{}}]}}
        """, "spec.probes[0].target", "either machine or address")]
    [InlineData("""
        {"spec":{"probes":[{"name":"a","address":"10.0.0.2","target":{"address":"10.64.0.1","port":1},"tcp":{},
                            "interval":"999ns"}]}}
        """, "spec.probes[0].interval", "1us to 3600s")]
    [InlineData("""{"spec":{"hostWork":{"tasks":[]}}}""", "spec.hostWork.tasks", "at least 1")]
    [InlineData("""{"spec":{"hostWork":{"tasks":[{"name":"a","pause":"1s"}]}}}""", "spec.hostWork.tasks[0]",
        "either cpu or pages")]
    [InlineData("""
        {"spec":{"hostWork":{"tasks":[{"name":"a","pause":"1s","pages":{"what":"burn","count":1}}]}}}
        """, "spec.hostWork", "must be a name of hardware.costs.perPage")]
    public void Invalid_host_is_refused_with_its_field(string change, string field, string text) =>
        AssertRefused(Admission.Create(Manifests.Host(change)), field, text);

    private static JsonObject With(string field, JsonNode value)
    {
        var machine = Manifests.Machine();
        machine["spec"]![field] = value;
        return machine;
    }

    /// <summary>One line says what is wrong with the field, and none speaks of another field.</summary>
    private static void AssertRefused(IReadOnlyList<string> errors, string field, string text)
    {
        var lines = errors.Where(error => !error.Contains("rules were not checked", StringComparison.Ordinal)).ToList();
        Assert.Contains(lines, line => line.Contains(text, StringComparison.Ordinal));
        Assert.All(lines, line => Assert.StartsWith($"{field}: ", line, StringComparison.Ordinal));
    }
}
