using Vee.Machines.State;

namespace Vee.Machines.Linux;

/// <summary>The only clock that guests see: virtual nanoseconds, moved by whoever runs the harts.</summary>
/// <param name="realtimeAtStart">CLOCK_REALTIME when the program starts.</param>
internal sealed class VirtualClock(long realtimeAtStart)
{
    internal const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>
    /// What the clock shows when a program starts: as on any system, the kernel has booted before, so a program may
    /// name times before its start.
    /// </summary>
    internal const long Start = 10 * NanosecondsPerSecond;

    /// <summary>CLOCK_MONOTONIC and CLOCK_BOOTTIME: nanoseconds since the boot. Never goes back.</summary>
    internal long Now { get; private set; } = Start;

    /// <summary>CLOCK_REALTIME: nanoseconds since 1970-01-01T00:00:00Z.</summary>
    internal long Realtime => RealtimeAtBoot + Now;

    internal long RealtimeAtBoot { get; private set; } = realtimeAtStart - Start;

    /// <summary>Moves forward to a time; one that has passed changes nothing, so harts that lag cannot turn time
    /// back.</summary>
    internal void AdvanceTo(long now) => Now = Math.Max(Now, now);

    internal void Save(StateWriter state)
    {
        state.Int64("now", Now);
        state.Int64("realtimeAtBoot", RealtimeAtBoot);
    }

    internal void Restore(StateReader state)
    {
        Now = state.Int64("now", 0);
        RealtimeAtBoot = state.Int64("realtimeAtBoot");
    }
}
