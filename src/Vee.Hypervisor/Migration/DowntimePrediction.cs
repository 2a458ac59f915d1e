using Vee.Hypervisor.Events;

namespace Vee.Hypervisor.Migration;

/// <summary>What a stop would take, phase by phase; nanoseconds of virtual time.</summary>
internal readonly record struct DowntimePrediction
{
    // Half a quantum: harts stand still at the end of theirs.
    private const long DrainMean = 25 * VirtualTime.Microsecond;

    /// <summary>Pages that are left.</summary>
    public long Pages { get; init; }

    /// <summary>What they are when they are encoded.</summary>
    public long Bytes { get; init; }

    /// <summary>What that takes.</summary>
    public long EncodeTime { get; init; }

    /// <summary>What reading them takes, and those before them that have not been read.</summary>
    public long DecodeTime { get; init; }

    /// <summary>What arrives at the target.</summary>
    public double BytesPerSecond { get; init; }

    /// <summary>Until card and link have sent what they have.</summary>
    public long Backlog { get; init; }

    /// <summary>Bytes of the machine's state.</summary>
    public long StateBytes { get; init; }

    /// <summary>What writing and reading it takes.</summary>
    public long StateTime { get; init; }

    /// <summary>For what is said from host to host, and waited for.</summary>
    public long WaysTime { get; init; }

    /// <summary>From when the last frame has been sent to when its pages are there, beyond the way.</summary>
    public long LastFrameTime { get; init; }

    /// <summary>All of it: pages are encoded while others are sent and read.</summary>
    public long Total => BytesPerSecond == 0 ? VirtualTime.Never
        : DrainMean
        + Math.Max(Math.Max(EncodeTime, DecodeTime), Backlog + TimeOf(Bytes))
        + TimeOf(StateBytes) + StateTime
        + LastFrameTime
        + WaysTime;

    private long TimeOf(long bytes) => (long)(bytes * VirtualTime.Second / BytesPerSecond);
}
