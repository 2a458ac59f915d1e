using Vee.Machines.Linux.Files;

namespace Vee.Machines.Linux.Sockets;

/// <summary>
/// The names of Unix sockets (unix(7)): a path is an inode of the file system that says which open file is bound to
/// it; an abstract name, which starts with a zero byte, lives in a table as long as its socket.
/// </summary>
internal sealed class UnixNames(Process process)
{
    private readonly Dictionary<string, UnixSocket> abstractNames = [];

    /// <summary>Gives a socket a name.</summary>
    /// <returns>None, EADDRINUSE, or what making a file at the path answers.</returns>
    internal Errno Bind(string name, UnixSocket socket)
    {
        if (IsAbstract(name))
        {
            return abstractNames.TryAdd(name, socket) ? Errno.None : Errno.EADDRINUSE;
        }

        var error = process.FileSystem.TryCreateSocketNode(
            process.FileSystem.WorkingDirectory, name, socket.Id, out var node);
        socket.BoundInode = error == Errno.None ? node.Number : 0;
        return error;
    }

    /// <summary>Takes back an abstract name whose socket is being restored; a path's inode still knows its
    /// socket.</summary>
    /// <returns>False when another socket has it.</returns>
    internal bool TryRebind(string name, UnixSocket socket) => !IsAbstract(name) || abstractNames.TryAdd(name, socket);

    /// <summary>Finds the socket of a name.</summary>
    /// <returns>None, ECONNREFUSED where no socket is bound, or what the path's walk answers.</returns>
    internal Errno Find(string name, out UnixSocket? socket)
    {
        if (IsAbstract(name))
        {
            return abstractNames.TryGetValue(name, out socket) ? Errno.None : Errno.ECONNREFUSED;
        }

        socket = null;
        var error = process.FileSystem.TryResolve(
            process.FileSystem.WorkingDirectory, name, WalkOptions.Follow, out var inode);
        if (error != Errno.None)
        {
            return error;
        }

        socket = inode is SocketNode { BoundFile: not 0 } node
            ? process.Files.Descriptions.GetValueOrDefault(node.BoundFile) as UnixSocket
            : null;
        return socket is null ? Errno.ECONNREFUSED : Errno.None;
    }

    /// <summary>The socket closes: its path stays, as a name that refuses connections.</summary>
    internal void Unbind(string name, UnixSocket socket)
    {
        if (IsAbstract(name))
        {
            abstractNames.Remove(name);
        }
        else if (process.FileSystem.FindInode(socket.BoundInode) is SocketNode node && node.BoundFile == socket.Id)
        {
            node.BoundFile = 0;
        }
    }

    private static bool IsAbstract(string name) => name.StartsWith('\0');
}
