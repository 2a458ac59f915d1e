using Vee.Machines.State;

namespace Vee.Machines.Linux.Files;

/// <summary>A file with bytes; one without a name is what memfd_create and O_TMPFILE make.</summary>
internal sealed class RegularFile : Inode
{
    internal const string Kind = "file";

    internal RegularFile(FileSystem fileSystem, long number, uint permissions)
        : base(fileSystem, number, permissions) =>
        Content = new FileContent(fileSystem, fileSystem.Cache.Add(number));

    internal override FileType Type => FileType.Regular;

    internal override string StateKind => Kind;

    internal override long Size => Content.Length;

    internal override long AllocatedBytes => Content.AllocatedBytes;

    internal FileContent Content { get; }

    /// <summary>F_ADD_SEALS's bits; null for a file that cannot be sealed.</summary>
    internal uint? Seals { get; set; }

    internal override void Free() => Content.Free();

    private protected override void SaveContent(StateWriter state)
    {
        state.Boolean("sealable", Seals.HasValue);
        state.UInt64("seals", Seals ?? 0);
        Content.Save(state);
    }

    private protected override void RestoreContent(StateReader state)
    {
        var sealable = state.Boolean("sealable");
        var seals = (uint)state.UInt64("seals", FileSeals.All);
        Seals = sealable ? seals : null;
        Content.Restore(state);
    }
}

/// <summary>Bits of F_ADD_SEALS (linux/fcntl.h).</summary>
internal static class FileSeals
{
    internal const uint Seal = 1;
    internal const uint Shrink = 2;
    internal const uint Grow = 4;
    internal const uint Write = 8;
    internal const uint FutureWrite = 0x10;
    internal const uint All = 0x1f;
}

/// <summary>Something that path resolution continues elsewhere from.</summary>
internal abstract class LinkNode : Inode
{
    private protected LinkNode(FileSystem fileSystem, long number)
        : base(fileSystem, number, 0x1ff)
    {
    }

    internal override FileType Type => FileType.SymbolicLink;

    /// <summary>What readlink returns.</summary>
    internal abstract string Target { get; }

    /// <summary>Where a magic link leads whatever its text says (/proc/self/fd); null for an ordinary link.</summary>
    internal virtual Inode? Destination => null;

    internal override long Size => Target.Length;
}

/// <summary>A symbolic link.</summary>
internal sealed class SymbolicLink(FileSystem fileSystem, long number, string target) : LinkNode(fileSystem, number)
{
    internal const string Kind = "link";

    private string target = target;

    internal override string StateKind => Kind;

    internal override string Target => target;

    private protected override void SaveContent(StateWriter state) => state.Text("target", target);

    private protected override void RestoreContent(StateReader state) =>
        target = state.Text("target", 2 * UserMemory.PathBytesMax);
}

/// <summary>A device by its number; what it does is decided when it is opened.</summary>
internal sealed class DeviceNode(FileSystem fileSystem, long number, uint permissions, bool isBlock, ulong device)
    : Inode(fileSystem, number, permissions)
{
    internal const string Kind = "device";

    private bool isBlock = isBlock;
    private ulong device = device;

    internal override FileType Type => isBlock ? FileType.BlockDevice : FileType.CharacterDevice;

    internal override string StateKind => Kind;

    internal override ulong Device => device;

    private protected override void SaveContent(StateWriter state)
    {
        state.Boolean("block", isBlock);
        state.UInt64("device", device);
    }

    private protected override void RestoreContent(StateReader state)
    {
        isBlock = state.Boolean("block");
        device = state.UInt64("device", uint.MaxValue);
    }
}

/// <summary>The name of a bound AF_UNIX socket. Which socket is bound to it is the sockets' business.</summary>
internal sealed class SocketNode(FileSystem fileSystem, long number, uint permissions)
    : Inode(fileSystem, number, permissions)
{
    internal const string Kind = "socket";

    internal override FileType Type => FileType.Socket;

    internal override string StateKind => Kind;

    /// <summary>The id of the bound open file; 0 when nothing listens any more, so that connect gets
    /// ECONNREFUSED.</summary>
    internal long BoundFile { get; set; }

    private protected override void SaveContent(StateWriter state) => state.Int64("boundFile", BoundFile);

    private protected override void RestoreContent(StateReader state) => BoundFile = state.Int64("boundFile", 0);
}
