using Vee.Machines.Memory;

namespace Vee.Machines.Tests.Memory;

/// <summary>What a guest memory should hold and say: a dictionary of pages, in the plainest form.</summary>
internal sealed class MemoryModel(long ramPages)
{
    /// <summary>What pages that share have in common.</summary>
    internal sealed class Content
    {
        internal byte[] Bytes { get; set; } = new byte[PageNumber.Bytes];

        internal bool IsPresent { get; set; }

        internal bool IsAbsent { get; set; }
    }

    internal sealed class Page
    {
        internal required Protection Protection { get; set; }

        internal Content Content { get; set; } = new();

        internal byte[] Bytes
        {
            get => Content.Bytes;
            set => Content.Bytes = value;
        }

        internal bool IsPresent
        {
            get => Content.IsPresent;
            set => Content.IsPresent = value;
        }

        internal bool IsAbsent
        {
            get => Content.IsAbsent;
            set => Content.IsAbsent = value;
        }

        internal bool IsShareable { get; init; }

        internal bool IsAccessed { get; set; }

        internal ulong Dirty { get; set; }
    }

    internal SortedDictionary<ulong, Page> Pages { get; } = [];

    internal long PresentPages =>
        Pages.Values.Select(page => page.Content).Distinct().Count(content => content.IsPresent);

    /// <summary>The pages with the same content, ascending; the first is the one that trackers see.</summary>
    internal ulong[] SharersOf(ulong number) =>
        [.. Pages.Where(page => page.Value.Content == Pages[number].Content).Select(page => page.Key)];

    internal bool IsShared(ulong number) => SharersOf(number).Length > 1;

    internal void Map(ulong first, int count, Protection protection, bool isShareable = false)
    {
        Unmap(first, count);
        for (var number = first; number < first + (ulong)count; number++)
        {
            Pages[number] = new Page { Protection = Effective(protection), IsShareable = isShareable };
        }
    }

    internal void Unmap(ulong first, int count)
    {
        for (var number = first; number < first + (ulong)count; number++)
        {
            if (!Pages.TryGetValue(number, out var page))
            {
                continue;
            }

            var isHome = SharersOf(number)[0] == number;
            var others = SharersOf(number).Where(other => other != number).ToArray();
            if (others.Length > 0)
            {
                // Under a new number all of a page is news.
                Pages[others[0]].Dirty |= !isHome ? page.Dirty : page.IsPresent ? ulong.MaxValue : 0;
            }

            Pages.Remove(number);
        }
    }

    internal void Share(ulong number, ulong with)
    {
        var home = SharersOf(with)[0];
        Pages[number].Content = Pages[with].Content;
        if (number < home)
        {
            Pages[home].Dirty = 0;
            Pages[number].Dirty = Pages[number].IsPresent ? ulong.MaxValue : 0;
        }
    }

    /// <summary>Ends an epoch: what each page that stands for a content has to report.</summary>
    internal IEnumerable<(ulong Number, ulong Lines)> TakeDirty()
    {
        var all = Pages.Keys
            .Where(number => SharersOf(number)[0] == number)
            .Select(number => (number, SharersOf(number).Aggregate(0UL, (lines, other) => lines | Pages[other].Dirty)))
            .Where(page => page.Item2 != 0).ToArray();
        foreach (var page in Pages.Values)
        {
            page.Dirty = 0;
        }

        return all;
    }

    /// <summary>Ends an access epoch: the pages that stand for a content that was accessed.</summary>
    internal IEnumerable<ulong> TakeAccessed()
    {
        var all = Pages.Keys
            .Where(number => SharersOf(number)[0] == number)
            .Where(number => SharersOf(number).Any(other => Pages[other].IsAccessed)).ToArray();
        foreach (var page in Pages.Values)
        {
            page.IsAccessed = false;
        }

        return all;
    }

    internal void Protect(ulong first, int count, Protection protection)
    {
        foreach (var page in Mapped(first, count))
        {
            page.Protection = Effective(protection);
        }
    }

    internal void Zero(ulong first, int count)
    {
        foreach (var page in Mapped(first, count).Where(page => page.IsPresent || page.IsAbsent))
        {
            page.Bytes = new byte[PageNumber.Bytes];
            if (Pages.Values.Count(other => other.Content == page.Content) > 1)
            {
                page.Dirty = ulong.MaxValue;
                continue;
            }

            page.IsPresent = page.IsAccessed = page.IsAbsent = false;
            page.Dirty = ulong.MaxValue;
        }
    }

    internal void Move(ulong from, ulong to)
    {
        if (Pages[from].IsPresent)
        {
            Pages[to] = new Page
            {
                Protection = Pages[to].Protection,
                IsShareable = Pages[to].IsShareable,
                Bytes = Pages[from].Bytes,
                IsPresent = true,
                IsAccessed = true,
                Dirty = ulong.MaxValue,
            };
            Pages[from] = new Page
            {
                Protection = Pages[from].Protection, IsShareable = Pages[from].IsShareable, Dirty = ulong.MaxValue,
            };
        }
    }

    internal void MarkAbsent(ulong number)
    {
        var page = Pages[number];
        page.Bytes = new byte[PageNumber.Bytes];
        page.IsPresent = false;
        page.IsAbsent = true;
        foreach (var sharer in SharersOf(number))
        {
            Pages[sharer].IsAccessed = false;
        }
    }

    internal bool Supply(ulong number, byte[] content)
    {
        var page = Pages[number];
        if (PresentPages >= ramPages)
        {
            return false;
        }

        page.Bytes = [.. content];
        page.IsAbsent = false;
        page.IsPresent = true;
        return true;
    }

    /// <summary>Touches a byte as an access does: accessed, and present for a store.</summary>
    internal AccessFault Touch(ulong address, Access access)
    {
        if (!Pages.TryGetValue(address >> PageNumber.Shift, out var page))
        {
            return AccessFault.Unmapped;
        }

        var needed = access switch
        {
            Access.Read => Protection.Read,
            Access.Write => Protection.Write,
            _ => Protection.Execute,
        };
        if (!page.Protection.HasFlag(needed))
        {
            return AccessFault.Forbidden;
        }

        if (page.IsAbsent)
        {
            return AccessFault.Absent;
        }

        if (access == Access.Write && !MakePresent(page))
        {
            return AccessFault.OutOfMemory;
        }

        page.IsAccessed = true;
        return AccessFault.None;
    }

    internal AccessFault Read(ulong address, Span<byte> destination, Access access)
    {
        for (var index = 0; index < destination.Length; index++)
        {
            var fault = Touch(address + (ulong)index, access);
            if (fault != AccessFault.None)
            {
                return fault;
            }

            destination[index] = this[address + (ulong)index];
        }

        return AccessFault.None;
    }

    /// <summary>A copy from outside: on a fault, what comes before it has been written.</summary>
    internal AccessFault Write(ulong address, ReadOnlySpan<byte> source)
    {
        for (var index = 0; index < source.Length; index++)
        {
            var fault = Touch(address + (ulong)index, Access.Write);
            if (fault != AccessFault.None)
            {
                return fault;
            }

            this[address + (ulong)index] = source[index];
        }

        return AccessFault.None;
    }

    /// <summary>A copy that no protection stops and that is no access.</summary>
    internal AccessFault WriteProtected(ulong address, ReadOnlySpan<byte> source)
    {
        for (var index = 0; index < source.Length; index++)
        {
            if (!Pages.TryGetValue((address + (ulong)index) >> PageNumber.Shift, out var page))
            {
                return AccessFault.Unmapped;
            }

            if (page.IsAbsent)
            {
                return AccessFault.Absent;
            }

            if (!MakePresent(page))
            {
                return AccessFault.OutOfMemory;
            }

            this[address + (ulong)index] = source[index];
        }

        return AccessFault.None;
    }

    /// <summary>A hart's store: on a fault nothing has been stored, though pages before it were touched.</summary>
    internal AccessFault Store(ulong address, ReadOnlySpan<byte> source, out ulong faultAddress)
    {
        faultAddress = address;
        for (var index = 0; index < source.Length; index++)
        {
            var fault = Touch(address + (ulong)index, Access.Write);
            if (fault != AccessFault.None)
            {
                faultAddress = address + (ulong)index;
                return fault;
            }
        }

        return Write(address, source);
    }

    internal AccessFault Load(ulong address, Span<byte> destination, out ulong faultAddress)
    {
        faultAddress = address;
        for (var index = 0; index < destination.Length; index++)
        {
            var fault = Read(address + (ulong)index, destination.Slice(index, 1), Access.Read);
            if (fault != AccessFault.None)
            {
                faultAddress = address + (ulong)index;
                return fault;
            }
        }

        return AccessFault.None;
    }

    private byte this[ulong address]
    {
        get => Pages[address >> PageNumber.Shift].Bytes[address & (PageNumber.Bytes - 1)];
        set
        {
            var page = Pages[address >> PageNumber.Shift];
            page.Bytes[address & (PageNumber.Bytes - 1)] = value;
            page.Dirty |= 1UL << (int)((address & (PageNumber.Bytes - 1)) / PageNumber.LineBytes);
        }
    }

    private bool MakePresent(Page page)
    {
        page.IsPresent |= PresentPages < ramPages;
        return page.IsPresent;
    }

    private IEnumerable<Page> Mapped(ulong first, int count) =>
        Pages.Where(page => page.Key >= first && page.Key < first + (ulong)count).Select(page => page.Value);

    private static Protection Effective(Protection protection) =>
        protection.HasFlag(Protection.Write) ? protection | Protection.Read : protection;
}
