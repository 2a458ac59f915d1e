using Vee.Machines.Linux.Threads;

namespace Vee.Machines.Linux.Files;

/// <summary>Making, removing and moving names.</summary>
internal static class NameCalls
{
    internal static readonly Syscall[] Table =
    [
        new(33, "mknodat", MakeNode, [ArgumentKind.File, ArgumentKind.Path, ArgumentKind.Bits, ArgumentKind.Bits]),
        new(34, "mkdirat", MakeDirectory, [ArgumentKind.File, ArgumentKind.Path, ArgumentKind.Bits]),
        new(35, "unlinkat", Unlink, [ArgumentKind.File, ArgumentKind.Path, ArgumentKind.Bits]),
        new(36, "symlinkat", MakeLink, [ArgumentKind.Path, ArgumentKind.File, ArgumentKind.Path]),
        new(37, "linkat", HardLink,
            [ArgumentKind.File, ArgumentKind.Path, ArgumentKind.File, ArgumentKind.Path, ArgumentKind.Bits]),
        new(38, "renameat", Rename, [ArgumentKind.File, ArgumentKind.Path, ArgumentKind.File, ArgumentKind.Path]),
        new(276, "renameat2", RenameWithFlags,
            [ArgumentKind.File, ArgumentKind.Path, ArgumentKind.File, ArgumentKind.Path, ArgumentKind.Bits]),
    ];

    private static SyscallResult MakeNode(Process process, GuestThread thread, in SyscallArguments a)
    {
        var type = (FileType)a.A2 & FileType.Mask;
        var error = FileArguments.TryReadPath(process, a.A0, a.A1, out var start, out var path);
        if (error != Errno.None)
        {
            return error;
        }

        return type switch
        {
            0 or FileType.Regular or FileType.Fifo or FileType.Socket or FileType.CharacterDevice
                or FileType.BlockDevice
                => process.FileSystem.MakeNode(start, path, type, (uint)a.A2, (uint)a.A3),
            FileType.Directory => Errno.EPERM,
            _ => Errno.EINVAL,
        };
    }

    private static SyscallResult MakeDirectory(Process process, GuestThread thread, in SyscallArguments a)
    {
        var error = FileArguments.TryReadPath(process, a.A0, a.A1, out var start, out var path);
        return error != Errno.None ? error : process.FileSystem.MakeDirectory(start, path, (uint)a.A2);
    }

    private static SyscallResult Unlink(Process process, GuestThread thread, in SyscallArguments a)
    {
        if ((a.A2 & ~(ulong)FileArguments.RemoveDirectory) != 0)
        {
            return Errno.EINVAL;
        }

        var error = FileArguments.TryReadPath(process, a.A0, a.A1, out var start, out var path);
        return error != Errno.None ? error
            : a.A2 != 0 ? process.FileSystem.RemoveDirectory(start, path)
            : process.FileSystem.Unlink(start, path);
    }

    private static SyscallResult MakeLink(Process process, GuestThread thread, in SyscallArguments a)
    {
        var error = process.User.TryReadText(a.A0, out var target);
        if (error != Errno.None)
        {
            return error;
        }

        error = FileArguments.TryReadPath(process, a.A1, a.A2, out var start, out var path);
        return error != Errno.None ? error : process.FileSystem.MakeLink(start, path, target);
    }

    private static SyscallResult HardLink(Process process, GuestThread thread, in SyscallArguments a)
    {
        if ((a.A4 & ~(ulong)(FileArguments.FollowLinks | FileArguments.EmptyPath)) != 0)
        {
            return Errno.EINVAL;
        }

        var follow = (a.A4 & FileArguments.FollowLinks) != 0;
        var error = FileArguments.TryFind(process, a.A0, a.A1, (uint)a.A4, follow, out var inode, out _);
        if (error != Errno.None)
        {
            return error;
        }

        error = FileArguments.TryReadPath(process, a.A2, a.A3, out var start, out var path);
        return error != Errno.None ? error
            : inode is null ? Errno.EXDEV
            : inode is { LinkCount: 0 } and not RegularFile ? Errno.ENOENT
            : process.FileSystem.HardLink(inode, start, path);
    }

    private static SyscallResult Rename(Process process, GuestThread thread, in SyscallArguments a) =>
        Rename(process, a, RenameFlags.None);

    private static SyscallResult RenameWithFlags(Process process, GuestThread thread, in SyscallArguments a) =>
        a.A4 is 0 or 1 or 2 ? Rename(process, a, (RenameFlags)a.A4) : Errno.EINVAL;

    private static SyscallResult Rename(Process process, in SyscallArguments a, RenameFlags flags)
    {
        var error = FileArguments.TryReadPath(process, a.A0, a.A1, out var oldStart, out var oldPath);
        if (error != Errno.None)
        {
            return error;
        }

        error = FileArguments.TryReadPath(process, a.A2, a.A3, out var newStart, out var newPath);
        return error != Errno.None
            ? error
            : process.FileSystem.Rename(oldStart, oldPath, newStart, newPath, flags);
    }
}
