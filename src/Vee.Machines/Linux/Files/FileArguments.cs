using Vee.Machines.Linux.Threads;

namespace Vee.Machines.Linux.Files;

/// <summary>What file calls share: descriptors and paths among the arguments, and waiting for a file.</summary>
internal static class FileArguments
{
    /// <summary>AT_FDCWD.</summary>
    internal const int WorkingDirectory = -100;

    internal const uint NoFollow = 0x100;
    internal const uint RemoveDirectory = 0x200;
    internal const uint FollowLinks = 0x400;
    internal const uint NoAutomount = 0x800;
    internal const uint EmptyPath = 0x1000;

    /// <summary>Finds the directory that a path starts in.</summary>
    /// <returns>EBADF or ENOTDIR for a useless descriptor, unless the path is absolute.</returns>
    internal static Errno TryStart(Process process, ulong descriptor, string path, out DirectoryNode start)
    {
        start = process.FileSystem.Root;
        if (path.StartsWith('/'))
        {
            return Errno.None;
        }

        if ((int)descriptor == WorkingDirectory)
        {
            start = process.FileSystem.WorkingDirectory;
            return Errno.None;
        }

        if (!process.Files.TryGet((int)descriptor, out var file))
        {
            return Errno.EBADF;
        }

        if (file.Inode is not DirectoryNode directory)
        {
            return Errno.ENOTDIR;
        }

        start = directory;
        return Errno.None;
    }

    /// <summary>Reads a path argument and finds where it starts.</summary>
    internal static Errno TryReadPath(
        Process process, ulong descriptor, ulong address, out DirectoryNode start, out string path)
    {
        start = process.FileSystem.Root;
        var error = process.User.TryReadText(address, out path);
        return error != Errno.None ? error : TryStart(process, descriptor, path, out start);
    }

    /// <summary>Resolves the usual triple of descriptor, path and flags to an inode, AT_EMPTY_PATH included.</summary>
    /// <param name="process">The process.</param>
    /// <param name="descriptor">A directory, or with an empty path any file.</param>
    /// <param name="address">The path; 0 counts as empty when <see cref="EmptyPath"/> is given.</param>
    /// <param name="flags">AT_ flags.</param>
    /// <param name="follow">Whether a link at the end is followed.</param>
    /// <param name="inode">What was found; null for a description without an inode.</param>
    /// <param name="file">The description that an empty path means, or null.</param>
    internal static Errno TryFind(
        Process process, ulong descriptor, ulong address, uint flags, bool follow, out Inode? inode, out OpenFile? file)
    {
        inode = null;
        file = null;
        var path = "";
        if (address != 0 || (flags & EmptyPath) == 0)
        {
            var error = process.User.TryReadText(address, out path);
            if (error != Errno.None)
            {
                return error;
            }
        }

        if (path.Length == 0 && (flags & EmptyPath) != 0)
        {
            if ((int)descriptor == WorkingDirectory)
            {
                inode = process.FileSystem.WorkingDirectory;
                return Errno.None;
            }

            var isOpen = process.Files.TryGet((int)descriptor, out file);
            inode = file?.Inode;
            return isOpen ? Errno.None : Errno.EBADF;
        }

        var startError = TryStart(process, descriptor, path, out var start);
        if (startError != Errno.None)
        {
            return startError;
        }

        var options = follow ? WalkOptions.Follow : WalkOptions.None;
        var walkError = process.FileSystem.TryResolve(start, path, options, out var found);
        inode = found;
        return walkError;
    }

    /// <summary>
    /// Turns EAGAIN on a blocking file into a wait for its next notification, for the time at which it becomes ready by
    /// itself, or for the end of its timeout, when EAGAIN stands.
    /// </summary>
    internal static SyscallResult WaitFor(
        Process process, GuestThread thread, OpenFile file, SyscallResult result, long? timeout)
    {
        if (result.Error != Errno.EAGAIN || file.IsNonBlocking)
        {
            return result;
        }

        thread.CallDeadline ??= timeout is { } nanoseconds ? process.Clock.Now + nanoseconds : GuestThread.Never;
        if (thread.CallDeadline <= process.Clock.Now)
        {
            return result;
        }

        var deadline = Math.Min(thread.CallDeadline.Value, file.NextDeadline);
        return process.Threads.Wait(thread, deadline, WaitKey.File(file.Id));
    }
}
