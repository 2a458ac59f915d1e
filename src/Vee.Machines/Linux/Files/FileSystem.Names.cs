namespace Vee.Machines.Linux.Files;

// Everything that makes, removes or moves names.
internal sealed partial class FileSystem
{
    /// <summary>Resolves a path; a missing last component is no error.</summary>
    internal Errno Resolve(DirectoryNode start, string path, WalkOptions options, out PathTarget target) =>
        new PathWalk(this, start, options).Run(path, out target);

    /// <summary>Resolves a path to what is there.</summary>
    internal Errno TryResolve(DirectoryNode start, string path, WalkOptions options, out Inode inode)
    {
        var error = Resolve(start, path, options, out var target);
        inode = target.Inode!;
        return error != Errno.None ? error : inode is null ? Errno.ENOENT : Errno.None;
    }

    /// <summary>Makes the name that bind(2) gives an AF_UNIX socket: EADDRINUSE where something has that
    /// name.</summary>
    /// <param name="start">Where a relative path starts: the working directory.</param>
    /// <param name="path">The path, without its terminator.</param>
    /// <param name="boundFile">The id of the socket's open file.</param>
    /// <param name="node">The new inode.</param>
    internal Errno TryCreateSocketNode(DirectoryNode start, string path, long boundFile, out SocketNode node)
    {
        node = null!;
        var error = ResolveNew(start, path, out var parent, out var name);
        if (error != Errno.None)
        {
            return error == Errno.EEXIST ? Errno.EADDRINUSE : error;
        }

        var created = TryAdd(number => new SocketNode(this, number, 0x1ff & ~Umask) { BoundFile = boundFile });
        if (created is null)
        {
            return Errno.ENOSPC;
        }

        node = created;
        Attach(parent, name, node);
        return Errno.None;
    }

    internal Errno MakeDirectory(DirectoryNode start, string path, uint permissions)
    {
        var error = ResolveNew(start, path, out var parent, out var name, slashAllowed: true);
        if (error != Errno.None)
        {
            return error;
        }

        var directory = TryAdd(number => new StoredDirectory(this, number, permissions & 0x3ff & ~Umask));
        if (directory is null)
        {
            return Errno.ENOSPC;
        }

        parent.Add(name, directory);
        return Errno.None;
    }

    /// <summary>Makes a file, pipe, device or socket name (mknod).</summary>
    internal Errno MakeNode(DirectoryNode start, string path, FileType type, uint permissions, ulong device)
    {
        var error = ResolveNew(start, path, out var parent, out var name);
        if (error != Errno.None)
        {
            return error;
        }

        var masked = permissions & Inode.PermissionMask & ~Umask;
        var inode = TryAdd<Inode>(number => type switch
        {
            FileType.Fifo => new Fifo(this, number, masked),
            FileType.Socket => new SocketNode(this, number, masked),
            FileType.CharacterDevice => new DeviceNode(this, number, masked, false, device),
            FileType.BlockDevice => new DeviceNode(this, number, masked, true, device),
            _ => new RegularFile(this, number, masked),
        });
        return Attach(parent, name, inode);
    }

    internal Errno MakeLink(DirectoryNode start, string path, string linkTarget)
    {
        if (linkTarget.Length == 0)
        {
            return Errno.ENOENT;
        }

        var error = ResolveNew(start, path, out var parent, out var name);
        return error != Errno.None
            ? error
            : Attach(parent, name, TryAdd(number => new SymbolicLink(this, number, linkTarget)));
    }

    /// <summary>Gives an inode one more name.</summary>
    internal Errno HardLink(Inode inode, DirectoryNode start, string path)
    {
        var error = ResolveNew(start, path, out var parent, out var name);
        if (error != Errno.None)
        {
            return error;
        }

        if (inode is DirectoryNode)
        {
            return Errno.EPERM;
        }

        if (!inode.IsStored || inode is ConsoleNode)
        {
            return Errno.EXDEV;
        }

        inode.Touch();
        return inode.LinkCount >= Inode.LinksMax ? Errno.EMLINK : Attach(parent, name, inode);
    }

    internal Errno Unlink(DirectoryNode start, string path)
    {
        var error = Resolve(start, path, WalkOptions.None, out var target);
        if (error != Errno.None)
        {
            return error;
        }

        if (!target.IsName || target.Inode is DirectoryNode)
        {
            return Errno.EISDIR;
        }

        if (target.Inode is null || target.Parent is not StoredDirectory parent)
        {
            return target.Inode is null ? Errno.ENOENT : Errno.EPERM;
        }

        Detach(parent, target.Name, target.Inode);
        return Errno.None;
    }

    internal Errno RemoveDirectory(DirectoryNode start, string path)
    {
        var error = Resolve(start, path, WalkOptions.None, out var target);
        if (error != Errno.None)
        {
            return error;
        }

        if (!target.IsName)
        {
            return target.Name switch { "." => Errno.EINVAL, ".." => Errno.ENOTEMPTY, _ => Errno.EBUSY };
        }

        if (target.Inode is null)
        {
            return Errno.ENOENT;
        }

        if (target.Inode is not DirectoryNode node)
        {
            return Errno.ENOTDIR;
        }

        if (target.Parent is not StoredDirectory parent || node is not StoredDirectory directory)
        {
            return node is not StoredDirectory && target.Parent is StoredDirectory ? Errno.EBUSY : Errno.EPERM;
        }

        if (directory.Count != 0)
        {
            return Errno.ENOTEMPTY;
        }

        Detach(parent, target.Name, directory);
        return Errno.None;
    }

    private Errno ResolveNew(
        DirectoryNode start, string path, out StoredDirectory parent, out string name, bool slashAllowed = false)
    {
        parent = null!;
        name = "";
        var error = Resolve(start, path, WalkOptions.None, out var target);
        if (error != Errno.None)
        {
            return error == Errno.ENOTDIR && target.Inode is not null ? Errno.EEXIST : error;
        }

        if (!target.IsName || target.Inode is not null)
        {
            return Errno.EEXIST;
        }

        if (target.MustBeDirectory && !slashAllowed)
        {
            return Errno.ENOENT;
        }

        if (target.Parent is not StoredDirectory stored)
        {
            return Errno.EPERM;
        }

        parent = stored;
        name = target.Name;
        return stored.IsRemoved ? Errno.ENOENT : Errno.None;
    }

    private static Errno Attach(StoredDirectory parent, string name, Inode? inode)
    {
        if (inode is null)
        {
            return Errno.ENOSPC;
        }

        inode.LinkCount++;
        parent.Add(name, inode);
        return Errno.None;
    }

    private void Detach(StoredDirectory parent, string name, Inode inode)
    {
        parent.Remove(name);
        inode.LinkCount = inode is DirectoryNode ? 0 : inode.LinkCount - 1;
        if (inode is StoredDirectory directory)
        {
            // Whoever still is in it must not keep a chain of removed parents alive.
            directory.SetParent(Root, name);
        }

        inode.Touch();
        ForgetIfUnused(inode);
    }
}
