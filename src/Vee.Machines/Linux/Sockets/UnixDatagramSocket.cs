using Vee.Machines.Linux.Files;
using Vee.Machines.State;

namespace Vee.Machines.Linux.Sockets;

/// <summary>
/// A datagram socket of the Unix domain: reliable, in order, and its senders wait for room (unix(7)).
/// </summary>
internal sealed class UnixDatagramSocket(Process process) : UnixSocket(process, SocketType.Datagram)
{
    internal const string Kind = "socket.unix.datagram";

    private readonly UnixPackets packets = new(process.Sockets);
    private UnixDatagramSocket? peer;
    private bool isClosed;
    private long peerToLink;

    internal override string StateKind => Kind;

    /// <summary>Whether socketpair made it: SO_PEERCRED then knows the peer.</summary>
    internal bool IsPaired { get; private set; }

    internal override SocketAddress? PeerAddress => peer?.LocalAddress;

    internal override SyscallResult BytesToRead => packets.TryPeek(out var packet) ? packet.Payload.Length : 0;

    // unix_recvq_full: one more than the limit may wait.
    private bool IsFull => packets.Count > SocketLimits.UnixDatagramsMax;

    /// <summary>Ties two sockets together (socketpair).</summary>
    internal static void Pair(UnixDatagramSocket one, UnixDatagramSocket other)
    {
        one.peer = other;
        other.peer = one;
        one.IsPaired = other.IsPaired = true;
    }

    internal override Errno Connect(in SocketAddress address)
    {
        if (address.Family == AddressFamily.Unspecified)
        {
            peer = null;
            return Errno.None;
        }

        var error = Find<UnixDatagramSocket>(address, out var found);
        if (error != Errno.None)
        {
            return error;
        }

        if (!found!.Hears(this))
        {
            return Errno.EPERM;
        }

        peer = found;
        Notify();
        return Errno.None;
    }

    internal override SyscallResult Send(ReadOnlySpan<byte> source, in OutgoingMessage message)
    {
        if (TakeError() is var pending and not Errno.None)
        {
            return pending;
        }

        var target = peer;
        if (message.To is { } to)
        {
            var error = Find(to, out target);
            if (error != Errno.None)
            {
                return error;
            }
        }

        if (target is null)
        {
            return Errno.ENOTCONN;
        }

        if (target.isClosed)
        {
            peer = target == peer ? null : peer;
            return Errno.ECONNREFUSED;
        }

        if (IsWriteShut || target.IsReadShut)
        {
            return Errno.EPIPE;
        }

        if (!target.Hears(this))
        {
            return Errno.EPERM;
        }

        if (target.IsFull)
        {
            target.AddWaiting(this);
            return Errno.EAGAIN;
        }

        if (Process.Sockets.UnixBytes > SocketTable.UnixBytesMax)
        {
            return Errno.ENOBUFS;
        }

        if (!Process.Sockets.CanSend(message.Files))
        {
            return Errno.ETOOMANYREFS;
        }

        Process.Sockets.Launch(message.Files);
        target.packets.Add(new UnixPacket(source.ToArray(), BoundName, message.Files));
        target.Notify();
        return source.Length;
    }

    internal override SyscallResult Peek(int offset, Span<byte> destination, ref IncomingMessage incoming)
    {
        if (!packets.TryPeek(out var packet))
        {
            var pending = TakeError();
            return pending != Errno.None ? pending : IsReadShut ? 0 : Errno.EAGAIN;
        }

        var count = Math.Min(destination.Length, packet.Payload.Length);
        packet.Payload.AsSpan(0, count).CopyTo(destination);
        incoming.MessageBytes = packet.Payload.Length;
        incoming.Source = SocketAddress.Unix(packet.Source);
        incoming.Files = packet.Files;
        return count;
    }

    internal override void Consume(int count)
    {
        if (packets.Count > 0)
        {
            packets.Take();
            NotifyWaiting();
        }
    }

    internal override Errno Shutdown(bool read, bool write)
    {
        IsReadShut |= read;
        IsWriteShut |= write;
        Notify();
        NotifyWaiting();
        return Errno.None;
    }

    // unix_dgram_poll in net/unix/af_unix.c.
    internal override PollEvents Poll()
    {
        var events = packets.Count > 0 ? PollEvents.In : PollEvents.None;
        events |= PendingError != Errno.None ? PollEvents.Error : PollEvents.None;
        events |= IsReadShut ? PollEvents.In | PollEvents.ReadHangUp : PollEvents.None;
        events |= IsReadShut && IsWriteShut ? PollEvents.HangUp : PollEvents.None;
        if (peer is { isClosed: false, IsFull: true } && peer.peer != this)
        {
            peer.AddWaiting(this);
            return events;
        }

        return events | PollEvents.Out;
    }

    internal override void Close()
    {
        isClosed = true;
        base.Close();
        while (packets.Count > 0)
        {
            Process.Sockets.Land(packets.Take().Files);
        }

        if (peer is { isClosed: false } other && other.peer == this)
        {
            // A pair's other end hears of it (unix_dgram_disconnected happens at its next send).
            other.Notify();
        }

        peer = null;
        NotifyWaiting();
    }

    internal override void Save(StateWriter state)
    {
        SaveBase(state);
        // A peer that is gone reads as none again; the one ECONNREFUSED it would have caused becomes ENOTCONN.
        state.Int64("peer", peer is { isClosed: false } ? peer.Id : 0);
        state.Boolean("paired", IsPaired);
        packets.Save(state);
    }

    internal static OpenFile Restore(Process process, StateReader state)
    {
        var socket = new UnixDatagramSocket(process);
        socket.RestoreBase(state);
        socket.peerToLink = state.Int64("peer", 0);
        socket.IsPaired = state.Boolean("paired");
        socket.packets.Restore(state);
        return socket;
    }

    internal override void Link()
    {
        peer = Linked<UnixDatagramSocket>(peerToLink);
        packets.Link(LinkFiles);
    }

    private bool Hears(UnixDatagramSocket sender) => peer is null || peer == sender;
}
