using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Vee.Hypervisor.Pages;

/// <summary>Writes symbols in as many bits as they are unlikely.</summary>
/// <remarks>Source: range coding as G. N. N. Martin described it (1979), with carries into bytes already written. Four
/// bytes leave at a time, seldom enough for processors to foresee when.</remarks>
internal ref struct RangeWriter(Span<byte> destination)
{
    internal const ulong Bottom = 1UL << 32;
    internal const int HalfBits = 4;

    private readonly Span<byte> destination = destination;
    private ulong low;
    private ulong range = ulong.MaxValue;
    private int at;

    /// <summary>Bytes written so far.</summary>
    internal readonly int Length => at;

    /// <summary>Writes a symbol of a context, which learns it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Write(SymbolModels models, int context, int symbol)
    {
        symbol &= SymbolModels.SymbolCount - 1;
        var row = models.Row(context);
        var (start, size) = SymbolModels.Of(row, symbol);
        Narrow(range >> SymbolModels.TotalBits, start, size);
        models.Learn(row, symbol);
    }

    /// <summary>Writes bytes: of each the upper half in a context that the upper half before it chooses, and the lower
    /// half as it is.</summary>
    /// <param name="models">The contexts.</param>
    /// <param name="context">The first of sixteen.</param>
    /// <param name="before">The byte before.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="limit">Give up when as many bytes as this have been written.</param>
    /// <returns>False when it gave up.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal bool TryWriteBytes(SymbolModels models, int context, byte before, ReadOnlySpan<byte> bytes, int limit)
    {
        // A copy stays in registers.
        var own = this;
        var previous = before >> HalfBits;
        foreach (var value in bytes)
        {
            var upper = value >> HalfBits;
            own.Write(models, unchecked(context + previous), upper);
            own.WriteBits(value & 0xF, HalfBits);
            if (own.at >= limit)
            {
                return false;
            }

            previous = upper;
        }

        this = own;
        return at < limit;
    }

    /// <summary>Writes a number of at most eight bits as it is.</summary>
    internal void WriteBits(int value, int bits) => Narrow(range >> bits, unchecked((uint)value), 1);

    /// <summary>Writes as many bytes more as are needed to tell the end from any other.</summary>
    internal int Finish()
    {
        unchecked
        {
            // Between the bounds lies a number that ends in zero bytes, and those need not be written.
            var zeros = ulong.MaxValue;
            ulong end;
            do
            {
                zeros >>= 8;
                end = (low + zeros) & ~zeros;
            }
            while (end - low >= range);

            if (end < low)
            {
                Carry(destination[..at]);
            }

            for (; zeros != ulong.MaxValue; zeros = (zeros << 8) | 0xFF)
            {
                destination[at++] = (byte)(end >> 56);
                end <<= 8;
            }
        }

        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Narrow(ulong unit, uint start, uint size)
    {
        unchecked
        {
            var sum = low + (unit * start);
            if (sum < low)
            {
                Carry(destination[..at]);
            }

            low = sum;
            range = unit * size;
            if (range < Bottom)
            {
                BinaryPrimitives.WriteUInt32BigEndian(destination[at..], (uint)(low >> 32));
                at += sizeof(uint);
                low <<= 32;
                range <<= 32;
            }
        }
    }

    // Bytes that are full become empty, and the one before them one more.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Carry(Span<byte> written)
    {
        var index = written.Length - 1;
        while (written[index] == byte.MaxValue)
        {
            written[index--] = 0;
        }

        written[index]++;
    }
}

/// <summary>Reads what a <see cref="RangeWriter"/> wrote. Behind the end are zeros, without end.</summary>
internal ref struct RangeReader
{
    private readonly ReadOnlySpan<byte> encoded;
    private ulong code;
    private ulong range;
    private int at;

    internal RangeReader(ReadOnlySpan<byte> encoded)
    {
        this.encoded = encoded;
        range = ulong.MaxValue;
        code = ((ulong)Next(encoded, 0) << 32) | Next(encoded, sizeof(uint));
        at = sizeof(ulong);
    }

    /// <summary>Whether all bytes were needed, and not many more.</summary>
    internal readonly bool IsAtEnd => at >= encoded.Length && at <= encoded.Length + sizeof(ulong);

    /// <summary>Reads what <see cref="RangeWriter.TryWriteBytes"/> wrote.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void ReadBytes(SymbolModels models, int context, byte before, Span<byte> bytes)
    {
        var own = this;
        var previous = before >> RangeWriter.HalfBits;
        foreach (ref var value in bytes)
        {
            previous = own.Read(models, context + previous);
            value = unchecked((byte)((previous << RangeWriter.HalfBits) | own.ReadBits(RangeWriter.HalfBits)));
        }

        this = own;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int Read(SymbolModels models, int context)
    {
        var unit = range >> SymbolModels.TotalBits;
        var point = unchecked((int)Math.Min(code / unit, SymbolModels.Total - 1));
        var row = models.Row(context);
        var symbol = models.Find(row, point) & (SymbolModels.SymbolCount - 1);
        var (start, size) = SymbolModels.Of(row, symbol);
        Narrow(unit, start, size);
        models.Learn(row, symbol);
        return symbol;
    }

    internal int ReadBits(int bits)
    {
        var unit = range >> bits;
        var value = unchecked((uint)Math.Min(code / unit, (1UL << bits) - 1));
        Narrow(unit, value, 1);
        return unchecked((int)value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Narrow(ulong unit, uint start, uint size)
    {
        unchecked
        {
            code -= unit * start;
            range = unit * size;
            if (range < RangeWriter.Bottom)
            {
                code = (code << 32) | Next(encoded, at);
                at += sizeof(uint);
                range <<= 32;
            }
        }
    }

    private static uint Next(ReadOnlySpan<byte> encoded, int at)
    {
        if (at <= encoded.Length - sizeof(uint))
        {
            return BinaryPrimitives.ReadUInt32BigEndian(encoded[at..]);
        }

        var value = 0u;
        for (var index = at; index < at + sizeof(uint); index++)
        {
            value = (value << 8) | (index < encoded.Length ? encoded[index] : 0u);
        }

        return value;
    }
}
