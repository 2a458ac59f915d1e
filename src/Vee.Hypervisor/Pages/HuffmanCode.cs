namespace Vee.Hypervisor.Pages;

/// <summary>Makes prefix codes from how often symbols occur.</summary>
/// <param name="count">How many symbols there are.</param>
/// <param name="bitsMax">Bits of the longest code.</param>
internal sealed class HuffmanCode(int count, int bitsMax)
{
    // Enough for any count of a page in the higher bits and a symbol in the lower ones.
    private const int SymbolBits = 9;

    private readonly int[] order = new int[count];
    private readonly int[] weights = new int[2 * count];
    private readonly int[] parents = new int[2 * count];
    private readonly int[] scaled = new int[count];

    /// <summary>How often each symbol occurs.</summary>
    internal int[] Frequencies { get; } = new int[count];

    /// <summary>Bits of the code of each symbol; 0 for one that does not occur.</summary>
    internal byte[] Lengths { get; } = new byte[count];

    /// <summary>The code of each symbol, its first bit lowest.</summary>
    internal ushort[] Codes { get; } = new ushort[count];

    /// <summary>Makes lengths and codes from the frequencies.</summary>
    internal void Make()
    {
        Frequencies.CopyTo(scaled, 0);
        while (!TryFindLengths())
        {
            // Rare symbols have codes that are too long: less of a difference makes them shorter.
            for (var symbol = 0; symbol < count; symbol++)
            {
                scaled[symbol] = (scaled[symbol] + 1) / 2;
            }
        }

        AssignCodes();
    }

    /// <summary>Makes codes from the lengths: shorter ones first, in the order of symbols.</summary>
    internal void AssignCodes()
    {
        Span<int> next = stackalloc int[DeflateForm.CodeBitsMax + 2];
        next.Clear();
        foreach (var length in Lengths)
        {
            next[length + 1] += length != 0 ? 1 : 0;
        }

        var code = 0;
        for (var length = 1; length <= DeflateForm.CodeBitsMax; length++)
        {
            code = (code + next[length]) << 1;
            next[length] = code;
        }

        for (var symbol = 0; symbol < count; symbol++)
        {
            var length = Lengths[symbol];
            Codes[symbol] = length == 0 ? (ushort)0 : Reverse(next[length]++, length);
        }
    }

    // Two queues: symbols by frequency, and nodes in the order in which they are made, which is that of their weights.
    private bool TryFindLengths()
    {
        Lengths.AsSpan().Clear();
        var used = 0;
        for (var symbol = 0; symbol < count; symbol++)
        {
            if (scaled[symbol] != 0)
            {
                order[used++] = (scaled[symbol] << SymbolBits) | symbol;
            }
        }

        if (used <= 1)
        {
            // A code has at least one bit.
            Lengths[used == 0 ? 0 : order[0] & ((1 << SymbolBits) - 1)] = 1;
            return true;
        }

        order.AsSpan(0, used).Sort();
        for (var leaf = 0; leaf < used; leaf++)
        {
            weights[leaf] = order[leaf] >> SymbolBits;
        }

        var (nextLeaf, nextNode) = (0, used);
        for (var node = used; node < (2 * used) - 1; node++)
        {
            weights[node] = 0;
            for (var child = 0; child < 2; child++)
            {
                var least = nextLeaf < used && (nextNode >= node || weights[nextLeaf] <= weights[nextNode])
                    ? nextLeaf++
                    : nextNode++;
                parents[least] = node;
                weights[node] += weights[least];
            }
        }

        return TryMeasure(used);
    }

    private bool TryMeasure(int used)
    {
        // Weights are no longer needed: from here on they are depths, from the root down.
        weights[(2 * used) - 2] = 0;
        for (var node = (2 * used) - 3; node >= 0; node--)
        {
            weights[node] = weights[parents[node]] + 1;
            if (node < used)
            {
                if (weights[node] > bitsMax)
                {
                    return false;
                }

                Lengths[order[node] & ((1 << SymbolBits) - 1)] = (byte)weights[node];
            }
        }

        return true;
    }

    private static ushort Reverse(int code, int length)
    {
        var reversed = 0;
        for (; length > 0; length--)
        {
            reversed = (reversed << 1) | (code & 1);
            code >>= 1;
        }

        return (ushort)reversed;
    }
}
