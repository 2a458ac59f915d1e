using Vee.Hypervisor.Events;

namespace Vee.Hypervisor.Migration;

/// <summary>How fast bytes arrive while they are sent without a pause.</summary>
/// <param name="assumed">Bytes in a second, before anything was measured.</param>
internal sealed class BandwidthMeter(double assumed)
{
    private const long Interval = 5 * VirtualTime.Millisecond;
    private const double NewWeight = 0.25;

    private long? since;
    private long bytes;

    /// <summary>The mean of what was measured lately.</summary>
    public double BytesPerSecond { get; private set; } = assumed;

    /// <summary>Begins to measure anew: there was nothing to send meanwhile.</summary>
    public void Restart() => since = null;

    /// <summary>Bytes have arrived.</summary>
    public void Add(long now, long count)
    {
        if (since is not { } begin)
        {
            // Until the first arrive there is the way, which says nothing of how many can.
            (since, bytes) = (now, 0);
            return;
        }

        bytes += count;
        if (now - begin >= Interval)
        {
            var measured = (double)bytes * VirtualTime.Second / (now - begin);
            BytesPerSecond += NewWeight * (measured - BytesPerSecond);
            (since, bytes) = (now, 0);
        }
    }
}
