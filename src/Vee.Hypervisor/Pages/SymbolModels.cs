using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Vee.Hypervisor.Pages;

/// <summary>How likely each of sixteen symbols is, in each of many contexts; learnt from the symbols so far.</summary>
/// <remarks>
/// A context is sixteen cumulative frequencies out of <see cref="Total"/>. After a symbol they all move towards those
/// of a context that has seen nothing else, by a share that shrinks from a quarter to a thirty-second: pages are short.
/// Rounding down keeps every symbol possible. Encoder and decoder learn the same.
/// </remarks>
/// <param name="count">How many contexts.</param>
/// <param name="vectorised">Whether contexts are learnt as vectors.</param>
internal sealed class SymbolModels(int count, bool vectorised)
{
    /// <summary>Bits of the sum of all frequencies.</summary>
    internal const int TotalBits = 14;

    /// <summary>The sum of all frequencies of a context.</summary>
    internal const int Total = 1 << TotalBits;

    /// <summary>How many symbols there are.</summary>
    internal const int SymbolCount = 16;

    private const int FrequencyMin = 8;

    // How fast a context learns, by how often it has.
    private static ReadOnlySpan<byte> Shifts =>
        [2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5];

    private static readonly Vector256<short>[] Targets =
    [
        .. Enumerable.Range(0, SymbolCount).Select(symbol => Vector256.Create<short>(
            [.. Enumerable.Range(0, SymbolCount).Select(index => Target(symbol, index))])),
    ];

    private readonly short[] frequencies = new short[count * SymbolCount];
    private readonly Vector256<short>[] targets = Targets;
    private readonly byte[] seen = new byte[count];

    /// <summary>Forgets.</summary>
    internal void Reset()
    {
        for (var at = 0; at < frequencies.Length; at += SymbolCount)
        {
            (Vector256<short>.Indices * (short)(Total / SymbolCount)).CopyTo(frequencies, at);
        }

        seen.AsSpan().Clear();
    }

    /// <summary>The frequencies before a symbol, and its own.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal (uint Start, uint Size) Of(int context, int symbol)
    {
        var row = Row(context);
        var start = (int)row[symbol];
        var end = symbol == SymbolCount - 1 ? Total : row[symbol + 1];
        return unchecked(((uint)start, (uint)(end - start)));
    }

    /// <summary>The symbol that a point between 0 and <see cref="Total"/> lies in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int Find(int context, int point)
    {
        if (vectorised)
        {
            var above = Vector256.GreaterThan(
                    Vector256.Create<short>(Row(context)), Vector256.Create(unchecked((short)point)))
                .ExtractMostSignificantBits();
            return BitOperations.TrailingZeroCount(above | (1U << SymbolCount)) - 1;
        }

        var row = Row(context);
        var symbol = SymbolCount - 1;
        while (row[symbol] > point)
        {
            symbol--;
        }

        return symbol;
    }

    /// <summary>Learns a symbol.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Learn(int context, int symbol)
    {
        var row = Row(context);
        var age = seen[context];
        var shift = Shifts[age];
        seen[context] = unchecked((byte)Math.Min(age + 1, Shifts.Length - 1));
        if (vectorised)
        {
            var before = Vector256.Create<short>(row);
            (before + ((targets[symbol] - before) >> shift)).CopyTo(row);
            return;
        }

        for (var index = 0; index < SymbolCount; index++)
        {
            row[index] = unchecked((short)(row[index] + ((Target(symbol, index) - row[index]) >> shift)));
        }
    }

    private static short Target(int symbol, int index) => unchecked((short)(index <= symbol
        ? index * FrequencyMin
        : Total - ((SymbolCount - index) * FrequencyMin)));

    private Span<short> Row(int context) => frequencies.AsSpan(context * SymbolCount, SymbolCount);
}
