namespace Vee.Hypervisor.Pages;

/// <summary>Runs as tokens: the gap before in five bits, the length in three, what is more behind; then the bytes.
/// </summary>
internal static class PositionForm
{
    private const int LengthBits = 3;

    // The largest value of each field says that the rest of the number follows.
    private const int GapEscape = 31;
    private const int LengthEscape = 7;

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
            var (begin, next) = (runs[index], runs[index + 1]);
            var (gap, length) = (begin - end, next - begin);
            if (at + length > PageFormat.PageBytes)
            {
                return PageFormat.PageBytes + 1;
            }

            var (shortGap, shortLength) = (Math.Min(gap, GapEscape), Math.Min(length - 1, LengthEscape));
            destination[at++] = unchecked((byte)((shortGap << LengthBits) | shortLength));
            if (shortGap == GapEscape)
            {
                Leb128.Write(destination, ref at, gap - GapEscape);
            }

            if (shortLength == LengthEscape)
            {
                Leb128.Write(destination, ref at, length - 1 - LengthEscape);
            }

            RunLengthForm.CopyRun(page, begin, length, destination[at..]);
            at += length;
            end = next;
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
            var token = encoded[at++];
            var (gap, length) = (token >> LengthBits, token & LengthEscape);
            if (gap == GapEscape)
            {
                if (!Leb128.TryRead(encoded, ref at, out var more))
                {
                    return false;
                }

                gap += more;
            }

            if (length == LengthEscape)
            {
                if (!Leb128.TryRead(encoded, ref at, out var more))
                {
                    return false;
                }

                length += more;
            }

            length++;
            position += gap;
            if (length > encoded.Length - at || length > page.Length - position)
            {
                return false;
            }

            encoded.Slice(at, length).CopyTo(page[position..]);
            position += length;
            at += length;
        }

        return true;
    }
}
