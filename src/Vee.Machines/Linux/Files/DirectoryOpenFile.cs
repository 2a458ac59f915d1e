using Vee.Machines.State;

namespace Vee.Machines.Linux.Files;

/// <summary>An open directory; its position is that of the next entry.</summary>
internal sealed class DirectoryOpenFile(Process process, DirectoryNode directory, string path)
    : InodeFile(process, directory, path)
{
    internal const string Kind = "directory";

    private long position;

    internal override bool IsSeekable => true;

    internal override bool SupportsEpoll => false;

    internal override string StateKind => Kind;

    internal DirectoryNode Directory { get; } = directory;

    internal override SyscallResult Read(Span<byte> destination) => Errno.EISDIR;

    internal override SyscallResult ReadAt(Span<byte> destination, long offset) => Errno.EISDIR;

    internal override SyscallResult Seek(long offset, int whence) =>
        Seeking.Move(ref position, offset, whence, long.MaxValue);

    /// <summary>The entry at the position, "." and ".." first; <see cref="Advance"/> goes to the next.</summary>
    internal bool TryGetEntry(out DirectoryEntry entry)
    {
        if (Directory.IsRemoved)
        {
            entry = default;
            return false;
        }

        entry = position switch
        {
            0 => new DirectoryEntry(".", Directory, 1),
            1 => new DirectoryEntry("..", Directory.Parent, DirectoryNode.FirstPosition),
            _ => default,
        };
        return position < DirectoryNode.FirstPosition || Directory.TryGetEntry(position, out entry);
    }

    /// <summary>Goes to the entry after one that was returned.</summary>
    internal void Advance(in DirectoryEntry entry) => position = entry.Next;

    internal override void Save(StateWriter state)
    {
        base.Save(state);
        state.Int64("position", position);
    }

    internal static OpenFile Restore(Process process, StateReader state)
    {
        var (inode, path) = ReadReference(process, state);
        return inode is DirectoryNode directory
            ? new DirectoryOpenFile(process, directory, path) { position = state.Int64("position", 0) }
            : throw state.Refuse("inode", "not a directory");
    }
}

/// <summary>What O_PATH opens: a place in the file system that can be stat'ed and started from, not read.</summary>
internal sealed class PathOnlyFile(Process process, Inode inode, string path) : InodeFile(process, inode, path)
{
    internal const string Kind = "path";

    internal override string StateKind => Kind;

    internal override SyscallResult Read(Span<byte> destination) => Errno.EBADF;

    internal override SyscallResult Write(ReadOnlySpan<byte> source) => Errno.EBADF;

    internal override PollEvents Poll() => PollEvents.Invalid;

    internal static OpenFile Restore(Process process, StateReader state)
    {
        var (inode, path) = ReadReference(process, state);
        return new PathOnlyFile(process, inode, path);
    }
}
