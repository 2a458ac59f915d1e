using Vee.Hypervisor.Events;
using Vee.Hypervisor.Hardware;

namespace Vee.Hypervisor.Migration;

/// <summary>
/// When the target will have read what was sent to it, as the source expects: each frame is read by one of its cores,
/// the first that is free, when it has come.
/// </summary>
/// <param name="cores">How many read at a time.</param>
/// <param name="capacity">Of all of them, <see cref="HardwareProfile.CapacityReference"/> for each that is like the
/// reference.</param>
internal sealed class TargetReading(int cores, int capacity)
{
    private readonly long[] freeAt = new long[cores];

    /// <summary>Virtual time at which it will have read all that was sent.</summary>
    public long Until => freeAt.Max();

    /// <summary>What all its cores need for an amount of work.</summary>
    /// <param name="work">Nanoseconds of a reference core.</param>
    public long TimeOf(long work) => work * HardwareProfile.CapacityReference / capacity;

    /// <summary>All that was sent has been read.</summary>
    /// <param name="now">Virtual time.</param>
    public void NoteAllRead(long now)
    {
        for (var core = 0; core < freeAt.Length; core++)
        {
            freeAt[core] = Math.Min(freeAt[core], now);
        }
    }

    /// <summary>A frame was sent.</summary>
    /// <param name="arrivesAt">Virtual time.</param>
    /// <param name="work">To read it: nanoseconds of a reference core.</param>
    public void Add(long arrivesAt, long work)
    {
        var core = Array.IndexOf(freeAt, freeAt.Min());
        freeAt[core] = VirtualTime.After(Math.Max(freeAt[core], arrivesAt), TimeOf(work * cores));
    }
}
