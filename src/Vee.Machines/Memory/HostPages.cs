using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Vee.Machines.Memory;

/// <summary>Anonymous memory straight from the host kernel: reserved, committed and dropped by host pages.</summary>
/// <remarks>
/// JUSTIFICATION (1): the garbage collector cannot reserve 4 GiB without committing it, protect parts of it or
/// give single pages back, and the translator needs a fixed base address. SAFETY: only <see cref="GuestMemory"/>
/// and the tables beside it hold these addresses, and every range is checked against the reservation first.
/// Linux system calls mmap(2), mremap(2), mprotect(2), munmap(2), madvise(2).
/// </remarks>
internal static unsafe partial class HostPages
{
    private const int ProtectNone = 0;
    private const int ProtectReadWrite = 1 | 2;
    private const int MapPrivateAnonymousNoReserve = 0x02 | 0x20 | 0x4000;
    private const int MapSharedAnonymousNoReserve = 0x01 | 0x20 | 0x4000;
    private const int MapFixed = 0x10;
    private const int RemapMayMoveFixed = 1 | 2;
    private const int AdviseDontNeed = 4;
    private const int AdviseNoHugePage = 15;

    /// <summary>Bytes of one host page: 4096 on x86-64; 4096, 16384 or 65536 on arm64.</summary>
    internal static readonly ulong Bytes = (ulong)Environment.SystemPageSize;

    /// <summary>Reserves address space that cannot be touched until it is committed.</summary>
    /// <exception cref="InsufficientMemoryException">The host has no such range left.</exception>
    internal static byte* Reserve(ulong bytes)
    {
        var address = Map(null, bytes, ProtectNone, MapPrivateAnonymousNoReserve);
        // Transparent huge pages would charge 2 MiB for one touched page, so the arena opts out.
        _ = Advise(address, (nuint)bytes, AdviseNoHugePage);
        return address;
    }

    /// <summary>Allocates a zeroed table whose untouched pages cost nothing.</summary>
    /// <exception cref="InsufficientMemoryException">The host has no such range left.</exception>
    internal static byte* AllocateTable(ulong bytes)
    {
        var address = Map(null, bytes, ProtectReadWrite, MapPrivateAnonymousNoReserve);
        _ = Advise(address, (nuint)bytes, AdviseNoHugePage);
        return address;
    }

    /// <summary>Makes a reserved range readable and writable; fresh pages read as zero.</summary>
    /// <returns>False when the host refuses, for example because it has too many separate mappings.</returns>
    internal static bool TryCommit(byte* address, ulong bytes) =>
        Protect(address, (nuint)bytes, ProtectReadWrite) == 0;

    /// <summary>Gives the pages of a range back to the host; the range stays committed and reads as zero.</summary>
    internal static void Clear(byte* address, ulong bytes)
    {
        if (Advise(address, (nuint)bytes, AdviseDontNeed) != 0)
        {
            throw new UnreachableException($"The host kept {bytes} bytes: errno {Marshal.GetLastPInvokeError()}.");
        }
    }

    /// <summary>Gives the pages of a range back to the host; the range stays reserved and cannot be touched.</summary>
    internal static void Drop(byte* address, ulong bytes)
    {
        Clear(address, bytes);

        // The protection only guards against our own mistakes, so it does not matter that a host with too many
        // separate mappings refuses it. The same mapping with the same advice merges with its neighbours again.
        _ = Protect(address, (nuint)bytes, ProtectNone);
    }

    /// <summary>
    /// Puts fresh zero pages in a reserved range that <see cref="TryDuplicate"/> can show in another place, too.
    /// </summary>
    /// <returns>False when the host refuses.</returns>
    internal static bool TryCommitShareable(byte* address, ulong bytes) =>
        TryReplace(address, bytes, ProtectReadWrite, MapSharedAnonymousNoReserve);

    /// <summary>Shows shareable pages in a second place.</summary>
    /// <returns>False when the host refuses.</returns>
    internal static bool TryDuplicate(byte* from, byte* to, ulong bytes) =>
        // An old length of 0 means: map the same pages again and leave the first place as it is (mremap(2)).
        Remap(from, 0, (nuint)bytes, RemapMayMoveFixed, to) != (byte*)-1;

    /// <summary>Drops a range that may hold shareable pages, which live on where they are duplicated.</summary>
    /// <returns>False when the host refuses, which leaves everything as it was.</returns>
    internal static bool TryDropShareable(byte* address, ulong bytes) =>
        TryReplace(address, bytes, ProtectNone, MapPrivateAnonymousNoReserve);

    /// <summary>Ends a reservation or table.</summary>
    internal static void Release(byte* address, ulong bytes) => _ = Unmap(address, (nuint)bytes);

    private static bool TryReplace(byte* address, ulong bytes, int protection, int flags)
    {
        if (MapNative(address, (nuint)bytes, protection, flags | MapFixed, -1, 0) == (byte*)-1)
        {
            return false;
        }

        _ = Advise(address, (nuint)bytes, AdviseNoHugePage);
        return true;
    }

    private static byte* Map(byte* address, ulong bytes, int protection, int flags)
    {
        var result = MapNative(address, (nuint)bytes, protection, flags, -1, 0);
        return result != (byte*)-1
            ? result
            : throw new InsufficientMemoryException(
                $"The host refused to map {bytes} bytes: errno {Marshal.GetLastPInvokeError()}.");
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial byte* MapNative(byte* address, nuint bytes, int protection, int flags, int file,
        nint offset);

    [LibraryImport("libc", EntryPoint = "mremap", SetLastError = true)]
    private static partial byte* Remap(byte* old, nuint oldBytes, nuint bytes, int flags, byte* address);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(byte* address, nuint bytes, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(byte* address, nuint bytes);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int Advise(byte* address, nuint bytes, int advice);
}
