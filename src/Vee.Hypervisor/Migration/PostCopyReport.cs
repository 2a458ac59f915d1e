using Vee.Machines.State;

namespace Vee.Hypervisor.Migration;

/// <summary>How vCPUs fared while pages followed their machine. Durations are nanoseconds of virtual time.</summary>
public sealed record PageFaultReport
{
    /// <summary>Pages that were asked for.</summary>
    public long Count { get; init; }

    /// <summary>Until half of them had come.</summary>
    public long WaitMedian { get; init; }

    /// <summary>Until 99 of 100 had come.</summary>
    public long WaitPercentile99 { get; init; }

    /// <summary>Until the last had come.</summary>
    public long WaitMax { get; init; }

    /// <summary>That vCPUs waited, added up.</summary>
    public long WaitTotal { get; init; }

    /// <summary>Pages that came otherwise than the source has them, and were asked for again.</summary>
    public long Mismatches { get; init; }

    internal void Save(StateWriter state)
    {
        state.Int64("count", Count);
        state.Int64("waitMedian", WaitMedian);
        state.Int64("waitPercentile99", WaitPercentile99);
        state.Int64("waitMax", WaitMax);
        state.Int64("waitTotal", WaitTotal);
        state.Int64("mismatches", Mismatches);
    }

    internal static PageFaultReport Restore(StateReader state) => new()
    {
        Count = state.Int64("count", 0),
        WaitMedian = state.Int64("waitMedian", 0),
        WaitPercentile99 = state.Int64("waitPercentile99", 0),
        WaitMax = state.Int64("waitMax", 0),
        WaitTotal = state.Int64("waitTotal", 0),
        Mismatches = state.Int64("mismatches", 0),
    };
}

/// <summary>Pages that followed a machine when it executed at the target already.</summary>
public sealed record PostCopyReport
{
    /// <summary>Nanoseconds of virtual time from the machine's first instruction there until all were.</summary>
    public required long Duration { get; init; }

    /// <summary>Pages that followed.</summary>
    public required long Pages { get; init; }

    /// <summary>Bytes of their frames.</summary>
    public required long Bytes { get; init; }

    /// <summary>Those that vCPUs waited for.</summary>
    public required PageFaultReport Faults { get; init; }
}

/// <summary>Measures how long asked pages take.</summary>
internal sealed class PageFaultMeter
{
    private const int Percent = 100;

    private readonly List<long> waits = [];

    /// <summary>Pages that came otherwise than the source has them.</summary>
    public long Mismatches { get; set; }

    /// <summary>A page has come that was asked for.</summary>
    public void Add(long nanoseconds) => waits.Add(nanoseconds);

    public PageFaultReport Report(long waitTotal)
    {
        waits.Sort();
        return new PageFaultReport
        {
            Count = waits.Count,
            WaitMedian = At(Percent / 2),
            WaitPercentile99 = At(Percent - 1),
            WaitMax = At(Percent),
            WaitTotal = waitTotal,
            Mismatches = Mismatches,
        };
    }

    // The smallest wait that so many of a hundred do not exceed.
    private long At(int percent) => waits.Count == 0
        ? 0 : waits[Math.Max(0, (int)(((long)waits.Count * percent + Percent - 1) / Percent) - 1)];
}
