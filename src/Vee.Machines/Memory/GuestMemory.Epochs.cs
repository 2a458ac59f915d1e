namespace Vee.Machines.Memory;

// What migration, overload and substrates ask of memory: which lines changed, which pages are used, which are away.
// JUSTIFICATION, SAFETY: as for the fields in GuestMemory.cs; every page is checked to be mapped first.
public sealed unsafe partial class GuestMemory
{
    /// <summary>Receives the dirty lines of one page at the end of an epoch.</summary>
    /// <param name="page">The page.</param>
    /// <param name="lines">Bit i is set when line i (64 bytes) was stored to during the epoch; never 0.</param>
    public delegate void DirtyPageVisitor(PageNumber page, ulong lines);

    /// <summary>
    /// Ends an epoch: visits every dirty page in address order and starts the next epoch with all lines clean.
    /// </summary>
    /// <remarks>The harts must be stopped; a store before the call is visited, one after it belongs to the next
    /// epoch.</remarks>
    /// <exception cref="InvalidOperationException">Pages are being sent, and <see cref="SentPages"/> needs the lines.
    /// </exception>
    public void SwapDirtyEpoch(DirtyPageVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        if (sent is not null)
        {
            throw new InvalidOperationException("the dirty lines are those since each page was sent");
        }

        GatherAtHomes();
        ForEachMappedPage(page =>
        {
            var lines = dirtyLines[page.Value];
            if (lines != 0)
            {
                dirtyLines[page.Value] = 0;
                visitor(page, lines);
            }
        });
    }

    /// <summary>Merges lines back into the current epoch, as an aborted migration has to.</summary>
    public void RestoreDirty(PageNumber page, ulong lines)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(page.Value, PageCount);
        MarkDirty(page.Value, lines);
    }

    /// <summary>Visits every page that was accessed since the last call, in address order, and clears the access
    /// bits.</summary>
    /// <remarks>The harts must be stopped.</remarks>
    public void SwapAccessEpoch(Action<PageNumber> visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        GatherAccessAtHomes();
        ForEachMappedPage(page =>
        {
            if ((flags[page.Value] & PageFlags.Accessed) != 0)
            {
                flags[page.Value] &= ~PageFlags.Accessed;
                visitor(page);
            }
        });
    }

    /// <summary>Visits every page that holds data, in address order; pages with the same bytes once.</summary>
    public void ForEachPresentPage(Action<PageNumber> visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        ForEachMappedPage(page =>
        {
            if ((flags[page.Value] & PageFlags.Present) != 0 && IsHome(page.Value))
            {
                visitor(page);
            }
        });
    }

    /// <summary>The bytes of a mapped page, for reading while the harts are stopped.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The page is not mapped.</exception>
    public ReadOnlySpan<byte> Page(PageNumber page)
    {
        ThrowIfNotMapped(page);
        return new(arena + page.Address, PageNumber.Bytes);
    }

    /// <summary>Declares a mapped page's content to be elsewhere: each access traps until <see
    /// cref="Supply"/>.</summary>
    /// <remarks>The harts must be stopped. The page's bytes are dropped and no longer count as RAM.</remarks>
    public void MarkAbsent(PageNumber page)
    {
        ThrowIfNotMapped(page);
        if ((flags[page.Value] & PageFlags.Present) != 0)
        {
            ClearHostPages(page.Address, PageNumber.Bytes);
            presentPages--;
        }

        var isCode = (flags[page.Value] & PageFlags.Code) != 0;
        ChangeSharedFlags(page.Value, PageFlags.Present | PageFlags.Accessed | PageFlags.Code, PageFlags.Absent);
        NoticeCodeChange(isCode);
    }

    /// <summary>Whether a page is mapped and its content elsewhere.</summary>
    public bool IsAbsent(PageNumber page) =>
        page.Value < PageCount && (flags[page.Value] & PageFlags.Absent) != 0;

    /// <summary>Brings an absent page's content; its dirty lines are left as they are.</summary>
    /// <param name="page">A page marked absent.</param>
    /// <param name="content">The page's bytes, exactly one page.</param>
    /// <returns>False when RAM is full.</returns>
    public bool Supply(PageNumber page, ReadOnlySpan<byte> content)
    {
        ThrowIfNotMapped(page);
        ArgumentOutOfRangeException.ThrowIfNotEqual(content.Length, PageNumber.Bytes);
        if ((flags[page.Value] & PageFlags.Absent) == 0)
        {
            throw new InvalidOperationException($"Page 0x{page.Address:x} is not absent.");
        }

        if (!TryMakePresent(page.Value))
        {
            return false;
        }

        content.CopyTo(new Span<byte>(arena + page.Address, PageNumber.Bytes));
        ChangeSharedFlags(page.Value, PageFlags.Absent, PageFlags.None);
        return true;
    }

    /// <summary>
    /// Moves a page's content to another mapped page, which must be untouched, as mremap does; the page that it
    /// leaves reads as zero.
    /// </summary>
    /// <exception cref="InvalidOperationException">The page is absent: its content is not here to be moved. Or one
    /// of them is shared: then another place is mapped to share it instead.</exception>
    internal void MovePage(PageNumber from, PageNumber to)
    {
        ThrowIfNotMapped(from);
        ThrowIfNotMapped(to);
        if (sharers.ContainsKey(from.Value) || sharers.ContainsKey(to.Value))
        {
            throw new InvalidOperationException($"Page 0x{from.Address:x} or 0x{to.Address:x} is shared.");
        }

        AwaitIfAbsent(from);
        if ((flags[from.Value] & PageFlags.Absent) != 0)
        {
            throw new InvalidOperationException($"Page 0x{from.Address:x} is absent; supply it before moving it.");
        }

        if ((flags[from.Value] & PageFlags.Present) == 0)
        {
            return;
        }

        new Span<byte>(arena + from.Address, PageNumber.Bytes).CopyTo(new Span<byte>(arena + to.Address,
            PageNumber.Bytes));
        flags[to.Value] |= PageFlags.Present | PageFlags.Accessed;
        dirtyLines[to.Value] = ulong.MaxValue;

        // The count stays: the page is present at its new place. Cleared at once, not when it is unmapped, so that
        // moving a large mapping does not need its memory twice.
        ClearHostPages(from.Address, PageNumber.Bytes);
        var isCode = (flags[from.Value] & PageFlags.Code) != 0;
        flags[from.Value] &= ~(PageFlags.Present | PageFlags.Accessed | PageFlags.Code);
        NoteDropped(from.Value);
        dirtyLines[from.Value] = ulong.MaxValue;
        NoticeCodeChange(isCode);
    }

    private void ThrowIfNotMapped(PageNumber page)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (page.Value >= PageCount || (flags[page.Value] & PageFlags.Mapped) == 0)
        {
            throw new ArgumentOutOfRangeException(nameof(page), page, "The page is not mapped.");
        }
    }

    private void ForEachMappedPage(Action<PageNumber> visitor)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var all = new ReadOnlySpan<byte>(flags, checked((int)PageCount));
        for (var next = 0; next < all.Length; next++)
        {
            var gap = all[next..].IndexOfAnyExcept((byte)0);
            if (gap < 0)
            {
                return;
            }

            next += gap;
            visitor(new PageNumber((ulong)next));
        }
    }
}
