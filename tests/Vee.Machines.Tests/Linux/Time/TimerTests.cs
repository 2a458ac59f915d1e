using Vee.Machines.Linux.Signals;
using Vee.Machines.Linux.Threads;
using Xunit;

namespace Vee.Machines.Tests.Linux.Time;

/// <summary>Timers that send signals, and when they have to be looked at.</summary>
public sealed class TimerTests : IDisposable
{
    private const ulong User1 = 10;
    private const ulong RealTime = 34;
    private const long Second = 1_000_000_000;

    private readonly LinuxHarness linux = new();

    public void Dispose() => linux.Dispose();

    [Theory]
    [InlineData(User1)]
    [InlineData(RealTime)]
    public void A_timer_whose_signal_is_pending_wakes_nobody_and_counts_on(ulong signal)
    {
        Block(signal);
        var timer = Start(signal, interval: 1);
        linux.Process.Timers.Expire(linux.Process.Clock.Now + 1);
        Assert.Equal(GuestThread.Never, linux.Process.Timers.NextDeadline);

        Pass(Second);
        Assert.Equal(GuestThread.Never, linux.Process.Timers.NextDeadline);
        var info = Assert.Single(linux.Process.Signals.Pending.Queue);
        Assert.InRange(info.Overrun, (int)Second - 2, (int)Second);

        // Taken, the next expiry is news again.
        Assert.Equal((long)signal, linux.Must("rt_sigtimedwait", linux.Words(1UL << ((int)signal - 1)), 0, 0, 8));
        Assert.InRange(linux.Process.Timers.NextDeadline, 1, linux.Process.Clock.Now + 1);
        Assert.InRange(linux.Must("timer_getoverrun", timer), (int)Second - 2, (int)Second);
    }

    [Fact]
    public void A_timer_whose_signal_is_ignored_wakes_nobody()
    {
        linux.Must("rt_sigaction", User1, linux.Words(SignalAction.Ignore, 0, 0), 0, 8);
        var timer = Start(User1, interval: 1);
        Assert.Equal(GuestThread.Never, linux.Process.Timers.NextDeadline);

        Pass(Second);
        var left = linux.Reserve(32);
        linux.Must("timer_gettime", timer, left);
        Assert.Equal(1UL, linux.Read<ulong>(left + 8));
        Assert.Equal(0UL, linux.Read<ulong>(left + 16));
        Assert.Equal(1UL, linux.Read<ulong>(left + 24));
    }

    private ulong Start(ulong signal, ulong interval)
    {
        var id = linux.Reserve(4);
        linux.Must("timer_create", 1, linux.Words(0, signal), id);
        var timer = linux.Read<uint>(id);
        linux.Must("timer_settime", timer, 0, linux.Words(0, interval, 0, 1), 0);
        return timer;
    }

    private void Block(ulong signal) =>
        linux.Must("rt_sigprocmask", 0, linux.Words(1UL << ((int)signal - 1)), 0, 8);

    private void Pass(long nanoseconds)
    {
        linux.Advance(nanoseconds);
        linux.Process.Timers.Expire(linux.Process.Clock.Now);
    }
}
