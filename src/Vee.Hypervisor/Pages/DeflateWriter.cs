using System.Buffers.Binary;

namespace Vee.Hypervisor.Pages;

/// <summary>Writes a page as one block of DEFLATE, with codes of its own or with the fixed ones.</summary>
/// <remarks>One earlier place is compared at each position, the last one with the same three bytes: about what the
/// fastest level of other programs does.</remarks>
internal sealed class DeflateWriter
{
    private const int HashBits = 12;
    private const int HashFactor = 0x1E35A7BD;
    private const int MatchFlag = 1 << 30;

    private readonly int[] tokens = new int[PageFormat.PageBytes + 1];
    private readonly ushort[] heads = new ushort[1 << HashBits];
    private readonly HuffmanCode symbols = new(DeflateForm.FixedCount, DeflateForm.CodeBitsMax);
    private readonly HuffmanCode distances = new(DeflateForm.DistanceCount, DeflateForm.CodeBitsMax);
    private readonly HuffmanCode lengths = new(DeflateForm.LengthCodeCount, DeflateForm.LengthCodeBitsMax);
    private readonly byte[] all = new byte[DeflateForm.SymbolCount + DeflateForm.DistanceCount];
    private readonly (byte Symbol, byte More)[] runs =
        new (byte, byte)[DeflateForm.SymbolCount + DeflateForm.DistanceCount];

    /// <summary>Writes a page.</summary>
    /// <returns>Bytes written, less than a page; a page when it would not have become smaller.</returns>
    internal int Write(ReadOnlySpan<byte> page, Span<byte> destination)
    {
        var count = FindTokens(page);
        symbols.Make();
        distances.Make();
        var runCount = FindRuns(out var symbolCount, out var distanceCount);
        lengths.Make();
        var own = HeaderBits(runCount) + BodyBits();
        var (ownSymbols, ownDistances) = (symbols.Lengths, distances.Lengths);
        Span<byte> keptSymbols = stackalloc byte[ownSymbols.Length];
        Span<byte> keptDistances = stackalloc byte[ownDistances.Length];
        ownSymbols.CopyTo(keptSymbols);
        ownDistances.CopyTo(keptDistances);
        DeflateForm.FillFixed(ownSymbols, ownDistances);
        var isFixed = BodyBits() <= own;
        var bits = isFixed ? BodyBits() : own;
        if (bits + 3 > 8 * (PageFormat.PageBytes - 1))
        {
            return PageFormat.PageBytes;
        }

        if (!isFixed)
        {
            keptSymbols.CopyTo(ownSymbols);
            keptDistances.CopyTo(ownDistances);
        }

        symbols.AssignCodes();
        distances.AssignCodes();
        var writer = new BitWriter(destination);
        writer.Write(1, 1);
        writer.Write(isFixed ? 1 : 2, 2);
        if (!isFixed)
        {
            WriteHeader(ref writer, runCount, symbolCount, distanceCount);
        }

        WriteBody(ref writer, count);
        return writer.Finish();
    }

    private int FindTokens(ReadOnlySpan<byte> page)
    {
        symbols.Frequencies.AsSpan().Clear();
        distances.Frequencies.AsSpan().Clear();
        heads.AsSpan().Clear();
        var (count, at) = (0, 0);
        while (at < page.Length)
        {
            var length = 0;
            var candidate = -1;
            if (at + sizeof(uint) <= page.Length)
            {
                var bytes = BinaryPrimitives.ReadUInt32LittleEndian(page[at..]) & 0xFF_FFFF;
                ref var head = ref heads[unchecked((bytes * (uint)HashFactor) >> (32 - HashBits))];

                // Places are kept one higher, since zero is none.
                (candidate, head) = (head - 1, unchecked((ushort)(at + 1)));
                length = candidate < 0 ? 0
                    : page[at..].CommonPrefixLength(page[candidate..]);
            }

            if (length < DeflateForm.LengthMin)
            {
                tokens[count++] = page[at];
                symbols.Frequencies[page[at++]]++;
                continue;
            }

            length = Math.Min(length, DeflateForm.LengthMax);
            tokens[count++] = MatchFlag | (length << 16) | (at - candidate);
            symbols.Frequencies[DeflateForm.OfLength(length).Symbol]++;
            distances.Frequencies[DeflateForm.OfDistance(at - candidate).Symbol]++;
            at += length;
        }

        symbols.Frequencies[DeflateForm.EndOfBlock]++;
        return count;
    }

    private int BodyBits()
    {
        var bits = 0;
        for (var symbol = 0; symbol < DeflateForm.SymbolCount; symbol++)
        {
            var extra = symbol > DeflateForm.EndOfBlock ? DeflateForm.LengthOf(symbol).Bits : 0;
            bits += symbols.Frequencies[symbol] * (symbols.Lengths[symbol] + extra);
        }

        for (var symbol = 0; symbol < DeflateForm.DistanceCount; symbol++)
        {
            bits += distances.Frequencies[symbol]
                * (distances.Lengths[symbol] + DeflateForm.DistanceOf(symbol).Bits);
        }

        return bits;
    }

    // Lengths of both codes as one row, in which repetitions have symbols of their own.
    private int FindRuns(out int symbolCount, out int distanceCount)
    {
        symbolCount = Math.Max(257, symbols.Lengths.AsSpan().LastIndexOfAnyExcept((byte)0) + 1);
        distanceCount = Math.Max(1, distances.Lengths.AsSpan().LastIndexOfAnyExcept((byte)0) + 1);
        symbols.Lengths.AsSpan(0, symbolCount).CopyTo(all);
        distances.Lengths.AsSpan(0, distanceCount).CopyTo(all.AsSpan(symbolCount));
        var row = all.AsSpan(0, symbolCount + distanceCount);
        lengths.Frequencies.AsSpan().Clear();
        var count = 0;
        for (var at = 0; at < row.Length;)
        {
            var rest = row[at..];
            var same = rest.IndexOfAnyExcept(rest[0]);
            same = same < 0 ? rest.Length : same;
            var (symbol, extra, length) = rest[0] == 0 && same >= 11
                ? (DeflateForm.RepeatZeroLong, Math.Min(same, 138) - 11, Math.Min(same, 138))
                : rest[0] == 0 && same >= 3 ? (DeflateForm.RepeatZero, same - 3, same)
                : at > 0 && row[at - 1] == rest[0] && same >= 3
                    ? (DeflateForm.RepeatLast, Math.Min(same, 6) - 3, Math.Min(same, 6))
                    : (rest[0], 0, 1);
            runs[count++] = ((byte)symbol, (byte)extra);
            lengths.Frequencies[symbol]++;
            at += length;
        }

        return count;
    }

    private int HeaderBits(int runCount)
    {
        var bits = 14 + (3 * LengthCodesWritten());
        foreach (var (symbol, _) in runs.AsSpan(0, runCount))
        {
            bits += lengths.Lengths[symbol] + ExtraBits(symbol);
        }

        return bits;
    }

    private int LengthCodesWritten()
    {
        var count = DeflateForm.LengthCodeCount;
        while (count > 4 && lengths.Lengths[DeflateForm.LengthOrder[count - 1]] == 0)
        {
            count--;
        }

        return count;
    }

    private static int ExtraBits(int symbol) => symbol switch
    {
        DeflateForm.RepeatLast => 2,
        DeflateForm.RepeatZero => 3,
        DeflateForm.RepeatZeroLong => 7,
        _ => 0,
    };

    private void WriteHeader(ref BitWriter writer, int runCount, int symbolCount, int distanceCount)
    {
        var count = LengthCodesWritten();
        writer.Write(symbolCount - 257, 5);
        writer.Write(distanceCount - 1, 5);
        writer.Write(count - 4, 4);
        foreach (var symbol in DeflateForm.LengthOrder[..count])
        {
            writer.Write(lengths.Lengths[symbol], 3);
        }

        foreach (var (symbol, rest) in runs.AsSpan(0, runCount))
        {
            writer.Write(lengths.Codes[symbol], lengths.Lengths[symbol]);
            writer.Write(rest, ExtraBits(symbol));
        }
    }

    private void WriteBody(ref BitWriter writer, int count)
    {
        foreach (var token in tokens.AsSpan(0, count))
        {
            if ((token & MatchFlag) == 0)
            {
                writer.Write(symbols.Codes[token], symbols.Lengths[token]);
                continue;
            }

            var (symbol, bits, rest) = DeflateForm.OfLength((token & ~MatchFlag) >> 16);
            writer.Write(symbols.Codes[symbol], symbols.Lengths[symbol]);
            writer.Write(rest, bits);
            (symbol, bits, rest) = DeflateForm.OfDistance(token & 0xFFFF);
            writer.Write(distances.Codes[symbol], distances.Lengths[symbol]);
            writer.Write(rest, bits);
        }

        writer.Write(symbols.Codes[DeflateForm.EndOfBlock], symbols.Lengths[DeflateForm.EndOfBlock]);
    }
}

/// <summary>Writes bits, the first one lowest.</summary>
internal ref struct BitWriter(Span<byte> destination)
{
    private readonly Span<byte> destination = destination;
    private ulong bits;
    private int count;
    private int at;

    internal void Write(int value, int length)
    {
        bits |= unchecked((ulong)(uint)value) << count;
        count += length;
        if (count >= 32)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(destination[at..], unchecked((uint)bits));
            at += sizeof(uint);
            bits >>= 32;
            count -= 32;
        }
    }

    internal int Finish()
    {
        for (; count > 0; count -= 8, bits >>= 8)
        {
            destination[at++] = unchecked((byte)bits);
        }

        return at;
    }
}
