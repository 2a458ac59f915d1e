namespace Vee.Hypervisor.Events;

/// <summary>Virtual time: nanoseconds since the start, in 63 bits, which is 292 years.</summary>
public static class VirtualTime
{
    /// <summary>Nanoseconds in a microsecond.</summary>
    public const long Microsecond = 1_000;

    /// <summary>Nanoseconds in a millisecond.</summary>
    public const long Millisecond = 1_000_000;

    /// <summary>Nanoseconds in a second.</summary>
    public const long Second = 1_000_000_000;

    /// <summary>The end of time: what is due then never happens.</summary>
    public const long Never = long.MaxValue;

    /// <summary>So many times a duration, or never if that is beyond the end of time.</summary>
    /// <param name="count">How often, at least 0.</param>
    /// <param name="duration">At least 0.</param>
    public static long Times(long count, long duration) =>
        (long)Int128.Min(Never, (Int128)count * duration);

    /// <summary>Some time later, or never if that is beyond the end of time.</summary>
    /// <param name="time">When.</param>
    /// <param name="duration">How much later, at least 0.</param>
    public static long After(long time, long duration) => duration >= Never - time ? Never : time + duration;
}
