using Vee.Hypervisor.Hardware;

namespace Vee.Hypervisor.Migration;

/// <summary>
/// When the target will have read what was sent to it, as the source expects: it works on a frame when that has come
/// and those before are done, with all its cores.
/// </summary>
/// <param name="capacity">Of all those cores, <see cref="HardwareProfile.CapacityReference"/> for each that is like the
/// reference.</param>
internal sealed class TargetReading(int capacity)
{
    /// <summary>Virtual time at which it will have read all that was sent.</summary>
    public long Until { get; private set; }

    /// <summary>What the target needs for an amount of work.</summary>
    /// <param name="work">Nanoseconds of a reference core.</param>
    public long TimeOf(long work) => work * HardwareProfile.CapacityReference / capacity;

    /// <summary>A frame was sent.</summary>
    /// <param name="arrivesAt">Virtual time.</param>
    /// <param name="work">To read it: nanoseconds of a reference core.</param>
    public void Add(long arrivesAt, long work) => Until = Math.Max(Until, arrivesAt) + TimeOf(work);
}
