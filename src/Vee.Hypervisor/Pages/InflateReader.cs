namespace Vee.Hypervisor.Pages;

/// <summary>Reads DEFLATE streams of exactly a page.</summary>
internal sealed class InflateReader
{
    private readonly PrefixReader symbols = new(DeflateForm.FixedCount);
    private readonly PrefixReader distances = new(32);
    private readonly PrefixReader lengths = new(DeflateForm.LengthCodeCount);

    /// <summary>Reads a page.</summary>
    /// <returns>False when the bytes are no stream of exactly a page, with nothing behind it.</returns>
    internal bool TryRead(ReadOnlySpan<byte> encoded, Span<byte> page)
    {
        var reader = new BitReader(encoded);
        var at = 0;
        for (var isLast = false; !isLast;)
        {
            // Bits behind the end are zeros, which are stored blocks of nothing: without this they would go on forever.
            if (reader.IsPastEnd)
            {
                return false;
            }

            isLast = reader.Read(1) != 0;
            var isRead = reader.Read(2) switch
            {
                0 => TryReadStored(ref reader, page, ref at),
                1 => TryReadFixed() && TryReadBody(ref reader, page, ref at),
                2 => TryReadCodes(ref reader) && TryReadBody(ref reader, page, ref at),
                _ => false,
            };
            if (!isRead)
            {
                return false;
            }
        }

        return at == page.Length && reader.IsAtEnd;
    }

    private static bool TryReadStored(ref BitReader reader, Span<byte> page, ref int at)
    {
        reader.SkipToByte();
        var count = reader.Read(16);
        if (reader.Read(16) != (count ^ 0xFFFF) || count > page.Length - at)
        {
            return false;
        }

        for (; count > 0; count--)
        {
            page[at++] = (byte)reader.Read(8);
        }

        return !reader.IsPastEnd;
    }

    private bool TryReadFixed()
    {
        Span<byte> symbolLengths = stackalloc byte[DeflateForm.FixedCount];
        Span<byte> distanceLengths = stackalloc byte[32];
        DeflateForm.FillFixed(symbolLengths, distanceLengths);
        return symbols.TryMake(symbolLengths) && distances.TryMake(distanceLengths);
    }

    private bool TryReadCodes(ref BitReader reader)
    {
        var (symbolCount, distanceCount, count) = (reader.Read(5) + 257, reader.Read(5) + 1, reader.Read(4) + 4);
        if (symbolCount > DeflateForm.SymbolCount || distanceCount > DeflateForm.DistanceCount)
        {
            return false;
        }

        Span<byte> row = stackalloc byte[DeflateForm.SymbolCount + DeflateForm.DistanceCount];
        row.Clear();
        foreach (var symbol in DeflateForm.LengthOrder[..count])
        {
            row[symbol] = (byte)reader.Read(3);
        }

        return lengths.TryMake(row[..DeflateForm.LengthCodeCount])
            && TryReadLengths(ref reader, row[..(symbolCount + distanceCount)])
            && row[DeflateForm.EndOfBlock] != 0
            && symbols.TryMake(row[..symbolCount])
            && distances.TryMake(row.Slice(symbolCount, distanceCount));
    }

    private bool TryReadLengths(ref BitReader reader, scoped Span<byte> row)
    {
        for (var at = 0; at < row.Length;)
        {
            var symbol = lengths.Read(ref reader);
            if (symbol < 0 || (symbol == DeflateForm.RepeatLast && at == 0))
            {
                return false;
            }

            var (length, count) = symbol switch
            {
                DeflateForm.RepeatLast => (row[at - 1], 3 + reader.Read(2)),
                DeflateForm.RepeatZero => ((byte)0, 3 + reader.Read(3)),
                DeflateForm.RepeatZeroLong => ((byte)0, 11 + reader.Read(7)),
                _ => ((byte)symbol, 1),
            };
            if (count > row.Length - at)
            {
                return false;
            }

            row.Slice(at, count).Fill(length);
            at += count;
        }

        return true;
    }

    private bool TryReadBody(ref BitReader reader, Span<byte> page, ref int at)
    {
        while (!reader.IsPastEnd)
        {
            var symbol = symbols.Read(ref reader);
            if (symbol == DeflateForm.EndOfBlock)
            {
                return true;
            }

            if (symbol is < 0 or >= DeflateForm.SymbolCount || at == page.Length)
            {
                return false;
            }

            if (symbol < DeflateForm.EndOfBlock)
            {
                page[at++] = (byte)symbol;
                continue;
            }

            var (length, lengthBits) = DeflateForm.LengthOf(symbol);
            length += reader.Read(lengthBits);
            var distanceSymbol = distances.Read(ref reader);
            if (distanceSymbol is < 0 or >= DeflateForm.DistanceCount)
            {
                return false;
            }

            var (distance, distanceBits) = DeflateForm.DistanceOf(distanceSymbol);
            distance += reader.Read(distanceBits);
            if (distance > at || length > page.Length - at)
            {
                return false;
            }

            for (; length > 0; length--, at++)
            {
                page[at] = page[at - distance];
            }
        }

        return false;
    }
}

/// <summary>Reads symbols of a prefix code bit by bit: how many codes of each length there are tells where one ends.
/// </summary>
internal sealed class PrefixReader(int count)
{
    private readonly ushort[] counts = new ushort[DeflateForm.CodeBitsMax + 1];
    private readonly ushort[] order = new ushort[count];

    /// <summary>Takes over a code.</summary>
    /// <param name="lengths">Bits of each symbol's code, 0 to 15.</param>
    /// <returns>False when there are no such codes, or some that mean nothing; but a single one may leave others
    /// without meaning, and a code of nothing is possible as long as nothing is read with it.</returns>
    internal bool TryMake(ReadOnlySpan<byte> lengths)
    {
        counts.AsSpan().Clear();
        foreach (var length in lengths)
        {
            counts[length]++;
        }

        counts[0] = 0;
        Span<int> next = stackalloc int[DeflateForm.CodeBitsMax + 1];
        var (left, used) = (1, 0);
        for (var length = 1; length <= DeflateForm.CodeBitsMax; length++)
        {
            left = (left << 1) - counts[length];
            next[length] = used;
            used += counts[length];
            if (left < 0)
            {
                return false;
            }
        }

        for (var symbol = 0; symbol < lengths.Length; symbol++)
        {
            if (lengths[symbol] != 0)
            {
                order[next[lengths[symbol]]++] = (ushort)symbol;
            }
        }

        return left == 0 || used <= 1;
    }

    /// <returns>The symbol; negative when there is none.</returns>
    internal int Read(ref BitReader reader)
    {
        var (code, first, index) = (0, 0, 0);
        for (var length = 1; length <= DeflateForm.CodeBitsMax; length++)
        {
            code |= reader.Read(1);
            var own = counts[length];
            if (code - first < own)
            {
                return order[index + code - first];
            }

            index += own;
            first = (first + own) << 1;
            code <<= 1;
        }

        return -1;
    }
}

/// <summary>Reads bits, the first one lowest. Behind the end are zeros.</summary>
internal ref struct BitReader(ReadOnlySpan<byte> encoded)
{
    private readonly ReadOnlySpan<byte> encoded = encoded;
    private ulong bits;
    private int count;
    private int at;

    /// <summary>Whether bits were read that are not there.</summary>
    internal readonly bool IsPastEnd => at - (count / 8) > encoded.Length;

    /// <summary>Whether the last byte was read, in part at least, and nothing behind it.</summary>
    internal readonly bool IsAtEnd => at - (count / 8) == encoded.Length;

    internal int Read(int length)
    {
        while (count < length)
        {
            bits |= (at < encoded.Length ? (ulong)encoded[at] : 0) << count;
            at++;
            count += 8;
        }

        var value = unchecked((int)(bits & ((1UL << length) - 1)));
        bits >>= length;
        count -= length;
        return value;
    }

    internal void SkipToByte() => Read(count % 8);
}
