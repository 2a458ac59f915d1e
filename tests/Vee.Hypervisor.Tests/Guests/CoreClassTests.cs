using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Scheduling;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Hypervisor.Tests.State;
using Vee.Machines.Harts;
using Vee.Machines.Isa;
using Xunit;

namespace Vee.Hypervisor.Tests.Guests;

/// <summary>Machines on cores that take other cycles for an instruction.</summary>
public sealed class CoreClassTests
{
    [Theory]
    [InlineData(1, 1000, 0.1756)]
    [InlineData(2, 1000, 0.3512)]
    [InlineData(2, 500, 0.7024)]
    public void A_core_that_takes_more_cycles_takes_longer(int factor, int megahertz, double seconds)
    {
        var (host, guest) = Run(Core("only", factor) with { FrequencyMHz = megahertz });
        var ended = 0L;
        guest.Ended = _ => ended = host.Now;
        host.RunUntil(2 * TestHost.Second);
        Assert.Equal(seconds, ended / 1e9, 3);
        guest.Dispose();
    }

    [Fact]
    public void Going_from_core_to_core_comes_to_the_same_through_slices_and_checkpoints()
    {
        var whole = Crowd(long.MaxValue);
        whole.RunUntil(2 * TestHost.Second);
        var sliced = Crowd(1009);
        sliced.RunUntil(300 * TestHost.Millisecond);
        var state = MemoryState.Of(sliced.Save);
        var second = Crowd(50_021);
        MemoryState.Read(state, second.Restore);
        second.RunUntil(2 * TestHost.Second);

        Assert.Equal(whole.Hash(), second.Hash());
        Assert.All(whole.Guests, guest => Assert.Equal(0, ((MachineGuest)guest.Program).Machine.Ending!.Status));
        TestHost.AssertConserved(whole);
        foreach (var guest in whole.Guests.Concat(sliced.Guests).Concat(second.Guests))
        {
            ((MachineGuest)guest.Program).Dispose();
        }
    }

    private static Host Crowd(long slice)
    {
        var hardware = new HardwareProfile { Cores = [Core("quick", 1), Core("slow", 3)], MemoryBytes = 1L << 30 };
        var host = TestHost.Of(hardware, new FirstComeScheduler(2 * TestHost.Millisecond));
        for (var index = 0; index < 3; index++)
        {
            host.Add(
                $"vm{index}", TestMachine.Guest("bench/bin/integer", new TestConsole(), slice: slice),
                new GuestShare());
        }

        return host;
    }

    private static (Host Host, MachineGuest Guest) Run(CoreClass core)
    {
        var host = TestHost.Of(new HardwareProfile { Cores = [core], MemoryBytes = 1L << 30 });
        var guest = TestMachine.Guest("bench/bin/integer", new TestConsole());
        host.Add("vm", guest, new GuestShare());
        return (host, guest);
    }

    /// <summary>One core on which all takes a multiple of the usual cycles.</summary>
    private static CoreClass Core(string name, int factor) => new()
    {
        Name = name,
        Count = 1,
        CyclesPerInstruction = Enum.GetValues<InstructionClass>().ToDictionary(
            type => $"{type}", type => factor * CostModel.InOrder.CyclesOf(type)),
    };
}
