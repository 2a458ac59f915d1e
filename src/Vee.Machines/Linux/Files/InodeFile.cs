using Vee.Machines.Linux.Files.Generated;
using Vee.Machines.State;

namespace Vee.Machines.Linux.Files;

/// <summary>An open description of an inode.</summary>
internal abstract class InodeFile : OpenFile
{
    private Inode inode;

    private protected InodeFile(Process process, Inode inode, string path)
        : base(process)
    {
        this.inode = inode;
        Path = path;
        inode.Open();
    }

    internal sealed override Inode Inode => inode;

    /// <summary>The path that it was opened by.</summary>
    internal string Path { get; private set; }

    internal override string Name => inode is DirectoryNode directory
        ? directory.Path
        : inode is { LinkCount: 0, IsStored: true } ? Path + " (deleted)" : Path;

    internal override PollEvents Poll() => PollEvents.In | PollEvents.Out;

    internal override void Close() => inode.Release();

    internal override void Save(StateWriter state)
    {
        InodeReference.Save(state, "inode", inode);
        state.Text("path", Path);
    }

    /// <summary>Reads what <see cref="Save"/> of this class wrote.</summary>
    private protected static (Inode Inode, string Path) ReadReference(Process process, StateReader state) =>
        (InodeReference.Restore(state, "inode", process.FileSystem), state.Text("path", 4 * UserMemory.PathBytesMax));
}

/// <summary>How a state names an inode: stored ones by number, generated ones by path.</summary>
internal static class InodeReference
{
    internal static void Save(StateWriter state, string name, Inode inode)
    {
        state.Int64(name, inode.IsStored ? inode.Number : 0);
        state.Text("generatedPath", inode is IGeneratedNode node ? node.Path : "");
    }

    internal static Inode Restore(StateReader state, string name, FileSystem fileSystem)
    {
        var number = state.Int64(name, 0);
        var path = state.Text("generatedPath", 2 * UserMemory.PathBytesMax);
        return (path.Length == 0 ? fileSystem.FindInode(number) : fileSystem.GeneratedFiles.Restore(path))
            ?? throw state.Refuse(name, path.Length == 0 ? $"no inode {number}" : $"nothing generates '{path}'");
    }
}
