using Vee.Machines.State;

namespace Vee.Machines.Linux.Files;

/// <summary>One name in a directory.</summary>
/// <param name="Name">The name.</param>
/// <param name="Inode">What it refers to.</param>
/// <param name="Next">The position after it; getdents64's d_off.</param>
internal readonly record struct DirectoryEntry(string Name, Inode Inode, long Next);

/// <summary>A directory, stored or generated.</summary>
internal abstract class DirectoryNode : Inode
{
    /// <summary>The first position after "." and "..".</summary>
    internal const long FirstPosition = 2;

    private protected DirectoryNode(FileSystem fileSystem, long number, uint permissions)
        : base(fileSystem, number, permissions)
    {
    }

    internal sealed override FileType Type => FileType.Directory;

    /// <summary>The directory that ".." is; the root is its own.</summary>
    internal abstract DirectoryNode Parent { get; }

    /// <summary>Its name in <see cref="Parent"/>; empty for the root.</summary>
    internal abstract string Name { get; }

    /// <summary>Whether it was removed while it was open: nothing can be made in it.</summary>
    internal bool IsRemoved => LinkCount == 0;

    /// <summary>The absolute path; cut at its start when it is longer than any path may be.</summary>
    internal string Path
    {
        get
        {
            var names = new List<string>();
            var length = 0;
            DirectoryNode node = this;
            for (; node.Parent != node && length < UserMemory.PathBytesMax; node = node.Parent)
            {
                names.Add(node.Name);
                length += node.Name.Length + 1;
            }

            names.Reverse();
            return "/" + string.Join('/', names);
        }
    }

    /// <summary>Looks a name up; "." and ".." are not names.</summary>
    internal abstract Inode? Find(string name);

    /// <summary>The first entry at or after a position.</summary>
    internal abstract bool TryGetEntry(long position, out DirectoryEntry entry);
}

/// <summary>A directory in the file system's own memory, laid over a host directory or not.</summary>
internal sealed class StoredDirectory : DirectoryNode
{
    internal const string Kind = "directory";

    private readonly Dictionary<string, Slot> names = new(StringComparer.Ordinal);
    private readonly List<(long Position, string? Name)> order = [];
    private long nextPosition = FirstPosition;
    private string? unreadHostPath;
    private DirectoryNode? parent;
    private string ownName = "";

    internal StoredDirectory(FileSystem fileSystem, long number, uint permissions)
        : base(fileSystem, number, permissions) => LinkCount = 2;

    private readonly record struct Slot(Inode Inode, long Position);

    internal override string StateKind => Kind;

    // A constant: the size must not make a look at the directory read the host's.
    internal override long Size => FileContent.ChunkBytes;

    internal override DirectoryNode Parent => parent ?? this;

    internal override string Name => ownName;

    /// <summary>Entries, without "." and "..".</summary>
    internal int Count
    {
        get
        {
            ReadHost();
            return names.Count;
        }
    }

    /// <summary>The host directory under this one whose entries have not been looked at yet.</summary>
    internal void SetLower(string hostPath) => unreadHostPath = hostPath;

    /// <summary>Says where the directory hangs; rename moves it.</summary>
    internal void SetParent(DirectoryNode newParent, string newName) => (parent, ownName) = (newParent, newName);

    internal override Inode? Find(string name)
    {
        ReadHost();
        return names.TryGetValue(name, out var slot) ? slot.Inode : null;
    }

    internal override bool TryGetEntry(long position, out DirectoryEntry entry)
    {
        ReadHost();
        for (var index = IndexOf(position); index < order.Count; index++)
        {
            if (order[index].Name is { } found)
            {
                entry = new DirectoryEntry(found, names[found].Inode, order[index].Position + 1);
                return true;
            }
        }

        entry = default;
        return false;
    }

    /// <summary>Adds a name that is not there and counts the link.</summary>
    internal void Add(string name, Inode inode)
    {
        ReadHost();
        Append(name, inode);
        TouchContent();
    }

    /// <summary>Removes a name and its link.</summary>
    internal void Remove(string name)
    {
        var slot = names[name];
        names.Remove(name);
        order[IndexOf(slot.Position)] = (slot.Position, null);
        if (slot.Inode is DirectoryNode)
        {
            LinkCount--;
        }

        if (order.Count > 16 && names.Count < order.Count / 2)
        {
            // Positions are kept, so that readers of the directory go on where they were.
            order.RemoveAll(entry => entry.Name is null);
        }

        TouchContent();
    }

    internal void SaveEntries(StateWriter state)
    {
        state.Int64("directory", Number);
        state.List("entries", [.. order.Where(entry => entry.Name is not null)], (writer, entry) =>
        {
            writer.Text("name", entry.Name!);
            writer.Int64("position", entry.Position);
            InodeReference.Save(writer, "inode", names[entry.Name!].Inode);
        });
    }

    /// <summary>Reads the entries and counts the links that they are.</summary>
    internal void RestoreEntries(StateReader state, Dictionary<Inode, int> links)
    {
        if (state.Int64("directory") != Number)
        {
            throw state.Refuse("directory", "out of order");
        }

        var previous = FirstPosition - 1;
        state.List("entries", FileSystem.InodesMax, (reader, _) =>
        {
            var entryName = reader.Text("name", 2 * FileSystem.NameBytesMax);
            if (entryName.Length is 0 or > FileSystem.NameBytesMax || entryName.Contains('/')
                || names.ContainsKey(entryName))
            {
                throw reader.Refuse("name", $"'{entryName}' cannot be a name here");
            }

            previous = reader.Int64("position", previous + 1, nextPosition - 1);
            var inode = InodeReference.Restore(reader, "inode", FileSystem);
            if (inode is StoredDirectory child && (child.Parent != this || child.Name != entryName))
            {
                throw reader.Refuse("inode", $"directory {inode.Number} hangs elsewhere");
            }

            CountLink(inode, links);
            names.Add(entryName, new Slot(inode, previous));
            order.Add((previous, entryName));
        });
    }

    private void CountLink(Inode inode, Dictionary<Inode, int> links)
    {
        // A directory's entry is worth two: its name and its own "."; and ".." is one more for this directory.
        links[inode] = links.GetValueOrDefault(inode) + (inode is DirectoryNode ? 2 : 1);
        if (inode is DirectoryNode)
        {
            links[this] = links.GetValueOrDefault(this) + 1;
        }
    }

    /// <summary>Where the state says that this directory hangs, before entries are read.</summary>
    internal void RestoreParent(DirectoryNode restored) => parent = restored;

    private void Append(string name, Inode inode)
    {
        names.Add(name, new Slot(inode, nextPosition));
        order.Add((nextPosition++, name));
        if (inode is StoredDirectory directory)
        {
            directory.SetParent(this, name);
        }

        if (inode is DirectoryNode)
        {
            LinkCount++;
        }
    }

    private int IndexOf(long position)
    {
        var low = 0;
        var high = order.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (order[middle].Position < position)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private void ReadHost()
    {
        if (unreadHostPath is not { } path)
        {
            return;
        }

        unreadHostPath = null;
        // Sorted, because inode numbers and the order of entries must not depend on the host's file system.
        var entries = FileSystem.Host?.List(path) ?? [];
        foreach (var entry in entries.OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            var usable = entry.Name.Length is > 0 and <= FileSystem.NameBytesMax && !entry.Name.Contains('/');
            if (usable && !names.ContainsKey(entry.Name)
                && FileSystem.TryAddHostEntry(path.Length == 0 ? entry.Name : $"{path}/{entry.Name}",
                    entry) is { } inode)
            {
                Append(entry.Name, inode);
            }
        }
    }

    private protected override void SaveContent(StateWriter state)
    {
        state.Boolean("hostUnread", unreadHostPath is not null);
        state.Text("hostPath", unreadHostPath ?? "");
        state.Text("name", ownName);
        state.Int64("nextPosition", nextPosition);
    }

    private protected override void RestoreContent(StateReader state)
    {
        var unread = state.Boolean("hostUnread");
        var path = state.Text("hostPath", 2 * UserMemory.PathBytesMax);
        unreadHostPath = unread ? path : null;
        if (unread && FileSystem.Host?.List(path) is null)
        {
            throw state.Refuse("hostPath", $"the root directory here has no directory '{path}'");
        }

        ownName = state.Text("name", 2 * FileSystem.NameBytesMax);
        nextPosition = state.Int64("nextPosition", FirstPosition, long.MaxValue - 1);
    }
}
