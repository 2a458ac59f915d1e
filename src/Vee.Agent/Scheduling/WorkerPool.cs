namespace Vee.Agent.Scheduling;

/// <summary>
/// A fixed number of threads that give turns to many workers: in the order in which they became ready, at most one
/// thread in a worker at a time, and none while it has nothing to do.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    private readonly object gate = new();
    private readonly Queue<Seat> ready = new();
    private readonly Queue<Seat> urgent = new();
    private readonly SortedSet<(long At, long Seat)> alarms = [];
    private readonly Dictionary<long, Seat> sleeping = [];
    private readonly TimeProvider time;
    private readonly Thread[] threads;
    private long lastSeat;

    // When the thread that waits with a limit looks again; others wait until they are called.
    private long watchEnd = long.MaxValue;
    private bool isStopping;

    internal WorkerPool(int threadCount, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threadCount, 1);
        this.time = time;
        threads = [.. Enumerable.Range(0, threadCount).Select(index =>
            new Thread(Work) { IsBackground = true, Name = $"guests {index}" })];
        Array.ForEach(threads, thread => thread.Start());
    }

    /// <summary>Admits a worker; it has no turn before it is woken.</summary>
    internal Seat Add(IWorker worker)
    {
        lock (gate)
        {
            return new Seat(worker, ++lastSeat);
        }
    }

    /// <summary>Gives a worker a turn soon, or another one after the turn that it has.</summary>
    /// <param name="seat">The worker.</param>
    /// <param name="isUrgent">Before those that are merely ready: somebody waits for an answer.</param>
    internal void Wake(Seat seat, bool isUrgent = false)
    {
        lock (gate)
        {
            switch (seat.State)
            {
                case SeatState.Parked:
                    CancelAlarm_NeedsLock(seat);
                    seat.State = SeatState.Ready;
                    (isUrgent ? urgent : ready).Enqueue(seat);
                    Monitor.Pulse(gate);
                    break;
                case SeatState.Ready when isUrgent && !seat.IsUrgent:
                    // Its place in the other queue is found to be void when it comes up.
                    urgent.Enqueue(seat);
                    break;
                case SeatState.Running:
                    seat.IsWokenAgain = true;
                    break;
            }

            seat.IsUrgent |= isUrgent;
        }
    }

    /// <summary>Ends the threads when their turns are over, and waits for them.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            isStopping = true;
            Monitor.PulseAll(gate);
        }

        Array.ForEach(threads, thread => thread.Join());
    }

    private void Work()
    {
        while (TakeNext() is { } seat)
        {
            var turn = seat.Worker.TakeTurn();
            lock (gate)
            {
                Settle_NeedsLock(seat, turn);
            }
        }
    }

    private void Settle_NeedsLock(Seat seat, Turn turn)
    {
        if (turn.IsAgain || seat.IsWokenAgain)
        {
            seat.State = SeatState.Ready;
            (seat.IsUrgent ? urgent : ready).Enqueue(seat);
        }
        else
        {
            seat.State = SeatState.Parked;
            if (turn.At != long.MaxValue)
            {
                seat.Alarm = turn.At;
                alarms.Add((turn.At, seat.Id));
                sleeping.Add(seat.Id, seat);
            }
        }

        seat.IsWokenAgain = false;
    }

    private Seat? TakeNext()
    {
        lock (gate)
        {
            while (!isStopping)
            {
                Ring_NeedsLock();
                if (Dequeue_NeedsLock() is { } seat)
                {
                    // Somebody has to watch the alarms, or take what else is ready, while this thread is busy.
                    if (ready.Count + urgent.Count > 0 || (alarms.Count > 0 && watchEnd == long.MaxValue))
                    {
                        Monitor.Pulse(gate);
                    }

                    return seat;
                }

                Wait_NeedsLock();
            }

            return null;
        }
    }

    private Seat? Dequeue_NeedsLock()
    {
        while (urgent.TryDequeue(out var seat) || ready.TryDequeue(out seat))
        {
            if (seat.State == SeatState.Ready)
            {
                seat.State = SeatState.Running;
                seat.IsUrgent = false;
                return seat;
            }
        }

        return null;
    }

    /// <summary>Makes those ready whose time has come.</summary>
    private void Ring_NeedsLock()
    {
        var now = time.GetTimestamp();
        while (alarms.Count > 0 && alarms.Min is var first && first.At <= now)
        {
            var seat = sleeping[first.Seat];
            CancelAlarm_NeedsLock(seat);
            seat.State = SeatState.Ready;
            ready.Enqueue(seat);
        }
    }

    private void CancelAlarm_NeedsLock(Seat seat)
    {
        if (sleeping.Remove(seat.Id))
        {
            alarms.Remove((seat.Alarm, seat.Id));
        }
    }

    private void Wait_NeedsLock()
    {
        var first = alarms.Count > 0 ? alarms.Min.At : long.MaxValue;
        if (first >= watchEnd)
        {
            Monitor.Wait(gate);
            return;
        }

        watchEnd = first;
        var left = time.GetElapsedTime(time.GetTimestamp(), first);
        Monitor.Wait(gate, (int)Math.Clamp(Math.Ceiling(left.TotalMilliseconds), 0, 1 << 30));
        if (watchEnd == first)
        {
            watchEnd = long.MaxValue;
        }
    }
}

/// <summary>Something that does its work in turns of about a millisecond.</summary>
internal interface IWorker
{
    /// <summary>Works for a while, on the pool's thread.</summary>
    Turn TakeTurn();
}

/// <summary>What a worker wants after a turn.</summary>
/// <param name="IsAgain">Another turn when the others have had theirs.</param>
/// <param name="At">Else the timestamp at which it wants one unless it is woken before; long.MaxValue for
/// never.</param>
internal readonly record struct Turn(bool IsAgain, long At)
{
    internal static Turn Again => new(true, 0);

    internal static Turn WhenWoken => new(false, long.MaxValue);

    internal static Turn Until(long timestamp) => new(false, timestamp);
}

/// <summary>Where a worker stands with the pool. Zero is parked.</summary>
internal enum SeatState : byte
{
    Parked = 0,
    Ready,
    Running,
}

/// <summary>A worker's place in the pool, guarded by the pool's lock.</summary>
internal sealed class Seat(IWorker worker, long id)
{
    internal IWorker Worker { get; } = worker;

    internal long Id { get; } = id;

    internal SeatState State { get; set; }

    internal bool IsUrgent { get; set; }

    internal bool IsWokenAgain { get; set; }

    internal long Alarm { get; set; }
}
