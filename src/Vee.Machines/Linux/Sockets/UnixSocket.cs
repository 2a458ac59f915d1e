using Vee.Machines.Linux.Files;
using Vee.Machines.State;

namespace Vee.Machines.Linux.Sockets;

/// <summary>What sockets of the Unix domain share: a name, the shut directions, and who waits for room.</summary>
internal abstract class UnixSocket(Process process, SocketType type)
    : Socket(process, AddressFamily.Unix, type, 0)
{
    private const int NameBytesMax = 108;

    private readonly SortedSet<long> waiting = [];

    /// <summary>The name it is bound to; null for none.</summary>
    internal string? BoundName { get; private set; }

    internal override SocketAddress LocalAddress => SocketAddress.Unix(BoundName ?? ListenerName);

    /// <summary>An accepted socket's address is its listener's, which it does not own.</summary>
    protected string? ListenerName { get; set; }

    internal override int MessageBytesMax => Options.SendBufferBytes;

    /// <summary>Reads return the end once nothing is left (sk_shutdown, RCV_SHUTDOWN).</summary>
    protected bool IsReadShut { get; set; }

    /// <summary>Writes fail (SEND_SHUTDOWN).</summary>
    protected bool IsWriteShut { get; set; }

    /// <summary>The inode of a path that it is bound to; 0 for none.</summary>
    internal long BoundInode { get; set; }

    /// <summary>An error to report once (sk_err).</summary>
    protected Errno PendingError { get; set; }

    internal override Errno Bind(in SocketAddress address)
    {
        if (address.Family != AddressFamily.Unix || BoundName is not null)
        {
            return Errno.EINVAL;
        }

        var name = address.Name ?? Process.Sockets.NextName();
        if (name is null)
        {
            return Errno.ENOSPC;
        }

        var error = name.Length == 0 ? Errno.ENOENT : Process.Sockets.Names.Bind(name, this);
        if (error == Errno.None)
        {
            BoundName = name;
        }

        return error;
    }

    internal override Errno TakeError()
    {
        var error = PendingError;
        PendingError = Errno.None;
        return error;
    }

    internal override void Close()
    {
        if (BoundName is not null)
        {
            Process.Sockets.Names.Unbind(BoundName, this);
        }
    }

    /// <summary>Somebody found no room here and waits to be notified.</summary>
    internal void AddWaiting(UnixSocket other) => waiting.Add(other.Id);

    /// <summary>There may be room: whoever waits for it looks again.</summary>
    protected void NotifyWaiting()
    {
        if (waiting.Count == 0)
        {
            return;
        }

        long[] ids = [.. waiting];
        waiting.Clear();
        foreach (var id in ids)
        {
            if (Process.Files.Descriptions.TryGetValue(id, out var file))
            {
                file.Notify();
            }
        }
    }

    protected Errno Find<T>(in SocketAddress address, out T? found)
        where T : UnixSocket
    {
        found = null;
        if (address.Family != AddressFamily.Unix || address.Name is not { Length: > 0 } name)
        {
            return Errno.EINVAL;
        }

        var error = Process.Sockets.Names.Find(name, out var socket);
        if (error != Errno.None)
        {
            return error;
        }

        found = socket as T;
        return found is null || found.Type != Type ? Errno.EPROTOTYPE : Errno.None;
    }

    protected void SaveBase(StateWriter state)
    {
        Options.Save(state);
        state.Boolean("bound", BoundName is not null);
        state.Text("name", BoundName ?? "");
        state.Int64("inode", BoundInode);
        state.Boolean("readShut", IsReadShut);
        state.Boolean("writeShut", IsWriteShut);
        state.Int64("error", (long)PendingError);
        state.List("waiting", waiting, (writer, id) => writer.Int64("id", id));
    }

    protected void RestoreBase(StateReader state)
    {
        Options.Restore(state);
        var isBound = state.Boolean("bound");
        // A character is a byte of the guest's, which UTF-8 may need two for.
        var name = state.Text("name", 2 * NameBytesMax);
        if (isBound && (name.Length == 0 || !Process.Sockets.Names.TryRebind(name, this)))
        {
            throw state.Refuse("name", "two sockets have it");
        }

        BoundName = isBound ? name : null;
        BoundInode = state.Int64("inode", 0);
        IsReadShut = state.Boolean("readShut");
        IsWriteShut = state.Boolean("writeShut");
        PendingError = (Errno)state.Int64("error", 0, 4095);
        state.List("waiting", NetworkLimit, (reader, _) => waiting.Add(reader.Int64("id")));
    }

    private protected const int NetworkLimit = Networking.NetworkStack.EndPointsMax;

    /// <summary>The files of a restored message, which are in flight again; null for none.</summary>
    protected OpenFile[]? LinkFiles(long[] ids)
    {
        if (ids.Length == 0)
        {
            return null;
        }

        var files = Array.ConvertAll(ids, id => Linked<OpenFile>(id)!);
        Process.Sockets.Launch(files);
        return files;
    }

    /// <summary>The socket of a class that a saved machine names by id; 0 is none.</summary>
    protected T? Linked<T>(long id)
        where T : OpenFile
    {
        if (id == 0)
        {
            return null;
        }

        return Process.Files.Descriptions.GetValueOrDefault(id) as T
            ?? throw new StateRefusedException(Name, $"open file {id} does not exist or is of another class");
    }
}
