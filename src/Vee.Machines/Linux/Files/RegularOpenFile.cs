using Vee.Machines.Linux.Mappings;
using Vee.Machines.State;

namespace Vee.Machines.Linux.Files;

/// <summary>An open regular file.</summary>
internal sealed class RegularOpenFile(Process process, RegularFile file, string path) : InodeFile(process, file, path)
{
    internal const string Kind = "file";

    private const int SeekData = 3;
    private const int SeekHole = 4;

    private long position;

    internal override bool IsSeekable => true;

    internal override bool IsMappable => true;

    internal override long Length => File.Size;

    internal override bool SupportsEpoll => false;

    internal override string StateKind => Kind;

    internal RegularFile File { get; } = file;

    /// <summary>Where the next read begins.</summary>
    internal long ReadPosition => position;

    /// <summary>Where the next write begins.</summary>
    internal long WritePosition => IsAppending ? File.Size : position;

    /// <summary>Whether every write goes to the end.</summary>
    internal bool IsAppending => (Flags & OpenFlags.Append) != 0;

    /// <summary>Whether reads and writes go past the page cache.</summary>
    internal bool IsDirect => (Flags & OpenFlags.Direct) != 0;

    /// <summary>Whether a write returns only when the disk has it.</summary>
    internal bool IsSynchronous => (Flags & (OpenFlags.DataSync | OpenFlags.Direct)) != 0;

    internal override SyscallResult Read(Span<byte> destination)
    {
        var result = ReadAt(destination, position);
        position += Math.Max(0, result.Raw);
        return result;
    }

    internal override SyscallResult Write(ReadOnlySpan<byte> source)
    {
        var offset = WritePosition;
        var result = WriteAt(source, offset);
        if (!result.IsError)
        {
            position = offset + result.Raw;
        }

        return result;
    }

    internal override SyscallResult ReadAt(Span<byte> destination, long offset)
    {
        if (offset < 0)
        {
            return Errno.EINVAL;
        }

        // relatime: the access time only has to tell whether the file was read since it was last written.
        if ((Flags & OpenFlags.NoAccessTime) == 0 && File.AccessTime <= File.ModifyTime)
        {
            File.AccessTime = File.FileSystem.Now;
        }

        SharedFiles.WriteBack(Process, File, offset, destination.Length);
        return File.Content.Read(offset, destination);
    }

    internal override SyscallResult WriteAt(ReadOnlySpan<byte> source, long offset)
    {
        // pwrite on an O_APPEND file appends too (pwrite(2), "BUGS").
        offset = IsAppending ? File.Size : offset;
        if (offset < 0)
        {
            return Errno.EINVAL;
        }

        var seals = File.Seals ?? 0;
        if ((seals & (FileSeals.Write | FileSeals.FutureWrite)) != 0)
        {
            return Errno.EPERM;
        }

        if (source.IsEmpty)
        {
            return 0;
        }

        if (offset > long.MaxValue - source.Length)
        {
            return Errno.EFBIG;
        }

        if ((seals & FileSeals.Grow) != 0 && offset + source.Length > File.Size)
        {
            return Errno.EPERM;
        }

        File.TouchContent();
        SharedFiles.WriteBack(Process, File, offset, source.Length);
        var before = File.Size;
        var written = File.Content.Write(offset, source);
        SharedFiles.RefreshLength(Process, File, before);
        SharedFiles.Refresh(Process, File, offset, written.Raw);
        return written;
    }

    internal override SyscallResult Seek(long offset, int whence)
    {
        if (whence is SeekData or SeekHole)
        {
            var found = offset < 0 ? -1
                : whence == SeekData ? File.Content.FindData(offset) : File.Content.FindHole(offset);
            if (found < 0)
            {
                return Errno.ENXIO;
            }

            return position = found;
        }

        return Seeking.Move(ref position, offset, whence, File.Size);
    }

    internal override SyscallResult Control(ulong request, ulong argument, UserMemory user) =>
        request == IoctlRequests.BytesReadable
            ? user.TryWriteUInt32(argument, (uint)Math.Clamp(File.Size - position, 0, int.MaxValue)) ? 0 : Errno.EFAULT
            : Errno.ENOTTY;

    internal override void Save(StateWriter state)
    {
        base.Save(state);
        state.Int64("position", position);
    }

    internal static OpenFile Restore(Process process, StateReader state)
    {
        var (inode, path) = ReadReference(process, state);
        return inode is RegularFile file
            ? new RegularOpenFile(process, file, path) { position = state.Int64("position", 0) }
            : throw state.Refuse("inode", "not a regular file");
    }
}

/// <summary>lseek's arithmetic.</summary>
internal static class Seeking
{
    private const int FromStart = 0;
    private const int FromPosition = 1;
    private const int FromEnd = 2;

    /// <summary>Moves a position; EINVAL for an unknown origin or a result below zero or beyond 2^63 - 1.</summary>
    internal static SyscallResult Move(ref long position, long offset, int whence, long size)
    {
        var origin = whence switch { FromStart => 0, FromPosition => position, FromEnd => size, _ => -1 };
        if (origin < 0)
        {
            return Errno.EINVAL;
        }

        var moved = origin + offset;
        if (moved < 0)
        {
            return offset > 0 ? Errno.EOVERFLOW : Errno.EINVAL;
        }

        return position = moved;
    }
}
