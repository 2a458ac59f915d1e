using System.Buffers;
using Vee.Machines.Linux.Signals;
using Vee.Machines.Linux.Threads;

namespace Vee.Machines.Linux.Sockets;

/// <summary>
/// Moves bytes between guest memory and a socket for every call that sends or receives, through a pooled buffer
/// and in chunks. Bytes of a stream that have moved before the call had to wait are the thread's CallProgress.
/// </summary>
internal static class SocketTransfer
{
    private const int SignalBrokenPipe = 13;

    /// <summary>Sends one message, or all the bytes of a stream; waits unless told not to.</summary>
    internal static SyscallResult Send(
        Process process,
        GuestThread thread,
        Socket socket,
        in GuestVectors source,
        MessageFlags flags,
        OutgoingMessage message)
    {
        if ((flags & MessageFlags.OutOfBand) != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        if (!socket.IsStream && source.TotalBytes > socket.MessageBytesMax)
        {
            return Errno.EMSGSIZE;
        }

        var result = socket.IsStream
            ? SendStream(process, thread, socket, source, flags, message)
            : SendMessage(process, thread, socket, source, flags, message);
        if (result.Error == Errno.EPIPE && socket.RaisesBrokenPipe && (flags & MessageFlags.NoSignal) == 0)
        {
            process.SignalDelivery.SendToThread(thread, new SignalInfo(SignalBrokenPipe,
                0) { SenderProcess = process.Id });
        }

        return result;
    }

    /// <summary>Receives one message, or what a stream holds; waits unless told not to.</summary>
    internal static SyscallResult Receive(
        Process process,
        GuestThread thread,
        Socket socket,
        in GuestVectors destination,
        MessageFlags flags,
        ref IncomingMessage incoming)
    {
        if ((flags & MessageFlags.ErrorQueue) != 0)
        {
            return Errno.EAGAIN;
        }

        if ((flags & MessageFlags.OutOfBand) != 0)
        {
            return socket is TcpSocket ? Errno.EINVAL : Errno.EOPNOTSUPP;
        }

        return socket.IsStream
            ? ReceiveStream(process, thread, socket, destination, flags, ref incoming)
            : ReceiveMessage(process, thread, socket, destination, flags, ref incoming);
    }

    /// <summary>Whether a call must not wait.</summary>
    internal static bool IsNonBlocking(Socket socket, MessageFlags flags) =>
        (flags & MessageFlags.DoNotWait) != 0 || (socket.Flags & Files.OpenFlags.NonBlocking) != 0;

    private static SyscallResult SendStream(
        Process process,
        GuestThread thread,
        Socket socket,
        in GuestVectors source,
        MessageFlags flags,
        OutgoingMessage message)
    {
        var done = (int)thread.CallProgress;
        SyscallResult result = thread.Wake == WakeReason.Signal ? Errno.EINTR : 0;
        var buffer = ArrayPool<byte>.Shared.Rent(SocketLimits.ChunkBytes);
        do
        {
            if (result.IsError)
            {
                break;
            }

            var chunk = buffer.AsSpan(0, Math.Min(SocketLimits.ChunkBytes, source.TotalBytes - done));
            // Files went with the first byte.
            var part = done == 0 ? message : message with { Files = null };
            result = source.TryGather(done, chunk) ? socket.Send(chunk, part) : Errno.EFAULT;
            done += result.IsError ? 0 : (int)result.Raw;
        }
        while (done < source.TotalBytes);
        ArrayPool<byte>.Shared.Return(buffer);
        if (result.Error == Errno.EAGAIN)
        {
            thread.CallProgress = done;
            result = process.Threads.WaitIfBlocking(
                thread, socket, result, IsNonBlocking(socket, flags), socket.Options.SendTimeout);
        }

        return done > 0 && !result.IsBlocked ? done : result;
    }

    private static SyscallResult SendMessage(
        Process process,
        GuestThread thread,
        Socket socket,
        in GuestVectors source,
        MessageFlags flags,
        in OutgoingMessage message)
    {
        if (thread.Wake == WakeReason.Signal)
        {
            return Errno.EINTR;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(1, source.TotalBytes));
        var whole = buffer.AsSpan(0, source.TotalBytes);
        SyscallResult result = source.TryGather(0, whole) ? socket.Send(whole, message) : Errno.EFAULT;
        ArrayPool<byte>.Shared.Return(buffer);
        return process.Threads.WaitIfBlocking(
            thread, socket, result, IsNonBlocking(socket, flags), socket.Options.SendTimeout);
    }

    private static SyscallResult ReceiveStream(
        Process process,
        GuestThread thread,
        Socket socket,
        in GuestVectors destination,
        MessageFlags flags,
        ref IncomingMessage incoming)
    {
        var done = (int)thread.CallProgress;
        SyscallResult result = thread.Wake == WakeReason.Signal ? Errno.EINTR : 0;
        if (!result.IsError)
        {
            result = CopyStream(socket, destination, flags, ref done, ref incoming);
        }

        var waits = done == 0 || ((flags & MessageFlags.WaitAll) != 0 && incoming.Files is null);
        if (result.Error == Errno.EAGAIN && waits)
        {
            thread.CallProgress = done;
            result = process.Threads.WaitIfBlocking(
                thread, socket, result, IsNonBlocking(socket, flags), socket.Options.ReceiveTimeout);
        }

        return done > 0 && !result.IsBlocked ? done : result;
    }

    private static SyscallResult CopyStream(
        Socket socket, in GuestVectors destination, MessageFlags flags, ref int done, ref IncomingMessage incoming)
    {
        var isPeek = (flags & MessageFlags.Peek) != 0;
        // On TCP the flag means that the bytes are thrown away (tcp(7)).
        var isDiscarded = socket is TcpSocket && (flags & MessageFlags.Truncated) != 0;
        SyscallResult result;
        var buffer = ArrayPool<byte>.Shared.Rent(SocketLimits.ChunkBytes);
        do
        {
            var chunk = buffer.AsSpan(0, Math.Min(SocketLimits.ChunkBytes, destination.TotalBytes - done));
            incoming.IsFirst = done == 0;
            result = socket.Peek(isPeek ? done : 0, chunk, ref incoming);
            if (result.IsError || result.Raw == 0)
            {
                break;
            }

            var count = (int)result.Raw;
            if (!isDiscarded && !destination.TryScatter(done, chunk[..count]))
            {
                incoming.Files = null;
                result = Errno.EFAULT;
                break;
            }

            if (!isPeek)
            {
                socket.Consume(count);
            }

            done += count;
        }
        while (done < destination.TotalBytes && incoming.Files is null);
        ArrayPool<byte>.Shared.Return(buffer);
        return result;
    }

    private static SyscallResult ReceiveMessage(
        Process process,
        GuestThread thread,
        Socket socket,
        in GuestVectors destination,
        MessageFlags flags,
        ref IncomingMessage incoming)
    {
        if (thread.Wake == WakeReason.Signal)
        {
            return Errno.EINTR;
        }

        var room = Math.Min(destination.TotalBytes, 2 * SocketOptions.BufferBytesDefault);
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(1, room));
        incoming.IsFirst = true;
        var result = socket.Peek(0, buffer.AsSpan(0, room), ref incoming);
        if (!result.IsError && !destination.TryScatter(0, buffer.AsSpan(0, (int)result.Raw)))
        {
            incoming.Files = null;
            result = Errno.EFAULT;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        if (result.IsError)
        {
            return process.Threads.WaitIfBlocking(
                thread, socket, result, IsNonBlocking(socket, flags), socket.Options.ReceiveTimeout);
        }

        if ((flags & MessageFlags.Peek) == 0)
        {
            socket.Consume((int)result.Raw);
        }

        return (flags & MessageFlags.Truncated) != 0 ? incoming.MessageBytes : result;
    }
}
