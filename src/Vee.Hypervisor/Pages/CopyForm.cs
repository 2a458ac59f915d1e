using System.Numerics;

namespace Vee.Hypervisor.Pages;

/// <summary>What writers and readers of <see cref="PageKind.Copies"/> share: the contexts, the window, the distances.
/// </summary>
/// <remarks>
/// The window is the old page and behind it the new one. The page is sequences: a number of bytes, those bytes, where
/// from, how many. A distance of a page is the same place in the old page; it has a symbol of its own, as do the last
/// two other distances. The page is at its end when it is full.
/// </remarks>
internal static class CopyForm
{
    /// <summary>Bytes of the old page and the new one.</summary>
    internal const int WindowBytes = 2 * PageFormat.PageBytes;

    /// <summary>The shortest copy.</summary>
    internal const int LengthMin = 2;

    internal const int SamePlace = 0;
    internal const int Last = 1;
    internal const int LastButOne = 2;

    /// <summary>Symbols of distances from here on are the number of bits of the distance.</summary>
    internal const int Explicit = 2;

    /// <summary>Bits of a distance that are learnt, the lowest: structures have sizes.</summary>
    internal const int LearntBits = 4;

    internal const int ByteContext = 0;
    internal const int CountContext = ByteContext + SymbolModels.SymbolCount;
    internal const int FromContext = CountContext + 6;
    internal const int PlaceContext = FromContext + 4;
    internal const int LengthContext = PlaceContext + 1;
    internal const int ContextCount = LengthContext + 6;

    private const int Escape = SymbolModels.SymbolCount - 1;

    /// <summary>The context of a number of bytes, by where the copy before came from.</summary>
    internal static int CountOf(int from) => CountContext + (2 * ClassOf(from));

    /// <summary>The context of where a copy comes from.</summary>
    internal static int FromOf(int count, int previous) =>
        FromContext + (count == 0 ? 0 : 1) + (previous == SamePlace ? 2 : 0);

    /// <summary>The context of how long a copy is.</summary>
    internal static int LengthOf(int from) => LengthContext + (2 * ClassOf(from));

    internal static void WriteNumber(ref RangeWriter writer, SymbolModels models, int context, int value)
    {
        if (value < Escape)
        {
            writer.Write(models, context, value);
            return;
        }

        writer.Write(models, context, Escape);
        var rest = value - Escape + 1;
        var bits = BitOperations.Log2((uint)rest);
        writer.Write(models, context + 1, bits);
        WriteBits(ref writer, rest & ((1 << bits) - 1), bits);
    }

    internal static int ReadNumber(ref RangeReader reader, SymbolModels models, int context)
    {
        var symbol = reader.Read(models, context);
        if (symbol < Escape)
        {
            return symbol;
        }

        var bits = reader.Read(models, context + 1);
        return (1 << bits) + ReadBits(ref reader, bits) + Escape - 1;
    }

    internal static void WriteBits(ref RangeWriter writer, int value, int bits)
    {
        if (bits > 8)
        {
            writer.WriteBits(value >> 8, bits - 8);
            (value, bits) = (value & 0xFF, 8);
        }

        if (bits != 0)
        {
            writer.WriteBits(value, bits);
        }
    }

    internal static int ReadBits(ref RangeReader reader, int bits)
    {
        var value = bits > 8 ? reader.ReadBits(bits - 8) << 8 : 0;
        return bits == 0 ? 0 : value | reader.ReadBits(Math.Min(bits, 8));
    }

    private static int ClassOf(int from) => Math.Min(from, 2);
}
