using Vee.Hypervisor.Events;

namespace Vee.Agent.Scheduling;

/// <summary>How far a line of virtual time may have come. Read by any thread.</summary>
internal abstract class Pace
{
    /// <summary>Whether it follows the wall's time.</summary>
    internal abstract bool IsPaced { get; }

    /// <summary>Virtual nanoseconds up to which may be simulated now.</summary>
    internal abstract long Limit { get; }

    /// <summary>The wall's timestamp at which the limit is some virtual time; long.MaxValue for nobody knows.</summary>
    internal abstract long TimestampOf(long virtualTime);
}

/// <summary>As far as the wall's time has come since the line began, but for a part of a millisecond.</summary>
/// <param name="time">The wall's.</param>
/// <param name="start">Where the line begins, now.</param>
/// <param name="headStart">Virtual nanoseconds that it stays behind: what executes at once as a quantum begins has not
/// come further than the wall.</param>
internal sealed class PacedTime(TimeProvider time, long start, long headStart) : Pace
{
    private readonly long origin = time.GetTimestamp();

    internal override bool IsPaced => true;

    internal override long Limit => start + Math.Max(0, Nanoseconds(time.GetTimestamp() - origin) - headStart);

    internal override long TimestampOf(long virtualTime)
    {
        var nanoseconds = (Int128)virtualTime - start + headStart;
        return (long)Int128.Min(long.MaxValue, origin + (nanoseconds * time.TimestampFrequency / VirtualTime.Second));
    }

    private long Nanoseconds(long timestamps) =>
        (long)((Int128)timestamps * VirtualTime.Second / time.TimestampFrequency);
}

/// <summary>As fast as events execute, up to a horizon that somebody moves.</summary>
internal sealed class FreeTime(long start) : Pace
{
    private long horizon = start;

    internal override bool IsPaced => false;

    internal override long Limit => Volatile.Read(ref horizon);

    internal override long TimestampOf(long virtualTime) => long.MaxValue;

    /// <summary>Moves the horizon, never back. Called by one thread at a time.</summary>
    internal void AdvanceTo(long until) => Volatile.Write(ref horizon, Math.Max(horizon, until));
}
