namespace Vee.Hypervisor.Hardware;

/// <summary>Work is time of a core of the reference capacity; another core takes longer or shorter for it.</summary>
public static class Work
{
    /// <summary>How long a core takes for some work, in nanoseconds, rounded up; for ever at the most.</summary>
    public static long DurationOn(CoreClass core, long work)
    {
        ArgumentNullException.ThrowIfNull(core);
        return core.Capacity == HardwareProfile.CapacityReference
            ? work
            : (long)Int128.Min(
                long.MaxValue,
                (((Int128)work * HardwareProfile.CapacityReference) + core.Capacity - 1) / core.Capacity);
    }

    /// <summary>What a core does in some time, rounded down.</summary>
    public static long DoneBy(CoreClass core, long duration)
    {
        ArgumentNullException.ThrowIfNull(core);
        return core.Capacity == HardwareProfile.CapacityReference
            ? duration
            : (long)Int128.Min(
                long.MaxValue, (Int128)duration * core.Capacity / HardwareProfile.CapacityReference);
    }
}
