namespace Vee.Machines.Linux.Files;

/// <summary>How a path is resolved.</summary>
[Flags]
internal enum WalkOptions
{
    None = 0,

    /// <summary>A symbolic link that is the last component is followed.</summary>
    Follow = 1,

    /// <summary>Any symbolic link is ELOOP (RESOLVE_NO_SYMLINKS).</summary>
    NoLinks = 2,

    /// <summary>A link of /proc/self/fd is ELOOP (RESOLVE_NO_MAGICLINKS).</summary>
    NoMagicLinks = 4,

    /// <summary>Leaving the start directory is EXDEV (RESOLVE_BENEATH).</summary>
    Beneath = 8,

    /// <summary>The start directory is the root while the path is walked (RESOLVE_IN_ROOT).</summary>
    InRoot = 16,

    /// <summary>Crossing into /proc, /sys or back is EXDEV (RESOLVE_NO_XDEV).</summary>
    NoCrossing = 32,
}

/// <summary>Where a path leads.</summary>
/// <param name="Parent">The directory that holds the last component.</param>
/// <param name="Name">The last component; ".", ".." or "/" where the path ends in one of these.</param>
/// <param name="Inode">What is there, or null.</param>
/// <param name="MustBeDirectory">The path ended in a slash.</param>
internal readonly record struct PathTarget(DirectoryNode Parent, string Name, Inode? Inode, bool MustBeDirectory)
{
    /// <summary>Whether the last component is a name that can be made, removed or renamed.</summary>
    internal bool IsName => Name is not ("." or ".." or "/");

    /// <summary>The absolute path of the target.</summary>
    internal string Path => Inode is DirectoryNode directory
        ? directory.Path
        : Parent.Path is "/" and var root ? root + Name : $"{Parent.Path}/{Name}";
}

/// <summary>One resolution of a path, component by component (path_resolution(7)).</summary>
internal ref struct PathWalk
{
    private const int LinksMax = 40;

    private readonly DirectoryNode start;
    private readonly WalkOptions options;
    private readonly DirectoryNode root;
    private DirectoryNode current;
    private string rest = "";
    private int position;
    private int links;

    internal PathWalk(FileSystem fileSystem, DirectoryNode start, WalkOptions options)
    {
        this.start = start;
        this.options = options;
        root = (options & WalkOptions.InRoot) != 0 ? start : fileSystem.Root;
        current = start;
    }

    /// <summary>Resolves a path; a missing last component is no error.</summary>
    internal Errno Run(string path, out PathTarget target)
    {
        target = default;
        if (path.Length == 0)
        {
            return Errno.ENOENT;
        }

        var error = Begin(path);
        while (error == Errno.None)
        {
            if (!TryNextComponent(out var name, out var isLast, out var slashAfter))
            {
                target = new PathTarget(current, "/", current, true);
                return Errno.None;
            }

            error = name.Length > FileSystem.NameBytesMax
                ? Errno.ENAMETOOLONG
                : Step(name, isLast, slashAfter, out target);
            if (error == Errno.None && target.Parent is not null)
            {
                return Errno.None;
            }
        }

        return error;
    }

    private Errno Begin(string path)
    {
        rest = path;
        position = 0;
        if (path[0] != '/')
        {
            return Errno.None;
        }

        current = root;
        return (options & WalkOptions.Beneath) != 0 ? Errno.EXDEV : Errno.None;
    }

    private bool TryNextComponent(out string name, out bool isLast, out bool slashAfter)
    {
        while (position < rest.Length && rest[position] == '/')
        {
            position++;
        }

        var begin = position;
        var end = rest.IndexOf('/', begin);
        end = end < 0 ? rest.Length : end;
        name = rest[begin..end];
        position = end;
        slashAfter = end < rest.Length;
        isLast = rest.AsSpan(end).IndexOfAnyExcept('/') < 0;
        return name.Length > 0;
    }

    private Errno Step(string name, bool isLast, bool slashAfter, out PathTarget target)
    {
        target = default;
        if (name is "." or "..")
        {
            var before = current;
            if (name == ".." && current != root)
            {
                if (current == start && (options & WalkOptions.Beneath) != 0)
                {
                    return Errno.EXDEV;
                }

                current = current.Parent;
            }

            target = isLast ? new PathTarget(current, name, current, true) : default;
            return CheckCrossing(before, current);
        }

        var inode = current.Find(name);
        if (inode is LinkNode link && (!isLast || slashAfter || (options & WalkOptions.Follow) != 0))
        {
            return FollowLink(link, name, isLast, slashAfter, out target);
        }

        return Enter(name, inode, isLast, slashAfter, out target);
    }

    private Errno Enter(string name, Inode? inode, bool isLast, bool slashAfter, out PathTarget target)
    {
        target = default;
        if (inode is not null && CheckCrossing(current, inode) is var error and not Errno.None)
        {
            return error;
        }

        if (isLast)
        {
            target = new PathTarget(current, name, inode, slashAfter);
            return slashAfter && inode is not null and not DirectoryNode ? Errno.ENOTDIR : Errno.None;
        }

        if (inode is DirectoryNode directory)
        {
            current = directory;
            return Errno.None;
        }

        return inode is null ? Errno.ENOENT : Errno.ENOTDIR;
    }

    private Errno FollowLink(LinkNode link, string name, bool isLast, bool slashAfter, out PathTarget target)
    {
        target = default;
        if (++links > LinksMax || (options & WalkOptions.NoLinks) != 0)
        {
            return Errno.ELOOP;
        }

        if (link.Destination is { } destination)
        {
            var isForbidden = (options & (WalkOptions.Beneath | WalkOptions.InRoot)) != 0;
            return (options & WalkOptions.NoMagicLinks) != 0 ? Errno.ELOOP
                : isForbidden ? Errno.EXDEV
                : Enter(name, destination, isLast, slashAfter, out target);
        }

        if (link.Target.Length == 0)
        {
            return Errno.ENOENT;
        }

        // What follows the link stays behind its target, so a trailing slash keeps its meaning.
        return Begin(link.Target + rest[position..]);
    }

    private readonly Errno CheckCrossing(Inode from, Inode to) =>
        (options & WalkOptions.NoCrossing) != 0 && from.FileSystemDevice != to.FileSystemDevice
            ? Errno.EXDEV
            : Errno.None;
}
