using Vee.Api;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions.Machines;
using Xunit;

namespace Vee.Operator.Tests.Decisions;

public sealed class PlacementTests
{
    private static readonly VirtualMachineSpec Spec = new()
    {
        Memory = new MemorySpec { Size = "512Mi" },
        Cpu = new CpuSpec { Vcpus = 2 },
    };

    [Fact]
    public void The_host_with_most_free_memory_is_taken()
    {
        var result = Placement.Find(
            Spec, [MachineCase.Host("a", 600), MachineCase.Host("c", 900), MachineCase.Host("b", 900)]);
        Assert.Equal("b", result.Host!.Name);
    }

    [Fact]
    public void Every_host_is_named_with_all_it_lacks()
    {
        var result = Placement.Find(
            Spec with
            {
                Placement = new PlacementSpec { HostSelector = new Dictionary<string, string> { ["disk"] = "fast" } },
            },
            [
                MachineCase.Host("small", freeMiB: 100, freeCores: 1),
                MachineCase.Host("cordoned") with
                {
                    IsUnschedulable = true,
                    Labels = new Dictionary<string, string> { ["disk"] = "fast" },
                },
                MachineCase.Host("dead") with { NotReady = "is not ready (agent a1 does not answer)" },
            ]);
        Assert.Equal(Reasons.NoHostFits, result.Reason);
        Assert.Equal(
            "none of 3 hosts fits: cordoned is unschedulable; dead lacks the label disk=fast and is not ready (agent "
            + "a1 does not answer); small lacks the label disk=fast and has 1 of 4 cores free, 2 needed and has 100Mi "
            + "of 1Gi memory free, 512Mi needed",
            result.Message);
    }

    [Fact]
    public void A_named_host_is_the_only_one()
    {
        var spec = Spec with { Placement = new PlacementSpec { HostName = "b" } };
        Assert.Equal("b", Placement.Find(spec, [MachineCase.Host("a"), MachineCase.Host("b", 600)]).Host!.Name);
        Assert.Equal(Reasons.NoHostFits, Placement.Find(spec, [MachineCase.Host("a")]).Reason);
    }

    [Fact]
    public void Without_hosts_the_message_says_what_to_do()
    {
        Assert.Equal(Reasons.NoHosts, Placement.Find(Spec, []).Reason);
    }

    [Fact]
    public void A_type_that_no_agent_offers_fits_nowhere()
    {
        var spec = Spec with { Machine = new MachineSpec { Type = MachineTypes.System } };
        var result = Placement.Find(spec, [MachineCase.Host("a")]);
        Assert.Contains("offers no machines of type System", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ports_are_not_published_where_time_does_not_go_by_the_walls()
    {
        var spec = new VirtualMachineSpec
        {
            Memory = new MemorySpec { Size = "16Mi" },
            Ports = [new PortSpec { Name = "a", Port = 1 }],
        };
        var host = MachineCase.Host("h1") with { IsFreeRunning = true };
        Assert.Contains("free-running", Placement.Find(spec, [host]).Message, StringComparison.Ordinal);
        Assert.NotNull(Placement.Find(spec with { Ports = null }, [host]).Host);
    }
}
