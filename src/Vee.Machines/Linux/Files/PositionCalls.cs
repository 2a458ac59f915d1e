using Vee.Machines.Linux.Mappings;
using Vee.Machines.Linux.Threads;

namespace Vee.Machines.Linux.Files;

/// <summary>Positions and sizes of files.</summary>
internal static class PositionCalls
{
    internal static readonly Syscall[] Table =
    [
        new(62, "lseek", Seek, [ArgumentKind.File, ArgumentKind.Int, ArgumentKind.Int]),
        new(45, "truncate", Truncate, [ArgumentKind.Path, ArgumentKind.Int]),
        new(46, "ftruncate", TruncateFile, [ArgumentKind.File, ArgumentKind.Int]),
        new(47, "fallocate", Allocate, [ArgumentKind.File, ArgumentKind.Bits, ArgumentKind.Int, ArgumentKind.Int]),
    ];

    private static SyscallResult Seek(Process process, GuestThread thread, in SyscallArguments a) =>
        !process.Files.TryGet((int)a.A0, out var file) || file is PathOnlyFile
            ? Errno.EBADF
            : file.Seek((long)a.A1, a.A2 > int.MaxValue ? -1 : (int)a.A2);

    private static SyscallResult Truncate(Process process, GuestThread thread, in SyscallArguments a)
    {
        var error = process.User.TryReadText(a.A0, out var path);
        if (error != Errno.None || (long)a.A1 < 0)
        {
            return error != Errno.None ? error : Errno.EINVAL;
        }

        error = process.FileSystem.TryResolve(
            process.FileSystem.WorkingDirectory, path, WalkOptions.Follow, out var inode);
        return error != Errno.None ? error : SetLength(process, inode, (long)a.A1);
    }

    private static SyscallResult TruncateFile(Process process, GuestThread thread, in SyscallArguments a)
    {
        if (!process.Files.TryGet((int)a.A0, out var file))
        {
            return Errno.EBADF;
        }

        return file.CanWrite && (long)a.A1 >= 0 && file is RegularOpenFile ? SetLength(process, file.Inode!, (long)a.A1)
            : (file.Flags & OpenFlags.PathOnly) != 0 ? Errno.EBADF
            : Errno.EINVAL;
    }

    private static SyscallResult SetLength(Process process, Inode inode, long length)
    {
        if (inode is not RegularFile file)
        {
            return inode is DirectoryNode ? Errno.EISDIR
                : inode is Generated.GeneratedFile ? Errno.EACCES : Errno.EINVAL;
        }

        var seals = file.Seals ?? 0;
        if ((length < file.Size && (seals & FileSeals.Shrink) != 0)
            || (length > file.Size && (seals & FileSeals.Grow) != 0))
        {
            return Errno.EPERM;
        }

        file.TouchContent();
        var before = file.Size;
        SharedFiles.WriteBack(process, file, 0, before);
        var error = file.Content.SetLength(length);
        SharedFiles.RefreshLength(process, file, before);
        return error;
    }

    private static SyscallResult Allocate(Process process, GuestThread thread, in SyscallArguments a)
    {
        const ulong KeepSize = 1;
        const ulong PunchHole = 2;
        const ulong ZeroRange = 0x10;
        if (!process.Files.TryGet((int)a.A0, out var open) || !open.CanWrite)
        {
            return Errno.EBADF;
        }

        var (offset, length) = ((long)a.A2, (long)a.A3);
        if (offset < 0 || length <= 0)
        {
            return Errno.EINVAL;
        }

        if (open is not RegularOpenFile { File: var file })
        {
            return open is PipeFile ? Errno.ESPIPE : Errno.ENODEV;
        }

        if (a.A1 is not (0 or KeepSize or (KeepSize | PunchHole) or ZeroRange or (KeepSize | ZeroRange)))
        {
            return Errno.EOPNOTSUPP;
        }

        if (offset > long.MaxValue - length)
        {
            return Errno.EFBIG;
        }

        var seals = file.Seals ?? 0;
        var grows = (a.A1 & KeepSize) == 0 && offset + length > file.Size;
        if ((seals & FileSeals.Write) != 0 || (grows && (seals & FileSeals.Grow) != 0))
        {
            return Errno.EPERM;
        }

        file.TouchContent();
        var before = file.Size;
        SharedFiles.WriteBack(process, file, offset, length);
        var error = (a.A1 & (PunchHole | ZeroRange)) != 0
            ? file.Content.Punch(offset, length)
            : file.Content.Allocate(offset, length);
        error = error == Errno.None && grows ? file.Content.SetLength(offset + length) : error;
        SharedFiles.RefreshLength(process, file, before);
        SharedFiles.Refresh(process, file, offset, length);
        return error;
    }
}
