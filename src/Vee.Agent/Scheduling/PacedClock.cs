namespace Vee.Agent.Scheduling;

/// <summary>
/// How far a machine's virtual time may have come: as far as the wall's since it began, without the time in which it
/// was held. It never goes back. Changed by one thread at a time, read by any.
/// </summary>
internal sealed class PacedClock(TimeProvider time)
{
    private volatile Stretch stretch = new(0, null);

    /// <summary>Whether time passes.</summary>
    internal bool IsRunning => stretch.Since is not null;

    /// <summary>Virtual nanoseconds that a machine may have reached now.</summary>
    internal long Limit
    {
        get
        {
            var (passed, since) = stretch;
            return passed + (since is { } from ? Nanoseconds(time.GetTimestamp() - from) : 0);
        }
    }

    /// <summary>Lets time pass, from where it was held.</summary>
    internal void Resume()
    {
        if (!IsRunning)
        {
            stretch = stretch with { Since = time.GetTimestamp() };
        }
    }

    /// <summary>Holds time.</summary>
    internal void Hold() => stretch = new Stretch(Limit, null);

    /// <summary>The wall's timestamp at which the limit is some virtual time; time must be running.</summary>
    internal long TimestampOf(long virtualTime)
    {
        var (passed, since) = stretch;
        return since!.Value + (long)((Int128)(virtualTime - passed) * time.TimestampFrequency / 1_000_000_000);
    }

    private long Nanoseconds(long timestamps) =>
        (long)((Int128)timestamps * 1_000_000_000 / time.TimestampFrequency);

    private sealed record Stretch(long Passed, long? Since);
}
