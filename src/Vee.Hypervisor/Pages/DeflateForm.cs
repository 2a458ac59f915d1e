using System.Numerics;

namespace Vee.Hypervisor.Pages;

/// <summary>What writers and readers of raw DEFLATE streams share.</summary>
/// <remarks>Source: RFC 1951. Lengths and distances are counted from the least there is; their symbols and extra bits
/// follow from the position of the highest bit.</remarks>
internal static class DeflateForm
{
    internal const int EndOfBlock = 256;
    internal const int SymbolCount = 286;
    internal const int DistanceCount = 30;

    /// <summary>Symbols that have a fixed code; the last two are never used, but codes come after theirs.</summary>
    internal const int FixedCount = 288;

    internal const int LengthMin = 3;
    internal const int LengthMax = 258;
    internal const int CodeBitsMax = 15;

    /// <summary>Lengths of codes are themselves coded, with at most seven bits.</summary>
    internal const int LengthCodeBitsMax = 7;

    internal const int LengthCodeCount = 19;

    /// <summary>Repeats the length before 3 to 6 times; zero 3 to 10 times; zero 11 to 138 times.</summary>
    internal const int RepeatLast = 16;
    internal const int RepeatZero = 17;
    internal const int RepeatZeroLong = 18;

    private const int FirstLength = 257;
    private const int LastLength = 285;

    /// <summary>The order in which lengths of the codes of lengths are written.</summary>
    internal static ReadOnlySpan<byte> LengthOrder =>
        [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    internal static (int Symbol, int Bits, int More) OfLength(int length)
    {
        var value = length - LengthMin;
        if (length == LengthMax || value < 4)
        {
            return (length == LengthMax ? LastLength : FirstLength + value, 0, 0);
        }

        var bits = BitOperations.Log2((uint)value) - 2;
        return (FirstLength + (4 * (bits + 1)) + ((value >> bits) & 3), bits, value & ((1 << bits) - 1));
    }

    internal static (int Symbol, int Bits, int More) OfDistance(int distance)
    {
        var value = distance - 1;
        if (value < 2)
        {
            return (value, 0, 0);
        }

        var bits = BitOperations.Log2((uint)value) - 1;
        return ((2 * (bits + 1)) + ((value >> bits) & 1), bits, value & ((1 << bits) - 1));
    }

    /// <summary>The least length of a symbol, and how many bits are added.</summary>
    internal static (int Least, int Bits) LengthOf(int symbol)
    {
        var index = symbol - FirstLength;
        var bits = Math.Max(0, (index >> 2) - 1);
        return symbol == LastLength ? (LengthMax, 0)
            : index < 4 ? (LengthMin + index, 0)
            : (LengthMin + ((4 + (index & 3)) << bits), bits);
    }

    /// <summary>The least distance of a symbol, and how many bits are added.</summary>
    internal static (int Least, int Bits) DistanceOf(int symbol)
    {
        var bits = Math.Max(0, (symbol >> 1) - 1);
        return symbol < 2 ? (1 + symbol, 0) : (1 + ((2 + (symbol & 1)) << bits), bits);
    }

    /// <summary>Lengths of the codes that need not be written.</summary>
    internal static void FillFixed(Span<byte> symbols, Span<byte> distances)
    {
        symbols[..144].Fill(8);
        symbols[144..256].Fill(9);
        symbols[256..280].Fill(7);
        symbols[280..].Fill(8);
        distances.Fill(5);
    }
}
