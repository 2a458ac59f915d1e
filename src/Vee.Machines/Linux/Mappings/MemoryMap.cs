using Vee.Machines.Harts;
using Vee.Machines.Linux.Files;
using Vee.Machines.Memory;
using Vee.Machines.State;

namespace Vee.Machines.Linux.Mappings;

/// <summary>One mapping of a process, as /proc/self/maps lists it.</summary>
/// <param name="Start">First address, a multiple of the page size.</param>
/// <param name="End">One past the last.</param>
/// <param name="Protection">What the guest may do.</param>
/// <param name="IsShared">MAP_SHARED; between the threads of one process it differs from private only for
/// files.</param>
/// <param name="Name">A path, or a name in brackets; empty for anonymous memory.</param>
/// <param name="Offset">Offset in the file of <paramref name="Start"/>.</param>
/// <param name="File">The shared file that stores are written back to; null for everything else.</param>
internal readonly record struct Mapping(
    ulong Start, ulong End, Protection Protection, bool IsShared, string Name, ulong Offset, OpenFile? File)
{
    internal ulong Bytes => End - Start;

    internal Mapping Slice(ulong start, ulong end) => this with
    {
        Start = start,
        End = end,
        Offset = Name.Length != 0 && Name[0] != '[' ? Offset + (start - Start) : Offset,
    };

    internal bool Continues(in Mapping before) =>
        before.End == Start && before.Protection == Protection && before.IsShared == IsShared
        && before.Name == Name && ReferenceEquals(before.File, File)
        && (Name.Length == 0 || Name[0] == '[' || before.Offset + before.Bytes == Offset);
}

/// <summary>The mappings of a process, ascending and disjoint, and the guest memory under them.</summary>
internal sealed class MemoryMap(GuestMemory memory)
{
    /// <summary>Mappings at most (vm.max_map_count).</summary>
    internal const int CountMax = 65530;

    /// <summary>The lowest address that a program may map (vm.mmap_min_addr).</summary>
    internal const ulong Lowest = 0x10000;

    private readonly List<Mapping> mappings = [];

    internal IReadOnlyList<Mapping> All => mappings;

    /// <summary>Where unplaced mappings go: below this address, highest first.</summary>
    internal ulong Top { get; set; } = memory.ArenaBytes;

    /// <summary>One past the highest address that can be mapped.</summary>
    internal ulong End => memory.ArenaBytes;

    /// <summary>Bytes of address space in use.</summary>
    internal ulong MappedBytes { get; private set; }

    /// <summary>Maps fresh zero pages, replacing what was there.</summary>
    /// <returns>ENOMEM when there are too many mappings or the host refuses, else None.</returns>
    internal Errno Map(in Mapping mapping)
    {
        if (mappings.Count + 2 > CountMax)
        {
            return Errno.ENOMEM;
        }

        if (!memory.TryUnmap(mapping.Start, mapping.Bytes))
        {
            return Errno.ENOMEM;
        }

        Remove(mapping.Start, mapping.End);
        if (!TryMapPages(mapping))
        {
            return Errno.ENOMEM;
        }

        Insert(mapping);
        return Errno.None;
    }

    /// <summary>The mappings that write back to a part of a file, cut to it.</summary>
    /// <param name="file">The file; null has none.</param>
    /// <param name="offset">Where the part begins.</param>
    /// <param name="bytes">Its length; parts that go beyond any file are fine.</param>
    internal IEnumerable<Mapping> OfFile(Inode? file, ulong offset, ulong bytes)
    {
        var end = bytes > ulong.MaxValue - offset ? ulong.MaxValue : offset + bytes;
        foreach (var mapping in mappings)
        {
            if (mapping.File is { } open && open.Inode == file && mapping.Offset < end
                && offset < mapping.Offset + mapping.Bytes)
            {
                var first = mapping.Start + (Math.Max(offset, mapping.Offset) - mapping.Offset);
                var last = mapping.Start + (Math.Min(end, mapping.Offset + mapping.Bytes) - mapping.Offset);
                yield return mapping.Slice(
                    first & ~(ulong)(PageNumber.Bytes - 1), PageNumber.RoundUp(last));
            }
        }
    }

    /// <summary>Maps pages; those of a file that are mapped shared already are the same pages again.</summary>
    private bool TryMapPages(in Mapping mapping)
    {
        if (mapping.File is null || !memory.CanShare)
        {
            return memory.TryMap(mapping.Start, mapping.Bytes, mapping.Protection);
        }

        if (!memory.TryMapShareable(mapping.Start, mapping.Bytes, mapping.Protection))
        {
            return false;
        }

        foreach (var other in OfFile(mapping.File.Inode, mapping.Offset, mapping.Bytes))
        {
            for (var done = 0UL; done < other.Bytes; done += PageNumber.Bytes)
            {
                var place = mapping.Start + (other.Offset - mapping.Offset) + done;
                if (!memory.TryShare(PageNumber.Of(place), PageNumber.Of(other.Start + done)))
                {
                    // The host has too many mappings; what was unmapped before cannot fail to be again.
                    memory.TryUnmap(mapping.Start, mapping.Bytes);
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Unmaps a range; holes in it do not matter.</summary>
    internal Errno Unmap(ulong start, ulong end)
    {
        if (mappings.Count + 1 > CountMax)
        {
            return Errno.ENOMEM;
        }

        if (!memory.TryUnmap(start, end - start))
        {
            return Errno.ENOMEM;
        }

        Remove(start, end);
        return Errno.None;
    }

    /// <summary>Changes the protection of a range that must be mapped throughout.</summary>
    internal Errno Protect(ulong start, ulong end, Protection protection)
    {
        if (start == end)
        {
            return Errno.None;
        }

        if (!IsMapped(start, end) || mappings.Count + 2 > CountMax)
        {
            return Errno.ENOMEM;
        }

        var changed = Overlapping(start, end).ToArray();
        Remove(start, end);
        foreach (var mapping in changed)
        {
            Insert(mapping with { Protection = protection });
        }

        memory.Protect(start, end - start, protection);
        return Errno.None;
    }

    /// <summary>Whether every page of a range is mapped.</summary>
    internal bool IsMapped(ulong start, ulong end)
    {
        foreach (var mapping in Overlapping(start, end))
        {
            if (mapping.Start != start)
            {
                return false;
            }

            start = mapping.End;
        }

        return start == end;
    }

    /// <summary>Whether the mapping at a fault allows the access that its page forbids: it is beyond a file's
    /// end.</summary>
    internal bool Allows(in Trap trap)
    {
        var wanted = trap.Cause switch
        {
            TrapCause.StoreFault => Protection.Write,
            TrapCause.FetchFault => Protection.Execute,
            _ => Protection.Read,
        };
        return TryFind(trap.Value, out var mapping) && (mapping.Protection & wanted) != 0;
    }

    /// <summary>The mapping at an address.</summary>
    internal bool TryFind(ulong address, out Mapping mapping)
    {
        var index = FirstEndingAfter(address);
        var isFound = index < mappings.Count && mappings[index].Start <= address;
        mapping = isFound ? mappings[index] : default;
        return isFound;
    }

    /// <summary>The mappings of a range, cut to it, ascending.</summary>
    internal IEnumerable<Mapping> Overlapping(ulong start, ulong end)
    {
        // Nothing overlaps an empty range, also within a mapping.
        for (var index = FirstEndingAfter(start);
            start < end && index < mappings.Count && mappings[index].Start < end; index++)
        {
            var mapping = mappings[index];
            yield return mapping.Slice(Math.Max(start, mapping.Start), Math.Min(end, mapping.End));
        }
    }

    /// <summary>The highest free range of a length below <see cref="Top"/>; 0 when there is none.</summary>
    internal ulong FindGap(ulong bytes)
    {
        var above = FirstEndingAfter(Top);
        var end = above < mappings.Count ? Math.Min(Top, mappings[above].Start) : Top;
        for (var index = above - 1; ; index--)
        {
            var floor = index >= 0 ? mappings[index].End : Lowest;
            if (end >= floor && end - floor >= bytes && end - bytes >= Lowest)
            {
                return end - bytes;
            }

            if (index < 0)
            {
                return 0;
            }

            end = Math.Min(end, mappings[index].Start);
        }
    }

    internal void Save(StateWriter state)
    {
        state.UInt64("top", Top);
        state.List("mappings", mappings, (writer, mapping) =>
        {
            writer.UInt64("start", mapping.Start);
            writer.UInt64("end", mapping.End);
            writer.UInt64("usableEnd", UsableEnd(mapping));
            writer.UInt64("protection", (ulong)mapping.Protection);
            writer.Boolean("shared", mapping.IsShared);
            writer.Text("name", mapping.Name);
            writer.UInt64("offset", mapping.Offset);
            writer.Int64("file", mapping.File?.Id ?? 0);
        });
    }

    internal void Restore(StateReader state, Func<long, OpenFile?> findFile)
    {
        Top = state.UInt64("top", memory.ArenaBytes);
        var previousEnd = 0UL;
        state.List("mappings", CountMax, (reader, _) =>
        {
            var start = reader.UInt64("start", memory.ArenaBytes);
            var end = reader.UInt64("end", memory.ArenaBytes);
            if (start < previousEnd || end <= start || ((start | end) & (PageNumber.Bytes - 1)) != 0)
            {
                throw reader.Refuse("start", $"range 0x{start:x}..0x{end:x} is out of order or not made of pages");
            }

            var usableEnd = reader.UInt64("usableEnd", end);
            previousEnd = end;
            var protection = (Protection)reader.UInt64("protection", 7);
            var shared = reader.Boolean("shared");
            var name = reader.Text("name");
            var offset = reader.UInt64("offset");
            var id = reader.Int64("file", 0);
            var file = id == 0 ? null : findFile(id) ?? throw reader.Refuse("file", $"no open file {id}");
            var mapping = new Mapping(start, end, protection, shared, name, offset, file);
            if (offset > ulong.MaxValue - mapping.Bytes || !TryMapPages(mapping))
            {
                throw reader.Refuse("start", "the host refused to commit the range");
            }

            if (usableEnd < start || usableEnd % PageNumber.Bytes != 0)
            {
                throw reader.Refuse("usableEnd", $"0x{usableEnd:x} is no page of the mapping");
            }

            memory.Protect(usableEnd, end - usableEnd, Protection.None);
            mappings.Add(mapping);
            MappedBytes += end - start;
        });
    }

    /// <summary>Where the pages beyond the end of the mapped file begin; the mapping's end when there are
    /// none.</summary>
    private ulong UsableEnd(in Mapping mapping)
    {
        var end = mapping.End;
        while (mapping.Protection != Protection.None && end > mapping.Start
            && memory.ProtectionOf(PageNumber.Of(end - 1)) == Protection.None)
        {
            end -= PageNumber.Bytes;
        }

        return end;
    }

    private int FirstEndingAfter(ulong address)
    {
        var low = 0;
        var high = mappings.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (mappings[middle].End <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private void Remove(ulong start, ulong end)
    {
        var first = FirstEndingAfter(start);
        var last = first;
        var rest = new List<Mapping>(2);
        for (; last < mappings.Count && mappings[last].Start < end; last++)
        {
            var mapping = mappings[last];
            MappedBytes -= mapping.Bytes;
            if (mapping.Start < start)
            {
                rest.Add(mapping.Slice(mapping.Start, start));
            }

            if (mapping.End > end)
            {
                rest.Add(mapping.Slice(end, mapping.End));
            }
        }

        mappings.RemoveRange(first, last - first);
        mappings.InsertRange(first, rest);
        foreach (var mapping in rest)
        {
            MappedBytes += mapping.Bytes;
        }
    }

    private void Insert(Mapping mapping)
    {
        MappedBytes += mapping.Bytes;
        var index = FirstEndingAfter(mapping.Start);
        if (index < mappings.Count && mappings[index].Continues(mapping))
        {
            mapping = mapping with { End = mappings[index].End };
            mappings.RemoveAt(index);
        }

        if (index > 0 && mapping.Continues(mappings[index - 1]))
        {
            mappings[index - 1] = mappings[index - 1] with { End = mapping.End };
            return;
        }

        mappings.Insert(index, mapping);
    }
}
