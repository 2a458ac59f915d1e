using Vee.Machines.Linux.Signals;
using Vee.Machines.Linux.Threads;

namespace Vee.Machines.Linux.Files;

/// <summary>Copying between files.</summary>
internal static class CopyCalls
{
    // Both calls may copy less than they were asked to; the bound keeps one call from holding the machine up.
    private const ulong CopyBytesMax = 8 << 20;

    internal static readonly Syscall[] Table =
    [
        new(71, "sendfile", SendFile, [ArgumentKind.File, ArgumentKind.File, ArgumentKind.Pointer, ArgumentKind.Size],
            Interruption.AskHandler),
        // No file here can be spliced, which callers are prepared for: they copy.
        new(75, "vmsplice", (_, _, in _) => Errno.EINVAL,
            [ArgumentKind.File, ArgumentKind.Pointer, ArgumentKind.Size, ArgumentKind.Bits]),
        new(76, "splice", (_, _, in _) => Errno.EINVAL,
            [ArgumentKind.File, ArgumentKind.Pointer, ArgumentKind.File, ArgumentKind.Pointer, ArgumentKind.Size,
                ArgumentKind.Bits]),
        new(77, "tee", (_, _, in _) => Errno.EINVAL,
            [ArgumentKind.File, ArgumentKind.File, ArgumentKind.Size, ArgumentKind.Bits]),
        new(285, "copy_file_range", CopyFileRange,
            [ArgumentKind.File, ArgumentKind.Pointer, ArgumentKind.File, ArgumentKind.Pointer,
             ArgumentKind.Size, ArgumentKind.Bits]),
    ];

    private static SyscallResult SendFile(Process process, GuestThread thread, in SyscallArguments a)
    {
        if (!process.Files.TryGet((int)a.A0, out var target) || !process.Files.TryGet((int)a.A1, out var source)
            || !source.CanRead || !target.CanWrite)
        {
            return Errno.EBADF;
        }

        if (!source.IsSeekable || source is DirectoryOpenFile || (target.Flags & OpenFlags.Append) != 0
            || (long)a.A3 < 0)
        {
            return Errno.EINVAL;
        }

        var position = (ulong)source.Seek(0, 1).Raw;
        if (a.A2 != 0 && !process.User.TryReadUInt64(a.A2, out position))
        {
            return Errno.EFAULT;
        }

        // A call that has waited finds the file's position where it left it, but the offset in memory as it was.
        var start = (long)position + (a.A2 != 0 ? thread.CallProgress : 0);
        if ((long)position < 0 || start < 0)
        {
            return Errno.EINVAL;
        }

        var cache = process.FileSystem.Cache;
        var left = (long)Math.Min(a.A3, CopyBytesMax) - thread.CallProgress;
        if ((source is RegularOpenFile from && !cache.TryLoad(thread, from, start, left))
            || (target is RegularOpenFile to && !cache.TryAdmitWrite(thread, to, to.WritePosition, left)))
        {
            return SyscallResult.Blocked;
        }

        var sent = Send(process, thread, a, source, target, start);
        cache.LookAfterWrite();
        return sent;
    }

    private static SyscallResult Send(
        Process process, GuestThread thread, in SyscallArguments a, OpenFile source, OpenFile target, long position)
    {
        var count = (long)Math.Min(a.A3, CopyBytesMax);
        var done = thread.CallProgress;
        SyscallResult result = 0;
        if (thread.Wake == WakeReason.Signal)
        {
            (count, result) = (0, done > 0 ? 0 : Errno.ERESTARTSYS);
        }

        while (done < count)
        {
            var chunk = process.Transfer.Chunk.AsSpan(0, (int)Math.Min(count - done, TransferSpace.ChunkBytes));
            result = source.ReadAt(chunk, position);
            if (result.Raw <= 0)
            {
                break;
            }

            result = target.Write(chunk[..(int)result.Raw]);
            if (result.IsError)
            {
                break;
            }

            position += result.Raw;
            done += result.Raw;
            if (a.A2 == 0)
            {
                source.Seek(position, 0);
            }

            if (!target.ContinuesWrites)
            {
                break;
            }
        }

        if (result.Error == Errno.EPIPE)
        {
            process.SignalDelivery.SendToThread(thread,
                new SignalInfo(SignalNumbers.Pipe, 0) { SenderProcess = process.Id });
        }

        if (result.Error == Errno.EAGAIN)
        {
            result = AwaitTarget(process, thread, target, result, done);
            if (result.IsBlocked)
            {
                return result;
            }
        }

        return a.A2 != 0 && done > 0 && !process.User.TryWriteUInt64(a.A2, (ulong)position) ? Errno.EFAULT
            : done > 0 ? done
            : result;
    }

    private static SyscallResult AwaitTarget(
        Process process, GuestThread thread, OpenFile target, SyscallResult result, long done)
    {
        if (thread.CallTransfer != 0 && process.SignalDelivery.HasDeliverable(thread))
        {
            // It came while the disk was waited for, which it could not interrupt.
            return done > 0 ? 0 : Errno.ERESTARTSYS;
        }

        thread.CallProgress = done;
        return FileArguments.WaitFor(process, thread, target, result, target.WriteTimeout);
    }

    private static SyscallResult CopyFileRange(Process process, GuestThread thread, in SyscallArguments a)
    {
        if (a.A5 != 0)
        {
            return Errno.EINVAL;
        }

        if (!process.Files.TryGet((int)a.A0, out var from) || !process.Files.TryGet((int)a.A2, out var to)
            || !from.CanRead || !to.CanWrite || (to.Flags & OpenFlags.Append) != 0)
        {
            return Errno.EBADF;
        }

        if (from is DirectoryOpenFile || to is DirectoryOpenFile)
        {
            return Errno.EISDIR;
        }

        if (from is not RegularOpenFile source || to is not RegularOpenFile target)
        {
            return Errno.EINVAL;
        }

        var reading = (ulong)source.Seek(0, 1).Raw;
        var writing = (ulong)target.Seek(0, 1).Raw;
        if ((a.A1 != 0 && !process.User.TryReadUInt64(a.A1, out reading))
            || (a.A3 != 0 && !process.User.TryReadUInt64(a.A3, out writing)))
        {
            return Errno.EFAULT;
        }

        var count = (long)Math.Min(a.A4, CopyBytesMax);
        if ((long)reading < 0 || (long)writing < 0 || (long)reading > long.MaxValue - count
            || (long)writing > long.MaxValue - count)
        {
            return (long)reading < 0 || (long)writing < 0 ? Errno.EINVAL : Errno.EOVERFLOW;
        }

        if (source.File == target.File && Math.Abs((long)reading - (long)writing) < count)
        {
            return Errno.EINVAL;
        }

        var cache = process.FileSystem.Cache;
        return cache.TryLoad(thread, source, (long)reading, count)
            && cache.TryAdmitWrite(thread, target, (long)writing, count)
            ? Copy(process, a, source, target, (long)reading, (long)writing, count)
            : SyscallResult.Blocked;
    }

    private static SyscallResult Copy(
        Process process, in SyscallArguments a, RegularOpenFile source, RegularOpenFile target,
        long reading, long writing, long count)
    {
        var done = 0L;
        SyscallResult result = 0;
        while (done < count)
        {
            var chunk = process.Transfer.Chunk.AsSpan(0, (int)Math.Min(count - done, TransferSpace.ChunkBytes));
            result = source.ReadAt(chunk, reading + done);
            if (result.Raw <= 0)
            {
                break;
            }

            result = target.WriteAt(chunk[..(int)result.Raw], writing + done);
            if (result.IsError)
            {
                break;
            }

            done += result.Raw;
        }

        if (done == 0 && result.IsError)
        {
            return result;
        }

        process.FileSystem.Cache.LookAfterWrite();
        var isStored = Store(process, a.A1, source, reading + done) & Store(process, a.A3, target, writing + done);
        return isStored ? done : Errno.EFAULT;
    }

    private static bool Store(Process process, ulong address, RegularOpenFile file, long position)
    {
        if (address == 0)
        {
            file.Seek(position, 0);
            return true;
        }

        return process.User.TryWriteUInt64(address, (ulong)position);
    }

}
