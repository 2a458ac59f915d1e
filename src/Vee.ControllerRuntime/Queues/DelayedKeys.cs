namespace Vee.ControllerRuntime.Queues;

/// <summary>Keys that wait for their time, each once, with one timer for all.</summary>
internal sealed class DelayedKeys : IDisposable
{
    private static readonly TimeSpan TimerMin = TimeSpan.FromMilliseconds(1);

    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly Action<ObjectKey> due;
    private readonly ITimer timer;
    private readonly long start;
    private readonly Dictionary<ObjectKey, TimeSpan> dueAt = [];
    private readonly PriorityQueue<ObjectKey, TimeSpan> order = new();
    private bool isDisposed;

    internal DelayedKeys(TimeProvider time, Action<ObjectKey> due)
    {
        this.time = time;
        this.due = due;
        start = time.GetTimestamp();
        timer = time.CreateTimer(_ => Fire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal int Count
    {
        get
        {
            lock (gate)
            {
                return dueAt.Count;
            }
        }
    }

    /// <summary>Of several times the earliest counts.</summary>
    internal void Add(ObjectKey key, TimeSpan delay)
    {
        lock (gate)
        {
            var at = time.GetElapsedTime(start) + delay;
            if (isDisposed || (dueAt.TryGetValue(key, out var earlier) && earlier <= at))
            {
                return;
            }

            dueAt[key] = at;
            order.Enqueue(key, at);
            Compact_NeedsLock();
            Arm_NeedsLock();
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            isDisposed = true;
            dueAt.Clear();
            order.Clear();
        }

        timer.Dispose();
    }

    private void Fire()
    {
        var keys = new List<ObjectKey>();
        lock (gate)
        {
            var now = time.GetElapsedTime(start);
            while (order.TryPeek(out var key, out var at) && (at <= now || !IsCurrent_NeedsLock(key, at)))
            {
                order.Dequeue();
                if (IsCurrent_NeedsLock(key, at))
                {
                    dueAt.Remove(key);
                    keys.Add(key);
                }
            }

            Arm_NeedsLock();
        }

        keys.ForEach(due);
    }

    /// <summary>An entry is left over when its key was asked for earlier since.</summary>
    private bool IsCurrent_NeedsLock(ObjectKey key, TimeSpan at) =>
        dueAt.TryGetValue(key, out var wanted) && wanted == at;

    /// <summary>Entries left over may not outnumber the keys.</summary>
    private void Compact_NeedsLock()
    {
        if (order.Count <= (2 * dueAt.Count) + 16)
        {
            return;
        }

        order.Clear();
        order.EnqueueRange(dueAt.Select(e => (e.Key, e.Value)));
    }

    private void Arm_NeedsLock()
    {
        if (isDisposed || !order.TryPeek(out _, out var at))
        {
            return;
        }

        var wait = at - time.GetElapsedTime(start);
        timer.Change(wait > TimerMin ? wait : TimerMin, Timeout.InfiniteTimeSpan);
    }
}
