using Vee.Machines.Linux.Mappings;
using Vee.Machines.Linux.Threads;

namespace Vee.Machines.Linux.Files;

/// <summary>Calls about what is on the disk and what in the page cache.</summary>
internal static class StorageCalls
{
    internal static readonly Syscall[] Table =
    [
        new(81, "sync", Sync, []),
        new(82, "fsync", SyncFile, [ArgumentKind.File]),
        new(83, "fdatasync", SyncFile, [ArgumentKind.File]),
        new(267, "syncfs", SyncFileSystem, [ArgumentKind.File]),
        new(84, "sync_file_range2", SyncFile,
            [ArgumentKind.File, ArgumentKind.Bits, ArgumentKind.Int, ArgumentKind.Int]),
        new(223, "fadvise64", Advise, [ArgumentKind.File, ArgumentKind.Int, ArgumentKind.Int, ArgumentKind.Int]),
        new(213, "readahead", ReadAhead, [ArgumentKind.File, ArgumentKind.Int, ArgumentKind.Size]),
    ];

    private static SyscallResult Sync(Process process, GuestThread thread, in SyscallArguments a)
    {
        WriteMappingsBack(process, 0, long.MaxValue, file: null);
        return process.FileSystem.Cache.TrySyncAll(thread) ? 0 : SyscallResult.Blocked;
    }

    private static SyscallResult SyncFile(Process process, GuestThread thread, in SyscallArguments a)
    {
        if (!process.Files.TryGet((int)a.A0, out var file) || file is PathOnlyFile)
        {
            return Errno.EBADF;
        }

        if (file.Inode is not RegularFile stored)
        {
            return file.Inode is DirectoryNode ? 0 : Errno.EINVAL;
        }

        WriteMappingsBack(process, 0, stored.Size, stored);
        return process.FileSystem.Cache.TrySync(thread, [stored]) ? 0 : SyscallResult.Blocked;
    }

    private static SyscallResult SyncFileSystem(Process process, GuestThread thread, in SyscallArguments a) =>
        process.Files.TryGet((int)a.A0, out var file) && file is not PathOnlyFile
            ? Sync(process, thread, a)
            : Errno.EBADF;

    private static SyscallResult Advise(Process process, GuestThread thread, in SyscallArguments a)
    {
        const ulong WillNeed = 3;
        const ulong DontNeed = 4;
        const ulong AdviceMax = 5;
        if (!process.Files.TryGet((int)a.A0, out var file) || file is PathOnlyFile)
        {
            return Errno.EBADF;
        }

        if (file is PipeFile || (long)a.A2 < 0 || a.A3 > AdviceMax)
        {
            return file is PipeFile ? Errno.ESPIPE : Errno.EINVAL;
        }

        // A length of 0 is to the end.
        var (start, bytes) = (Math.Max(0, (long)a.A1), a.A2 == 0 ? long.MaxValue : (long)a.A2);
        if (file is RegularOpenFile stored && a.A3 == WillNeed)
        {
            process.FileSystem.Cache.Prefetch(stored, start, bytes);
        }
        else if (file is RegularOpenFile dropped && a.A3 == DontNeed)
        {
            process.FileSystem.Cache.Drop(dropped, start, bytes);
        }

        return 0;
    }

    private static SyscallResult ReadAhead(Process process, GuestThread thread, in SyscallArguments a)
    {
        if (!process.Files.TryGet((int)a.A0, out var file) || !file.CanRead)
        {
            return Errno.EBADF;
        }

        if (file is not RegularOpenFile stored)
        {
            return Errno.EINVAL;
        }

        process.FileSystem.Cache.Prefetch(
            stored, Math.Max(0, (long)a.A1), (long)Math.Min(a.A2, UserMemory.TransferBytesMax));
        return 0;
    }

    /// <summary>Stores through shared mappings are dirty pages, too.</summary>
    private static void WriteMappingsBack(Process process, long offset, long bytes, RegularFile? file)
    {
        if (!process.FileSystem.Cache.HasDisk)
        {
            return;
        }

        if (file is not null)
        {
            SharedFiles.WriteBack(process, file, offset, bytes);
        }
        else
        {
            SharedFiles.WriteBack(process, 0, process.Memory.ArenaBytes);
        }
    }
}
