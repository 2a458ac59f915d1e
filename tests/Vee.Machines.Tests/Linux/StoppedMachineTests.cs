using Vee.Machines.Linux;
using Xunit;

namespace Vee.Machines.Tests.Linux;

/// <summary>A process that signals stop runs nothing until SIGCONT, also where it is restored.</summary>
public sealed class StoppedMachineTests
{
    private const int Kill = 9;
    private const int Terminate = 15;
    private const int Continue = 18;
    private const long Budget = 10_000_000;

    // What the conformance program `stops stop` raises, one after the other; the last was blocked when it was sent.
    private static readonly int[] Stops = [19, 20, 21, 22, 20];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Each_signal_that_stops_ends_the_run_until_SIGCONT(int harts)
    {
        var console = new TestConsole { Ended = true };
        using var machine = Create(console, harts);
        foreach (var signal in Stops)
        {
            AssertStopped(machine, signal);
            machine.SendSignal(Continue);
            Assert.False(machine.IsStopped);
        }

        Assert.Equal(0, GuestRun.ToEnd(machine).ShellStatus);
        Assert.Equal(
            "went on after 19, SIGCONT handled 1\nwent on after 20, SIGCONT handled 2\n"
            + "went on after 21, SIGCONT handled 3\nwent on after 22, SIGCONT handled 4\n"
            + "blocked: pending 1\nwent on after unblocking, SIGCONT handled 5\n",
            console.Output);
    }

    [Fact]
    public void A_stopped_machine_is_stopped_where_it_is_restored()
    {
        var console = new TestConsole { Ended = true };
        using var machine = Create(console, 1);
        AssertStopped(machine, Stops[0]);

        using var restored = GuestRun.Restore(MemoryState.Of(machine), console);
        foreach (var signal in Stops)
        {
            AssertStopped(restored, signal);
            restored.SendSignal(Continue);
        }

        Assert.Equal(0, GuestRun.ToEnd(restored).ShellStatus);
    }

    [Fact]
    public void Termination_waits_for_SIGCONT_and_SIGKILL_does_not()
    {
        using var machine = Create(new TestConsole { Ended = true }, 1);
        AssertStopped(machine, Stops[0]);
        machine.SendSignal(Terminate);
        AssertStopped(machine, Stops[0]);
        machine.SendSignal(Continue);
        Assert.Equal(Terminate, machine.Run(Budget).Ending?.Signal);

        using var other = Create(new TestConsole { Ended = true }, 1);
        AssertStopped(other, Stops[0]);
        other.SendSignal(Kill);
        Assert.Equal(Kill, other.Run(Budget).Ending?.Signal);
    }

    [Fact]
    public async Task Parallel_harts_stop_together_and_go_on_together()
    {
        var console = new TestConsole { Ended = true };
        using var machine = Create(console, 3);
        var stops = new List<int>();
        await GuestRun.ToEndInParallelAsync(machine, signal =>
        {
            stops.Add(signal);
            machine.SendSignal(Continue);
        });

        Assert.Equal(Stops, stops);
        Assert.Equal(0, machine.Ending?.ShellStatus);
        Assert.EndsWith("SIGCONT handled 5\n", console.Output, StringComparison.Ordinal);
    }

    private static ProcessMachine Create(TestConsole console, int harts) =>
        GuestRun.Create("conformance/stops", ["stop"], console, harts);

    private static void AssertStopped(ProcessMachine machine, int signal)
    {
        for (var again = 0; again < 2; again++)
        {
            var exit = machine.Run(Budget);
            Assert.Equal((MachineExitReason.Stopped, signal), (exit.Reason, exit.Signal));
            Assert.True(machine.IsStopped);
        }
    }
}
