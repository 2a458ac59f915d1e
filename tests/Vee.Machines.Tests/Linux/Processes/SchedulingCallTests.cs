using Vee.Machines.Linux;
using Vee.Machines.Linux.Threads;
using Xunit;

namespace Vee.Machines.Tests.Linux.Processes;

/// <summary>What a process may ask of its scheduling, its niceness, its stacks and its name.</summary>
public sealed class SchedulingCallTests : IDisposable
{
    private const ulong Other = 0;
    private const ulong Fifo = 1;
    private const ulong Batch = 3;

    private readonly LinuxHarness linux = new();

    public void Dispose() => linux.Dispose();

    [Theory]
    [InlineData(Other, 0, Errno.None)]
    [InlineData(Other, 1, Errno.EINVAL)]
    [InlineData(Batch, 0, Errno.EPERM)]
    [InlineData(Fifo, 1, Errno.EPERM)]
    [InlineData(Fifo, 0, Errno.EINVAL)]
    [InlineData(Fifo, 100, Errno.EINVAL)]
    [InlineData(77, 0, Errno.EINVAL)]
    internal void A_policy_is_the_one_there_is_or_not_permitted(ulong policy, ulong priority, Errno expected)
    {
        Assert.Equal(expected, linux.Call("sched_setscheduler", 0, policy, linux.Words(priority)).Error);
        Assert.Equal(0, linux.Must("sched_getscheduler", 0));
    }

    [Fact]
    public void Priorities_of_real_time_policies_have_the_bounds_of_Linux()
    {
        Assert.Equal(99, linux.Must("sched_get_priority_max", Fifo));
        Assert.Equal(1, linux.Must("sched_get_priority_min", Fifo));
        Assert.Equal(0, linux.Must("sched_get_priority_max", Batch));
        Assert.Equal(Errno.EINVAL, linux.Call("sched_get_priority_max", 77).Error);
    }

    [Fact]
    public void Niceness_is_kept_in_its_bounds_and_returned()
    {
        Assert.Equal(20, linux.Must("getpriority", 0, 0));
        linux.Must("setpriority", 0, 0, 5);
        Assert.Equal(15, linux.Must("getpriority", 0, 0));
        linux.Must("setpriority", 0, (ulong)linux.Process.Id, 100);
        Assert.Equal(1, linux.Must("getpriority", 0, 0));
        linux.Must("setpriority", 0, 0, unchecked((ulong)-100L));
        Assert.Equal(40, linux.Must("getpriority", 0, 0));
        Assert.Equal(Errno.ESRCH, linux.Call("setpriority", 0, 7, 1).Error);
        Assert.Equal(Errno.EINVAL, linux.Call("getpriority", 3, 0).Error);
    }

    [Theory]
    [InlineData(0, Errno.None)]
    [InlineData(1, Errno.None)]
    [InlineData(2, Errno.None)]
    [InlineData(3, Errno.EINVAL)]
    [InlineData(0x80000001, Errno.None)]
    [InlineData(0x40000000, Errno.EINVAL)]
    internal void Flags_of_an_alternate_stack_are_one_state_and_one_option(ulong flags, Errno expected)
    {
        // The call asks where sp is.
        using var hart = new Machines.Harts.Hart(0, Machines.Harts.CostModel.InOrder);
        linux.Thread.Hart = hart;
        var stack = linux.Words(0x20_0000, flags, 65_536);
        Assert.Equal(expected, linux.Call("sigaltstack", stack, 0).Error);
        linux.Thread.Hart = null;
    }

    [Fact]
    public void A_program_with_a_long_name_is_restored()
    {
        var console = new TestConsole { Ended = true };
        using var machine = ProcessMachine.TryCreate(
            GuestRun.Program("hello"),
            new ProcessOptions { Arguments = ["hello"], ProgramPath = $"/{new string('n', 200)}" },
            console,
            out var refusal);
        Assert.True(machine is not null, refusal);

        using var restored = GuestRun.Restore(MemoryState.Of(machine), console);
        Assert.Equal(GuestThread.NameBytesMax, restored.Process.Threads.All.Values.Single().Name.Length);
        Assert.Equal(0, GuestRun.ToEnd(restored).ShellStatus);
    }
}
