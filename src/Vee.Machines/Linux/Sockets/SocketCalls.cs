using Vee.Machines.Linux.Files;
using Vee.Machines.Linux.Threads;
using static Vee.Machines.Linux.ArgumentKind;

namespace Vee.Machines.Linux.Sockets;

/// <summary>The system calls on sockets: making, naming and connecting them.</summary>
internal static class SocketCalls
{
    private const uint TypeMask = 0xf;

    /// <summary>Rows for <see cref="SyscallTable"/>.</summary>
    internal static Syscall[] Table { get; } =
    [
        new(198, "socket", Create, [Int, Bits, Int]),
        new(199, "socketpair", CreatePair, [Int, Bits, Int, Pointer]),
        new(200, "bind", Bind, [ArgumentKind.File, Pointer, Size]),
        new(201, "listen", Listen, [ArgumentKind.File, Int]),
        new(202, "accept", Accept, [ArgumentKind.File, Pointer, Pointer]),
        new(203, "connect", Connect, [ArgumentKind.File, Pointer, Size]),
        new(204, "getsockname", GetName, [ArgumentKind.File, Pointer, Pointer]),
        new(205, "getpeername", GetPeerName, [ArgumentKind.File, Pointer, Pointer]),
        new(210, "shutdown", Shutdown, [ArgumentKind.File, Int]),
        new(242, "accept4", Accept4, [ArgumentKind.File, Pointer, Pointer, Bits]),
        .. SocketOptionCalls.Table,
        .. MessageCalls.Table,
    ];

    /// <summary>Finds the socket of a descriptor.</summary>
    /// <returns>None, EBADF or ENOTSOCK.</returns>
    internal static Errno TryGet(Process process, ulong descriptor, out Socket? socket)
    {
        socket = null;
        if (!process.Files.TryGet((int)descriptor, out var file) || (file.Flags & OpenFlags.PathOnly) != 0)
        {
            return Errno.EBADF;
        }

        socket = file as Socket;
        return socket is null ? Errno.ENOTSOCK : Errno.None;
    }

    private static SyscallResult Create(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var error = TryMake(process, arguments.A0, arguments.A1, arguments.A2, out var socket);
        return error != Errno.None ? error : Install(process, socket!, arguments.A1);
    }

    private static SyscallResult CreatePair(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var error = TryMake(process, arguments.A0, arguments.A1, arguments.A2, out var one);
        if (error != Errno.None)
        {
            return error;
        }

        if (one is not UnixSocket)
        {
            return Errno.EOPNOTSUPP;
        }

        TryMake(process, arguments.A0, arguments.A1, arguments.A2, out var other);
        if (one is UnixDatagramSocket oneDatagram)
        {
            UnixDatagramSocket.Pair(oneDatagram, (UnixDatagramSocket)other!);
        }
        else
        {
            UnixConnectionSocket.Pair((UnixConnectionSocket)one, (UnixConnectionSocket)other!);
        }

        var first = Install(process, one, arguments.A1);
        if (first.IsError)
        {
            return first;
        }

        var second = Install(process, other!, arguments.A1);
        if (!second.IsError)
        {
            if (process.User.TryWriteUInt32(arguments.A3, (uint)first.Raw)
                && process.User.TryWriteUInt32(arguments.A3 + 4, (uint)second.Raw))
            {
                return 0;
            }

            process.Files.Close((int)second.Raw);
            second = Errno.EFAULT;
        }

        process.Files.Close((int)first.Raw);
        return second;
    }

    private static Errno TryMake(
        Process process, ulong family, ulong type, ulong protocol, out Socket? socket)
    {
        socket = null;
        if (((uint)type & ~TypeMask & ~(uint)(OpenFlags.NonBlocking | OpenFlags.CloseOnExec)) != 0)
        {
            return Errno.EINVAL;
        }

        var kind = (SocketType)((uint)type & TypeMask);
        var error = (int)family switch
        {
            AddressFamily.Unix => TryMakeUnix(process, kind, (int)protocol, out socket),
            AddressFamily.Inet => TryMakeInet(process, kind, (int)protocol, out socket),
            AddressFamily.Packet => Errno.EPERM,
            _ => Errno.EAFNOSUPPORT,
        };
        return error;
    }

    private static Errno TryMakeUnix(Process process, SocketType type, int protocol, out Socket? socket)
    {
        socket = null;
        if (protocol is not (0 or AddressFamily.Unix))
        {
            return Errno.EPROTONOSUPPORT;
        }

        socket = type switch
        {
            SocketType.Stream or SocketType.SeqPacket => new UnixConnectionSocket(process, type),
            // Linux makes a raw Unix socket a datagram one.
            SocketType.Datagram or SocketType.Raw => new UnixDatagramSocket(process),
            _ => null,
        };
        return socket is null ? Errno.ESOCKTNOSUPPORT : Errno.None;
    }

    private static Errno TryMakeInet(Process process, SocketType type, int protocol, out Socket? socket)
    {
        socket = (type, protocol) switch
        {
            (SocketType.Stream, 0 or SocketLimits.ProtocolTcp) => new TcpSocket(process),
            (SocketType.Datagram, 0 or SocketLimits.ProtocolUdp) => new UdpSocket(process),
            _ => null,
        };
        return socket is not null ? Errno.None
            : type is SocketType.Stream or SocketType.Datagram ? Errno.EPROTONOSUPPORT
            : type == SocketType.Raw ? Errno.EPERM
            : Errno.ESOCKTNOSUPPORT;
    }

    /// <summary>Registers a socket, sets the flags that its type argument carried and gives it a descriptor.</summary>
    private static SyscallResult Install(Process process, Socket socket, ulong type)
    {
        if (socket.Id == 0)
        {
            process.Files.Register(socket);
        }

        var flags = (OpenFlags)(uint)type;
        socket.Flags = OpenFlags.ReadWrite | (flags & OpenFlags.NonBlocking);
        return process.Files.Install(socket, (flags & OpenFlags.CloseOnExec) != 0);
    }

    private static SyscallResult Bind(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var error = TryGet(process, arguments.A0, out var socket);
        if (error == Errno.None)
        {
            error = SocketAddress.TryRead(process.User, arguments.A1, arguments.A2, out var address);
            return error != Errno.None ? error : socket!.Bind(address);
        }

        return error;
    }

    private static SyscallResult Listen(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var error = TryGet(process, arguments.A0, out var socket);
        return error != Errno.None ? error : socket!.Listen((int)arguments.A1);
    }

    private static SyscallResult Accept(Process process, GuestThread thread, in SyscallArguments arguments) =>
        AcceptWith(process, thread, arguments, 0);

    private static SyscallResult Accept4(Process process, GuestThread thread, in SyscallArguments arguments) =>
        AcceptWith(process, thread, arguments, arguments.A3);

    private static SyscallResult AcceptWith(
        Process process, GuestThread thread, in SyscallArguments arguments, ulong type)
    {
        if (((uint)type & ~(uint)(OpenFlags.NonBlocking | OpenFlags.CloseOnExec)) != 0)
        {
            return Errno.EINVAL;
        }

        var error = TryGet(process, arguments.A0, out var socket);
        if (error != Errno.None)
        {
            return error;
        }

        // A connection is taken from the queue only when it can be given to the guest.
        if (!process.Files.HasRoom)
        {
            return Errno.EMFILE;
        }

        error = socket!.Accept(out var accepted);
        if (error != Errno.None)
        {
            var isNonBlocking = SocketTransfer.IsNonBlocking(socket, MessageFlags.None);
            return process.Threads.WaitIfBlocking(
                thread, socket, error, isNonBlocking, socket.Options.ReceiveTimeout);
        }

        var wasHeldByListener = accepted!.References > 0;
        var number = Install(process, accepted, type);
        if (wasHeldByListener)
        {
            process.Files.Release(accepted);
        }

        if (arguments.A1 != 0 && !number.IsError)
        {
            // A peer that has closed meanwhile has no address any more; Linux answers ECONNABORTED then.
            error = accepted.PeerAddress is { } peer
                ? peer.TryWrite(process.User, arguments.A1, arguments.A2)
                : Errno.ECONNABORTED;
            if (error != Errno.None)
            {
                process.Files.Close((int)number.Raw);
                return error;
            }
        }

        return number;
    }

    private static SyscallResult Connect(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var error = TryGet(process, arguments.A0, out var socket);
        if (error != Errno.None)
        {
            return error;
        }

        error = SocketAddress.TryRead(process.User, arguments.A1, arguments.A2, out var address);
        if (error != Errno.None)
        {
            return error;
        }

        var isNonBlocking = SocketTransfer.IsNonBlocking(socket!, MessageFlags.None);
        error = thread.Wake == WakeReason.None ? socket!.Connect(address) : socket!.ConnectProgress(address);
        if (error == Errno.EINPROGRESS && !isNonBlocking)
        {
            // Inside the machine the answer is already there.
            error = socket.ConnectProgress(address);
        }

        if (error is not (Errno.EINPROGRESS or Errno.EALREADY or Errno.EAGAIN))
        {
            return error;
        }

        var result = process.Threads.WaitIfBlocking(
            thread, socket, Errno.EAGAIN, isNonBlocking, socket.Options.SendTimeout);
        return result.IsBlocked ? result : error;
    }

    private static SyscallResult GetName(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var error = TryGet(process, arguments.A0, out var socket);
        return error != Errno.None
            ? error
            : socket!.LocalAddress.TryWrite(process.User, arguments.A1, arguments.A2);
    }

    private static SyscallResult GetPeerName(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var error = TryGet(process, arguments.A0, out var socket);
        return error != Errno.None ? error
            : socket!.PeerAddress is { } peer ? peer.TryWrite(process.User, arguments.A1, arguments.A2)
            : Errno.ENOTCONN;
    }

    private static SyscallResult Shutdown(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var error = TryGet(process, arguments.A0, out var socket);
        var how = (int)arguments.A1;
        return error != Errno.None ? error
            : how is < 0 or > 2 ? Errno.EINVAL
            : socket!.Shutdown(read: how is 0 or 2, write: how is 1 or 2);
    }
}
