using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Vee.Hypervisor.Pages;

/// <summary>Writes symbols in as many bits as they are unlikely.</summary>
/// <remarks>Source: range coding as G. N. N. Martin described it (1979), with carries into bytes already written. Four
/// bytes leave at a time, seldom enough for processors to foresee when.</remarks>
internal ref struct RangeWriter(Span<byte> destination)
{
    internal const ulong Bottom = 1UL << 32;

    private readonly Span<byte> destination = destination;
    private ulong low;
    private ulong range = ulong.MaxValue;
    private int at;

    /// <summary>Bytes written so far.</summary>
    internal readonly int Length => at;

    /// <summary>Writes a symbol of a context, which learns it.</summary>
    internal void Write(SymbolModels models, int context, int symbol)
    {
        var (start, size) = models.Of(context, symbol);
        Narrow(range >> SymbolModels.TotalBits, start, size);
        models.Learn(context, symbol);
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

            Carry(end);
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
                Carry(sum);
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

    private readonly void Carry(ulong sum)
    {
        if (sum >= low)
        {
            return;
        }

        var index = at - 1;
        while (destination[index] == byte.MaxValue)
        {
            destination[index--] = 0;
        }

        destination[index]++;
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
        code = Next();
        code = (code << 32) | Next();
    }

    /// <summary>Whether all bytes were needed, and not many more.</summary>
    internal readonly bool IsAtEnd => at >= encoded.Length && at <= encoded.Length + sizeof(ulong);

    internal int Read(SymbolModels models, int context)
    {
        var unit = range >> SymbolModels.TotalBits;
        var point = unchecked((int)Math.Min(code / unit, SymbolModels.Total - 1));
        var symbol = models.Find(context, point);
        var (start, size) = models.Of(context, symbol);
        Narrow(unit, start, size);
        models.Learn(context, symbol);
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
                code = (code << 32) | Next();
                range <<= 32;
            }
        }
    }

    private uint Next()
    {
        var index = at;
        at += sizeof(uint);
        if (at <= encoded.Length)
        {
            return BinaryPrimitives.ReadUInt32BigEndian(encoded[index..]);
        }

        var value = 0u;
        for (; index < at; index++)
        {
            value = (value << 8) | (index < encoded.Length ? encoded[index] : 0u);
        }

        return value;
    }
}
