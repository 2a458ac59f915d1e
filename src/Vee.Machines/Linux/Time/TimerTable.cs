using Vee.Machines.Linux.Signals;
using Vee.Machines.Linux.Threads;
using Vee.Machines.State;

namespace Vee.Machines.Linux.Time;

/// <summary>The timers of a process that send signals.</summary>
internal sealed class TimerTable(Process process)
{
    /// <summary>Timers at most; one more is refused with EAGAIN.</summary>
    internal const int CountMax = 1024;

    private readonly SortedDictionary<int, PosixTimer> timers = [];
    private int lastId = -1;

    // The earliest expiry of any timer; Never when none is armed.
    private long nextExpiry = GuestThread.Never;

    /// <summary>setitimer(ITIMER_REAL), which sends SIGALRM.</summary>
    internal PosixTimer Real { get; private set; } = new(-1, 1, TimerNotification.Signal, SignalNumbers.Alarm, 0, 0);

    /// <summary>The earliest expiry that changes something by itself; Never when there is none.</summary>
    internal long NextDeadline => nextExpiry == GuestThread.Never
        ? GuestThread.Never
        : timers.Values.Append(Real)
            .Where(timer => timer.Deadline != GuestThread.Never && timer.IsNews(process))
            .Select(timer => timer.Deadline)
            .DefaultIfEmpty(GuestThread.Never)
            .Min();

    internal PosixTimer? Find(int id) => timers.GetValueOrDefault(id);

    internal PosixTimer? TryCreate(int clock, TimerNotification notification, int signal, ulong? value, int threadId)
    {
        if (timers.Count >= CountMax)
        {
            return null;
        }

        lastId++;
        var timer = new PosixTimer(lastId, clock, notification, signal, value ?? (ulong)lastId, threadId);
        timers.Add(lastId, timer);
        return timer;
    }

    internal bool Delete(int id)
    {
        var found = timers.Remove(id);
        Reschedule();
        return found;
    }

    /// <summary>Arms or disarms a timer and returns what was left of its previous setting.</summary>
    internal (long Remaining, long Interval) Set(PosixTimer timer, long deadline, long interval)
    {
        var before = Left(timer);
        timer.Deadline = deadline;
        timer.Interval = interval;
        Reschedule();
        return before;
    }

    /// <summary>Nanoseconds until a timer's expiry (0 when disarmed) and its interval.</summary>
    internal (long Remaining, long Interval) Left(PosixTimer timer)
    {
        Expire(process.Clock.Now);
        return timer.Deadline == GuestThread.Never
            ? (0, timer.Interval)
            : (timer.Deadline - process.Clock.Now, timer.Interval);
    }

    /// <summary>Lets every timer that is due expire.</summary>
    internal void Expire(long now)
    {
        if (now < nextExpiry)
        {
            return;
        }

        foreach (var timer in timers.Values.Append(Real).Where(timer => timer.Deadline <= now).ToArray())
        {
            timer.Expire(process, now);
        }

        Reschedule();
    }

    internal void Save(StateWriter state)
    {
        state.Int64("lastId", lastId);
        Real.Save(state);
        state.List("timers", timers.Values, (writer, timer) => timer.Save(writer));
    }

    internal void Restore(StateReader state)
    {
        lastId = state.Int32("lastId", -1);
        Real = PosixTimer.Restore(state);
        state.List("timers", CountMax, (reader, _) =>
        {
            var timer = PosixTimer.Restore(reader);
            if (timer.Id < 0 || timer.Id > lastId || !timers.TryAdd(timer.Id, timer))
            {
                throw reader.Refuse("id", $"timer {timer.Id} is not one that was created once");
            }
        });
        Reschedule();
    }

    private void Reschedule() => nextExpiry = Math.Min(
        Real.Deadline, timers.Count == 0 ? GuestThread.Never : timers.Values.Min(timer => timer.Deadline));
}
