using Vee.Machines.Linux.Files;
using Vee.Machines.Networking;

namespace Vee.Machines.Linux.Sockets;

/// <summary>
/// A stream or seqpacket socket of the Unix domain. What is sent lies in the receiver's queue, up to the sender's
/// SO_SNDBUF; a connection waits at its listener as a socket that is connected already (unix_stream_connect).
/// </summary>
internal sealed partial class UnixConnectionSocket(Process process, SocketType type) : UnixSocket(process, type)
{
    internal const string Kind = "socket.unix.connection";

    private readonly ByteRing bytes = new();
    private readonly UnixRights rights = new();
    private readonly UnixPackets packets = new(process.Sockets);
    private readonly Queue<UnixConnectionSocket> ready = [];
    private UnixConnectionSocket? peer;
    private bool isConnected;
    private bool isListening;
    private bool isWaitingAtListener;
    private int backlog;
    private string? peerName;

    internal override string StateKind => Kind;

    internal override bool IsListening => isListening;

    internal override SocketAddress? PeerAddress =>
        isConnected ? SocketAddress.Unix(peer?.BoundName ?? peerName) : null;

    internal override SyscallResult BytesToRead =>
        isListening ? Errno.EINVAL
        : IsStream ? bytes.Count
        : packets.TryPeek(out var packet) ? packet.Payload.Length : 0;

    /// <summary>Whether the connection was made: SO_PEERCRED then knows the peer.</summary>
    internal bool IsConnected => isConnected;

    /// <summary>Ties two sockets together (socketpair, connect).</summary>
    internal static void Pair(UnixConnectionSocket one, UnixConnectionSocket other)
    {
        (one.peer, other.peer) = (other, one);
        one.isConnected = other.isConnected = true;
    }

    internal override Errno Listen(int wanted)
    {
        if (BoundName is null || isConnected)
        {
            return Errno.EINVAL;
        }

        isListening = true;
        backlog = (int)Math.Min((uint)wanted, StreamListener.BacklogMax);
        NotifyWaiting();
        return Errno.None;
    }

    internal override Errno Connect(in SocketAddress address)
    {
        if (isConnected || isListening)
        {
            return isConnected ? Errno.EISCONN : Errno.EINVAL;
        }

        var error = Find<UnixConnectionSocket>(address, out var listener);
        if (error != Errno.None)
        {
            return error;
        }

        if (!listener!.isListening || listener.IsReadShut)
        {
            return Errno.ECONNREFUSED;
        }

        if (listener.ready.Count > listener.backlog)
        {
            listener.AddWaiting(this);
            return Errno.EAGAIN;
        }

        var other = Process.Files.Register(new UnixConnectionSocket(Process, Type));
        other.Options.CopyFrom(listener.Options);
        other.isWaitingAtListener = true;
        other.peerName = BoundName;
        other.ListenerName = listener.BoundName;
        peerName = listener.BoundName;
        Pair(this, other);
        FileTable.AddReference(other);
        listener.ready.Enqueue(other);
        listener.Notify();
        Notify();
        return Errno.None;
    }

    // The attempt that found no room is made again: nothing of it was kept.
    internal override Errno ConnectProgress(in SocketAddress address) => isConnected ? Errno.None : Connect(address);

    internal override Errno Accept(out Socket? accepted)
    {
        accepted = null;
        if (!isListening)
        {
            return Errno.EINVAL;
        }

        if (!ready.TryDequeue(out var socket))
        {
            return IsReadShut ? Errno.EINVAL : Errno.EAGAIN;
        }

        socket.isWaitingAtListener = false;
        accepted = socket;
        NotifyWaiting();
        return Errno.None;
    }

    internal override SyscallResult Send(ReadOnlySpan<byte> source, in OutgoingMessage message)
    {
        if (message.To is not null && IsStream)
        {
            return isConnected ? Errno.EISCONN : Errno.EOPNOTSUPP;
        }

        if (!isConnected)
        {
            return Errno.ENOTCONN;
        }

        if (IsWriteShut || peer is null || peer.IsReadShut)
        {
            return Errno.EPIPE;
        }

        return !Process.Sockets.CanSend(message.Files) ? Errno.ETOOMANYREFS
            : Process.Sockets.UnixBytes > SocketTable.UnixBytesMax ? Errno.ENOBUFS
            : IsStream ? SendBytes(source, message.Files)
            : SendPacket(source, message.Files);
    }

    internal override SyscallResult Peek(int offset, Span<byte> destination, ref IncomingMessage incoming)
    {
        if (!isConnected)
        {
            return IsStream ? Errno.EINVAL : Errno.ENOTCONN;
        }

        if (IsStream && bytes.Count > offset)
        {
            var limit = rights.Limit(offset, Math.Min(destination.Length, bytes.Count - offset), out var files);
            incoming.Files = files ?? incoming.Files;
            return bytes.CopyTo(offset, destination[..limit]);
        }

        if (!IsStream && packets.TryPeek(out var packet))
        {
            var count = Math.Min(destination.Length, packet.Payload.Length);
            packet.Payload.AsSpan(0, count).CopyTo(destination);
            incoming.MessageBytes = packet.Payload.Length;
            incoming.Files = packet.Files;
            return count;
        }

        var pending = incoming.IsFirst ? TakeError() : Errno.None;
        return pending != Errno.None ? pending : IsReadShut || (IsStream && destination.IsEmpty) ? 0 : Errno.EAGAIN;
    }

    internal override void Consume(int count)
    {
        if (IsStream)
        {
            bytes.Skip(count);
            Process.Sockets.UnixBytes -= count;
            rights.Skip(count);
        }
        else if (packets.Count > 0)
        {
            packets.Take();
        }

        peer?.Notify();
    }

    internal override Errno Shutdown(bool read, bool write)
    {
        if (!isConnected && !isListening)
        {
            return Errno.ENOTCONN;
        }

        IsReadShut |= read;
        IsWriteShut |= write;
        Notify();
        NotifyWaiting();
        if (peer is not null)
        {
            // What one end no longer does the other no longer can (unix_shutdown).
            peer.IsReadShut |= write;
            peer.IsWriteShut |= read;
            peer.Notify();
        }

        return Errno.None;
    }

    // unix_poll, and unix_dgram_poll for seqpacket, in net/unix/af_unix.c.
    internal override PollEvents Poll()
    {
        if (isListening)
        {
            return (ready.Count > 0 ? PollEvents.In : PollEvents.None)
                | (IsReadShut ? PollEvents.In | PollEvents.ReadHangUp : PollEvents.None);
        }

        var events = PendingError != Errno.None ? PollEvents.Error : PollEvents.None;
        events |= (IsReadShut && IsWriteShut) || !isConnected ? PollEvents.HangUp : PollEvents.None;
        events |= IsReadShut ? PollEvents.In | PollEvents.ReadHangUp : PollEvents.None;
        events |= bytes.Count > 0 || packets.Count > 0 ? PollEvents.In : PollEvents.None;
        return events | (peer is null || peer.Room(Options.SendBufferBytes) > 0 ? PollEvents.Out : PollEvents.None);
    }

    internal override void Close()
    {
        base.Close();
        var wasListening = isListening;
        isListening = false;
        while (wasListening && ready.TryDequeue(out var unaccepted))
        {
            Process.Files.Release(unaccepted);
        }

        if (peer is { } other)
        {
            peer = null;
            other.peerName = BoundName ?? other.peerName;
            other.peer = null;
            other.IsReadShut = other.IsWriteShut = true;
            var hasUnread = bytes.Count > 0 || packets.Count > 0;
            other.PendingError = hasUnread || isWaitingAtListener ? Errno.ECONNRESET : other.PendingError;
            other.Notify();
        }

        DropQueues();
        NotifyWaiting();
    }

    private void DropQueues()
    {
        Process.Sockets.UnixBytes -= bytes.Count;
        bytes.Clear();
        foreach (var files in rights.TakeAll())
        {
            Process.Sockets.Land(files);
        }

        while (packets.Count > 0)
        {
            Process.Sockets.Land(packets.Take().Files);
        }
    }

    private int Room(int capacityBytes) =>
        IsStream ? capacityBytes - bytes.Count : (int)Math.Max(0, capacityBytes - packets.Bytes);

    private SyscallResult SendBytes(ReadOnlySpan<byte> source, OpenFile[]? files)
    {
        var count = Math.Min(source.Length, peer!.Room(Options.SendBufferBytes));
        if (count <= 0)
        {
            return source.IsEmpty ? 0 : Errno.EAGAIN;
        }

        if (files is not null)
        {
            Process.Sockets.Launch(files);
            peer.rights.Add(peer.bytes.Count, count, files);
        }

        peer.bytes.Write(source[..count]);
        Process.Sockets.UnixBytes += count;
        peer.Notify();
        return count;
    }

    private SyscallResult SendPacket(ReadOnlySpan<byte> source, OpenFile[]? files)
    {
        if (peer!.packets.Count > 0
            && peer.Room(Options.SendBufferBytes) < source.Length + UnixPackets.OverheadBytes)
        {
            return Errno.EAGAIN;
        }

        Process.Sockets.Launch(files);
        peer.packets.Add(new UnixPacket(source.ToArray(), null, files));
        peer.Notify();
        return source.Length;
    }
}
