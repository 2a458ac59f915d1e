namespace Vee.ControllerRuntime.Leadership;

/// <summary>How the instances of a program agree on the one that acts.</summary>
/// <remarks>
/// <see cref="LeaseDuration"/> must exceed <see cref="RenewDeadline"/>, and that <see cref="RetryPeriod"/> times 1.2:
/// the leader stops before anybody else may start.
/// </remarks>
public sealed record LeaderElectionOptions
{
    /// <summary>The namespace of the Lease.</summary>
    public required string Namespace { get; init; }

    /// <summary>The name of the Lease, the same for all instances.</summary>
    public required string Name { get; init; }

    /// <summary>Unique to this instance and start, such as pod name and uid.</summary>
    public required string Identity { get; init; }

    /// <summary>How long others wait after the last renewal that they saw.</summary>
    /// <value>15 s; whole seconds</value>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long the leader goes on without a renewal that succeeded.</summary>
    /// <value>10 s</value>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The wait between attempts, stretched by up to a fifth by chance.</summary>
    /// <value>2 s</value>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <exception cref="ArgumentException">The spans could let two instances lead at once, or none for
    /// long.</exception>
    internal void Check()
    {
        if (LeaseDuration <= RenewDeadline || RenewDeadline <= RetryPeriod * 1.2 || RetryPeriod <= TimeSpan.Zero)
        {
            throw new ArgumentException(
                $"lease duration {LeaseDuration} > renew deadline {RenewDeadline} > 1.2 x retry period {RetryPeriod}");
        }

        if (LeaseDuration < TimeSpan.FromSeconds(1) || LeaseDuration.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            throw new ArgumentException($"a lease lasts whole seconds, not {LeaseDuration}");
        }
    }
}
