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

    // A row: the frequencies, a zero behind the last one, how often the context has learnt, and nothing. All that is
    // known of a context is in one line of a cache, and is checked to be there once.
    private const int RowLength = 32;
    private const int Age = SymbolCount + 1;
    private const int AgeMax = 31;

    private static readonly Vector256<short> Even = Vector256<short>.Indices * (short)(Total / SymbolCount);

    private static readonly Vector256<short>[] Targets =
    [
        .. Enumerable.Range(0, SymbolCount).Select(symbol => Vector256.Create<short>(
            [.. Enumerable.Range(0, SymbolCount).Select(index => Target(symbol, index))])),
    ];

    private readonly short[] rows = new short[count * RowLength];
    private readonly Vector256<short>[] targets = Targets;

    // How fast a context learns, by how often it has.
    private static ReadOnlySpan<byte> Shifts =>
        [2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5, 5];

    /// <summary>Forgets.</summary>
    internal void Reset()
    {
        for (var rest = rows.AsSpan(); !rest.IsEmpty; rest = rest[RowLength..])
        {
            Even.CopyTo(rest);
            rest[Age] = 0;
        }
    }

    /// <summary>All about a context.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Span<short> Row(int context) => rows.AsSpan(unchecked(context * RowLength), RowLength);

    /// <summary>The frequencies before a symbol, and its own.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static (uint Start, uint Size) Of(ReadOnlySpan<short> row, int symbol)
    {
        unchecked
        {
            // The end of the last symbol is the total, of which zero is what remains.
            var start = (uint)row[symbol];
            return (start, ((uint)row[symbol + 1] - start) & (Total - 1));
        }
    }

    /// <summary>The symbol that a point between 0 and <see cref="Total"/> lies in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int Find(ReadOnlySpan<short> row, int point)
    {
        if (vectorised)
        {
            var above = Vector256.GreaterThan(
                    Vector256.Create(row), Vector256.Create(unchecked((short)point)))
                .ExtractMostSignificantBits();
            return BitOperations.TrailingZeroCount(above | (1U << SymbolCount)) - 1;
        }

        var symbol = SymbolCount - 1;
        while (row[symbol] > point)
        {
            symbol--;
        }

        return symbol;
    }

    /// <summary>Learns a symbol.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Learn(Span<short> row, int symbol)
    {
        var age = row[Age] & AgeMax;
        var shift = Shifts[age];
        row[Age] = unchecked((short)Math.Min(age + 1, AgeMax));
        if (vectorised)
        {
            var before = Vector256.Create<short>(row);
            (before + ((targets[symbol] - before) >> shift)).CopyTo(row);
            return;
        }

        LearnEach(row, symbol, shift);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LearnEach(Span<short> row, int symbol, int shift)
    {
        for (var index = 0; index < SymbolCount; index++)
        {
            row[index] = unchecked((short)(row[index] + ((Target(symbol, index) - row[index]) >> shift)));
        }
    }

    private static short Target(int symbol, int index) => unchecked((short)(index <= symbol
        ? index * FrequencyMin
        : Total - ((SymbolCount - index) * FrequencyMin)));
}
