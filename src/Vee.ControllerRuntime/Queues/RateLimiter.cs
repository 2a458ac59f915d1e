namespace Vee.ControllerRuntime.Queues;

/// <summary>Says how long a key that failed waits. Not thread-safe: its queue holds the lock.</summary>
internal sealed class RateLimiter(RateLimitOptions options, TimeProvider time)
{
    private readonly Dictionary<ObjectKey, int> failures = [];
    private readonly long start = time.GetTimestamp();

    // When the bucket was or will be full; the further ahead, the emptier it is.
    private TimeSpan fullAt = TimeSpan.Zero;

    /// <summary>How many keys have failures to remember.</summary>
    internal int Count => failures.Count;

    internal int FailuresOf(ObjectKey key) => failures.GetValueOrDefault(key);

    internal void Forget(ObjectKey key) => failures.Remove(key);

    /// <summary>Counts a failure and takes one retry out of the bucket.</summary>
    internal TimeSpan Next(ObjectKey key)
    {
        var count = failures.GetValueOrDefault(key);
        failures[key] = Math.Min(count + 1, 1_000_000);
        var doubled = options.FailureDelayMin * Math.Pow(2, Math.Min(count, 60));
        var own = doubled < options.FailureDelayMax ? doubled : options.FailureDelayMax;
        var shared = Take();
        return own > shared ? own : shared;
    }

    private TimeSpan Take()
    {
        var now = time.GetElapsedTime(start);
        var one = TimeSpan.FromSeconds(1 / options.RetriesPerSecond);
        fullAt = (fullAt > now ? fullAt : now) + one;
        var wait = fullAt - now - (one * options.Burst);
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }
}
