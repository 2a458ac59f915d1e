using Vee.Machines.State;

namespace Vee.Machines.Linux;

/// <summary>The only clock that guests see: virtual nanoseconds, moved by whoever runs the harts.</summary>
/// <remarks>
/// With scheduled harts it goes with the hart that acts, which may be behind another that acted before. What it has
/// shown it does not take back: whoever compares the times that two threads have read finds them in order.
/// </remarks>
/// <param name="realtimeAtStart">CLOCK_REALTIME when the program starts.</param>
internal sealed class VirtualClock(long realtimeAtStart)
{
    internal const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>
    /// What the clock shows when a program starts: as on any system, the kernel has booted before, so a program may
    /// name times before its start.
    /// </summary>
    internal const long Start = 10 * NanosecondsPerSecond;

    private long shown;

    /// <summary>When it is that something happens now, on the same scale as <see cref="Now"/>: what wakes, expires or
    /// ends does so then.</summary>
    internal long Instant { get; private set; } = Start;

    /// <summary>CLOCK_MONOTONIC and CLOCK_BOOTTIME: nanoseconds since the boot. Never before what was shown.</summary>
    internal long Now => Math.Max(Instant, shown);

    /// <summary>The latest that <see cref="Show"/> has returned.</summary>
    internal long Shown => shown;

    /// <summary>CLOCK_REALTIME: nanoseconds since 1970-01-01T00:00:00Z.</summary>
    internal long Realtime => RealtimeAtBoot + Now;

    internal long RealtimeAtBoot { get; private set; } = realtimeAtStart - Start;

    /// <summary>Moves forward to a time; one that has passed changes nothing, so harts that lag cannot turn time
    /// back.</summary>
    internal void AdvanceTo(long now) => Instant = Math.Max(Instant, now);

    /// <summary>Goes with somebody else who acts now, forward or back.</summary>
    internal void TurnTo(long now) => Instant = now;

    /// <summary>What a thread reads that asks for <see cref="Now"/>; nobody reads an earlier time from here on.
    /// </summary>
    internal long Show() => shown = Now;

    internal void Save(StateWriter state)
    {
        state.Int64("now", Instant);
        state.Int64("shown", shown);
        state.Int64("realtimeAtBoot", RealtimeAtBoot);
    }

    internal void Restore(StateReader state)
    {
        Instant = state.Int64("now", 0);
        shown = state.Int64("shown", 0);
        RealtimeAtBoot = state.Int64("realtimeAtBoot");
    }
}
