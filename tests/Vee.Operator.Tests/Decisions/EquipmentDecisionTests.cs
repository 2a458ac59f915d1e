using k8s.Models;
using Vee.Api;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Equipment;
using Vee.Operator.Mapping;
using Vee.Protocol;
using Xunit;

namespace Vee.Operator.Tests.Decisions;

public sealed class EquipmentDecisionTests
{
    [Fact]
    public void Of_a_host_without_anything_nothing_is_said()
    {
        var outcome = EquipmentDecision.Decide(Host("h"), [], []);
        Assert.Equal((null, false, false), (outcome.Equipped, outcome.IsTold, outcome.IsRead));
    }

    [Fact]
    public void A_host_that_had_something_and_has_nothing_any_more_is_told_so()
    {
        var host = Host("h");
        host.Status = host.Status! with
        {
            Conditions = [.. host.Status.Conditions!, Condition(ConditionTypes.Equipped, "True")],
        };
        var outcome = EquipmentDecision.Decide(host, [host], []);
        Assert.Equal((true, false), (outcome.IsTold, outcome.IsRead));
        Assert.Equal((ConditionDraft.True, Reasons.AsSpecified), (outcome.Equipped!.Status, outcome.Equipped.Reason));
        var request = EquipmentMapping.ToRequest(host, outcome.Probes);
        Assert.Equal(new EquipHostRequest { HostUid = "uid-h" }, request);
    }

    [Fact]
    public void Before_an_agent_has_the_host_nobody_is_told()
    {
        var host = Host("h", Probe("p", "10.0.0.2", address: "10.0.0.9"));
        host.Status = host.Status! with { Conditions = [Condition(ConditionTypes.Ready, "False")] };
        var outcome = EquipmentDecision.Decide(host, [host], []);
        Assert.False(outcome.IsTold);
        Assert.Equal((ConditionDraft.False, Reasons.Starting), (outcome.Equipped!.Status, outcome.Equipped.Reason));
    }

    [Fact]
    public void A_probe_finds_its_machine_by_name_when_that_has_an_address()
    {
        var host = Host("h", Probe("p", "10.0.0.2", machine: "kv"), Probe("q", "10.0.0.3", address: "10.0.0.9"));
        var waiting = EquipmentDecision.Decide(host, [host], [Machine("kv", null), Machine("other", "10.64.0.2")]);
        Assert.Equal(["q"], waiting.Probes.Select(p => p.Spec.Name));
        Assert.Equal(Reasons.TargetPending, waiting.Equipped!.Reason);
        Assert.Equal(
            "probe 'p': machine default/kv does not exist or has no address yet", waiting.Equipped.Message);

        var found = EquipmentDecision.Decide(host, [host], [Machine("kv", "10.64.0.1")]);
        Assert.Equal(["10.64.0.1", "10.0.0.9"], found.Probes.Select(p => p.TargetAddress));
        Assert.Equal(ConditionDraft.True, found.Equipped!.Status);
        Assert.True(EquipmentDecision.Asks(host, Machine("kv", null)));
        Assert.False(EquipmentDecision.Asks(host, Machine("other", null)));
    }

    [Fact]
    public void An_address_is_one_probes_only()
    {
        var first = Host("a", Probe("p", "10.0.0.2", address: "10.0.0.9"));
        var second = Host(
            "b", Probe("p", "10.0.0.2", address: "10.0.0.9"), Probe("q", "10.0.0.3", address: "10.0.0.9"));
        SimulatedHost[] all = [first, second];

        Assert.Equal(ConditionDraft.True, EquipmentDecision.Decide(first, all, []).Equipped!.Status);
        var refused = EquipmentDecision.Decide(second, all, [Machine("kv", "10.0.0.3")]);
        Assert.Empty(refused.Probes);
        Assert.Equal(Reasons.AddressTaken, refused.Equipped!.Reason);
        Assert.Equal(
            "probe 'p': probe 'p' of host a has the address 10.0.0.2; "
            + "probe 'q': machine default/kv has the address 10.0.0.3",
            refused.Equipped.Message);
    }

    [Fact]
    public void What_a_spec_says_is_passed_on_and_what_it_does_not_say_is_as_documented()
    {
        var host = Host(
            "h", Probe("p", "10.0.0.2", address: "10.0.0.9"),
            Probe("q", "10.0.0.3", address: "10.0.0.9") with
            {
                Tcp = null, Udp = new UdpProbeSpec { Bytes = 100, LostAfter = "2s" }, Interval = "1ms",
                SlowAfter = "3ms",
            });
        host.Spec = host.Spec with
        {
            HostWork = new HostWorkSpec
            {
                CapPercent = 50,
                Tasks =
                [
                    new HostTaskSpec { Name = "a", Pause = "1s", Cpu = "2ms" },
                    new HostTaskSpec { Name = "b", Pause = "1us", Pages = new() { What = "copy", Count = 9 } },
                ],
            },
        };
        var outcome = EquipmentDecision.Decide(host, [host], []);
        Assert.Equal(
            new EquipHostRequest
            {
                HostUid = "uid-h",
                Probes =
                {
                    new HostProbe
                    {
                        Name = "p", Address = 0x0A000002, TargetAddress = 0x0A000009, TargetPort = 6379,
                        IntervalVirtualNs = 10_000_000, SlowAfterVirtualNs = 10_000_000,
                        Tcp = new TcpExchange
                        {
                            Request = Google.Protobuf.ByteString.CopyFromUtf8("PING\r\n"), AnswerBytes = 7,
                            ReconnectAfterVirtualNs = 20_000_000,
                        },
                    },
                    new HostProbe
                    {
                        Name = "q", Address = 0x0A000003, TargetAddress = 0x0A000009, TargetPort = 6379,
                        IntervalVirtualNs = 1_000_000, SlowAfterVirtualNs = 3_000_000,
                        Udp = new UdpExchange { DatagramBytes = 100, LostAfterVirtualNs = 2_000_000_000 },
                    },
                },
                Work = new HostWork
                {
                    VcpuCount = 1, CapPercent = 50,
                    Tasks =
                    {
                        new HostTask { Name = "a", PauseVirtualNs = 1_000_000_000, CpuVirtualNs = 2_000_000 },
                        new HostTask { Name = "b", PauseVirtualNs = 1000, Pages = new() { What = "copy", Count = 9 } },
                    },
                },
            },
            EquipmentMapping.ToRequest(host, outcome.Probes));
    }

    private static SimulatedHost Host(string name, params ProbeSpec[] probes) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, Uid = $"uid-{name}" },
        Spec = new SimulatedHostSpec { Probes = probes.Length == 0 ? null : probes },
        Status = new SimulatedHostStatus
        {
            Agent = new AgentReference { Name = "agent" },
            Conditions = [Condition(ConditionTypes.Ready, "True")],
        },
    };

    private static ProbeSpec Probe(string name, string own, string? address = null, string? machine = null) => new()
    {
        Name = name,
        Address = own,
        Target = new ProbeTarget
        {
            Address = address,
            Machine = machine is null ? null : new MachineTarget { Namespace = "default", Name = machine },
            Port = 6379,
        },
        Tcp = new TcpProbeSpec(),
    };

    private static VirtualMachine Machine(string name, string? address) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default" },
        Status = new VirtualMachineStatus
        {
            Network = address is null ? null : new NetworkStatus { Address = address },
        },
    };

    private static V1Condition Condition(string type, string status) => new() { Type = type, Status = status };
}
