using Vee.Machines.Memory;

namespace Vee.Machines.Tests.Memory;

/// <summary>What a guest memory should hold and say: a dictionary of pages, in the plainest form.</summary>
internal sealed class MemoryModel(long ramPages)
{
    internal sealed class Page
    {
        internal required Protection Protection { get; set; }

        internal byte[] Bytes { get; set; } = new byte[PageNumber.Bytes];

        internal bool IsPresent { get; set; }

        internal bool IsAbsent { get; set; }

        internal bool IsAccessed { get; set; }

        internal ulong Dirty { get; set; }
    }

    internal SortedDictionary<ulong, Page> Pages { get; } = [];

    internal long PresentPages => Pages.Values.Count(page => page.IsPresent);

    internal void Map(ulong first, int count, Protection protection)
    {
        for (var number = first; number < first + (ulong)count; number++)
        {
            Pages[number] = new Page { Protection = Effective(protection) };
        }
    }

    internal void Unmap(ulong first, int count)
    {
        for (var number = first; number < first + (ulong)count; number++)
        {
            Pages.Remove(number);
        }
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
                Bytes = Pages[from].Bytes,
                IsPresent = true,
                IsAccessed = true,
                Dirty = ulong.MaxValue,
            };
            Pages[from] = new Page { Protection = Pages[from].Protection, Dirty = ulong.MaxValue };
        }
    }

    internal void MarkAbsent(ulong number)
    {
        var page = Pages[number];
        page.Bytes = new byte[PageNumber.Bytes];
        page.IsPresent = page.IsAccessed = false;
        page.IsAbsent = true;
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
