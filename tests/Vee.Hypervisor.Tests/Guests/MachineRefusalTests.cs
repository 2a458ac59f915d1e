using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Hypervisor.Tests.State;
using Vee.Machines.Linux;
using Vee.Machines.State;
using Xunit;

namespace Vee.Hypervisor.Tests.Guests;

/// <summary>Checkpoints of machines that cannot have come about, with right checksums.</summary>
public sealed class MachineRefusalTests
{
    private const long Now = 3_210_987;

    [Theory]
    [InlineData("bornAt", Now + 1)]
    [InlineData("deadline", Now - 1)]
    [InlineData("endsAt", Now - 1)]
    [InlineData("isEndTold", 1)]
    public void A_guest_that_cannot_be_is_refused(string field, long value)
    {
        var state = MemoryState.Of(Build("yielders", 2).Host.Save);
        Assert.True(StateDamage.Change(state, field, 0, value));
        var refused = Assert.Throws<StateRefusedException>(
            () => MemoryState.Read(state, Build("yielders", 2).Host.Restore));
        Assert.EndsWith(field is "isEndTold" ? "endsAt" : field, refused.Field, StringComparison.Ordinal);
    }

    [Fact]
    public void An_end_is_told_once_though_there_is_a_checkpoint_after_it()
    {
        var (host, guest) = Build("ender", 2);
        guest.Ended = _ => { };
        Assert.NotNull(guest.Machine.Ending);
        var state = MemoryState.Of(host.Save);
        var (other, second) = Build("ender", 2);
        second.Ended = _ => Assert.Fail("it has been told");
        MemoryState.Read(state, other.Restore);
        second.ConsoleChanged();
        other.RunUntil(2 * Now);
        Assert.True(StateDamage.Change(state, "endsAt", 0, long.MaxValue));
        Assert.Throws<StateRefusedException>(() => MemoryState.Read(state, Build("ender", 2).Host.Restore));
    }

    [Theory]
    [InlineData("shown", 0, long.MaxValue)]
    [InlineData("readyTime", 0, long.MaxValue)]
    public void A_machine_that_cannot_be_is_refused(string field, int which, long value)
    {
        var state = MemoryState.Written(Build("sleeper", 2).Guest.Machine.Save);
        Assert.Equal("", Refusal(state));
        Assert.True(StateDamage.Change(state, field, which, value));
        Assert.Contains(field, Refusal(state), StringComparison.Ordinal);
    }

    [Fact]
    public void A_hart_that_has_a_thread_but_never_executes_it_is_refused()
    {
        var (host, guest) = Build("sleeper", 2);
        var idle = 0;
        var over = 0;
        for (var hart = 0; hart < 2; hart++)
        {
            var state = MemoryState.Of(host.Save);
            Assert.True(StateDamage.Change(state, "isIdle", hart, 1));
            idle += Record.Exception(() => MemoryState.Read(state, Build("sleeper", 2).Host.Restore))
                is StateRefusedException { Field: var field } && field.EndsWith("isIdle", StringComparison.Ordinal)
                ? 1 : 0;
            // The first is that of harts that take turns by themselves.
            state = MemoryState.Written(guest.Machine.Save);
            Assert.True(StateDamage.Change(state, "left", hart + 1, 0));
            over += Refusal(state).Contains("left", StringComparison.Ordinal) ? 1 : 0;
        }

        // The other one sleeps.
        Assert.Equal((1, 1), (idle, over));
    }

    [Fact]
    public void Threads_that_wait_for_a_hart_out_of_order_are_refused()
    {
        var machine = Build("yielders", 1).Guest.Machine;
        var latest = machine.TimeOf(0) + (10 * TestHost.Second);
        var refused = 0;
        for (var thread = 0; thread < 4; thread++)
        {
            var state = MemoryState.Written(machine.Save);
            Assert.True(StateDamage.Change(state, "readyTime", thread, latest));
            refused += Refusal(state).Contains("runnable", StringComparison.Ordinal) ? 1 : 0;
        }

        // One of the four has the hart, one waits behind the others.
        Assert.Equal(2, refused);
    }

    private static string Refusal(byte[] state)
    {
        using var machine = ProcessMachine.TryRestore(
            MemoryState.From(state), new TestConsole(), root: null, network: null, disk: null, out var refusal);
        return refusal;
    }

    private static (Host Host, MachineGuest Guest) Build(string program, int harts)
    {
        var host = TestHost.Of(TestHost.Cores(harts));
        var guest = TestMachine.Of(program, new TestConsole(), harts);
        host.Add("vm", guest, new GuestShare());
        host.RunUntil(Now);
        return (host, guest);
    }
}
