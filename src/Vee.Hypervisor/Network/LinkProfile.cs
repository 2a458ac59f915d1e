using Vee.Hypervisor.Events;

namespace Vee.Hypervisor.Network;

/// <summary>One direction of a link between two hosts.</summary>
public sealed record LinkProfile
{
    /// <summary>The least latency of a link: what hosts may be simulated ahead of each other.</summary>
    public const long LatencyMin = VirtualTime.Microsecond;

    private const long LatencyMax = 3600 * VirtualTime.Second;
    private const long BandwidthMax = 1L << 50;

    /// <summary>Bits in a second of virtual time.</summary>
    /// <value>1 Gbit/s</value>
    public long BandwidthBitsPerSecond { get; init; } = 1_000_000_000;

    /// <summary>Nanoseconds that a bit is on its way.</summary>
    /// <value>50 µs</value>
    public long LatencyNanoseconds { get; init; } = 50 * VirtualTime.Microsecond;

    /// <summary>Up to so many nanoseconds more, by chance, each as likely; nothing overtakes.</summary>
    public long JitterNanoseconds { get; init; }

    /// <summary>The chance that a message is lost, 0 to 1; what is lost of a stream is sent again.</summary>
    public double Loss { get; init; }

    /// <summary>Every defect as <c>field: what is wrong</c>.</summary>
    public IReadOnlyList<string> Defects()
    {
        var defects = new List<string>();
        Require(defects, "bandwidthBitsPerSecond", BandwidthBitsPerSecond, 1, BandwidthMax);
        Require(defects, "latencyNanoseconds", LatencyNanoseconds, LatencyMin, LatencyMax);
        Require(defects, "jitterNanoseconds", JitterNanoseconds, 0, LatencyMax);
        if (!(Loss >= 0 && Loss <= 1))
        {
            defects.Add(FormattableString.Invariant($"loss: {Loss}, must be 0 to 1"));
        }

        return defects;
    }

    private static void Require(List<string> defects, string field, long value, long least, long most)
    {
        if (value < least || value > most)
        {
            defects.Add(FormattableString.Invariant($"{field}: {value}, must be {least} to {most}"));
        }
    }
}
