using System.Buffers.Binary;
using Vee.Machines.Linux.Threads;
using static Vee.Machines.Linux.ArgumentKind;

namespace Vee.Machines.Linux.Sockets;

/// <summary>setsockopt and getsockopt.</summary>
internal static class SocketOptionCalls
{
    private const int LingerBytes = 8;
    private const int TimeBytes = 16;
    private const int InfoBytes = 104;
    private const int ReceiveTimeoutNew = 66;
    private const int SendTimeoutNew = 67;
    private const long MicrosecondsPerSecond = 1_000_000;

    private static ReadOnlySpan<byte> Congestion => "cubic\0"u8;

    internal static Syscall[] Table { get; } =
    [
        new(208, "setsockopt", Set, [ArgumentKind.File, Int, Int, Pointer, Size]),
        new(209, "getsockopt", Get, [ArgumentKind.File, Int, Int, Pointer, Pointer]),
    ];

    private static SyscallResult Set(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var error = SocketCalls.TryGet(process, arguments.A0, out var socket);
        if (error != Errno.None)
        {
            return error;
        }

        var (level, name, pointer, length) = ((int)arguments.A1, (int)arguments.A2, arguments.A3, (int)arguments.A4);
        if (length < 0)
        {
            return Errno.EINVAL;
        }

        error = CheckLevel(socket!, level);
        if (error != Errno.None)
        {
            return error;
        }

        return (level, name) switch
        {
            (SocketLimits.LevelSocket, SocketOptions.Linger) => SetLinger(process.User, socket!, pointer, length),
            (SocketLimits.LevelSocket, SocketOptions.ReceiveTimeoutName or ReceiveTimeoutNew) =>
                SetTimeout(process.User, socket!, pointer, length, isReceive: true),
            (SocketLimits.LevelSocket, SocketOptions.SendTimeoutName or SendTimeoutNew) =>
                SetTimeout(process.User, socket!, pointer, length, isReceive: false),
            (SocketLimits.LevelSocket, SocketOptions.SendBufferForce) =>
                SetInt(process.User, socket!, level, SocketOptions.SendBuffer, pointer, length),
            (SocketLimits.LevelSocket, SocketOptions.ReceiveBufferForce) =>
                SetInt(process.User, socket!, level, SocketOptions.ReceiveBuffer, pointer, length),
            (SocketLimits.ProtocolTcp, SocketOptions.TcpCongestion) => SetCongestion(process.User, pointer, length),
            _ => SetInt(process.User, socket!, level, name, pointer, length),
        };
    }

    private static Errno CheckLevel(Socket socket, int level) => level switch
    {
        SocketLimits.LevelSocket => Errno.None,
        _ when socket.Family == AddressFamily.Unix => Errno.EOPNOTSUPP,
        SocketLimits.ProtocolIp => Errno.None,
        SocketLimits.ProtocolTcp when socket is TcpSocket => Errno.None,
        _ => Errno.ENOPROTOOPT,
    };

    private static Errno SetInt(UserMemory user, Socket socket, int level, int name, ulong pointer, int length)
    {
        if (!SocketOptions.TryFind(level, name, out _))
        {
            return Errno.ENOPROTOOPT;
        }

        int value;
        if (length < sizeof(int) && level == SocketLimits.ProtocolIp && length >= 1)
        {
            // The IP level takes a byte as well (ip_setsockopt).
            Span<byte> small = stackalloc byte[1];
            if (!user.TryRead(pointer, small))
            {
                return Errno.EFAULT;
            }

            value = small[0];
        }
        else if (length < sizeof(int))
        {
            return Errno.EINVAL;
        }
        else if (!user.TryRead(pointer, out value))
        {
            return Errno.EFAULT;
        }

        var error = socket.Options.Set(level, name, value);
        if (error == Errno.None)
        {
            socket.OptionChanged();
        }

        return error;
    }

    private static Errno SetLinger(UserMemory user, Socket socket, ulong pointer, int length)
    {
        Span<byte> bytes = stackalloc byte[LingerBytes];
        if (length < LingerBytes)
        {
            return Errno.EINVAL;
        }

        if (!user.TryRead(pointer, bytes))
        {
            return Errno.EFAULT;
        }

        var isOn = BinaryPrimitives.ReadInt32LittleEndian(bytes) != 0;
        socket.Options.LingerSeconds = isOn ? Math.Max(0, BinaryPrimitives.ReadInt32LittleEndian(bytes[4..])) : null;
        return Errno.None;
    }

    private static Errno SetTimeout(UserMemory user, Socket socket, ulong pointer, int length, bool isReceive)
    {
        Span<byte> bytes = stackalloc byte[TimeBytes];
        if (length < TimeBytes)
        {
            return Errno.EINVAL;
        }

        if (!user.TryRead(pointer, bytes))
        {
            return Errno.EFAULT;
        }

        var seconds = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var microseconds = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);
        if (microseconds is < 0 or >= MicrosecondsPerSecond)
        {
            return Errno.EINVAL;
        }

        long? timeout = seconds < 0 ? 0
            : (seconds | microseconds) == 0 || seconds > int.MaxValue ? null
            : (seconds * VirtualClock.NanosecondsPerSecond) + (microseconds * 1000);
        if (isReceive)
        {
            socket.Options.ReceiveTimeout = timeout;
        }
        else
        {
            socket.Options.SendTimeout = timeout;
        }

        return Errno.None;
    }

    private static Errno SetCongestion(UserMemory user, ulong pointer, int length)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes = bytes[..Math.Min(length, bytes.Length)];
        if (bytes.IsEmpty)
        {
            return Errno.EINVAL;
        }

        if (!user.TryRead(pointer, bytes))
        {
            return Errno.EFAULT;
        }

        var end = bytes.IndexOf((byte)0);
        return bytes[..(end < 0 ? bytes.Length : end)].SequenceEqual(Congestion[..^1]) ? Errno.None : Errno.ENOENT;
    }

    private static SyscallResult Get(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var error = SocketCalls.TryGet(process, arguments.A0, out var socket);
        if (error != Errno.None)
        {
            return error;
        }

        var (level, name) = ((int)arguments.A1, (int)arguments.A2);
        if (!process.User.TryReadUInt32(arguments.A4, out var room))
        {
            return Errno.EFAULT;
        }

        if ((int)room < 0)
        {
            return Errno.EINVAL;
        }

        error = CheckLevel(socket!, level);
        if (error != Errno.None)
        {
            return error;
        }

        Span<byte> value = stackalloc byte[InfoBytes];
        value.Clear();
        var length = Encode(process, socket!, level, name, value);
        if (length < 0)
        {
            return Errno.ENOPROTOOPT;
        }

        length = Math.Min(length, (int)room);
        return process.User.TryWrite(arguments.A3, value[..length])
            && process.User.TryWriteUInt32(arguments.A4, (uint)length)
                ? 0
                : Errno.EFAULT;
    }

    /// <returns>Bytes of the value, or -1 for an option that does not exist.</returns>
    private static int Encode(Process process, Socket socket, int level, int name, Span<byte> value)
    {
        switch (level, name)
        {
            case (SocketLimits.LevelSocket, SocketOptions.Linger):
                BinaryPrimitives.WriteInt32LittleEndian(value, socket.Options.LingerSeconds is null ? 0 : 1);
                BinaryPrimitives.WriteInt32LittleEndian(value[4..], socket.Options.LingerSeconds ?? 0);
                return LingerBytes;
            case (SocketLimits.LevelSocket, SocketOptions.ReceiveTimeoutName or ReceiveTimeoutNew):
                return EncodeTime(socket.Options.ReceiveTimeout, value);
            case (SocketLimits.LevelSocket, SocketOptions.SendTimeoutName or SendTimeoutNew):
                return EncodeTime(socket.Options.SendTimeout, value);
            case (SocketLimits.LevelSocket, SocketOptions.PeerCredentials):
                var isKnown =
                    socket is UnixConnectionSocket { IsConnected: true } or UnixDatagramSocket { IsPaired: true };
                (isKnown ? SocketCredentials.Of(process) : SocketCredentials.None).Write(value);
                return 12;
            case (SocketLimits.ProtocolTcp, SocketOptions.TcpInfo):
                value[0] = (byte)((TcpSocket)socket).TcpState;
                return InfoBytes;
            case (SocketLimits.ProtocolTcp, SocketOptions.TcpCongestion):
                Congestion.CopyTo(value);
                return 16;
        }

        int? number = (level, name) switch
        {
            (SocketLimits.LevelSocket, SocketOptions.Type) => (int)socket.Type,
            (SocketLimits.LevelSocket, SocketOptions.Domain) => socket.Family,
            (SocketLimits.LevelSocket, SocketOptions.Protocol) => socket.Protocol,
            (SocketLimits.LevelSocket, SocketOptions.AcceptConnections) => socket.IsListening ? 1 : 0,
            (SocketLimits.LevelSocket, SocketOptions.Error) => (int)socket.TakeError(),
            _ => SocketOptions.TryFind(level, name, out _) ? socket.Options.Get(level, name) : null,
        };
        BinaryPrimitives.WriteInt32LittleEndian(value, number ?? 0);
        return number is null ? -1 : sizeof(int);
    }

    private static int EncodeTime(long? timeout, Span<byte> value)
    {
        var nanoseconds = timeout ?? 0;
        BinaryPrimitives.WriteInt64LittleEndian(value, nanoseconds / VirtualClock.NanosecondsPerSecond);
        BinaryPrimitives.WriteInt64LittleEndian(value[8..], nanoseconds % VirtualClock.NanosecondsPerSecond / 1000);
        return TimeBytes;
    }
}
