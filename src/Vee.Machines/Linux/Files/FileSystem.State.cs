using Vee.Machines.State;

namespace Vee.Machines.Linux.Files;

// The lower layer, and saving and restoring.
internal sealed partial class FileSystem
{
    private const uint StateVersion = 2;

    /// <summary>Makes the inode of a host entry that is seen for the first time; null when there are too
    /// many.</summary>
    internal Inode? TryAddHostEntry(string path, in HostEntry entry)
    {
        var found = entry;
        Inode? inode;
        switch (entry.Type)
        {
            case HostEntryType.File:
                var file = TryCreateFile(found.Permissions);
                file?.Content.SetLower(new HostFile(path, Math.Max(0, found.Size), found.ModifyTime));
                inode = file;
                break;
            case HostEntryType.Directory:
                var directory = TryAdd(number => new StoredDirectory(this, number, found.Permissions));
                directory?.SetLower(path);
                inode = directory;
                break;
            case HostEntryType.SymbolicLink
                when Host?.ReadLink(path) is { Length: > 0 and < UserMemory.PathBytesMax } target:
                inode = TryAdd(number => new SymbolicLink(this, number, target));
                break;
            default:
                return null;
        }

        if (inode is not null)
        {
            inode.AccessTime = inode.ModifyTime = inode.ChangeTime = entry.ModifyTime;
            inode.LinkCount = inode is DirectoryNode ? 2 : 1;
        }

        return inode;
    }

    /// <summary>Puts a generated tree into the root.</summary>
    internal void Mount(string path) => Root.Add(path[1..], GeneratedFiles.Find(path)!);

    internal void Save(StateWriter state) => state.Section("fileSystem", StateVersion, writer =>
    {
        writer.Int64("lastNumber", lastNumber);
        writer.Int64("root", Root.Number);
        writer.UInt64("umask", Umask);
        Terminal.Save(writer);
        writer.List("inodes", inodes.Values, (item, inode) => inode.Save(item));
        var directories = inodes.Values.OfType<StoredDirectory>().ToArray();
        writer.List("parents", directories, (item, directory) => InodeReference.Save(item, "parent", directory.Parent));
        writer.List("directories", directories, (item, directory) => directory.SaveEntries(item));
        InodeReference.Save(writer, "workingDirectory", WorkingDirectory);
        Cache.Save(writer);
    });

    /// <summary>Replaces everything by what a state holds; open descriptions follow in the file table's
    /// section.</summary>
    internal void Restore(StateReader state) => state.Section("fileSystem", StateVersion, reader =>
    {
        Clear();
        lastNumber = reader.Int64("lastNumber", 1, long.MaxValue - InodesMax);
        var root = reader.Int64("root", 1, lastNumber);
        Umask = (uint)reader.UInt64("umask", 0x1ff);
        Terminal.Restore(reader);
        reader.List("inodes", InodesMax, (item, _) => RestoreInode(item));
        var directories = inodes.Values.OfType<StoredDirectory>().ToArray();
        Root = FindInode(root) as StoredDirectory ?? throw reader.Refuse("root", "not a directory");
        RestoreTree(reader, directories);
        WorkingDirectory = InodeReference.Restore(reader, "workingDirectory", this) as DirectoryNode
            ?? throw reader.Refuse("workingDirectory", "not a directory");
        WorkingDirectory.Open();
        Cache.Restore(reader);
    });

    /// <summary>Drops inodes that nothing refers to once every description is restored.</summary>
    internal void CompleteRestore()
    {
        foreach (var inode in inodes.Values.ToArray())
        {
            ForgetIfUnused(inode);
        }
    }

    private void Clear()
    {
        foreach (var inode in inodes.Values)
        {
            inode.Free();
        }

        inodes.Clear();
        UsedBytes = 0;
    }

    private void RestoreInode(StateReader state)
    {
        var kind = state.Text("kind", 16);
        var number = state.Int64("number", 1, lastNumber);
        if (inodes.ContainsKey(number))
        {
            throw state.Refuse("number", $"inode {number} occurs twice");
        }

        Inode inode = kind switch
        {
            RegularFile.Kind => new RegularFile(this, number, 0),
            StoredDirectory.Kind => new StoredDirectory(this, number, 0),
            SymbolicLink.Kind => new SymbolicLink(this, number, ""),
            Fifo.Kind => new Fifo(this, number, 0),
            DeviceNode.Kind => new DeviceNode(this, number, 0, false, 0),
            SocketNode.Kind => new SocketNode(this, number, 0),
            _ => throw state.Refuse("kind", $"'{kind}' is no kind of inode"),
        };
        inode.Restore(state);
        inodes.Add(number, inode);
    }

    private void RestoreTree(StateReader state, StoredDirectory[] directories)
    {
        state.List("parents", directories.Length, (reader, index) => directories[index].RestoreParent(
            InodeReference.Restore(reader, "parent", this) as StoredDirectory
                ?? throw reader.Refuse("parent", "not a stored directory")));
        CheckAcyclic(state, directories);
        var links = new Dictionary<Inode, int>();
        var count = 0;
        state.List("directories", directories.Length, (reader, index) =>
        {
            count++;
            directories[index].RestoreEntries(reader, links);
        });
        if (count != directories.Length)
        {
            throw state.Refuse("directories", $"{count} of {directories.Length}");
        }

        foreach (var inode in inodes.Values)
        {
            var expected = links.GetValueOrDefault(inode) + (inode == Root ? 2 : 0);
            if (inode.LinkCount != expected)
            {
                throw state.Refuse("inodes", $"inode {inode.Number} counts {inode.LinkCount} links and has {expected}");
            }
        }
    }

    private void CheckAcyclic(StateReader state, StoredDirectory[] directories)
    {
        // Every directory either leads to the root or to one that was removed; both end the walk.
        var known = new HashSet<DirectoryNode> { Root };
        if (Root.Parent != Root)
        {
            throw state.Refuse("parents", "the root has a parent");
        }

        var trail = new HashSet<DirectoryNode>();
        foreach (var directory in directories)
        {
            trail.Clear();
            for (DirectoryNode node = directory; !known.Contains(node); node = node.Parent)
            {
                if (!trail.Add(node))
                {
                    throw state.Refuse("parents", $"directory {directory.Number} is its own ancestor");
                }
            }

            known.UnionWith(trail);
        }
    }
}
