using Vee.Machines.Linux.Files;
using Vee.Machines.Networking;

namespace Vee.Machines.Linux.Sockets;

/// <summary>A TCP socket (tcp(7)); the connection itself is the stack's.</summary>
internal sealed partial class TcpSocket(Process process)
    : Socket(process, AddressFamily.Inet, SocketType.Stream, SocketLimits.ProtocolTcp)
{
    internal const string Kind = "socket.tcp";

    private StreamListener? port;
    private StreamConnection? connection;
    private bool isConnectPending;
    private bool isReadShut;

    internal override string StateKind => Kind;

    internal override bool IsListening => port is { IsListening: true };

    internal override SocketAddress LocalAddress => SocketAddress.Inet(connection?.Local ?? port?.Local ?? default);

    internal override SocketAddress? PeerAddress =>
        connection is { State: StreamState.Open } ? SocketAddress.Inet(connection.Remote) : null;

    internal override SyscallResult BytesToRead => IsListening ? Errno.EINVAL : connection?.Received.Count ?? 0;

    private bool IsReadEnded => isReadShut || connection is { IsReceiveFinished: true };

    internal override Errno Bind(in SocketAddress address)
    {
        if (address.Family != AddressFamily.Inet)
        {
            return Errno.EAFNOSUPPORT;
        }

        if (port is not null || connection is not null)
        {
            return Errno.EINVAL;
        }

        var status = Network.Bind(
            address.EndPoint,
            Options.IsSet(SocketOptions.ReuseAddress),
            Options.IsSet(SocketOptions.ReusePort),
            out StreamListener? bound);
        if (bound is not null)
        {
            port = bound;
            port.Owner = this;
            OptionChanged();
        }

        return ToErrno(status);
    }

    internal override Errno Listen(int backlog)
    {
        if (connection is not null)
        {
            return Errno.EINVAL;
        }

        if (port is null && Bind(SocketAddress.Inet(default)) is var error and not Errno.None)
        {
            return error;
        }

        // A negative backlog is a large one: Linux compares it as unsigned.
        return ToErrno(Network.Listen(port!, (int)Math.Min((uint)backlog, StreamListener.BacklogMax)));
    }

    internal override Errno Accept(out Socket? accepted)
    {
        accepted = null;
        if (!IsListening)
        {
            return Errno.EINVAL;
        }

        if (Network.Accept(port!) is not { } taken)
        {
            return Errno.EAGAIN;
        }

        var socket = new TcpSocket(Process) { connection = taken };
        socket.Options.CopyFrom(Options);
        taken.Owner = socket;
        accepted = socket;
        return Errno.None;
    }

    internal override Errno Connect(in SocketAddress address)
    {
        if (address.Family == AddressFamily.Unspecified)
        {
            Disconnect();
            if (IsListening)
            {
                Network.StopListening(port!);
            }

            return Errno.None;
        }

        if (address.Family != AddressFamily.Inet)
        {
            return Errno.EAFNOSUPPORT;
        }

        if (isConnectPending)
        {
            var progress = ConnectProgress(address);
            return progress == Errno.EINPROGRESS ? Errno.EALREADY : progress;
        }

        return IsListening || connection is not null ? Errno.EISCONN : StartConnect(address.EndPoint);
    }

    internal override Errno ConnectProgress(in SocketAddress address)
    {
        if (!isConnectPending || connection is null)
        {
            return connection is { State: StreamState.Open } ? Errno.None : Errno.ECONNABORTED;
        }

        if (connection.State == StreamState.Connecting)
        {
            return Errno.EINPROGRESS;
        }

        if (connection.State == StreamState.Open)
        {
            isConnectPending = false;
            return Errno.None;
        }

        var error = TakeError();
        Disconnect();
        return error == Errno.None ? Errno.ECONNABORTED : error;
    }

    internal override SyscallResult Send(ReadOnlySpan<byte> source, in OutgoingMessage message)
    {
        if (TakeError() is var pending and not Errno.None)
        {
            return pending;
        }

        if (connection is null || connection.IsSendFinished)
        {
            return Errno.EPIPE;
        }

        if (connection.State == StreamState.Connecting)
        {
            return Errno.EAGAIN;
        }

        var count = Network.Write(connection, source);
        return count > 0 || source.IsEmpty ? count : Errno.EAGAIN;
    }

    internal override SyscallResult Peek(int offset, Span<byte> destination, ref IncomingMessage incoming)
    {
        if (connection is null)
        {
            return Errno.ENOTCONN;
        }

        var count = connection.Received.CopyTo(offset, destination);
        if (count > 0 || destination.IsEmpty)
        {
            return count;
        }

        // A peer that has finished may reset the connection afterwards: the end is still what a read finds.
        if (connection.Fault == StreamFault.Broken)
        {
            return 0;
        }

        if (incoming.IsFirst && TakeError() is var pending and not Errno.None)
        {
            return pending;
        }

        return IsReadEnded ? 0 : Errno.EAGAIN;
    }

    internal override void Consume(int count)
    {
        if (count > 0 && connection is not null)
        {
            Network.Skip(connection, count);
        }
    }

    internal override Errno Shutdown(bool read, bool write)
    {
        if (IsListening)
        {
            if (read)
            {
                Network.StopListening(port!);
            }

            return Errno.None;
        }

        if (connection is null or { State: StreamState.Closed })
        {
            return Errno.ENOTCONN;
        }

        if (connection.State == StreamState.Connecting)
        {
            Disconnect();
            Notify();
            return Errno.None;
        }

        isReadShut |= read;
        if (write)
        {
            Network.Finish(connection);
        }

        Notify();
        return Errno.None;
    }

    internal override Errno TakeError()
    {
        if (connection is null or { Fault: StreamFault.None })
        {
            return Errno.None;
        }

        var fault = connection.Fault;
        connection.Fault = StreamFault.None;
        return fault switch
        {
            StreamFault.Refused => Errno.ECONNREFUSED,
            StreamFault.NoHost => Errno.EHOSTUNREACH,
            StreamFault.NoRoute => Errno.ENETUNREACH,
            StreamFault.Timeout => Errno.ETIMEDOUT,
            StreamFault.Broken => Errno.EPIPE,
            _ => Errno.ECONNRESET,
        };
    }

    internal override void OptionChanged()
    {
        if (port is not null)
        {
            port.CapacityBytes = Options.ReceiveBufferBytes;
            port.ReuseAddress = Options.IsSet(SocketOptions.ReuseAddress);
            port.ReusePort = Options.IsSet(SocketOptions.ReusePort);
        }

        if (connection is not null)
        {
            connection.CapacityBytes = Options.ReceiveBufferBytes;
            // More room than before is told at once: the peer may be waiting for it.
            Network.Skip(connection, 0);
        }
    }

    // tcp_poll and inet_csk_listen_poll in net/ipv4/tcp.c.
    internal override PollEvents Poll()
    {
        if (IsListening)
        {
            return port!.Ready.Count > 0 ? PollEvents.In : PollEvents.None;
        }

        if (connection is null)
        {
            return PollEvents.Out | PollEvents.HangUp;
        }

        var events = PollEvents.None;
        if (connection.State == StreamState.Closed || (IsReadEnded && connection.IsSendFinished))
        {
            events |= PollEvents.HangUp;
        }

        if (IsReadEnded)
        {
            events |= PollEvents.In | PollEvents.ReadHangUp;
        }

        if (connection.State != StreamState.Connecting)
        {
            events |= connection.Received.Count > 0 ? PollEvents.In : PollEvents.None;
            events |= connection.SendRoom > 0 || connection.IsSendFinished ? PollEvents.Out : PollEvents.None;
        }

        return events | (connection.Fault != StreamFault.None ? PollEvents.Error : PollEvents.None);
    }

    /// <summary>tcpi_state of TCP_INFO (net/tcp_states.h).</summary>
    internal int TcpState => IsListening ? 10 : connection switch
    {
        null or { State: StreamState.Closed } => 7,
        { State: StreamState.Connecting } => 2,
        { IsReceiveFinished: true, IsSendFinished: true } => 9,
        { IsReceiveFinished: true } => 8,
        { IsSendFinished: true } => 5,
        _ => 1,
    };

    internal override void Close()
    {
        if (connection is not null)
        {
            Network.Close(connection, Options.LingerSeconds == 0);
            connection = null;
        }

        if (port is not null)
        {
            Network.Close(port);
            port = null;
        }
    }

    private Errno StartConnect(EndPoint4 remote)
    {
        if (remote.Address == EndPoint4.Any)
        {
            remote = remote with { Address = EndPoint4.Loopback };
        }

        if (remote.Address == EndPoint4.Broadcast || remote.IsMulticast || !Network.HasRoute(remote.Address))
        {
            return Errno.ENETUNREACH;
        }

        var local = port?.Local ?? default;
        if (!Network.CanReach(local, remote))
        {
            return Errno.EINVAL;
        }

        if (remote.Port == 0 || remote == Network.SourceFor(local, remote))
        {
            // Nobody listens on port 0, and a socket that connects to itself does not listen either.
            return Errno.ECONNREFUSED;
        }

        var status = Network.Connect(local, remote, Options.ReceiveBufferBytes, out var started);
        if (started is not null)
        {
            connection = started;
            connection.Owner = this;
            connection.ReuseAddress = Options.IsSet(SocketOptions.ReuseAddress);
            connection.ReusePort = Options.IsSet(SocketOptions.ReusePort);
            isConnectPending = true;
            return Errno.EINPROGRESS;
        }

        return ToErrno(status);
    }

    private void Disconnect()
    {
        if (connection is not null)
        {
            Network.Close(connection, abort: true);
        }

        connection = null;
        isConnectPending = false;
        isReadShut = false;
    }
}
