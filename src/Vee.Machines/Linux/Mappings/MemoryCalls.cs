using Vee.Machines.Linux.Files;
using Vee.Machines.Linux.Threads;
using Vee.Machines.Memory;

namespace Vee.Machines.Linux.Mappings;

/// <summary>mmap(2), munmap(2), mprotect(2), mremap(2), brk(2), madvise(2) and the calls that change nothing
/// here.</summary>
internal static class MemoryCalls
{
    private const ulong MapPrivate = 2;
    private const ulong MapTypeMask = 0xf;
    private const ulong MapSharedValidate = 3;
    private const ulong MapFixed = 0x10;
    private const ulong MapAnonymous = 0x20;
    private const ulong MapNoReserve = 0x4000;
    private const ulong MapFixedNoReplace = 0x100000;
    private const ulong ProtectionMask = 7;
    private const int AdviceDontNeed = 4;
    private const int AdviceFree = 8;

    private const int BreakNumber = 214;
    private const int MapNumber = 222;
    private const int UnmapNumber = 215;
    private const int RemapNumber = 216;
    private const int AdviseNumber = 233;

    internal static readonly Syscall[] Table =
    [
        new(BreakNumber, "brk", Break, [ArgumentKind.Pointer]),
        new(MapNumber, "mmap", Map,
            [ArgumentKind.Pointer, ArgumentKind.Size, ArgumentKind.Bits, ArgumentKind.Bits, ArgumentKind.File,
                ArgumentKind.Size]),
        new(UnmapNumber, "munmap", Unmap, [ArgumentKind.Pointer, ArgumentKind.Size]),
        new(226, "mprotect", Protect, [ArgumentKind.Pointer, ArgumentKind.Size, ArgumentKind.Bits]),
        new(RemapNumber, "mremap", MemoryRemap.Remap,
            [ArgumentKind.Pointer, ArgumentKind.Size, ArgumentKind.Size, ArgumentKind.Bits, ArgumentKind.Pointer]),
        new(AdviseNumber, "madvise", Advise, [ArgumentKind.Pointer, ArgumentKind.Size, ArgumentKind.Int]),
        new(227, "msync", Synchronise, [ArgumentKind.Pointer, ArgumentKind.Size, ArgumentKind.Bits]),
        new(228, "mlock", CheckMapped, [ArgumentKind.Pointer, ArgumentKind.Size]),
        new(229, "munlock", CheckMapped, [ArgumentKind.Pointer, ArgumentKind.Size]),
        new(230, "mlockall", (_, _, in arguments) => arguments.A0 is 0 or > 7 ? Errno.EINVAL : 0, [ArgumentKind.Bits]),
        new(231, "munlockall", (_, _, in _) => 0, []),
        new(232, "mincore", InCore, [ArgumentKind.Pointer, ArgumentKind.Size, ArgumentKind.Pointer]),
        new(283, "membarrier", MemoryBarrier, [ArgumentKind.Int, ArgumentKind.Bits]),
        new(259, "riscv_flush_icache", FlushCode,
            [ArgumentKind.Pointer, ArgumentKind.Pointer, ArgumentKind.Bits]),
    ];

    /// <summary>
    /// Whether a call may unmap or empty pages, or map others in their place. Changing protection takes nothing away:
    /// every access looks at the page's flags.
    /// </summary>
    internal static bool TakesMemoryAway(Process process, ulong number, in SyscallArguments arguments) => number switch
    {
        BreakNumber => arguments.A0 < process.Heap.Break,
        MapNumber => (arguments.A3 & MapFixed) != 0,
        UnmapNumber or RemapNumber => true,
        AdviseNumber => (int)arguments.A2 is AdviceDontNeed or AdviceFree,
        _ => false,
    };

    /// <summary>Whether a range is made of pages inside the arena, its length rounded up.</summary>
    internal static bool TryRange(Process process, ulong address, ulong length, out ulong end)
    {
        end = address + PageNumber.RoundUp(length);
        return address % PageNumber.Bytes == 0 && PageNumber.RoundUp(length) >= length
            && process.Memory.Contains(address, PageNumber.RoundUp(length));
    }

    private static SyscallResult Break(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var heap = process.Heap;
        var wanted = arguments.A0;
        if (wanted < heap.Start || wanted > process.Mappings.End)
        {
            return (long)heap.Break;
        }

        var before = PageNumber.RoundUp(heap.Break);
        var after = PageNumber.RoundUp(wanted);
        var isMoved = true;
        if (after > before)
        {
            isMoved = !process.Mappings.Overlapping(before, after).Any()
                && after - heap.Start <= (ulong)process.Memory.RamPages * PageNumber.Bytes
                && process.Mappings.Map(new Mapping(
                    before, after, Protection.Read | Protection.Write, false, "[heap]", 0, null)) == Errno.None;
        }
        else if (after < before)
        {
            isMoved = process.Mappings.Unmap(after, before) == Errno.None;
        }

        heap.Break = isMoved ? wanted : heap.Break;
        return (long)heap.Break;
    }

    private static SyscallResult Map(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var (address, length, flags, offset) = (arguments.A0, arguments.A1, arguments.A3, arguments.A5);
        var bytes = PageNumber.RoundUp(length);
        if (length == 0 || offset % PageNumber.Bytes != 0 || (flags & MapTypeMask) is 0 or > MapSharedValidate)
        {
            return Errno.EINVAL;
        }

        if (bytes < length || bytes > process.Memory.ArenaBytes)
        {
            return Errno.ENOMEM;
        }

        if ((flags & MapAnonymous) == 0 && offset > long.MaxValue - bytes)
        {
            return Errno.EOVERFLOW;
        }

        OpenFile? file = null;
        if ((flags & MapAnonymous) == 0)
        {
            var error = FindFile(process, arguments, out file);
            if (error != Errno.None)
            {
                return error;
            }
        }

        var protection = (Protection)(arguments.A2 & ProtectionMask);
        if (!IsAffordable(process, bytes, protection, flags))
        {
            return Errno.ENOMEM;
        }

        if (file is RegularOpenFile stored
            && !process.FileSystem.Cache.TryLoad(thread, stored, (long)offset, (long)bytes))
        {
            return SyscallResult.Blocked;
        }

        var placed = Place(process, ref address, bytes, flags);
        return placed != Errno.None
            ? placed
            : Insert(process, file, address, bytes, protection, (flags & MapTypeMask) != MapPrivate, offset);
    }

    /// <summary>
    /// Like Linux's default overcommit: only a mapping that could never be filled is refused, and reservations
    /// (no access, or MAP_NORESERVE) are not counted.
    /// </summary>
    private static bool IsAffordable(Process process, ulong bytes, Protection protection, ulong flags) =>
        (protection & Protection.Write) == 0 || (flags & MapNoReserve) != 0
        || bytes <= (ulong)process.Memory.RamPages * PageNumber.Bytes;

    private static Errno FindFile(Process process, in SyscallArguments arguments, out OpenFile? file)
    {
        if (!process.Files.TryGet((int)arguments.A4, out file))
        {
            return Errno.EBADF;
        }

        var access = file.Flags & OpenFlags.AccessMode;
        var isShared = (arguments.A3 & MapTypeMask) != MapPrivate;
        var writes = (arguments.A2 & (ulong)Protection.Write) != 0;
        return access == OpenFlags.WriteOnly || (isShared && writes && access != OpenFlags.ReadWrite) ? Errno.EACCES
            : !file.IsMappable ? Errno.ENODEV
            : isShared && SharedFiles.IsMappedAlone(process, file, arguments.A5, arguments.A1) ? Errno.ENODEV
            : Errno.None;
    }

    private static Errno Place(Process process, ref ulong address, ulong bytes, ulong flags)
    {
        var map = process.Mappings;
        var isFixed = (flags & (MapFixed | MapFixedNoReplace)) != 0;
        if (isFixed)
        {
            if (address % PageNumber.Bytes != 0)
            {
                return Errno.EINVAL;
            }

            if (address < MemoryMap.Lowest)
            {
                return Errno.EPERM;
            }

            if (!process.Memory.Contains(address, bytes))
            {
                return Errno.ENOMEM;
            }

            return (flags & MapFixedNoReplace) != 0 && map.Overlapping(address, address + bytes).Any()
                ? Errno.EEXIST
                : Errno.None;
        }

        var hint = address & ~(ulong)(PageNumber.Bytes - 1);
        if (hint >= MemoryMap.Lowest && process.Memory.Contains(hint, bytes) && hint + bytes <= map.Top
            && !map.Overlapping(hint, hint + bytes).Any())
        {
            address = hint;
            return Errno.None;
        }

        address = map.FindGap(bytes);
        return address == 0 ? Errno.ENOMEM : Errno.None;
    }

    private static SyscallResult Insert(
        Process process, OpenFile? file, ulong address, ulong bytes, Protection protection, bool isShared, ulong offset)
    {
        var isTracked = file is not null && isShared;
        SharedFiles.WriteBack(process, address, address + bytes);
        var mapping = new Mapping(
            address, address + bytes, protection, isShared, file?.Name ?? "", offset, isTracked ? file : null);
        var error = SharedFiles.Map(process, mapping, file);
        SharedFiles.ReleaseUnmapped(process);
        if (error == Errno.None && isTracked)
        {
            SharedFiles.Keep(process, file!);
        }

        return error == Errno.None ? (long)address : error;
    }

    private static SyscallResult Unmap(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if (arguments.A1 == 0 || !TryRange(process, arguments.A0, arguments.A1, out var end))
        {
            return Errno.EINVAL;
        }

        SharedFiles.WriteBack(process, arguments.A0, end);
        var error = process.Mappings.Unmap(arguments.A0, end);
        SharedFiles.ReleaseUnmapped(process);
        return error;
    }

    private static SyscallResult Protect(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if (arguments.A0 % PageNumber.Bytes != 0 || (arguments.A2 & ~ProtectionMask) != 0)
        {
            return Errno.EINVAL;
        }

        if (!TryRange(process, arguments.A0, arguments.A1, out var end))
        {
            return Errno.ENOMEM;
        }

        return process.Mappings.Protect(arguments.A0, end, (Protection)arguments.A2);
    }

    private static SyscallResult Advise(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if (!TryRange(process, arguments.A0, arguments.A1, out var end))
        {
            return Errno.EINVAL;
        }

        var advice = (int)arguments.A2;
        if (advice is < 0 or > 25 or (> 4 and < 8))
        {
            return Errno.EINVAL;
        }

        foreach (var mapping in process.Mappings.Overlapping(arguments.A0, end).ToArray())
        {
            // MADV_FREE may be done at once. File pages would come back from the file, so they are left as they are.
            if (advice is AdviceDontNeed or AdviceFree && (mapping.Name.Length == 0 || mapping.Name[0] == '['))
            {
                process.Memory.Zero(mapping.Start, mapping.Bytes);
            }
        }

        return process.Mappings.IsMapped(arguments.A0, end) ? 0 : Errno.ENOMEM;
    }

    private static SyscallResult Synchronise(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if (!TryRange(process, arguments.A0, arguments.A1, out var end) || arguments.A2 > 7)
        {
            return Errno.EINVAL;
        }

        const ulong WaitsForDisk = 4;
        SharedFiles.WriteBack(process, arguments.A0, end);
        if (!process.Mappings.IsMapped(arguments.A0, end))
        {
            return Errno.ENOMEM;
        }

        var files = process.Mappings.Overlapping(arguments.A0, end)
            .Select(mapping => mapping.File).OfType<RegularOpenFile>().Select(file => file.File);
        return (arguments.A2 & WaitsForDisk) == 0 || process.FileSystem.Cache.TrySync(thread, files)
            ? 0
            : SyscallResult.Blocked;
    }

    private static SyscallResult CheckMapped(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        // Guest RAM is never swapped by the guest's kernel, so locked is what it always is.
        var start = arguments.A0 & ~(ulong)(PageNumber.Bytes - 1);
        return TryRange(process, start, arguments.A1 + (arguments.A0 - start), out var end)
            && process.Mappings.IsMapped(start, end) ? 0 : Errno.ENOMEM;
    }

    private static SyscallResult InCore(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if (!TryRange(process, arguments.A0, arguments.A1, out var end))
        {
            return arguments.A0 % PageNumber.Bytes != 0 ? Errno.EINVAL : Errno.ENOMEM;
        }

        if (!process.Mappings.IsMapped(arguments.A0, end))
        {
            return Errno.ENOMEM;
        }

        Span<byte> resident = [1];
        var vector = arguments.A2;
        for (var page = arguments.A0; page < end; page += PageNumber.Bytes)
        {
            if (!process.User.TryWrite(vector++, resident))
            {
                return Errno.EFAULT;
            }
        }

        return 0;
    }

    private static SyscallResult FlushCode(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        // A hart's own stores to code are noticed as they happen; this makes the other harts look again, too.
        process.Memory.ForgetCode();
        return 0;
    }

    private static SyscallResult MemoryBarrier(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        const int query = 0;
        const int registerPrivateExpedited = 16;
        const int privateExpedited = 8;
        return (int)arguments.A0 switch
        {
            query => registerPrivateExpedited | privateExpedited,
            registerPrivateExpedited or privateExpedited when arguments.A1 == 0 => 0,
            _ => Errno.EINVAL,
        };
    }
}
