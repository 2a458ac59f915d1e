using System.Buffers.Binary;
using System.Text;
using Vee.Machines.Linux.Threads;

namespace Vee.Machines.Linux.Files;

/// <summary>Looking at files, links and file systems.</summary>
internal static class StatusCalls
{
    private const uint StatFlags =
        FileArguments.NoFollow | FileArguments.NoAutomount | FileArguments.EmptyPath;

    // AT_STATX_FORCE_SYNC and AT_STATX_DONT_SYNC.
    private const uint SyncFlags = 0x6000;

    internal static readonly Syscall[] Table =
    [
        new(80, "fstat", StatFile, [ArgumentKind.File, ArgumentKind.Pointer]),
        new(79, "newfstatat", Stat, [ArgumentKind.File, ArgumentKind.Path, ArgumentKind.Pointer, ArgumentKind.Bits]),
        new(291, "statx", StatExtended,
            [ArgumentKind.File, ArgumentKind.Path, ArgumentKind.Bits, ArgumentKind.Bits, ArgumentKind.Pointer]),
        new(48, "faccessat", Access, [ArgumentKind.File, ArgumentKind.Path, ArgumentKind.Bits]),
        new(439, "faccessat2", AccessWithFlags,
            [ArgumentKind.File, ArgumentKind.Path, ArgumentKind.Bits, ArgumentKind.Bits]),
        new(78, "readlinkat", ReadLink,
            [ArgumentKind.File, ArgumentKind.Path, ArgumentKind.Pointer, ArgumentKind.Size]),
        new(43, "statfs", FileSystemStatus, [ArgumentKind.Path, ArgumentKind.Pointer]),
        new(44, "fstatfs", FileSystemStatusOfFile, [ArgumentKind.File, ArgumentKind.Pointer]),
    ];

    private static SyscallResult StatFile(Process process, GuestThread thread, in SyscallArguments a)
    {
        if (!process.Files.TryGet((int)a.A0, out var file))
        {
            return Errno.EBADF;
        }

        return WriteStat(process, a.A1, new FileStatus(file.Inode, file));
    }

    private static SyscallResult Stat(Process process, GuestThread thread, in SyscallArguments a)
    {
        if ((a.A3 & ~(ulong)StatFlags) != 0)
        {
            return Errno.EINVAL;
        }

        var follow = (a.A3 & FileArguments.NoFollow) == 0;
        var error = FileArguments.TryFind(process, a.A0, a.A1, (uint)a.A3, follow, out var inode, out var file);
        return error != Errno.None ? error : WriteStat(process, a.A2, new FileStatus(inode, file));
    }

    private static SyscallResult StatExtended(Process process, GuestThread thread, in SyscallArguments a)
    {
        const ulong ReservedMask = 0x80000000;
        var flags = (uint)a.A2;
        if ((flags & ~(StatFlags | SyncFlags)) != 0 || (flags & SyncFlags) == SyncFlags || (a.A3 & ReservedMask) != 0)
        {
            return Errno.EINVAL;
        }

        var follow = (flags & FileArguments.NoFollow) == 0;
        var error = FileArguments.TryFind(process, a.A0, a.A1, flags, follow, out var inode, out var file);
        if (error != Errno.None)
        {
            return error;
        }

        Span<byte> statx = stackalloc byte[FileStatus.StatxBytes];
        new FileStatus(inode, file).WriteStatx(statx);
        return process.User.TryWrite(a.A4, statx) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult WriteStat(Process process, ulong address, in FileStatus status)
    {
        Span<byte> stat = stackalloc byte[FileStatus.StatBytes];
        status.WriteStat(stat);
        return process.User.TryWrite(address, stat) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult Access(Process process, GuestThread thread, in SyscallArguments a) =>
        Check(process, a, 0);

    private static SyscallResult AccessWithFlags(Process process, GuestThread thread, in SyscallArguments a)
    {
        const uint Effective = 0x200;
        return (a.A3 & ~(ulong)(Effective | FileArguments.NoFollow | FileArguments.EmptyPath)) != 0
            ? Errno.EINVAL
            : Check(process, a, (uint)a.A3);
    }

    private static SyscallResult Check(Process process, in SyscallArguments a, uint flags)
    {
        const uint Execute = 1;
        const uint Write = 2;
        const uint AnyExecute = 0x49;
        var mode = (uint)a.A2;
        if (mode > 7)
        {
            return Errno.EINVAL;
        }

        var follow = (flags & FileArguments.NoFollow) == 0;
        var error = FileArguments.TryFind(process, a.A0, a.A1, flags, follow, out var inode, out _);
        if (error != Errno.None || inode is null)
        {
            return error;
        }

        // User 0 may do everything but run what nobody may run.
        if ((mode & Execute) != 0 && inode is not DirectoryNode && (inode.Permissions & AnyExecute) == 0)
        {
            return Errno.EACCES;
        }

        return (mode & Write) != 0 && inode.FileSystemDevice == FileSystem.SysDevice ? Errno.EROFS : 0;
    }

    private static SyscallResult ReadLink(Process process, GuestThread thread, in SyscallArguments a)
    {
        if ((int)a.A3 <= 0)
        {
            return Errno.EINVAL;
        }

        var error = process.User.TryReadText(a.A1, out var path);
        if (error != Errno.None)
        {
            return error;
        }

        var flags = path.Length == 0 ? FileArguments.EmptyPath : 0;
        error = FileArguments.TryFind(process, a.A0, a.A1, flags, follow: false, out var inode, out _);
        if (error != Errno.None)
        {
            return error;
        }

        if (inode is not LinkNode link)
        {
            return path.Length == 0 ? Errno.ENOENT : Errno.EINVAL;
        }

        var target = Encoding.Latin1.GetBytes(link.Target);
        var count = Math.Min(target.Length, (int)a.A3);
        return process.User.TryWrite(a.A2, target.AsSpan(0, count)) ? count : Errno.EFAULT;
    }

    private static SyscallResult FileSystemStatus(Process process, GuestThread thread, in SyscallArguments a)
    {
        var error = process.User.TryReadText(a.A0, out var path);
        if (error != Errno.None)
        {
            return error;
        }

        error = process.FileSystem.TryResolve(
            process.FileSystem.WorkingDirectory, path, WalkOptions.Follow, out var inode);
        return error != Errno.None ? error : WriteFileSystem(process, a.A1, inode.FileSystemDevice);
    }

    private static SyscallResult FileSystemStatusOfFile(Process process, GuestThread thread, in SyscallArguments a) =>
        process.Files.TryGet((int)a.A0, out var file)
            ? WriteFileSystem(process, a.A1, file.Inode?.FileSystemDevice ?? FileSystem.StoredDevice)
            : Errno.EBADF;

    private static SyscallResult WriteFileSystem(Process process, ulong address, ulong device)
    {
        const int Words = 15;
        const ulong TmpfsMagic = 0x01021994;
        const ulong ProcMagic = 0x9fa0;
        const ulong SysMagic = 0x62656572;
        var files = process.FileSystem;
        var isStored = device == FileSystem.StoredDevice;
        Span<byte> bytes = stackalloc byte[Words * sizeof(ulong)];
        var blocks = isStored ? (ulong)files.BytesMax / FileContent.ChunkBytes : 0;
        var free = isStored ? (ulong)(files.BytesMax - files.UsedBytes) / FileContent.ChunkBytes : 0;
        ReadOnlySpan<ulong> words =
        [
            device switch { FileSystem.ProcDevice => ProcMagic, FileSystem.SysDevice => SysMagic, _ => TmpfsMagic },
            FileContent.ChunkBytes, blocks, free, free,
            isStored ? (ulong)FileSystem.InodesMax : 0, isStored ? (ulong)(FileSystem.InodesMax - files.InodeCount) : 0,
            device, FileSystem.NameBytesMax, FileContent.ChunkBytes, 0x20,
        ];
        bytes.Clear();
        for (var index = 0; index < words.Length; index++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[(index * sizeof(ulong))..], words[index]);
        }

        return process.User.TryWrite(address, bytes) ? 0 : Errno.EFAULT;
    }
}
