using Vee.Machines.State;

namespace Vee.Machines.Networking;

/// <summary>What becomes of something that has come ahead of its turn. Zero is refused.</summary>
public enum EarlyOutcome : byte
{
    /// <summary>It contradicts what came before, or there are too many gaps: it is as if it had not come.</summary>
    Refused = 0,

    /// <summary>It is known from now on.</summary>
    Kept = 1,

    /// <summary>It was known already.</summary>
    Repeated = 2,
}

/// <summary>
/// What of one direction of a connection has come ahead of its turn: ranges of bytes, and perhaps the stream's end. The
/// bytes themselves are whoever's who asks, and so is the window: offsets beyond it are not offered here.
/// </summary>
/// <remarks>
/// Ranges that touch are one, so that their number is that of the gaps, however small the messages. Messages that go
/// two ways leave one gap, or a few.
/// </remarks>
public sealed class EarlyArrivals
{
    /// <summary>Ranges at most: 4 KiB of them, as much as the least window.</summary>
    public const int RangesMax = 256;

    private readonly List<(ulong Start, ulong End)> ranges = [];
    private ulong? streamEnd;

    /// <summary>Whether nothing has come ahead of its turn.</summary>
    public bool IsEmpty => ranges.Count == 0 && streamEnd is null;

    /// <summary>The ranges, in order, with gaps between them.</summary>
    internal IReadOnlyList<(ulong Start, ulong End)> Ranges => ranges;

    /// <summary>Keeps that bytes have come.</summary>
    /// <param name="start">Offset of the first.</param>
    /// <param name="end">Offset after the last; not before <paramref name="start"/>.</param>
    public EarlyOutcome Keep(ulong start, ulong end)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(end, start);
        if (end > streamEnd)
        {
            return EarlyOutcome.Refused;
        }

        var first = ranges.FindIndex(range => range.End >= start);
        first = first < 0 ? ranges.Count : first;
        var after = ranges.FindIndex(first, range => range.Start > end);
        after = after < 0 ? ranges.Count : after;
        if (start == end || (after > first && ranges[first].Start <= start && ranges[first].End >= end))
        {
            return EarlyOutcome.Repeated;
        }

        if (after == first)
        {
            if (ranges.Count == RangesMax)
            {
                return EarlyOutcome.Refused;
            }

            ranges.Insert(first, (start, end));
            return EarlyOutcome.Kept;
        }

        ranges[first] = (Math.Min(start, ranges[first].Start), Math.Max(end, ranges[after - 1].End));
        ranges.RemoveRange(first + 1, after - first - 1);
        return EarlyOutcome.Kept;
    }

    /// <summary>Keeps where the stream ends.</summary>
    /// <param name="offset">Offset after its last byte.</param>
    public EarlyOutcome KeepEnd(ulong offset)
    {
        if (streamEnd is { } known)
        {
            return known == offset ? EarlyOutcome.Repeated : EarlyOutcome.Refused;
        }

        if (ranges.Count > 0 && ranges[^1].End > offset)
        {
            return EarlyOutcome.Refused;
        }

        streamEnd = offset;
        return EarlyOutcome.Kept;
    }

    /// <summary>Everything before an offset has come; what follows it without a gap is no longer early.</summary>
    /// <returns>The offset of the next gap.</returns>
    public ulong TakeUpTo(ulong offset)
    {
        var reached = 0;
        while (reached < ranges.Count && ranges[reached].Start <= offset)
        {
            offset = Math.Max(offset, ranges[reached++].End);
        }

        ranges.RemoveRange(0, reached);
        return offset;
    }

    /// <summary>Whether the stream is known to end at an offset.</summary>
    public bool EndsAt(ulong offset) => streamEnd == offset;

    /// <summary>Whether the stream is known to end before an offset.</summary>
    public bool EndsBefore(ulong offset) => streamEnd < offset;

    /// <summary>Whether the first bytes that have come begin at an offset.</summary>
    internal bool StartsAt(ulong offset) => ranges.Count > 0 && ranges[0].Start == offset;

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        ranges.Clear();
        streamEnd = null;
    }

    /// <summary>Writes it.</summary>
    public void Save(StateWriter state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.List("early", ranges, static (to, range) =>
        {
            to.UInt64("start", range.Start);
            to.UInt64("end", range.End);
        });
        state.Boolean("hasEnd", streamEnd is not null);
        state.UInt64("end", streamEnd ?? 0);
    }

    /// <summary>Reads what was written.</summary>
    /// <param name="state">Where it is.</param>
    /// <param name="offset">All bytes before have come.</param>
    /// <param name="limit">There is room up to here.</param>
    /// <exception cref="StateRefusedException">It is beyond that, out of order or contradicts itself.</exception>
    public void Restore(StateReader state, ulong offset, ulong limit)
    {
        ArgumentNullException.ThrowIfNull(state);
        Clear();
        state.List("early", RangesMax, (from, _) =>
        {
            var range = (Start: from.UInt64("start", limit), End: from.UInt64("end", limit));
            if (range.Start >= range.End || range.Start < offset
                || (ranges.Count > 0 && range.Start <= ranges[^1].End))
            {
                throw from.Refuse("start", $"{range.Start}..{range.End} is no range that is next, above {offset}");
            }

            ranges.Add(range);
        });
        var hasEnd = state.Boolean("hasEnd");
        var end = state.UInt64("end", hasEnd ? limit : 0);
        if (hasEnd && (end < offset || KeepEnd(end) != EarlyOutcome.Kept))
        {
            throw state.Refuse("end", $"{end} lies before bytes that have come");
        }
    }
}
