namespace Vee.Machines.Memory;

// Pages that show the same bytes, as shared mappings of one part of a file do. The host maps one piece of its memory at
// each of their places, so a store through one is seen through all, by any hart, at once. They count as RAM once, and
// whoever tracks pages sees them as one: the lowest of them, their home.
// JUSTIFICATION, SAFETY: as for the fields in GuestMemory.cs; host memory is only mapped over pages of this arena.
public sealed unsafe partial class GuestMemory
{
    private static readonly IReadOnlyList<ulong> Nobody = [];

    // Pages that share with others, and with whom: ascending, themselves included, one list for all of them. Changed
    // and, beside running harts, read under the lock of presence.
    private readonly Dictionary<ulong, List<ulong>> sharers = [];

    // A byte per page, 1 where it was mapped so that it can be shared: the host has to replace such pages, emptying
    // them would leave their bytes. Not looked at before there is one.
    private readonly byte* shareable;
    private bool hasShareable;

    /// <summary>Whether pages can share bytes: not where a host page holds several of them.</summary>
    internal bool CanShare => hostPageBytes == PageNumber.Bytes;

    /// <summary>Maps fresh zero pages, as <see cref="TryMap"/>, that others can share later.</summary>
    internal bool TryMapShareable(ulong address, ulong length, Protection protection)
    {
        if (!TryUnmap(address, length))
        {
            return false;
        }

        hasShareable = true;
        ShareableOf(address, length).Fill(1);
        bool Commit() => HostPages.TryCommitShareable(arena + address, length);
        if (length != 0 && !(received is null ? Commit() : received.TryKeep(address, length, Commit)))
        {
            return false;
        }

        FlagsOf(address, length).Fill(PageFlags.Mapped | FlagsFor(protection));
        return true;
    }

    /// <summary>Makes a page show the bytes of another; both were mapped shareable, and the first is fresh.</summary>
    /// <returns>False when the host refuses.</returns>
    internal bool TryShare(PageNumber page, PageNumber with)
    {
        ThrowIfNotMapped(page);
        ThrowIfNotMapped(with);
        lock (presence)
        {
            if (Sharers_NeedsLock(page.Value).Contains(with.Value))
            {
                return true;
            }

            if (!HostPages.TryDuplicate(arena + with.Address, arena + page.Address, PageNumber.Bytes))
            {
                return false;
            }

            if (!sharers.TryGetValue(with.Value, out var all))
            {
                sharers.Add(with.Value, all = [with.Value]);
            }

            var place = all.FindIndex(other => other > page.Value);
            all.Insert(place < 0 ? all.Count : place, page.Value);
            sharers.Add(page.Value, all);
            SetFlags(page.Value,
                flags[with.Value] & (PageFlags.Present | PageFlags.Absent | PageFlags.Code));
            if (place == 0)
            {
                MoveHome_NeedsLock(all[1], page.Value);
            }

            return true;
        }
    }

    /// <summary>Whether a page shows the same bytes as another one.</summary>
    internal bool IsShared(PageNumber page)
    {
        lock (presence)
        {
            return sharers.ContainsKey(page.Value);
        }
    }

    private Span<byte> ShareableOf(ulong address, ulong length) =>
        new(shareable + (address >> PageNumber.Shift), checked((int)(length >> PageNumber.Shift)));

    private bool IsAnyShareable(ulong address, ulong length) =>
        hasShareable && ShareableOf(address, length).Contains((byte)1);

    /// <summary>Makes pages zero, those that can be shared too, and gives the others back to the host.</summary>
    private void ClearBesideShareable(ulong address, ulong length)
    {
        var all = ShareableOf(address, length);
        for (var next = 0; next < all.Length;)
        {
            var other = all[next..].IndexOfAnyExcept(all[next]);
            var count = other < 0 ? all.Length - next : other;
            var (first, bytes) = (address + ((ulong)next << PageNumber.Shift), (ulong)count << PageNumber.Shift);
            if (all[next] == 0)
            {
                HostPages.Clear(arena + first, bytes);
            }
            else
            {
                ClearPresent(first, first + bytes);
            }

            next += count;
        }
    }

    /// <summary>Takes a page out of those that it shares with, before it is unmapped.</summary>
    /// <returns>Whether others keep its bytes.</returns>
    private bool TryLeave(ulong page)
    {
        lock (presence)
        {
            if (!sharers.Remove(page, out var all))
            {
                return false;
            }

            var isHome = all[0] == page;
            all.Remove(page);
            var home = all[0];
            if (isHome)
            {
                MoveHome_NeedsLock(page, home);
            }
            else
            {
                MarkDirty(home, dirtyLines[page]);
            }

            if (all.Count == 1)
            {
                sharers.Remove(home);
            }

            return true;
        }
    }

    /// <summary>Trackers know the bytes by their home's number: under a new one, all of them are news.</summary>
    private void MoveHome_NeedsLock(ulong from, ulong to)
    {
        dirtyLines[from] = 0;
        NoteDropped(from);
        NoteDropped(to);
        if ((flags[to] & PageFlags.Present) != 0)
        {
            MarkDirty(to, ulong.MaxValue);
        }
    }

    private IReadOnlyList<ulong> Sharers_NeedsLock(ulong page) =>
        sharers.TryGetValue(page, out var all) ? all : Nobody;

    /// <summary>Changes flags of a page and of those that share its bytes.</summary>
    private void ChangeSharedFlags(ulong page, PageFlags clear, PageFlags set)
    {
        ChangeFlags(page, clear, set);
        if (!hasShareable)
        {
            return;
        }

        lock (presence)
        {
            foreach (var other in Sharers_NeedsLock(page))
            {
                ChangeFlags(other, clear, set);
            }
        }
    }

    /// <summary>Whether a page stands for its bytes: it shares them with nobody, or is the home.</summary>
    private bool IsHome(ulong page) => sharers.Count == 0 || !sharers.TryGetValue(page, out var all) || all[0] == page;

    /// <summary>Brings what was done through pages that are no home to their homes, at the end of an epoch.</summary>
    internal void GatherAtHomes()
    {
        foreach (var (page, all) in sharers)
        {
            if (all[0] != page)
            {
                dirtyLines[all[0]] |= dirtyLines[page];
                dirtyLines[page] = 0;
            }
        }
    }

    /// <summary>The same for access bits.</summary>
    private void GatherAccessAtHomes()
    {
        foreach (var (page, all) in sharers)
        {
            if (all[0] != page && (flags[page] & PageFlags.Accessed) != 0)
            {
                flags[page] &= ~PageFlags.Accessed;
                flags[all[0]] |= PageFlags.Accessed;
            }
        }
    }
}
