using System.Runtime.CompilerServices;

namespace Vee.Hypervisor.Pages;

/// <summary>QEMU's XBZRLE: lengths of equal and of changed bytes in turn, changed bytes after theirs.</summary>
/// <remarks>Lengths are LEB128 of at most two bytes; equal bytes at the end are left out. Source: the format as
/// described in QEMU's docs/devel/migration, checked against pages that QEMU encoded.</remarks>
internal static class RunLengthForm
{
    private const int ChunkBytes = 16;

    /// <summary>Writes the runs.</summary>
    /// <param name="page">The page.</param>
    /// <param name="runs">Begins and ends, in turn.</param>
    /// <param name="destination">Where to.</param>
    /// <returns>Bytes written; more than a page when it would not have fitted into one.</returns>
    internal static int Write(ReadOnlySpan<byte> page, ReadOnlySpan<ushort> runs, Span<byte> destination)
    {
        var (at, end) = (0, 0);
        for (var index = 0; index + 1 < runs.Length; index += 2)
        {
            var (begin, length) = (runs[index], runs[index + 1] - runs[index]);
            // Sizes are summed up only when the longest lengths would not fit.
            if (at + length + 4 > PageFormat.PageBytes
                && at + Leb128.Size(begin - end) + Leb128.Size(length) + length > PageFormat.PageBytes)
            {
                return PageFormat.PageBytes + 1;
            }

            Leb128.Write(destination, ref at, begin - end);
            Leb128.Write(destination, ref at, length);
            CopyRun(page, begin, length, destination[at..]);
            at += length;
            end = begin + length;
        }

        return at;
    }

    /// <summary>Changes a copy of the old page into the new one.</summary>
    /// <returns>False when the bytes are not of this form; the copy is no page then.</returns>
    internal static bool TryRead(ReadOnlySpan<byte> encoded, Span<byte> page)
    {
        var (at, position) = (0, 0);
        while (at < encoded.Length)
        {
            // Only the first run may begin without an equal byte before it: QEMU refuses others, and so do we.
            if (!Leb128.TryRead(encoded, ref at, out var gap) || (gap == 0 && position != 0)
                || !Leb128.TryRead(encoded, ref at, out var length) || length == 0
                || gap > page.Length - position || length > page.Length - position - gap
                || length > encoded.Length - at)
            {
                return false;
            }

            position += gap;
            encoded.Slice(at, length).CopyTo(page[position..]);
            position += length;
            at += length;
        }

        return true;
    }

    /// <summary>Copies a run; what follows it in the destination may change.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void CopyRun(ReadOnlySpan<byte> page, int begin, int length, Span<byte> destination)
    {
        if (length > ChunkBytes || begin > PageFormat.PageBytes - ChunkBytes)
        {
            CopyLongRun(page, begin, length, destination);
            return;
        }

        // One store, whatever the length is: lengths of runs are hard to predict.
        page.Slice(begin, ChunkBytes).CopyTo(destination);
    }

    // Calls take registers from loops around them.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CopyLongRun(ReadOnlySpan<byte> page, int begin, int length, Span<byte> destination) =>
        page.Slice(begin, length).CopyTo(destination);
}

/// <summary>Numbers below 2^14 in one byte or two, the lower seven bits first.</summary>
internal static class Leb128
{
    private const int More = 0x80;

    internal static int Size(int value) => value < More ? 1 : 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Write(Span<byte> destination, ref int at, int value)
    {
        if (value < More)
        {
            destination[at++] = unchecked((byte)value);
            return;
        }

        destination[at++] = unchecked((byte)(value | More));
        destination[at++] = unchecked((byte)(value >> 7));
    }

    internal static bool TryRead(ReadOnlySpan<byte> encoded, ref int at, out int value)
    {
        value = 0;
        if (at >= encoded.Length)
        {
            return false;
        }

        value = encoded[at++];
        if (value < More)
        {
            return true;
        }

        if (at >= encoded.Length || encoded[at] >= More)
        {
            return false;
        }

        value = (value & (More - 1)) | (encoded[at++] << 7);
        return true;
    }
}
