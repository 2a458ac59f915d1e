using System.Numerics;
using Vee.Machines.State;

namespace Vee.Hypervisor.Measuring;

/// <summary>Durations counted in buckets that are never wider than a thousandth of what they hold.</summary>
/// <remarks>
/// As Gil Tene's HdrHistogram: linear within each power of two. Values below 2048 are exact; above, a bucket spans
/// 1/1024 of its power of two. A power of two that nothing falls into takes no memory.
/// </remarks>
public sealed class LatencyHistogram
{
    private const int LinearBits = 11;
    private const int PartBits = LinearBits - 1;
    private const int PartCount = 1 << PartBits;
    private const int PowerCount = 63 - LinearBits + 2;

    private readonly long[]?[] parts = new long[PowerCount + 1][];

    /// <summary>Values counted.</summary>
    public long Count { get; private set; }

    /// <summary>Their sum, exactly.</summary>
    public Int128 Sum { get; private set; }

    /// <summary>The least; 0 when there is none.</summary>
    public long Min { get; private set; }

    /// <summary>The greatest, exactly; 0 when there is none.</summary>
    public long Max { get; private set; }

    /// <summary>Their mean, exactly but for rounding; 0 when there is none.</summary>
    public double Mean => Count == 0 ? 0 : (double)Sum / Count;

    /// <summary>Counts a duration.</summary>
    /// <param name="value">Nanoseconds, at least 0.</param>
    public void Add(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        var (part, index) = BucketOf(value);
        (parts[part] ??= new long[PartCount])[index]++;
        Min = Count == 0 ? value : Math.Min(Min, value);
        Max = Math.Max(Max, value);
        Count++;
        Sum += value;
    }

    /// <summary>Adds what another has counted.</summary>
    public void Add(LatencyHistogram other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (var part = 0; part < parts.Length; part++)
        {
            if (other.parts[part] is not { } counts)
            {
                continue;
            }

            var own = parts[part] ??= new long[PartCount];
            for (var index = 0; index < PartCount; index++)
            {
                own[index] += counts[index];
            }
        }

        if (other.Count > 0)
        {
            Min = Count == 0 ? other.Min : Math.Min(Min, other.Min);
            Max = Math.Max(Max, other.Max);
            Count += other.Count;
            Sum += other.Sum;
        }
    }

    /// <summary>What was counted: each bucket's greatest value, and how often it was hit.</summary>
    public IEnumerable<(long Value, long Count)> Buckets() =>
        ListBuckets().Select(bucket => (UpperEnd(bucket.Part, bucket.Index), bucket.Count));

    /// <summary>The least value that a share of all values does not exceed, to a thousandth.</summary>
    /// <param name="share">0 to 1, for example 0.99.</param>
    public long Percentile(double share)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        if (Count == 0)
        {
            return 0;
        }

        var left = Math.Max(1, (long)Math.Ceiling(share * Count));
        for (var part = 0; part < parts.Length; part++)
        {
            for (var index = 0; parts[part] is { } counts && index < PartCount; index++)
            {
                left -= counts[index];
                if (left <= 0)
                {
                    return Math.Clamp(UpperEnd(part, index), Min, Max);
                }
            }
        }

        return Max;
    }

    internal void Save(StateWriter state)
    {
        state.Int64("count", Count);
        state.UInt64("sumHigh", (ulong)(Sum >> 64));
        state.UInt64("sumLow", (ulong)(Sum & ulong.MaxValue));
        state.Int64("min", Min);
        state.Int64("max", Max);
        state.List("buckets", ListBuckets(), static (to, bucket) =>
        {
            to.Int64("part", bucket.Part);
            to.Int64("index", bucket.Index);
            to.Int64("count", bucket.Count);
        });
    }

    internal void Restore(StateReader state)
    {
        Array.Clear(parts);
        Count = state.Int64("count", 0);
        Sum = ((Int128)state.UInt64("sumHigh", long.MaxValue) << 64) | state.UInt64("sumLow");
        Min = state.Int64("min", 0);
        Max = state.Int64("max", 0);
        state.List("buckets", parts.Length * PartCount, (from, _) =>
        {
            var part = from.Int32("part", 0, parts.Length - 1);
            (parts[part] ??= new long[PartCount])[from.Int32("index", 0, PartCount - 1)] = from.Int64("count", 1);
        });
    }

    private List<(int Part, int Index, long Count)> ListBuckets()
    {
        List<(int Part, int Index, long Count)> buckets = [];
        for (var part = 0; part < parts.Length; part++)
        {
            for (var index = 0; parts[part] is { } counts && index < PartCount; index++)
            {
                if (counts[index] > 0)
                {
                    buckets.Add((part, index, counts[index]));
                }
            }
        }

        return buckets;
    }

    // Parts 0 and 1 are the exact values; each further part is a power of two.
    private static (int Part, int Index) BucketOf(long value)
    {
        var power = Math.Max(PartBits, BitOperations.Log2((ulong)value | 1));
        var shift = power - PartBits;
        var position = (int)(value >> shift);
        return position < PartCount ? (0, position) : (shift + 1, position - PartCount);
    }

    private static long UpperEnd(int part, int index)
    {
        if (part == 0)
        {
            return index;
        }

        var shift = part - 1;
        return (long)((((ulong)(index + PartCount + 1)) << shift) - 1);
    }
}
