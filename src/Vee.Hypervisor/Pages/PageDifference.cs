using System.Numerics;
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
        Lines = !vectorised ? Compare(page, oldPage, lines)
            : lines == PageFormat.AllLines ? CompareAll(page, oldPage)
            : CompareSome(page, oldPage, lines);
        Count();
    }

    /// <summary>The runs: where each begins and where it ends, in turn.</summary>
    internal ReadOnlySpan<ushort> FindRuns()
    {
        var count = 0;
        var inside = 0UL;
        // A run that ends with its line ends at the first byte of the next one, equal though that line is.
        for (var rest = Lines | (Lines << 1); rest != 0; rest &= rest - 1)
        {
            var line = BitOperations.TrailingZeroCount(rest);
            var mask = (Lines >> line & 1) != 0 ? masks[line] : 0;
            var start = line * PageFormat.LineBytes;
            for (var turns = mask ^ ((mask << 1) | inside); turns != 0; turns &= turns - 1)
            {
                edges[count++] = unchecked((ushort)(start + BitOperations.TrailingZeroCount(turns)));
            }

            inside = mask >> 63;
        }

        if (inside != 0)
        {
            edges[count++] = PageFormat.PageBytes;
        }

        return edges.AsSpan(0, count);
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

    private ulong CompareSome(ReadOnlySpan<byte> page, ReadOnlySpan<byte> oldPage, ulong lines)
    {
        var left = AsLines(page);
        var right = AsLines(oldPage);
        var found = 0UL;
        for (; lines != 0; lines &= lines - 1)
        {
            var line = BitOperations.TrailingZeroCount(lines);
            var mask = ~Vector512.Equals(left[line], right[line]).ExtractMostSignificantBits();
            masks[line] = mask;
            found |= (mask != 0 ? 1UL : 0) << line;
        }

        return found;
    }

    private ulong Compare(ReadOnlySpan<byte> page, ReadOnlySpan<byte> oldPage, ulong lines)
    {
        var found = 0UL;
        for (; lines != 0; lines &= lines - 1)
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
        var (bytes, words, runs) = (0, 0, 0);
        var previous = -2;
        for (var rest = Lines; rest != 0; rest &= rest - 1)
        {
            var line = BitOperations.TrailingZeroCount(rest);
            var mask = masks[line];
            var inside = previous == line - 1 ? masks[previous] >> 63 : 0;
            bytes += BitOperations.PopCount(mask);
            words += BitOperations.PopCount(ChangedWords(mask));
            runs += BitOperations.PopCount(mask & ~((mask << 1) | inside));
            previous = line;
        }

        (ByteCount, WordCount, RunCount) = (bytes, words, runs);
    }

    /// <summary>The highest bit of each byte of a line's mask that has any bit: of each word that differs.</summary>
    internal static ulong ChangedWords(ulong mask) =>
        unchecked(((mask & LowBits) + LowBits) | mask) & ~LowBits;

    internal static ReadOnlySpan<Vector512<byte>> AsLines(ReadOnlySpan<byte> page) =>
        MemoryMarshal.Cast<byte, Vector512<byte>>(page);
}
