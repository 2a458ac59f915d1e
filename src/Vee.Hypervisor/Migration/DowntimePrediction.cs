using Vee.Hypervisor.Events;

namespace Vee.Hypervisor.Migration;

/// <summary>What a stop would take, phase by phase; nanoseconds of virtual time.</summary>
internal readonly record struct DowntimePrediction
{
    /// <summary>Until harts have ended what they had begun.</summary>
    public long DrainTime { get; init; }

    /// <summary>Pages that are left.</summary>
    public long Pages { get; init; }

    /// <summary>What they are when they are encoded.</summary>
    public long Bytes { get; init; }

    /// <summary>What that takes.</summary>
    public long EncodeTime { get; init; }

    /// <summary>Until they are read, as far as that is the target's work.</summary>
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

    /// <summary>What reading the last frame takes.</summary>
    public long LastFrameTime { get; init; }

    /// <summary>What cards take to pass a frame on.</summary>
    public long CardsTime { get; init; }

    /// <summary>All of it: pages are encoded while others are sent and read.</summary>
    public long Total => BytesPerSecond == 0 ? VirtualTime.Never
        : DrainTime
        + Math.Max(DecodeTime, Math.Max(EncodeTime, Backlog + TimeOf(Bytes)) + LastFrameTime)
        + TimeOf(StateBytes) + StateTime + CardsTime + WaysTime;

    private long TimeOf(long bytes) => (long)(bytes * VirtualTime.Second / BytesPerSecond);
}
