using System.Numerics;
using Vee.Machines.Memory;

namespace Vee.Hypervisor.Migration;

/// <summary>In which of the last eight rounds a page was dirty.</summary>
internal sealed class PageHistory
{
    private const int RoundsKept = 8;
    private const int HotRounds = 4;
    private const int HotCount = 3;

    // The round of the last bit, and a bit for each round before it.
    private readonly Dictionary<ulong, (int Round, byte Bits)> pages = [];

    /// <summary>Pages that were dirty when a round began. All are in the first one, which says nothing.</summary>
    public void Note(int round, IEnumerable<PageNumber> dirty)
    {
        if (round > 0)
        {
            foreach (var page in dirty)
            {
                pages[page.Value] = (round, (byte)(BitsAt(round, page) | 1));
            }
        }
    }

    /// <summary>Forgets all: pages are not dirtied any more as they were.</summary>
    public void Clear() => pages.Clear();

    /// <summary>How often a page was dirty.</summary>
    public int DirtyCount(int round, PageNumber page) => BitOperations.PopCount((uint)BitsAt(round, page));

    /// <summary>Whether a page was dirty in three of the last four rounds.</summary>
    public bool IsHot(int round, PageNumber page) =>
        BitOperations.PopCount((uint)BitsAt(round, page) & ((1 << HotRounds) - 1)) >= HotCount;

    private int BitsAt(int round, PageNumber page) =>
        pages.TryGetValue(page.Value, out var known) && round - known.Round < RoundsKept
            ? (known.Bits << (round - known.Round)) & byte.MaxValue : 0;
}
