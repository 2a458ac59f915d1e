namespace Vee.Machines.Memory;

/// <summary>
/// Pages that come for a machine before it exists here: they are put where they belong, and belong to the machine when
/// it is restored.
/// </summary>
/// <remarks>JUSTIFICATION (2): as <see cref="GuestMemory"/>, whose arena it fills. SAFETY: page numbers are checked
/// against the arena, and host memory is committed before it is touched.</remarks>
public sealed unsafe class ReceivedPages : IDisposable
{
    private const int RegionShift = 21;

    // Pages that the guest gave up leave a moment later than others come: room for those beside the machine's RAM.
    private const long SlackPagesMin = 1024;

    private static readonly byte[] ZeroPage = new byte[PageNumber.Bytes];

    private readonly HashSet<ulong> placed = [];
    private readonly HashSet<ulong> regions = [];
    private bool isAdopted;

    internal ReceivedPages(GuestMemory memory) => Memory = memory;

    /// <summary>Pages that hold something.</summary>
    public int Count => placed.Count;

    /// <summary>Pages that it can hold.</summary>
    public long CountMax => Memory.RamPages + Math.Max(SlackPagesMin, Memory.RamPages / 8);

    internal GuestMemory Memory { get; }

    /// <summary>Whether a page can be of this machine.</summary>
    public bool Contains(PageNumber page) => page.Value < Memory.PageCount;

    /// <summary>A page as it is here, zero if nothing has come.</summary>
    public ReadOnlySpan<byte> this[PageNumber page] => placed.Contains(page.Value)
        ? new ReadOnlySpan<byte>(Memory.Arena + page.Address, PageNumber.Bytes)
        : ZeroPage;

    /// <summary>Takes a page in place of what was there.</summary>
    /// <param name="page">Which one.</param>
    /// <param name="content">Its bytes, exactly one page.</param>
    /// <returns>False when there is no room.</returns>
    public bool TryPlace(PageNumber page, ReadOnlySpan<byte> content)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(page.Value, Memory.PageCount);
        ArgumentOutOfRangeException.ThrowIfNotEqual(content.Length, PageNumber.Bytes);
        ObjectDisposedException.ThrowIf(isAdopted, this);
        if (!content.ContainsAnyExcept((byte)0))
        {
            Remove(page);
            return true;
        }

        if (!placed.Contains(page.Value) && (placed.Count >= CountMax || !TryCommit(page)))
        {
            return false;
        }

        placed.Add(page.Value);
        content.CopyTo(new Span<byte>(Memory.Arena + page.Address, PageNumber.Bytes));
        return true;
    }

    /// <summary>Frees what has come, unless it has become a machine's.</summary>
    public void Dispose()
    {
        if (!isAdopted)
        {
            isAdopted = true;
            Memory.Dispose();
        }
    }

    /// <summary>From here on all of it is the machine's.</summary>
    internal void Adopt() => isAdopted = true;

    /// <summary>Runs what gives a range of the arena other host memory, and keeps what has come there.</summary>
    internal bool TryKeep(ulong address, ulong length, Func<bool> replace)
    {
        var (first, end) = (address >> PageNumber.Shift, (address + length) >> PageNumber.Shift);
        var kept = placed.Where(page => page >= first && page < end)
            .Select(page => (page, this[new PageNumber(page)].ToArray())).ToList();
        if (!replace())
        {
            return false;
        }

        kept.ForEach(item => item.Item2.CopyTo(
            new Span<byte>(Memory.Arena + (item.page << PageNumber.Shift), PageNumber.Bytes)));
        return true;
    }

    /// <summary>Frees pages that the machine does not have.</summary>
    internal void RemoveAllBut(Func<ulong, bool> isKept)
    {
        foreach (var page in placed.Where(page => !isKept(page)).ToList())
        {
            Remove(new PageNumber(page));
        }
    }

    private void Remove(PageNumber page)
    {
        if (placed.Remove(page.Value))
        {
            if (HostPages.Bytes == PageNumber.Bytes && !Memory.IsShareable(page.Value))
            {
                HostPages.Clear(Memory.Arena + page.Address, PageNumber.Bytes);
            }
            else
            {
                new Span<byte>(Memory.Arena + page.Address, PageNumber.Bytes).Clear();
            }
        }
    }

    private bool TryCommit(PageNumber page)
    {
        var region = page.Address >> RegionShift;
        if (regions.Contains(region))
        {
            return true;
        }

        // Arenas are at least 1 MiB, so the only region of such a one is cut.
        var first = region << RegionShift;
        if (!HostPages.TryCommit(Memory.Arena + first, Math.Min(1UL << RegionShift, Memory.ArenaBytes - first)))
        {
            return false;
        }

        return regions.Add(region);
    }
}
