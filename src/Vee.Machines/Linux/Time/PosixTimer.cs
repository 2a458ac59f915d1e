using Vee.Machines.Linux.Signals;
using Vee.Machines.Linux.Threads;
using Vee.Machines.State;

namespace Vee.Machines.Linux.Time;

/// <summary>How an expired timer says so (SIGEV_ constants).</summary>
internal enum TimerNotification : byte
{
    Signal = 0,
    None = 1,
    Thread = 4,
}

/// <summary>One timer of timer_create(2), or the process's ITIMER_REAL.</summary>
internal sealed class PosixTimer(int id, int clock, TimerNotification notification, int signal, ulong value,
    int threadId)
{
    internal int Id { get; } = id;

    /// <summary>CLOCK_REALTIME is 0, CLOCK_MONOTONIC 1, CLOCK_BOOTTIME 7; all run at the pace of virtual
    /// time.</summary>
    internal int Clock { get; } = clock;

    /// <summary>The next expiry in virtual nanoseconds since boot; Never when disarmed.</summary>
    internal long Deadline { get; set; } = GuestThread.Never;

    /// <summary>Nanoseconds between expiries; 0 for a single one.</summary>
    internal long Interval { get; set; }

    /// <summary>Expiries since the signal was last queued, beyond the one that it stands for.</summary>
    internal int Overrun { get; private set; }

    internal void Expire(Process process, long now)
    {
        var missed = 0L;
        if (Interval > 0)
        {
            missed = (now - Deadline) / Interval;
            Deadline += (missed + 1) * Interval;
        }
        else
        {
            Deadline = GuestThread.Never;
        }

        var target = TargetOf(process);
        var pending = target?.Signals.Pending ?? process.Signals.Pending;
        var expiries = (int)Math.Min(missed + 1, int.MaxValue);
        if (Id >= 0 && pending.TryAddOverrun(Id, expiries))
        {
            Overrun = (int)Math.Min((long)Overrun + expiries, int.MaxValue);
            return;
        }

        Overrun = expiries - 1;
        Notify(process, target);
    }

    /// <summary>
    /// Whether the next expiry changes more than counts, which can be brought up to date at any time: nothing has to
    /// wake up a billion times a second for a timer whose signal is pending already, or goes nowhere.
    /// </summary>
    internal bool IsNews(Process process)
    {
        if (notification == TimerNotification.None || process.Signals[signal].Handler == SignalAction.Ignore)
        {
            return false;
        }

        var target = TargetOf(process);
        return notification == TimerNotification.Thread
            ? target is not null && !IsPending(target.Signals.Pending)
            : !IsPending(process.Signals.Pending);
    }

    // A standard signal that is pending is not queued again; of a real-time one, each timer has one.
    private bool IsPending(PendingSignals pending) =>
        (pending.Set & SignalNumbers.Bit(signal)) != 0 && (signal < 32 || pending.HasOfTimer(Id));

    private GuestThread? TargetOf(Process process) =>
        notification == TimerNotification.Thread ? process.Threads.All.GetValueOrDefault(threadId) : null;

    private void Notify(Process process, GuestThread? target)
    {
        var info = new SignalInfo(signal, Id < 0 ? SignalCodes.Kernel : SignalCodes.Timer)
        {
            Timer = Math.Max(Id, 0),
            Overrun = Overrun,
            Value = value,
        };
        if (notification == TimerNotification.Signal)
        {
            process.SignalDelivery.SendToProcess(info);
        }
        else if (target is not null)
        {
            process.SignalDelivery.SendToThread(target, info);
        }
    }

    internal void Save(StateWriter state)
    {
        state.Int64("id", Id);
        state.Int64("clock", Clock);
        state.UInt64("notification", (ulong)notification);
        state.Int64("signal", signal);
        state.UInt64("value", value);
        state.Int64("thread", threadId);
        state.Int64("deadline", Deadline);
        state.Int64("interval", Interval);
        state.Int64("overrun", Overrun);
    }

    internal static PosixTimer Restore(StateReader state)
    {
        var timer = new PosixTimer(
            state.Int32("id", -1),
            state.Int32("clock", 0, 15),
            (TimerNotification)state.UInt64("notification", (ulong)TimerNotification.Thread),
            state.Int32("signal", 0, SignalNumbers.Max),
            state.UInt64("value"),
            state.Int32("thread"))
        {
            Deadline = state.Int64("deadline", 0),
            Interval = state.Int64("interval", 0),
            Overrun = state.Int32("overrun", 0),
        };
        return timer;
    }
}
