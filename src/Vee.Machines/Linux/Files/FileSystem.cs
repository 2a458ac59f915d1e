using Vee.Machines.Linux.Files.Generated;

namespace Vee.Machines.Linux.Files;

/// <summary>
/// The files of a machine: inodes in memory, over a host directory or not, and the path resolution, names and limits
/// that system calls work with. Paths are Latin-1 strings: one character per byte, whatever the guest's encoding.
/// </summary>
internal sealed partial class FileSystem
{
    /// <summary>NAME_MAX.</summary>
    internal const int NameBytesMax = 255;

    /// <summary>Inodes at most: one more is refused with ENOSPC.</summary>
    internal const int InodesMax = 1 << 20;

    /// <summary>Chunks of content at most, whatever limit is configured: 64 GiB.</summary>
    internal const int ChunksMax = 1 << 24;

    /// <summary>st_dev of stored inodes, of /proc and of /sys.</summary>
    internal const ulong StoredDevice = 1;

    internal const ulong ProcDevice = 2;

    internal const ulong SysDevice = 3;

    private readonly Process process;
    private readonly SortedDictionary<long, Inode> inodes = [];
    private readonly ConsoleNode[] consoles;
    private long lastNumber;

    internal FileSystem(Process process)
    {
        this.process = process;
        Cache = new PageCache(process);
        Host = process.Options.RootDirectory;
        BytesMax = process.Options.FileBytesMax;
        GeneratedFiles = new GeneratedTree(process, this);
        Root = new StoredDirectory(this, ++lastNumber, 0x1ed);
        inodes.Add(Root.Number, Root);
        WorkingDirectory = Root;
        WorkingDirectory.Open();
        consoles = [new(this, process, 0), new(this, process, 1), new(this, process, 2)];
        InitialTree.Build(this, process);
    }

    internal StoredDirectory Root { get; private set; }

    /// <summary>Where relative paths start; kept alive by <see cref="ChangeDirectory"/>.</summary>
    internal DirectoryNode WorkingDirectory { get; private set; }

    /// <summary>Permission bits that new files do not get.</summary>
    internal uint Umask { get; set; } = 0x12;

    /// <summary>The lower layer of the root, or null.</summary>
    internal IHostDirectory? Host { get; }

    /// <summary>/proc and /sys.</summary>
    internal GeneratedTree GeneratedFiles { get; }

    /// <summary>What the guest has set its terminal to.</summary>
    internal TerminalSettings Terminal { get; } = new();

    /// <summary>What the machine has in memory of what is on its disk.</summary>
    internal PageCache Cache { get; }

    /// <summary>Bytes of content at most.</summary>
    internal long BytesMax { get; }

    internal long UsedBytes { get; private set; }

    internal int InodeCount => inodes.Count;

    /// <summary>The time that files are stamped with.</summary>
    internal long Now => process.Clock.Realtime;

    /// <summary>Takes bytes from the limit.</summary>
    /// <returns>False when that many are not left.</returns>
    internal bool TryCharge(long bytes)
    {
        if (bytes > BytesMax - UsedBytes)
        {
            return false;
        }

        UsedBytes += bytes;
        return true;
    }

    /// <summary>Gives bytes back to the limit.</summary>
    internal void Refund(long bytes) => UsedBytes -= bytes;

    /// <summary>Finds a stored inode.</summary>
    internal Inode? FindInode(long number) => inodes.GetValueOrDefault(number);

    internal void ChangeDirectory(DirectoryNode directory)
    {
        directory.Open();
        WorkingDirectory.Release();
        WorkingDirectory = directory;
    }

    /// <summary>Drops an inode that no name and no user keeps.</summary>
    internal void ForgetIfUnused(Inode inode)
    {
        if (inode is { LinkCount: 0, OpenCount: 0, IsStored: true } && inodes.Remove(inode.Number))
        {
            inode.Free();
        }
    }

    /// <summary>A file without a name, for memfd_create and O_TMPFILE; null when there are too many inodes.</summary>
    internal RegularFile? TryCreateFile(uint permissions) =>
        TryAdd(number => new RegularFile(this, number, permissions));

    /// <summary>A pipe without a name; null when there are too many inodes.</summary>
    internal Fifo? TryCreateFifo(uint permissions) => TryAdd(number => new Fifo(this, number, permissions));

    /// <summary>The inode behind a standard stream.</summary>
    internal ConsoleNode ConsoleNode(int stream) => consoles[stream];

    private T? TryAdd<T>(Func<long, T> create)
        where T : Inode
    {
        if (inodes.Count >= InodesMax)
        {
            return null;
        }

        var inode = create(++lastNumber);
        inodes.Add(inode.Number, inode);
        return inode;
    }
}
