using System.Buffers.Binary;
using System.Text;
using Vee.Machines.Linux.Threads;

namespace Vee.Machines.Linux.Files;

/// <summary>Reading directories, and the working directory.</summary>
internal static class DirectoryCalls
{
    // struct linux_dirent64: inode, offset, length, type, name.
    private const int EntryHeadBytes = 19;
    private const int EntryBytesMax = (EntryHeadBytes + FileSystem.NameBytesMax + 8) & ~7;

    internal static readonly Syscall[] Table =
    [
        new(61, "getdents64", GetEntries, [ArgumentKind.File, ArgumentKind.Pointer, ArgumentKind.Size]),
        new(17, "getcwd", GetWorkingDirectory, [ArgumentKind.Pointer, ArgumentKind.Size]),
        new(49, "chdir", ChangeDirectory, [ArgumentKind.Path]),
        new(50, "fchdir", ChangeToFile, [ArgumentKind.File]),
        new(166, "umask", SetUmask, [ArgumentKind.Bits]),
    ];

    private static SyscallResult GetEntries(Process process, GuestThread thread, in SyscallArguments a)
    {
        if (!process.Files.TryGet((int)a.A0, out var file) || !file.CanRead)
        {
            return Errno.EBADF;
        }

        if (file is not DirectoryOpenFile directory)
        {
            return Errno.ENOTDIR;
        }

        if (directory.Directory.IsRemoved)
        {
            return Errno.ENOENT;
        }

        var room = (uint)a.A2;
        var done = 0u;
        Span<byte> record = stackalloc byte[EntryBytesMax];
        while (directory.TryGetEntry(out var entry))
        {
            var length = Format(entry, record);
            if (length > room - done)
            {
                return done > 0 ? done : Errno.EINVAL;
            }

            if (!process.User.TryWrite(a.A1 + done, record[..length]))
            {
                return done > 0 ? done : Errno.EFAULT;
            }

            directory.Advance(entry);
            done += (uint)length;
        }

        return done;
    }

    private static int Format(in DirectoryEntry entry, Span<byte> record)
    {
        const int TypeShift = 12;
        var length = (EntryHeadBytes + entry.Name.Length + 1 + 7) & ~7;
        record[..length].Clear();
        BinaryPrimitives.WriteInt64LittleEndian(record, entry.Inode.Number);
        BinaryPrimitives.WriteInt64LittleEndian(record[8..], entry.Next);
        BinaryPrimitives.WriteUInt16LittleEndian(record[16..], (ushort)length);
        record[18] = (byte)((uint)entry.Inode.Type >> TypeShift);
        Encoding.Latin1.GetBytes(entry.Name, record[EntryHeadBytes..]);
        return length;
    }

    private static SyscallResult GetWorkingDirectory(Process process, GuestThread thread, in SyscallArguments a)
    {
        var directory = process.FileSystem.WorkingDirectory;
        if (directory.IsRemoved)
        {
            return Errno.ENOENT;
        }

        var path = Encoding.Latin1.GetBytes(directory.Path + "\0");
        if (path.Length > UserMemory.PathBytesMax)
        {
            return Errno.ENAMETOOLONG;
        }

        return (ulong)path.Length > a.A1 ? Errno.ERANGE
            : process.User.TryWrite(a.A0, path) ? path.Length
            : Errno.EFAULT;
    }

    private static SyscallResult ChangeDirectory(Process process, GuestThread thread, in SyscallArguments a)
    {
        var error = process.User.TryReadText(a.A0, out var path);
        if (error != Errno.None)
        {
            return error;
        }

        var files = process.FileSystem;
        error = files.TryResolve(files.WorkingDirectory, path, WalkOptions.Follow, out var inode);
        return error != Errno.None ? error : Change(files, inode);
    }

    private static SyscallResult ChangeToFile(Process process, GuestThread thread, in SyscallArguments a) =>
        process.Files.TryGet((int)a.A0, out var file) ? Change(process.FileSystem, file.Inode) : Errno.EBADF;

    private static SyscallResult Change(FileSystem files, Inode? inode)
    {
        if (inode is not DirectoryNode directory)
        {
            return Errno.ENOTDIR;
        }

        files.ChangeDirectory(directory);
        return 0;
    }

    private static SyscallResult SetUmask(Process process, GuestThread thread, in SyscallArguments a)
    {
        var before = process.FileSystem.Umask;
        process.FileSystem.Umask = (uint)a.A0 & 0x1ff;
        return before;
    }
}
