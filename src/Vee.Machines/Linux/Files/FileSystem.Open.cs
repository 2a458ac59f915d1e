using Vee.Machines.Linux.Files.Generated;

namespace Vee.Machines.Linux.Files;

// From paths to open descriptions.
internal sealed partial class FileSystem
{
    private const long WholeFileBytesMax = 1L << 30;

    private const OpenFlags KeptFlags = ~(OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoControllingTerminal
        | OpenFlags.Truncate | OpenFlags.CloseOnExec | OpenFlags.TemporaryFileOnly);

    /// <summary>Opens a path as open(2) does; the description still has to be registered.</summary>
    internal Errno Open(
        DirectoryNode start, string path, OpenFlags flags, uint permissions, WalkOptions options, out OpenFile file)
    {
        file = null!;
        if ((flags & OpenFlags.PathOnly) != 0)
        {
            flags &= OpenFlags.PathOnly | OpenFlags.Directory | OpenFlags.NoFollow;
        }

        if ((flags & OpenFlags.TemporaryFileOnly) != 0)
        {
            return OpenTemporary(start, path, flags, permissions, options, out file);
        }

        if ((flags & (OpenFlags.Create | OpenFlags.Directory)) == (OpenFlags.Create | OpenFlags.Directory))
        {
            return Errno.EINVAL;
        }

        var exclusive = (flags & OpenFlags.Create) != 0 && (flags & OpenFlags.Exclusive) != 0;
        if (!exclusive && (flags & OpenFlags.NoFollow) == 0)
        {
            options |= WalkOptions.Follow;
        }

        var error = Resolve(start, path, options, out var target);
        if (error == Errno.None && target.Inode is null)
        {
            error = Create(target, flags, permissions, out target);
            flags &= ~OpenFlags.Truncate;
        }
        else if (error == Errno.None && exclusive)
        {
            error = Errno.EEXIST;
        }

        return error != Errno.None ? error : OpenInode(target.Inode!, target.Path, flags, out file);
    }

    /// <summary>Opens what a path has led to.</summary>
    internal Errno OpenInode(Inode inode, string path, OpenFlags flags, out OpenFile file)
    {
        file = null!;
        if ((flags & OpenFlags.Directory) != 0 && inode is not DirectoryNode)
        {
            return inode is LinkNode && (flags & OpenFlags.PathOnly) == 0 ? Errno.ELOOP : Errno.ENOTDIR;
        }

        if ((flags & OpenFlags.PathOnly) != 0)
        {
            file = new PathOnlyFile(process, inode, path) { Flags = flags };
            return Errno.None;
        }

        var writes = (flags & OpenFlags.AccessMode) != OpenFlags.ReadOnly;
        var error = inode switch
        {
            LinkNode => Errno.ELOOP,
            DirectoryNode when writes || (flags & (OpenFlags.Create | OpenFlags.Truncate)) != 0 => Errno.EISDIR,
            GeneratedFile when writes => Errno.EACCES,
            RegularFile regular when (flags & OpenFlags.Truncate) != 0 => Truncate(regular),
            _ => Errno.None,
        };
        if (error != Errno.None)
        {
            return error;
        }

        var opened = Describe(inode, path);
        if (opened is null)
        {
            return Errno.ENXIO;
        }

        opened.Flags = (flags & KeptFlags) | OpenFlags.LargeFile;
        file = opened;
        return Errno.None;
    }

    /// <summary>Adds a file that exists from the machine's start, with the directories on its way.</summary>
    /// <param name="path">An absolute path without links.</param>
    /// <param name="permissions">Permission bits.</param>
    /// <param name="content">Its bytes.</param>
    /// <returns>False when there is no room for it.</returns>
    internal bool TryAddFile(string path, uint permissions, ReadOnlySpan<byte> content)
    {
        for (var end = path.IndexOf('/', 1); end > 0; end = path.IndexOf('/', end + 1))
        {
            if (MakeDirectory(Root, path[..end], 0x1ed) is not (Errno.None or Errno.EEXIST))
            {
                return false;
            }
        }

        var error = Open(
            Root, path, OpenFlags.Create | OpenFlags.WriteOnly | OpenFlags.Truncate, permissions,
            WalkOptions.None, out var file);
        if (error != Errno.None)
        {
            return false;
        }

        var written = file.Write(content);
        if (file.Inode is { } inode)
        {
            inode.Permissions = permissions;
        }

        file.Close();
        return written.Raw == content.Length;
    }

    /// <summary>Reads a regular file from its first byte to its last, for loading programs.</summary>
    /// <param name="path">A path from the root; links are followed.</param>
    /// <param name="content">Its bytes; empty on an error.</param>
    /// <returns>None, EISDIR or ENODEV for what is no regular file, EFBIG above 1 GiB, or what the path's walk
    /// says.</returns>
    internal Errno TryReadWhole(string path, out byte[] content)
    {
        content = [];
        var error = Open(Root, path, OpenFlags.ReadOnly, 0, WalkOptions.None, out var file);
        if (error != Errno.None)
        {
            return error;
        }

        if (file.Inode is not RegularFile regular)
        {
            file.Close();
            return file.Inode is DirectoryNode ? Errno.EISDIR : Errno.ENODEV;
        }

        error = regular.Size > WholeFileBytesMax ? Errno.EFBIG : Errno.None;
        if (error == Errno.None)
        {
            content = new byte[regular.Size];
            var read = regular.Content.Read(0, content);
            error = read.IsError ? read.Error : read.Raw == content.Length ? Errno.None : Errno.EIO;
        }

        file.Close();
        return error;
    }

    /// <summary>Cuts a file to nothing, as O_TRUNC does.</summary>
    private Errno Truncate(RegularFile file)
    {
        if (((file.Seals ?? 0) & (FileSeals.Shrink | FileSeals.Write)) != 0)
        {
            return Errno.EPERM;
        }

        file.TouchContent();
        var before = file.Size;
        var error = file.Content.SetLength(0);
        Mappings.SharedFiles.RefreshLength(process, file, before);
        return error;
    }

    private InodeFile? Describe(Inode inode, string path) => inode switch
    {
        RegularFile regular => new RegularOpenFile(process, regular, path),
        DirectoryNode directory => new DirectoryOpenFile(process, directory, path),
        Fifo pipe => new PipeFile(process, pipe, path),
        GeneratedFile generated => new GeneratedOpenFile(process, generated, path),
        ConsoleNode console => new ConsoleFile(process, console, path),
        DeviceNode device when DeviceFile.Supports(device) => new DeviceFile(process, device, path),
        DeviceNode { Type: FileType.CharacterDevice,
                Device: DeviceNumbers.Terminal or DeviceNumbers.Console or DeviceNumbers.FirstTerminal }
            => OpenTerminal(path),
        _ => null,
    };

    private ConsoleFile? OpenTerminal(string path)
    {
        var terminal = Array.Find(consoles, node => node.IsTerminal);
        return terminal is null ? null : new ConsoleFile(process, terminal, path);
    }

    private Errno Create(in PathTarget target, OpenFlags flags, uint permissions, out PathTarget created)
    {
        created = target;
        if ((flags & OpenFlags.Create) == 0)
        {
            return Errno.ENOENT;
        }

        if (target.MustBeDirectory)
        {
            return Errno.EISDIR;
        }

        if (target.Parent is not StoredDirectory parent)
        {
            return Errno.EACCES;
        }

        if (parent.IsRemoved)
        {
            return Errno.ENOENT;
        }

        var file = TryCreateFile(permissions & ~Umask);
        NoteWhere(file, parent);
        created = target with { Inode = file };
        return Attach(parent, target.Name, file);
    }

    /// <summary>A file of /dev or /run is in memory alone, as those are file systems of their own elsewhere.</summary>
    private static void NoteWhere(RegularFile? file, StoredDirectory parent)
    {
        var path = parent.Path + "/";
        if (file is not null)
        {
            file.Content.Pages.IsInMemory = path.StartsWith("/dev/", StringComparison.Ordinal)
                || path.StartsWith("/run/", StringComparison.Ordinal);
        }
    }

    private Errno OpenTemporary(
        DirectoryNode start, string path, OpenFlags flags, uint permissions, WalkOptions options, out OpenFile file)
    {
        file = null!;
        if ((flags & OpenFlags.Directory) == 0 || (flags & OpenFlags.AccessMode) == OpenFlags.ReadOnly)
        {
            return Errno.EINVAL;
        }

        var error = Resolve(start, path, options | WalkOptions.Follow, out var target);
        if (error != Errno.None || target.Inode is null)
        {
            return error != Errno.None ? error : Errno.ENOENT;
        }

        if (target.Inode is not StoredDirectory directory)
        {
            return target.Inode is DirectoryNode ? Errno.EOPNOTSUPP : Errno.ENOTDIR;
        }

        var inode = TryCreateFile(permissions & ~Umask);
        NoteWhere(inode, directory);
        return inode is null
            ? Errno.ENOSPC
            : OpenInode(inode, $"{directory.Path}/#{inode.Number}", flags & ~OpenFlags.Directory, out file);
    }
}
