namespace Vee.Machines.Linux.Files;

/// <summary>renameat2's flags.</summary>
[Flags]
internal enum RenameFlags : uint
{
    None = 0,
    NoReplace = 1,
    Exchange = 2,
}

// Moving names.
internal sealed partial class FileSystem
{
    internal Errno Rename(
        DirectoryNode oldStart, string oldPath, DirectoryNode newStart, string newPath, RenameFlags flags)
    {
        var error = Resolve(oldStart, oldPath, WalkOptions.None, out var source);
        if (error != Errno.None)
        {
            return error;
        }

        error = Resolve(newStart, newPath, WalkOptions.None, out var target);
        if (error != Errno.None)
        {
            return error;
        }

        error = CheckRename(source, target, flags);
        if (error != Errno.None || source.Inode == target.Inode)
        {
            return error;
        }

        var from = (StoredDirectory)source.Parent;
        var to = (StoredDirectory)target.Parent;
        from.Remove(source.Name);
        if (target.Inode is { } other)
        {
            if ((flags & RenameFlags.Exchange) != 0)
            {
                to.Remove(target.Name);
                from.Add(source.Name, other);
                other.Touch();
            }
            else
            {
                Detach(to, target.Name, other);
            }
        }

        to.Add(target.Name, source.Inode!);
        source.Inode!.Touch();
        return Errno.None;
    }

    private static Errno CheckRename(in PathTarget source, in PathTarget target, RenameFlags flags)
    {
        if (!source.IsName || !target.IsName)
        {
            return (flags & RenameFlags.NoReplace) != 0 && !target.IsName ? Errno.EEXIST : Errno.EBUSY;
        }

        if (source.Parent.FileSystemDevice != target.Parent.FileSystemDevice)
        {
            return Errno.EXDEV;
        }

        var exchange = (flags & RenameFlags.Exchange) != 0;
        if (source.Inode is not { } inode || (exchange && target.Inode is null))
        {
            return Errno.ENOENT;
        }

        if (source.Parent is not StoredDirectory || target.Parent is not StoredDirectory to || to.IsRemoved)
        {
            return target.Parent.IsRemoved ? Errno.ENOENT : Errno.EPERM;
        }

        if (target.Inode is not null && (flags & RenameFlags.NoReplace) != 0)
        {
            return Errno.EEXIST;
        }

        if (!inode.IsStored || target.Inode is { IsStored: false })
        {
            return Errno.EBUSY;
        }

        // Nothing may become its own ancestor.
        if (IsAncestor(inode, to))
        {
            return Errno.EINVAL;
        }

        if (target.Inode is { } other && IsAncestor(other, source.Parent))
        {
            return exchange ? Errno.EINVAL : Errno.ENOTEMPTY;
        }

        if (inode is not DirectoryNode && (source.MustBeDirectory || target.MustBeDirectory))
        {
            return Errno.ENOTDIR;
        }

        return exchange ? Errno.None : CheckReplace(inode, target.Inode);
    }

    private static Errno CheckReplace(Inode inode, Inode? replaced)
    {
        if (replaced is null || replaced == inode)
        {
            return Errno.None;
        }

        if (inode is DirectoryNode != replaced is DirectoryNode)
        {
            return replaced is DirectoryNode ? Errno.EISDIR : Errno.ENOTDIR;
        }

        return replaced is StoredDirectory { Count: > 0 } ? Errno.ENOTEMPTY : Errno.None;
    }

    private static bool IsAncestor(Inode ancestor, DirectoryNode node)
    {
        while (node != ancestor)
        {
            if (node.Parent == node)
            {
                return false;
            }

            node = node.Parent;
        }

        return true;
    }
}
