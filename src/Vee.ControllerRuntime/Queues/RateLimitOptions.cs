namespace Vee.ControllerRuntime.Queues;

/// <summary>How long a key that failed waits: by its own failures, and by those of all keys together.</summary>
public sealed record RateLimitOptions
{
    /// <summary>The wait after the first failure of a key; doubled each time.</summary>
    /// <value>5 ms</value>
    public TimeSpan FailureDelayMin { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>The longest wait of a key, and so how long a failure lasts at most after its cause is gone.</summary>
    /// <value>30 s</value>
    public TimeSpan FailureDelayMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Retries of all keys together per second, in the long run.</summary>
    /// <value>10</value>
    public double RetriesPerSecond { get; init => field = value > 0
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value, "more than zero"); } = 10;

    /// <summary>Retries of all keys together at once, after a quiet time.</summary>
    /// <value>100</value>
    public int Burst { get; init => field = value >= 1
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value, "at least one"); } = 100;
}
