using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Vee.Hypervisor.Pages;

/// <summary>Where a page differs from the old one, and what each form of saying so would cost.</summary>
/// <param name="vectorised">Whether lines are compared as vectors; the other way is its twin for processors without
/// and for tests.</param>
internal sealed class PageDifference(bool vectorised)
{
    // A set bit in each byte but its highest.
    private const ulong LowBits = 0x7F7F_7F7F_7F7F_7F7F;

    private const int WordsOfLine = PageFormat.LineBytes / sizeof(ulong);

    private readonly ulong[] masks = new ulong[PageFormat.LineCount];

    // Each run has two edges, and a page ends its last one.
    private readonly ushort[] edges = new ushort[PageFormat.PageBytes + 2];

    /// <summary>The lines that differ.</summary>
    internal ulong Lines { get; private set; }

    /// <summary>How many lines differ.</summary>
    internal int LineCount => BitOperations.PopCount(Lines);

    /// <summary>How many bytes differ.</summary>
    internal int ByteCount { get; private set; }

    /// <summary>How many aligned words of eight bytes differ.</summary>
    internal int WordCount { get; private set; }

    /// <summary>How many runs of bytes that differ there are, as long as they can be.</summary>
    internal int RunCount { get; private set; }

    /// <summary>A bit for each byte of a line that differs; only lines of <see cref="Lines"/> have one.</summary>
    internal ReadOnlySpan<ulong> Masks => masks;

    /// <summary>Compares.</summary>
    /// <param name="page">The page.</param>
    /// <param name="oldPage">The old one.</param>
    /// <param name="lines">The lines to look at; the others are equal.</param>
    internal void Find(ReadOnlySpan<byte> page, ReadOnlySpan<byte> oldPage, ulong lines)
    {
        if (vectorised && lines != PageFormat.AllLines)
        {
            CompareSome(page, oldPage, lines);
            return;
        }

        Lines = vectorised ? CompareAll(page, oldPage) : Compare(page, oldPage, lines);
        Count();
    }

    /// <summary>The runs: where each begins and where it ends, in turn.</summary>
    internal ReadOnlySpan<ushort> FindRuns()
    {
        var target = edges;
        var (count, end, inside) = (0, 0, 0UL);
        for (var rest = Lines; rest != 0; rest = Bits.WithoutLowest(rest))
        {
            var line = BitOperations.TrailingZeroCount(rest);
            var start = line * PageFormat.LineBytes;
            if (inside != 0 && start != end)
            {
                // The run ended with its line, and the next one is equal.
                target[count++] = unchecked((ushort)end);
                inside = 0;
            }

            var mask = masks[line];
            for (var turns = mask ^ ((mask << 1) | inside); turns != 0; turns = Bits.WithoutLowest(turns))
            {
                target[count++] = unchecked((ushort)(start + BitOperations.TrailingZeroCount(turns)));
            }

            inside = mask >> 63;
            end = start + PageFormat.LineBytes;
        }

        if (inside != 0)
        {
            target[count++] = unchecked((ushort)end);
        }

        return target.AsSpan(0, count);
    }

    private ulong CompareAll(ReadOnlySpan<byte> page, ReadOnlySpan<byte> oldPage)
    {
        var left = AsLines(page);
        var right = AsLines(oldPage);
        var found = 0UL;
        for (var line = 0; line < PageFormat.LineCount; line++)
        {
            var mask = ~Vector512.Equals(left[line], right[line]).ExtractMostSignificantBits();
            masks[line] = mask;
            found |= (mask != 0 ? 1UL : 0) << line;
        }

        return found;
    }

    // Few lines are counted while they are compared; of all lines most are equal, and are not looked at twice.
    private void CompareSome(ReadOnlySpan<byte> page, ReadOnlySpan<byte> oldPage, ulong lines)
    {
        var left = AsLines(page);
        var right = AsLines(oldPage);
        var target = masks;
        var found = 0UL;
        var counts = default(Counts);
        var before = lines << 1;
        for (var rest = lines; rest != 0; rest = Bits.WithoutLowest(rest))
        {
            var line = BitOperations.TrailingZeroCount(rest);
            var (now, old) = (left[line], right[line]);
            var mask = ~Vector512.Equals(now, old).ExtractMostSignificantBits();
            target[line] = mask;
            found |= (mask != 0 ? 1UL : 0) << line;
            var equalWords = Vector512.Equals(now.AsUInt64(), old.AsUInt64()).ExtractMostSignificantBits();
            counts.Add(mask, WordsOfLine - BitOperations.PopCount(equalWords), before >> line);
        }

        Lines = found;
        (ByteCount, WordCount, RunCount) = (counts.Bytes, counts.Words, counts.Runs);
    }

    private ulong Compare(ReadOnlySpan<byte> page, ReadOnlySpan<byte> oldPage, ulong lines)
    {
        var found = 0UL;
        for (; lines != 0; lines = Bits.WithoutLowest(lines))
        {
            var line = BitOperations.TrailingZeroCount(lines);
            var mask = 0UL;
            for (var index = 0; index < PageFormat.LineBytes; index++)
            {
                var at = (line * PageFormat.LineBytes) + index;
                mask |= (page[at] != oldPage[at] ? 1UL : 0) << index;
            }

            masks[line] = mask;
            found |= (mask != 0 ? 1UL : 0) << line;
        }

        return found;
    }

    private void Count()
    {
        var counts = default(Counts);
        for (var rest = Lines; rest != 0; rest = Bits.WithoutLowest(rest))
        {
            var line = BitOperations.TrailingZeroCount(rest);
            var mask = masks[line];
            counts.Add(mask, BitOperations.PopCount(ChangedWords(mask)), (Lines << 1) >> line);
        }

        (ByteCount, WordCount, RunCount) = (counts.Bytes, counts.Words, counts.Runs);
    }

    /// <summary>What differs in the lines so far.</summary>
    private struct Counts
    {
        private ulong inside;

        internal int Bytes { get; private set; }

        internal int Words { get; private set; }

        internal int Runs { get; private set; }

        /// <summary>Adds a line.</summary>
        /// <param name="mask">Which of its bytes differ.</param>
        /// <param name="words">How many of its words do.</param>
        /// <param name="before">The lowest bit: whether the line before has been added.</param>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal void Add(ulong mask, int words, ulong before)
        {
            unchecked
            {
                Bytes += BitOperations.PopCount(mask);
                Words += words;
                Runs += BitOperations.PopCount(mask & ~((mask << 1) | (inside & before)));
            }

            inside = mask >> 63;
        }
    }

    /// <summary>The highest bit of each byte of a line's mask that has any bit: of each word that differs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong ChangedWords(ulong mask) =>
        unchecked(((mask & LowBits) + LowBits) | mask) & ~LowBits;

    internal static ReadOnlySpan<Vector512<byte>> AsLines(ReadOnlySpan<byte> page) =>
        MemoryMarshal.Cast<byte, Vector512<byte>>(page);
}
