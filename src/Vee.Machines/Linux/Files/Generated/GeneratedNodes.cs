namespace Vee.Machines.Linux.Files.Generated;

/// <summary>An inode that is made up from the state of the machine whenever it is looked up; its path is its
/// identity.</summary>
internal interface IGeneratedNode
{
    /// <summary>What <see cref="GeneratedTree.Restore"/> makes it from again.</summary>
    string Path { get; }
}

/// <summary>A directory of /proc or /sys.</summary>
internal sealed class GeneratedDirectory : DirectoryNode, IGeneratedNode
{
    private readonly GeneratedTree tree;

    internal GeneratedDirectory(GeneratedTree tree, FileSystem fileSystem, string path)
        : base(fileSystem, GeneratedTree.NumberOf(path), 0x16d)
    {
        this.tree = tree;
        Path = path;
        LinkCount = 2;
    }

    public new string Path { get; }

    internal override string StateKind => "generated";

    internal override bool IsStored => false;

    internal override ulong FileSystemDevice => GeneratedTree.DeviceOf(Path);

    internal override DirectoryNode Parent => tree.ParentOf(Path);

    internal override string Name => Path[(Path.LastIndexOf('/') + 1)..];

    internal override Inode? Find(string name) => tree.Find($"{Path}/{name}");

    internal override bool TryGetEntry(long position, out DirectoryEntry entry)
    {
        var names = tree.List(Path);
        for (var index = position - FirstPosition; index < names.Count; index++)
        {
            if (Find(names[(int)index]) is { } inode)
            {
                entry = new DirectoryEntry(names[(int)index], inode, index + FirstPosition + 1);
                return true;
            }
        }

        entry = default;
        return false;
    }
}

/// <summary>A file of /proc or /sys: text made when it is read.</summary>
internal sealed class GeneratedFile : Inode, IGeneratedNode
{
    private readonly Func<string> produce;

    internal GeneratedFile(FileSystem fileSystem, string path, Func<string> produce)
        : base(fileSystem, GeneratedTree.NumberOf(path), 0x124)
    {
        this.produce = produce;
        Path = path;
        LinkCount = 1;
    }

    public string Path { get; }

    internal override FileType Type => FileType.Regular;

    internal override string StateKind => "generated";

    internal override bool IsStored => false;

    internal override ulong FileSystemDevice => GeneratedTree.DeviceOf(Path);

    /// <summary>The content now.</summary>
    internal string Produce() => produce();
}

/// <summary>A symbolic link of /proc.</summary>
internal sealed class GeneratedLink : LinkNode, IGeneratedNode
{
    private readonly Func<string> target;
    private readonly Func<Inode?>? destination;

    internal GeneratedLink(FileSystem fileSystem, string path, Func<string> target, Func<Inode?>? destination = null)
        : base(fileSystem, GeneratedTree.NumberOf(path))
    {
        this.target = target;
        this.destination = destination;
        Path = path;
        LinkCount = 1;
    }

    public string Path { get; }

    internal override string StateKind => "generated";

    internal override bool IsStored => false;

    internal override ulong FileSystemDevice => GeneratedTree.DeviceOf(Path);

    internal override string Target => target();

    internal override Inode? Destination => destination?.Invoke();

    // The kernel shows no length for links whose text is made when it is asked for.
    internal override long Size => 0;
}
