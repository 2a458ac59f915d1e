using System.Buffers;
using Vee.Machines.Linux.Files;
using Vee.Machines.Linux.Threads;
using static Vee.Machines.Linux.ArgumentKind;

namespace Vee.Machines.Linux.Sockets;

/// <summary>The system calls that move messages: sendto, recvfrom, sendmsg, recvmsg and their plural forms.</summary>
internal static class MessageCalls
{
    private const ulong HeaderStride = 64; // struct mmsghdr
    private const ulong HeaderLengthOffset = 56; // its msg_len

    // A signal that interrupts one of the first four makes the call return its CallProgress, the bytes moved so far;
    // the plural forms count messages and decide themselves.
    internal static Syscall[] Table { get; } =
    [
        new(206, "sendto", SendTo, [ArgumentKind.File, Pointer, Size, Bits, Pointer, Size]),
        new(207, "recvfrom", ReceiveFrom, [ArgumentKind.File, Pointer, Size, Bits, Pointer, Pointer]),
        new(211, "sendmsg", SendMessage, [ArgumentKind.File, Pointer, Bits]),
        new(212, "recvmsg", ReceiveMessage, [ArgumentKind.File, Pointer, Bits]),
        new(243, "recvmmsg", ReceiveMessages, [ArgumentKind.File, Pointer, Size, Bits, Pointer],
            Interruption.AskHandler),
        new(269, "sendmmsg", SendMessages, [ArgumentKind.File, Pointer, Size, Bits], Interruption.AskHandler),
    ];

    private static SyscallResult SendTo(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var error = SocketCalls.TryGet(process, arguments.A0, out var socket);
        SocketAddress? to = null;
        if (error == Errno.None && arguments.A4 != 0)
        {
            error = SocketAddress.TryRead(process.User, arguments.A4, arguments.A5, out var address);
            to = address;
        }

        if (error != Errno.None)
        {
            return error;
        }

        var buffer = new GuestVector(arguments.A1, arguments.A2);
        return SocketTransfer.Send(
            process,
            thread,
            socket!,
            GuestVectors.Single(process.User, buffer),
            (MessageFlags)(uint)arguments.A3,
            new OutgoingMessage(to));
    }

    private static SyscallResult ReceiveFrom(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var error = SocketCalls.TryGet(process, arguments.A0, out var socket);
        if (error != Errno.None)
        {
            return error;
        }

        var flags = (MessageFlags)(uint)arguments.A3;
        var buffer = new GuestVector(arguments.A1, arguments.A2);
        var incoming = default(IncomingMessage);
        var result = SocketTransfer.Receive(
            process, thread, socket!, GuestVectors.Single(process.User, buffer), flags, ref incoming);
        if (result.IsError || result.IsBlocked)
        {
            return result;
        }

        // Nobody asked for the files: they close, as they do when a message is read(2).
        process.Sockets.Land((flags & MessageFlags.Peek) != 0 ? null : incoming.Files);
        if (arguments.A4 == 0)
        {
            return result;
        }

        error = incoming.Source is { } source && source is not { Family: AddressFamily.Unix, Name: null }
            ? source.TryWrite(process.User, arguments.A4, arguments.A5)
            : process.User.TryWriteUInt32(arguments.A5, 0) ? Errno.None : Errno.EFAULT;
        return error != Errno.None ? error : result;
    }

    private static SyscallResult SendMessage(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var error = SocketCalls.TryGet(process, arguments.A0, out var socket);
        return error != Errno.None
            ? error
            : SendOne(process, thread, socket!, arguments.A1, (MessageFlags)(uint)arguments.A2);
    }

    private static SyscallResult ReceiveMessage(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var error = SocketCalls.TryGet(process, arguments.A0, out var socket);
        return error != Errno.None
            ? error
            : ReceiveOne(process, thread, socket!, arguments.A1, (MessageFlags)(uint)arguments.A2);
    }

    private static SyscallResult SendMessages(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var error = SocketCalls.TryGet(process, arguments.A0, out var socket);
        if (error != Errno.None)
        {
            return error;
        }

        var flags = (MessageFlags)(uint)arguments.A3;
        var count = (int)Math.Min((uint)arguments.A2, SocketLimits.VectorsMax);
        // Messages that are done are the call's progress; on a stream that is its bytes, so only the first waits.
        var index = socket!.IsStream ? 0 : (int)thread.CallProgress;
        for (; index < count; index++)
        {
            var header = arguments.A1 + ((ulong)index * HeaderStride);
            var result = SendOne(process, thread, socket, header, flags);
            if (!result.IsError && !result.IsBlocked
                && !process.User.TryWriteUInt32(header + HeaderLengthOffset, (uint)result.Raw))
            {
                result = Errno.EFAULT;
            }

            if (result.IsError || result.IsBlocked)
            {
                return Stopped(thread, socket, index, result);
            }

            AfterFirst(thread, socket, ref flags);
        }

        return index;
    }

    private static SyscallResult ReceiveMessages(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var error = SocketCalls.TryGet(process, arguments.A0, out var socket);
        if (error == Errno.None && thread.Wake == WakeReason.None && arguments.A4 != 0)
        {
            error = SetDeadline(process, thread, arguments.A4);
        }

        if (error != Errno.None)
        {
            return error;
        }

        var flags = (MessageFlags)(uint)arguments.A3;
        var count = (int)Math.Min((uint)arguments.A2, SocketLimits.VectorsMax);
        var index = socket!.IsStream ? 0 : (int)thread.CallProgress;
        for (; index < count; index++)
        {
            var header = arguments.A1 + ((ulong)index * HeaderStride);
            if (index > 0 && (flags & MessageFlags.WaitForOne) != 0)
            {
                flags |= MessageFlags.DoNotWait;
            }

            var result = ReceiveOne(process, thread, socket, header, flags);
            if (!result.IsError && !result.IsBlocked
                && !process.User.TryWriteUInt32(header + HeaderLengthOffset, (uint)result.Raw))
            {
                result = Errno.EFAULT;
            }

            if (result.IsError || result.IsBlocked)
            {
                return Stopped(thread, socket, index, result);
            }

            AfterFirst(thread, socket, ref flags);
        }

        return index;
    }

    private static void AfterFirst(GuestThread thread, Socket socket, ref MessageFlags flags)
    {
        if (socket.IsStream)
        {
            thread.CallProgress = 0;
            flags |= MessageFlags.DoNotWait;
        }
    }

    private static SyscallResult Stopped(GuestThread thread, Socket socket, int index, SyscallResult result)
    {
        if (result.IsBlocked)
        {
            thread.CallProgress = socket.IsStream ? thread.CallProgress : index;
            return result;
        }

        return index > 0 ? index : result;
    }

    private static Errno SetDeadline(Process process, GuestThread thread, ulong pointer)
    {
        if (!process.User.TryReadUInt64(pointer, out var seconds)
            || !process.User.TryReadUInt64(pointer + 8, out var nanoseconds))
        {
            return Errno.EFAULT;
        }

        if ((long)seconds < 0 || nanoseconds >= (ulong)VirtualClock.NanosecondsPerSecond)
        {
            return Errno.EINVAL;
        }

        thread.CallDeadline = seconds > int.MaxValue
            ? GuestThread.Never
            : process.Clock.Now + ((long)seconds * VirtualClock.NanosecondsPerSecond) + (long)nanoseconds;
        return Errno.None;
    }

    private static SyscallResult SendOne(
        Process process, GuestThread thread, Socket socket, ulong pointer, MessageFlags flags)
    {
        var error = ReadHeader(process.User, pointer, out var header);
        SocketAddress? to = null;
        if (error == Errno.None && header.Name != 0 && header.NameBytes != 0)
        {
            error = SocketAddress.TryRead(process.User, header.Name, header.NameBytes, out var address);
            to = address;
        }

        OpenFile[]? files = null;
        if (error == Errno.None && header.Control != 0 && header.ControlBytes != 0)
        {
            error = ReadControl(process, socket, header, out files);
        }

        if (error != Errno.None)
        {
            return error;
        }

        var storage = ArrayPool<GuestVector>.Shared.Rent(SocketLimits.VectorsMax);
        error = GuestVectors.TryRead(
            process.User, header.Vectors, storage.AsSpan(0, (int)header.VectorCount), out var source);
        SyscallResult result = error != Errno.None
            ? error
            : SocketTransfer.Send(process, thread, socket, source, flags, new OutgoingMessage(to, files));
        ArrayPool<GuestVector>.Shared.Return(storage);
        return result;
    }

    private static SyscallResult ReceiveOne(
        Process process, GuestThread thread, Socket socket, ulong pointer, MessageFlags flags)
    {
        var error = ReadHeader(process.User, pointer, out var header);
        if (error != Errno.None)
        {
            return error;
        }

        var incoming = default(IncomingMessage);
        var storage = ArrayPool<GuestVector>.Shared.Rent(SocketLimits.VectorsMax);
        error = GuestVectors.TryRead(
            process.User, header.Vectors, storage.AsSpan(0, (int)header.VectorCount), out var destination);
        SyscallResult result = error != Errno.None
            ? error
            : SocketTransfer.Receive(process, thread, socket, destination, flags, ref incoming);
        var room = destination.TotalBytes;
        ArrayPool<GuestVector>.Shared.Return(storage);
        if (result.IsError || result.IsBlocked)
        {
            return result;
        }

        var controlBytes = header.Control == 0 ? 0 : header.ControlBytes;
        var answer = ControlMessages.Write(process, socket, incoming.Files, header.Control, ref controlBytes, flags);
        answer |= !socket.IsStream && incoming.MessageBytes > room ? MessageFlags.Truncated : MessageFlags.None;
        answer |= socket.Type == SocketType.SeqPacket ? MessageFlags.EndOfRecord : MessageFlags.None;
        answer |= flags & MessageFlags.CloseOnExec;
        process.Sockets.Land((flags & MessageFlags.Peek) != 0 ? null : incoming.Files);
        error = MessageHeader.WriteAnswer(process.User, pointer, header, incoming.Source, controlBytes, answer);
        return error != Errno.None ? error : result;
    }

    private static Errno ReadHeader(UserMemory user, ulong pointer, out MessageHeader header)
    {
        if (!user.TryRead(pointer, out header))
        {
            return Errno.EFAULT;
        }

        return (int)header.NameBytes < 0 ? Errno.EINVAL
            : header.VectorCount > SocketLimits.VectorsMax ? Errno.EMSGSIZE
            : Errno.None;
    }

    private static Errno ReadControl(Process process, Socket socket, in MessageHeader header, out OpenFile[]? files)
    {
        files = null;
        if (header.ControlBytes > SocketLimits.ControlBytesMax)
        {
            return Errno.ENOBUFS;
        }

        var buffer = ArrayPool<byte>.Shared.Rent((int)header.ControlBytes);
        var control = buffer.AsSpan(0, (int)header.ControlBytes);
        var error = process.User.TryRead(header.Control, control)
            ? ControlMessages.TryRead(process, socket, control, out files)
            : Errno.EFAULT;
        ArrayPool<byte>.Shared.Return(buffer);
        return error;
    }
}
