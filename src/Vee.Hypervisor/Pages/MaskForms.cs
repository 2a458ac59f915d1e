using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Vee.Hypervisor.Pages;

/// <summary>Forms that mark what differs with bits: for each byte, for each word, or for both.</summary>
/// <remarks>
/// They begin with a set of lines: how many, then their numbers when there are at most seven, or a bit for each, or
/// nothing when there are all. All masks come before all bytes, so that what has to be there is known before any
/// byte of the page is written.
/// </remarks>
internal static class MaskForms
{
    // Numbers of lines are shorter than a bit for each up to here.
    private const int NumbersMax = 7;
    private const int MaskBytes = sizeof(ulong);

    // Moves the lowest bit of each byte of a word into one byte.
    private const ulong Gather = 0x0102_0408_1020_4080;

    internal static bool IsVectorised => Avx512Vbmi2.IsSupported && Vector512.IsHardwareAccelerated;

    /// <summary>Bytes of a set of lines.</summary>
    internal static int LineSetBytes(int count) =>
        count == PageFormat.LineCount ? 1 : 1 + Math.Min(count, MaskBytes);

    /// <summary>Writes one of the three forms.</summary>
    /// <returns>Bytes written.</returns>
    internal static int Write(
        PageKind kind, ReadOnlySpan<byte> page, ReadOnlySpan<byte> oldPage, PageDifference difference,
        bool vectorised, Span<byte> destination)
    {
        var masks = WriteLines(difference.Lines, destination);
        var at = masks + (kind == PageKind.ByteMask ? MaskBytes : 1) * difference.LineCount;
        if (kind == PageKind.NestedMask)
        {
            // Eight bytes are stored for each line, of which the last ones are where bytes of the page come later.
            WriteNestedMasks(difference, destination, masks, at);
            at += difference.WordCount;
        }

        return vectorised
            ? WriteVectors(kind, page, oldPage, difference, destination, masks, at)
            : WriteBytes(kind, page, difference, destination, masks, at);
    }

    /// <summary>Makes the page.</summary>
    /// <returns>False when the bytes are not of this form.</returns>
    internal static bool TryRead(
        PageKind kind, ReadOnlySpan<byte> encoded, ReadOnlySpan<byte> oldPage, bool vectorised, Span<byte> page)
    {
        Span<ulong> masks = stackalloc ulong[PageFormat.LineCount];
        if (!TryReadLines(encoded, out var lines, out var at)
            || !TryReadMasks(kind, encoded, lines, masks, ref at, out var count) || count != encoded.Length - at)
        {
            return false;
        }

        // Lines are made from the old page: its copy is still on its way into the cache, and reading it would wait.
        oldPage.CopyTo(page);
        scoped var bytes = encoded[at..];
        Span<byte> tail = stackalloc byte[vectorised ? 2 * PageFormat.LineBytes : 0];
        for (var rest = lines; rest != 0; rest = Bits.WithoutLowest(rest))
        {
            var line = BitOperations.TrailingZeroCount(rest);
            var mask = masks[line];
            if (vectorised)
            {
                if (bytes.Length < PageFormat.LineBytes)
                {
                    // Vectors are read whole: the last bytes are moved to where something lies behind them.
                    bytes.CopyTo(tail);
                    bytes = tail;
                }

                var target = MemoryMarshal.Cast<byte, Vector512<byte>>(page);
                target[line] = Avx512Vbmi2.Expand(
                    PageDifference.AsLines(oldPage)[line], ToVector(mask),
                    Vector512.Create(bytes[..PageFormat.LineBytes]));
            }
            else
            {
                Expand(bytes, mask, page.Slice(line * PageFormat.LineBytes, PageFormat.LineBytes));
            }

            bytes = bytes[BitOperations.PopCount(mask)..];
        }

        return true;
    }

    // Comparing once more is cheaper than making vectors of the masks.
    private static int WriteVectors(
        PageKind kind, ReadOnlySpan<byte> page, ReadOnlySpan<byte> oldPage, PageDifference difference,
        Span<byte> destination, int masks, int at)
    {
        if (kind == PageKind.WordMask)
        {
            return WriteWordVectors(page, oldPage, difference.Lines, destination, masks, at);
        }

        var left = PageDifference.AsLines(page);
        var right = PageDifference.AsLines(oldPage);
        for (var rest = difference.Lines; rest != 0; rest = Bits.WithoutLowest(rest))
        {
            var line = BitOperations.TrailingZeroCount(rest);
            var (now, before) = (left[line], right[line]);
            var differs = Avx512BW.CompareNotEqual(now, before);
            var mask = differs.ExtractMostSignificantBits();
            if (kind == PageKind.ByteMask)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(destination[masks..], mask);
                masks += MaskBytes;
            }

            Avx512Vbmi2.Compress(Vector512<byte>.Zero, differs, now).CopyTo(destination[at..]);
            at += BitOperations.PopCount(mask);
        }

        return at;
    }

    private static int WriteWordVectors(
        ReadOnlySpan<byte> page, ReadOnlySpan<byte> oldPage, ulong lines, Span<byte> destination, int masks, int at)
    {
        var left = PageDifference.AsLines(page);
        var right = PageDifference.AsLines(oldPage);
        for (var rest = lines; rest != 0; rest = Bits.WithoutLowest(rest))
        {
            var line = BitOperations.TrailingZeroCount(rest);
            var (now, before) = (left[line].AsUInt64(), right[line].AsUInt64());
            var differs = Avx512F.CompareNotEqual(now, before);
            var mask = differs.ExtractMostSignificantBits();
            destination[masks++] = unchecked((byte)mask);
            Avx512F.Compress(Vector512<ulong>.Zero, differs, now).AsByte().CopyTo(destination[at..]);
            at += sizeof(ulong) * BitOperations.PopCount(mask);
        }

        return at;
    }

    private static int WriteBytes(
        PageKind kind, ReadOnlySpan<byte> page, PageDifference difference, Span<byte> destination, int masks, int at)
    {
        for (var rest = difference.Lines; rest != 0; rest = Bits.WithoutLowest(rest))
        {
            var line = BitOperations.TrailingZeroCount(rest);
            var mask = difference.Masks[line];
            if (kind == PageKind.ByteMask)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(destination[masks..], mask);
                masks += MaskBytes;
            }
            else if (kind == PageKind.WordMask)
            {
                destination[masks++] = WordsOf(mask);
                mask = WholeWords(mask);
            }

            for (; mask != 0; mask = Bits.WithoutLowest(mask))
            {
                destination[at++] = page[(line * PageFormat.LineBytes) + BitOperations.TrailingZeroCount(mask)];
            }
        }

        return at;
    }

    private static int WriteLines(ulong lines, Span<byte> destination)
    {
        var count = BitOperations.PopCount(lines);
        destination[0] = unchecked((byte)count);
        if (count == PageFormat.LineCount)
        {
            return 1;
        }

        if (count > NumbersMax)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(destination[1..], lines);
            return 1 + MaskBytes;
        }

        var at = 1;
        for (; lines != 0; lines = Bits.WithoutLowest(lines))
        {
            destination[at++] = unchecked((byte)BitOperations.TrailingZeroCount(lines));
        }

        return at;
    }

    private static bool TryReadLines(ReadOnlySpan<byte> encoded, out ulong lines, out int at)
    {
        (lines, at) = (0, 1);
        if (encoded.IsEmpty || encoded[0] > PageFormat.LineCount)
        {
            return false;
        }

        var count = (int)encoded[0];
        at = LineSetBytes(count);
        if (encoded.Length < at)
        {
            return false;
        }

        if (count > NumbersMax)
        {
            lines = count == PageFormat.LineCount
                ? PageFormat.AllLines
                : BinaryPrimitives.ReadUInt64LittleEndian(encoded[1..]);
            return BitOperations.PopCount(lines) == count;
        }

        foreach (var line in encoded[1..at])
        {
            // In order, each once: bytes follow in the order of the lines.
            if (line >= PageFormat.LineCount || lines >> line != 0)
            {
                return false;
            }

            lines |= 1UL << line;
        }

        return true;
    }

    private static void WriteNestedMasks(PageDifference difference, Span<byte> destination, int masks, int at)
    {
        for (var rest = difference.Lines; rest != 0; rest = Bits.WithoutLowest(rest))
        {
            var mask = difference.Masks[BitOperations.TrailingZeroCount(rest)];
            destination[masks++] = WordsOf(mask);
            var words = WholeWords(mask);
            if (Bmi2.X64.IsSupported)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(
                    destination[at..], Bmi2.X64.ParallelBitExtract(mask, words));
                at += BitOperations.PopCount(words) / 8;
                continue;
            }

            for (; words != 0; words >>= 8, mask >>= 8)
            {
                destination[at] = unchecked((byte)mask);
                at += (words & 1) != 0 ? 1 : 0;
            }
        }
    }

    private static bool TryReadMasks(
        PageKind kind, ReadOnlySpan<byte> encoded, ulong lines, Span<ulong> masks, ref int at, out int count)
    {
        count = 0;
        var first = (kind == PageKind.ByteMask ? MaskBytes : 1) * BitOperations.PopCount(lines);
        if (encoded.Length - at < first)
        {
            return false;
        }

        var own = encoded.Slice(at, first);
        var below = encoded[(at + first)..];
        at += first;
        for (; lines != 0; lines = Bits.WithoutLowest(lines))
        {
            var line = BitOperations.TrailingZeroCount(lines);
            if (kind == PageKind.ByteMask)
            {
                masks[line] = BinaryPrimitives.ReadUInt64LittleEndian(own);
                own = own[MaskBytes..];
            }
            else
            {
                masks[line] = Spread(own[0]);
                own = own[1..];
                if (kind == PageKind.NestedMask && !TryReadNested(ref masks[line], ref below, ref at))
                {
                    return false;
                }
            }

            count += BitOperations.PopCount(masks[line]);
        }

        return true;
    }

    private static bool TryReadNested(ref ulong mask, ref ReadOnlySpan<byte> encoded, ref int at)
    {
        var (words, bytes) = (mask, 0UL);
        var count = BitOperations.PopCount(words) / 8;
        if (encoded.Length < count)
        {
            return false;
        }

        for (var rest = words; rest != 0;)
        {
            var shift = BitOperations.TrailingZeroCount(rest);
            bytes |= (ulong)encoded[0] << shift;
            encoded = encoded[1..];
            rest &= ~(0xFFUL << shift);
        }

        (mask, at) = (bytes, at + count);
        return true;
    }

    // A bit for each word that has one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte WordsOf(ulong mask) =>
        unchecked((byte)(((PageDifference.ChangedWords(mask) >> 7) * Gather) >> 56));

    // All bits of each word that has one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong WholeWords(ulong mask) => unchecked((PageDifference.ChangedWords(mask) >> 7) * 0xFF);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Spread(byte words)
    {
        // A copy of the byte in each byte, of which each keeps its own bit; then as any mask.
        var bits = unchecked(words * 0x0101_0101_0101_0101UL) & 0x8040_2010_0804_0201;
        return WholeWords(bits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> ToVector(ulong mask)
    {
        var bytes = Avx512BW.Shuffle(Vector512.Create(mask).AsByte(), ByteOfBit);
        return Vector512.Equals(bytes & BitOfByte, BitOfByte);
    }

    private static Vector512<byte> BitOfByte
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(0x8040_2010_0804_0201UL).AsByte();
    }

    private static Vector512<byte> ByteOfBit
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(
            0x0000_0000_0000_0000UL, 0x0101_0101_0101_0101, 0x0202_0202_0202_0202, 0x0303_0303_0303_0303,
            0x0404_0404_0404_0404, 0x0505_0505_0505_0505, 0x0606_0606_0606_0606, 0x0707_0707_0707_0707).AsByte();
    }

    private static void Expand(ReadOnlySpan<byte> bytes, ulong mask, Span<byte> line)
    {
        var at = 0;
        for (; mask != 0; mask = Bits.WithoutLowest(mask))
        {
            line[BitOperations.TrailingZeroCount(mask)] = bytes[at++];
        }
    }
}
