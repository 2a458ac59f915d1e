namespace Vee.ControllerRuntime.Queues;

/// <summary>Keys that want a visit: each at most once, none to two workers at the same time, none ever lost.</summary>
/// <remarks>
/// A key added while a worker has it comes again after that worker is done. There is one queue for events, requeues and
/// retries. Thread-safe. Its size is bounded by the number of keys there are.
/// </remarks>
internal sealed class WorkQueue : IDisposable
{
    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly QueueMetrics metrics;
    private readonly RateLimiter limiter;
    private readonly Queue<ObjectKey> ready = new();
    private readonly Queue<TaskCompletionSource<ObjectKey?>> idle = new();
    private readonly Dictionary<ObjectKey, long> dirty = [];
    private readonly Dictionary<ObjectKey, long> processing = [];
    private readonly DelayedKeys delayed;
    private TaskCompletionSource? drained;
    private bool isStopped;

    internal WorkQueue(RateLimitOptions options, QueueMetrics metrics, TimeProvider time)
    {
        this.time = time;
        this.metrics = metrics;
        limiter = new RateLimiter(options, time);
        delayed = new DelayedKeys(time, Add);
    }

    /// <summary>How many keys wait for a worker now; those whose time has not come are not among them.</summary>
    internal int Depth
    {
        get
        {
            lock (gate)
            {
                return ready.Count;
            }
        }
    }

    /// <summary>How many keys wait for their time.</summary>
    internal int DelayedCount => delayed.Count;

    /// <summary>How often a key failed since it was last forgotten.</summary>
    internal int FailuresOf(ObjectKey key)
    {
        lock (gate)
        {
            return limiter.FailuresOf(key);
        }
    }

    /// <summary>Asks for a visit now.</summary>
    internal void Add(ObjectKey key)
    {
        lock (gate)
        {
            if (isStopped || !dirty.TryAdd(key, time.GetTimestamp()))
            {
                return;
            }

            metrics.Adds.Inc();
            if (!processing.ContainsKey(key))
            {
                Enqueue_NeedsLock(key);
            }
        }
    }

    /// <summary>Asks for a visit later; of several times the earliest counts.</summary>
    internal void AddAfter(ObjectKey key, TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
        {
            Add(key);
            return;
        }

        lock (gate)
        {
            if (isStopped)
            {
                return;
            }
        }

        delayed.Add(key, delay);
    }

    /// <summary>Asks for another visit of a key that failed.</summary>
    internal void AddRateLimited(ObjectKey key)
    {
        TimeSpan delay;
        lock (gate)
        {
            metrics.Retries.Inc();
            delay = limiter.Next(key);
        }

        AddAfter(key, delay);
    }

    /// <summary>The key is well again: the next failure counts as the first.</summary>
    internal void Forget(ObjectKey key)
    {
        lock (gate)
        {
            limiter.Forget(key);
        }
    }

    /// <summary>Waits for a key. Whoever gets one calls <see cref="Done"/> when finished.</summary>
    /// <returns>Null when the queue was stopped.</returns>
    internal async Task<ObjectKey?> TakeAsync(CancellationToken cancellation)
    {
        TaskCompletionSource<ObjectKey?> waiter;
        lock (gate)
        {
            if (isStopped)
            {
                return null;
            }

            if (ready.TryDequeue(out var key))
            {
                Start_NeedsLock(key);
                return key;
            }

            waiter = new(TaskCreationOptions.RunContinuationsAsynchronously);
            idle.Enqueue(waiter);
        }

        // Whoever comes first, a key or the cancellation, completes the waiter: a key is never handed to nobody.
        await using var registration = cancellation.Register(() => waiter.TrySetCanceled(cancellation));
        return await waiter.Task;
    }

    /// <summary>The worker is finished with a key; if it was added meanwhile it comes again.</summary>
    internal void Done(ObjectKey key)
    {
        lock (gate)
        {
            if (!processing.Remove(key, out var begin))
            {
                throw new InvalidOperationException($"{key} was not taken");
            }

            metrics.WorkDuration.Observe(time.GetElapsedTime(begin).TotalSeconds);
            if (dirty.ContainsKey(key) && !isStopped)
            {
                Enqueue_NeedsLock(key);
            }

            if (processing.Count == 0)
            {
                drained?.TrySetResult();
            }
        }
    }

    /// <summary>Takes and gives no more keys. Those under way may end.</summary>
    internal void Stop()
    {
        delayed.Dispose();
        lock (gate)
        {
            isStopped = true;
            ready.Clear();
            dirty.Clear();
            metrics.Depth.Set(0);
            while (idle.TryDequeue(out var waiter))
            {
                waiter.TrySetResult(null);
            }
        }
    }

    /// <summary>Completes when no worker has a key. To be called after <see cref="Stop"/>.</summary>
    internal Task WhenDrainedAsync()
    {
        lock (gate)
        {
            drained ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (processing.Count == 0)
            {
                drained.TrySetResult();
            }

            return drained.Task;
        }
    }

    /// <summary>Brings the gauges of work under way up to date.</summary>
    internal void Measure()
    {
        lock (gate)
        {
            var running = processing.Values.Select(begin => time.GetElapsedTime(begin).TotalSeconds).ToList();
            metrics.UnfinishedWork.Set(running.Sum());
            metrics.LongestRunning.Set(running.Count == 0 ? 0 : running.Max());
        }
    }

    public void Dispose() => Stop();

    private void Enqueue_NeedsLock(ObjectKey key)
    {
        while (idle.TryDequeue(out var waiter))
        {
            if (waiter.TrySetResult(key))
            {
                Start_NeedsLock(key);
                return;
            }
        }

        ready.Enqueue(key);
        metrics.Depth.Set(ready.Count);
    }

    private void Start_NeedsLock(ObjectKey key)
    {
        if (dirty.Remove(key, out var added))
        {
            metrics.QueueDuration.Observe(time.GetElapsedTime(added).TotalSeconds);
        }

        processing.Add(key, time.GetTimestamp());
        metrics.Depth.Set(ready.Count);
    }
}
