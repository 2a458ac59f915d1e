using Vee.Machines.State;

namespace Vee.Machines.Linux.Files;

/// <summary>The type bits of st_mode (S_IFMT).</summary>
internal enum FileType : uint
{
    Invalid = 0,
    Fifo = 0x1000,
    CharacterDevice = 0x2000,
    Directory = 0x4000,
    BlockDevice = 0x6000,
    Regular = 0x8000,
    SymbolicLink = 0xa000,
    Socket = 0xc000,
    Mask = 0xf000,
}

/// <summary>
/// A file apart from its names: it lives while a directory entry or an open description refers to it.
/// </summary>
internal abstract class Inode
{
    /// <summary>The bits of a mode that chmod changes.</summary>
    internal const uint PermissionMask = 0xfff;

    /// <summary>Links to one file at most (tmpfs has no own limit; ext4's is this).</summary>
    internal const int LinksMax = 65000;

    private protected Inode(FileSystem fileSystem, long number, uint permissions)
    {
        FileSystem = fileSystem;
        Number = number;
        Permissions = permissions & PermissionMask;
        AccessTime = ModifyTime = ChangeTime = BirthTime = fileSystem.Now;
    }

    /// <summary>st_ino: unique in the machine and never reused.</summary>
    internal long Number { get; }

    internal abstract FileType Type { get; }

    /// <summary>Names the class in a saved machine.</summary>
    internal abstract string StateKind { get; }

    /// <summary>Permission, set-id and sticky bits.</summary>
    internal uint Permissions { get; set; }

    internal uint User { get; set; }

    internal uint Group { get; set; }

    /// <summary>Directory entries that refer to it; for a directory also its own "." and its children's "..".</summary>
    internal int LinkCount { get; set; }

    /// <summary>Open descriptions, working directories and calls that keep it alive without a name.</summary>
    internal int OpenCount { get; private set; }

    /// <summary>Nanoseconds since 1970, as all times of an inode.</summary>
    internal long AccessTime { get; set; }

    internal long ModifyTime { get; set; }

    internal long ChangeTime { get; set; }

    internal long BirthTime { get; private set; }

    /// <summary>st_mode.</summary>
    internal uint Mode => (uint)Type | Permissions;

    internal virtual long Size => 0;

    /// <summary>Bytes that the content takes from the file system's limit.</summary>
    internal virtual long AllocatedBytes => 0;

    /// <summary>st_rdev: what a device node stands for.</summary>
    internal virtual ulong Device => 0;

    /// <summary>st_dev: equal for files that can be linked and renamed among each other.</summary>
    internal virtual ulong FileSystemDevice => FileSystem.StoredDevice;

    /// <summary>Whether the inode is in the file system's table, so that a saved machine holds it.</summary>
    internal virtual bool IsStored => true;

    internal FileSystem FileSystem { get; }

    /// <summary>Keeps the inode alive for one more user.</summary>
    internal void Open() => OpenCount++;

    /// <summary>Ends what <see cref="Open"/> began.</summary>
    internal void Release()
    {
        OpenCount--;
        FileSystem.ForgetIfUnused(this);
    }

    /// <summary>Notes a change of the inode itself (mode, owner, links).</summary>
    internal void Touch() => ChangeTime = FileSystem.Now;

    /// <summary>Notes a change of the content.</summary>
    internal void TouchContent() => ModifyTime = ChangeTime = FileSystem.Now;

    /// <summary>The last user is gone: the content's bytes return to the file system.</summary>
    internal virtual void Free()
    {
    }

    /// <summary>Writes what every inode has, then what its kind adds.</summary>
    internal void Save(StateWriter state)
    {
        state.Text("kind", StateKind);
        state.Int64("number", Number);
        state.UInt64("permissions", Permissions);
        state.UInt64("user", User);
        state.UInt64("group", Group);
        state.Int64("links", LinkCount);
        state.Int64("accessTime", AccessTime);
        state.Int64("modifyTime", ModifyTime);
        state.Int64("changeTime", ChangeTime);
        state.Int64("birthTime", BirthTime);
        SaveContent(state);
    }

    /// <summary>Reads what every inode has after its kind and number.</summary>
    internal void Restore(StateReader state)
    {
        Permissions = (uint)state.UInt64("permissions", PermissionMask);
        User = (uint)state.UInt64("user", uint.MaxValue);
        Group = (uint)state.UInt64("group", uint.MaxValue);
        LinkCount = state.Int32("links", 0);
        AccessTime = state.Int64("accessTime");
        ModifyTime = state.Int64("modifyTime");
        ChangeTime = state.Int64("changeTime");
        BirthTime = state.Int64("birthTime");
        RestoreContent(state);
    }

    private protected virtual void SaveContent(StateWriter state)
    {
    }

    private protected virtual void RestoreContent(StateReader state)
    {
    }
}
