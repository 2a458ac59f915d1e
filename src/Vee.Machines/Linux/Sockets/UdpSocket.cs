using Vee.Machines.Linux.Files;
using Vee.Machines.Networking;
using Vee.Machines.State;

namespace Vee.Machines.Linux.Sockets;

/// <summary>A UDP socket (udp(7)).</summary>
internal sealed class UdpSocket(Process process)
    : Socket(process, AddressFamily.Inet, SocketType.Datagram, SocketLimits.ProtocolUdp)
{
    internal const string Kind = "socket.udp";

    private DatagramEndPoint? port;
    private bool isReadShut;
    private bool isWriteShut;

    internal override string StateKind => Kind;

    internal override int MessageBytesMax => NetworkMessage.DatagramBytesMax;

    internal override SocketAddress LocalAddress => SocketAddress.Inet(port switch
    {
        null => default,
        { Remote: { } remote } => Network.SourceFor(port.Local, remote),
        _ => port.Local,
    });

    internal override SocketAddress? PeerAddress => port?.Remote is { } remote ? SocketAddress.Inet(remote) : null;

    internal override SyscallResult BytesToRead =>
        port is not null && port.TryPeek(out var datagram) ? datagram.Payload.Length : 0;

    internal override Errno Bind(in SocketAddress address)
    {
        if (address.Family != AddressFamily.Inet)
        {
            return Errno.EAFNOSUPPORT;
        }

        if (port is not null)
        {
            return Errno.EINVAL;
        }

        var status = Network.Bind(
            address.EndPoint,
            Options.IsSet(SocketOptions.ReuseAddress),
            Options.IsSet(SocketOptions.ReusePort),
            out DatagramEndPoint? bound);
        if (bound is not null)
        {
            port = bound;
            port.Owner = this;
            OptionChanged();
        }

        return ToErrno(status);
    }

    internal override Errno Connect(in SocketAddress address)
    {
        if (address.Family == AddressFamily.Unspecified)
        {
            if (port is not null)
            {
                port.Remote = null;
            }

            return Errno.None;
        }

        var error = CheckDestination(address, out var remote);
        if (error == Errno.None)
        {
            error = EnsurePort();
        }

        if (error == Errno.None)
        {
            port!.Remote = remote;
            port.IsRefused = false;
        }

        return error;
    }

    internal override SyscallResult Send(ReadOnlySpan<byte> source, in OutgoingMessage message)
    {
        if (isWriteShut)
        {
            return Errno.EPIPE;
        }

        if (TakeError() is var pending and not Errno.None)
        {
            return pending;
        }

        EndPoint4 remote;
        if (message.To is { } to && to.Family != AddressFamily.Unspecified)
        {
            if (CheckDestination(to, out remote) is var error and not Errno.None)
            {
                return error;
            }

            if (remote.Port == 0)
            {
                return Errno.EINVAL;
            }
        }
        else if (port?.Remote is { } connected)
        {
            remote = connected;
        }
        else
        {
            return Errno.EDESTADDRREQ;
        }

        if (EnsurePort() is var failed and not Errno.None)
        {
            return failed;
        }

        Network.Send(port!, remote, source);
        return source.Length;
    }

    internal override SyscallResult Peek(int offset, Span<byte> destination, ref IncomingMessage incoming)
    {
        if (TakeError() is var pending and not Errno.None)
        {
            return pending;
        }

        if (port is null || !port.TryPeek(out var datagram))
        {
            return isReadShut ? 0 : Errno.EAGAIN;
        }

        var count = Math.Min(destination.Length, datagram.Payload.Length);
        datagram.Payload.Span[..count].CopyTo(destination);
        incoming.MessageBytes = datagram.Payload.Length;
        incoming.Source = SocketAddress.Inet(datagram.Source);
        return count;
    }

    internal override void Consume(int count)
    {
        if (port is { Count: > 0 })
        {
            Network.Skip(port);
        }
    }

    internal override Errno Shutdown(bool read, bool write)
    {
        isReadShut |= read;
        isWriteShut |= write;
        Notify();
        // Linux shuts an unconnected socket down and says that it is not connected (inet_shutdown).
        return PeerAddress is null ? Errno.ENOTCONN : Errno.None;
    }

    internal override Errno TakeError()
    {
        if (port is not { IsRefused: true })
        {
            return Errno.None;
        }

        port.IsRefused = false;
        return Errno.ECONNREFUSED;
    }

    internal override void OptionChanged()
    {
        if (port is not null)
        {
            port.CapacityBytes = Options.ReceiveBufferBytes;
            port.ReuseAddress = Options.IsSet(SocketOptions.ReuseAddress);
            port.ReusePort = Options.IsSet(SocketOptions.ReusePort);
        }
    }

    internal override PollEvents Poll()
    {
        var events = PollEvents.Out;
        events |= port is { Count: > 0 } ? PollEvents.In : PollEvents.None;
        events |= port is { IsRefused: true } ? PollEvents.Error : PollEvents.None;
        events |= isReadShut ? PollEvents.In | PollEvents.ReadHangUp : PollEvents.None;
        return events | (isReadShut && isWriteShut ? PollEvents.HangUp : PollEvents.None);
    }

    internal override void Close()
    {
        if (port is not null)
        {
            Network.Close(port);
            port = null;
        }
    }

    internal override void Save(StateWriter state)
    {
        Options.Save(state);
        state.Int64("endPoint", port?.Id ?? 0);
        state.Boolean("readShut", isReadShut);
        state.Boolean("writeShut", isWriteShut);
    }

    internal static OpenFile Restore(Process process, StateReader state)
    {
        var socket = new UdpSocket(process);
        socket.Options.Restore(state);
        var id = state.Int64("endPoint", 0);
        socket.port = id == 0 ? null : process.Network.Reclaim<DatagramEndPoint>(state, "endPoint", id, socket);
        socket.isReadShut = state.Boolean("readShut");
        socket.isWriteShut = state.Boolean("writeShut");
        return socket;
    }

    private Errno EnsurePort() => port is null ? Bind(SocketAddress.Inet(default)) : Errno.None;

    private Errno CheckDestination(in SocketAddress address, out EndPoint4 remote)
    {
        remote = address.EndPoint;
        if (address.Family != AddressFamily.Inet)
        {
            return Errno.EAFNOSUPPORT;
        }

        if (remote.Address == EndPoint4.Any)
        {
            remote = remote with { Address = EndPoint4.Loopback };
        }

        if (remote.Address == EndPoint4.Broadcast && !Options.IsSet(SocketOptions.Broadcast))
        {
            return Errno.EACCES;
        }

        return !Network.HasRoute(remote.Address) ? Errno.ENETUNREACH
            : port is not null && !Network.CanReach(port.Local, remote) ? Errno.EINVAL
            : Errno.None;
    }
}
