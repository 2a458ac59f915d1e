using Vee.Machines.Linux.Threads;
using Vee.Machines.Memory;

namespace Vee.Machines.Linux.Mappings;

/// <summary>mremap(2): growing, shrinking and moving a mapping.</summary>
internal static class MemoryRemap
{
    private const ulong MayMove = 1;
    private const ulong Fixed = 2;

    internal static SyscallResult Remap(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var (address, flags) = (arguments.A0, arguments.A3);
        if ((flags & ~(MayMove | Fixed)) != 0 || ((flags & Fixed) != 0 && (flags & MayMove) == 0)
            || arguments.A1 == 0 || arguments.A2 == 0
            || !MemoryCalls.TryRange(process, address, arguments.A1, out var oldEnd))
        {
            return Errno.EINVAL;
        }

        var newBytes = PageNumber.RoundUp(arguments.A2);
        if (newBytes < arguments.A2 || newBytes > process.Memory.ArenaBytes)
        {
            return Errno.ENOMEM;
        }

        // One mapping must cover the old range.
        var parts = process.Mappings.Overlapping(address, oldEnd).ToArray();
        if (parts.Length != 1 || parts[0].Start != address || parts[0].End != oldEnd)
        {
            return Errno.EFAULT;
        }

        // What is cut off is unmapped.
        SharedFiles.WriteBack(process, address, oldEnd);
        if ((flags & Fixed) != 0)
        {
            return MoveTo(process, parts[0], arguments.A4, newBytes);
        }

        return newBytes <= oldEnd - address
            ? Shrink(process, address, address + newBytes, oldEnd)
            : Grow(process, parts[0], newBytes, (flags & MayMove) != 0);
    }

    private static SyscallResult Shrink(Process process, ulong address, ulong newEnd, ulong oldEnd)
    {
        var error = newEnd == oldEnd ? Errno.None : process.Mappings.Unmap(newEnd, oldEnd);
        return error == Errno.None ? (long)address : error;
    }

    private static SyscallResult Grow(Process process, in Mapping mapping, ulong newBytes, bool mayMove)
    {
        var map = process.Mappings;
        var newEnd = mapping.Start + newBytes;
        if (newEnd <= map.Top && !map.Overlapping(mapping.End, newEnd).Any())
        {
            var more = mapping.Slice(mapping.Start, mapping.End) with { Start = mapping.End, End = newEnd };
            more = mapping.Name.Length != 0 && mapping.Name[0] != '['
                ? more with { Offset = mapping.Offset + mapping.Bytes }
                : more;
            var error = SharedFiles.Map(process, more, more.File);
            return error == Errno.None ? (long)mapping.Start : error;
        }

        if (!mayMove)
        {
            return Errno.ENOMEM;
        }

        var target = map.FindGap(newBytes);
        return target == 0 ? Errno.ENOMEM : Move(process, mapping, target, newBytes);
    }

    private static SyscallResult MoveTo(Process process, in Mapping mapping, ulong target, ulong newBytes)
    {
        if (target % PageNumber.Bytes != 0 || target < MemoryMap.Lowest || !process.Memory.Contains(target, newBytes)
            || (target < mapping.End && mapping.Start < target + newBytes))
        {
            return Errno.EINVAL;
        }

        SharedFiles.WriteBack(process, target, target + newBytes);
        var moved = Move(process, mapping, target, newBytes);
        SharedFiles.ReleaseUnmapped(process);
        return moved;
    }

    private static SyscallResult Move(Process process, in Mapping mapping, ulong target, ulong newBytes)
    {
        var error = SharedFiles.Map(
            process, mapping with { Start = target, End = target + newBytes }, mapping.File);
        if (error != Errno.None)
        {
            return error;
        }

        if (mapping.File is not null)
        {
            // The new pages are the old ones at a second address or, where pages cannot be shared, have their content.
            error = process.Mappings.Unmap(mapping.Start, mapping.End);
            return error == Errno.None ? (long)target : error;
        }

        // Page by page, so that pages that were never stored to stay untouched and RAM is not needed twice.
        var kept = Math.Min(mapping.Bytes, newBytes);
        for (var offset = 0UL; offset < kept; offset += PageNumber.Bytes)
        {
            process.Memory.MovePage(PageNumber.Of(mapping.Start + offset), PageNumber.Of(target + offset));
        }

        error = process.Mappings.Unmap(mapping.Start, mapping.End);
        return error == Errno.None ? (long)target : error;
    }
}
