using Vee.Machines.Linux.Signals;
using Vee.Machines.Linux.Threads;

namespace Vee.Machines.Linux.Files;

/// <summary>read, write and their relatives.</summary>
internal static class TransferCalls
{
    // RWF_HIPRI asks for what is done anyway.
    private const ulong PolledFlag = 1;

    // RWF_DSYNC and RWF_SYNC.
    private const ulong SynchronousFlags = 2 | 4;

    internal static readonly Syscall[] Table =
    [
        new(63, "read", Read, [ArgumentKind.File, ArgumentKind.Pointer, ArgumentKind.Size]),
        new(64, "write", Write, [ArgumentKind.File, ArgumentKind.Pointer, ArgumentKind.Size]),
        new(65, "readv", ReadVector, [ArgumentKind.File, ArgumentKind.Pointer, ArgumentKind.Size]),
        new(66, "writev", WriteVector, [ArgumentKind.File, ArgumentKind.Pointer, ArgumentKind.Size]),
        new(67, "pread64", ReadAt, [ArgumentKind.File, ArgumentKind.Pointer, ArgumentKind.Size, ArgumentKind.Int]),
        new(68, "pwrite64", WriteAt, [ArgumentKind.File, ArgumentKind.Pointer, ArgumentKind.Size, ArgumentKind.Int]),
        new(69, "preadv", ReadVectorAt, [ArgumentKind.File, ArgumentKind.Pointer, ArgumentKind.Size, ArgumentKind.Int]),
        new(70, "pwritev", WriteVectorAt,
            [ArgumentKind.File, ArgumentKind.Pointer, ArgumentKind.Size, ArgumentKind.Int]),
        new(286, "preadv2", ReadVectorFlags,
            [ArgumentKind.File, ArgumentKind.Pointer, ArgumentKind.Size, ArgumentKind.Int, ArgumentKind.Int,
             ArgumentKind.Bits]),
        new(287, "pwritev2", WriteVectorFlags,
            [ArgumentKind.File, ArgumentKind.Pointer, ArgumentKind.Size, ArgumentKind.Int, ArgumentKind.Int,
             ArgumentKind.Bits]),
    ];

    private static SyscallResult Read(Process process, GuestThread thread, in SyscallArguments a)
    {
        var error = Prepare(process, a, vector: false, writes: false, out var file);
        return error != Errno.None ? error : ReadSegments(process, thread, file, null);
    }

    private static SyscallResult Write(Process process, GuestThread thread, in SyscallArguments a)
    {
        var error = Prepare(process, a, vector: false, writes: true, out var file);
        return error != Errno.None ? error : WriteSegments(process, thread, file, null, isSynchronous: false);
    }

    private static SyscallResult ReadVector(Process process, GuestThread thread, in SyscallArguments a)
    {
        var error = Prepare(process, a, vector: true, writes: false, out var file);
        return error != Errno.None ? error : ReadSegments(process, thread, file, null);
    }

    private static SyscallResult WriteVector(Process process, GuestThread thread, in SyscallArguments a) =>
        WriteVector(process, thread, a, isSynchronous: false);

    private static SyscallResult WriteVector(
        Process process, GuestThread thread, in SyscallArguments a, bool isSynchronous)
    {
        var error = Prepare(process, a, vector: true, writes: true, out var file);
        return error != Errno.None ? error : WriteSegments(process, thread, file, null, isSynchronous);
    }

    private static SyscallResult ReadAt(Process process, GuestThread thread, in SyscallArguments a) =>
        Positioned(process, thread, a, vector: false, writes: false);

    private static SyscallResult WriteAt(Process process, GuestThread thread, in SyscallArguments a) =>
        Positioned(process, thread, a, vector: false, writes: true);

    private static SyscallResult ReadVectorAt(Process process, GuestThread thread, in SyscallArguments a) =>
        Positioned(process, thread, a, vector: true, writes: false);

    private static SyscallResult WriteVectorAt(Process process, GuestThread thread, in SyscallArguments a) =>
        Positioned(process, thread, a, vector: true, writes: true);

    private static SyscallResult ReadVectorFlags(Process process, GuestThread thread, in SyscallArguments a) =>
        (a.A5 & ~(PolledFlag | SynchronousFlags)) != 0 ? Errno.EOPNOTSUPP
        : (long)a.A3 == -1 ? ReadVector(process, thread, a)
        : ReadVectorAt(process, thread, a);

    private static SyscallResult WriteVectorFlags(Process process, GuestThread thread, in SyscallArguments a)
    {
        var isSynchronous = (a.A5 & SynchronousFlags) != 0;
        return (a.A5 & ~(PolledFlag | SynchronousFlags)) != 0 ? Errno.EOPNOTSUPP
            : (long)a.A3 == -1 ? WriteVector(process, thread, a, isSynchronous)
            : Positioned(process, thread, a, vector: true, writes: true, isSynchronous);
    }

    private static SyscallResult Positioned(
        Process process, GuestThread thread, in SyscallArguments a, bool vector, bool writes,
        bool isSynchronous = false)
    {
        if ((long)a.A3 < 0)
        {
            return Errno.EINVAL;
        }

        var error = Prepare(process, a, vector, writes, out var file);
        if (error != Errno.None)
        {
            return error;
        }

        return !file.IsSeekable ? Errno.ESPIPE
            : writes ? WriteSegments(process, thread, file, (long)a.A3, isSynchronous)
            : ReadSegments(process, thread, file, (long)a.A3);
    }

    private static Errno Prepare(Process process, in SyscallArguments a, bool vector, bool writes, out OpenFile file)
    {
        if (!process.Files.TryGet((int)a.A0, out file!) || !(writes ? file.CanWrite : file.CanRead))
        {
            return Errno.EBADF;
        }

        if (vector)
        {
            return process.Transfer.LoadVector(a.A1, a.A2);
        }

        if ((long)a.A2 < 0)
        {
            return Errno.EINVAL;
        }

        process.Transfer.Load(a.A1, a.A2);
        return Errno.None;
    }

    /// <summary>Reads into the loaded segments, at an offset or at the file's position.</summary>
    internal static SyscallResult ReadSegments(Process process, GuestThread thread, OpenFile file, long? offset)
    {
        var space = process.Transfer;
        process.Files.Caller = thread;
        if (space.Remaining == 0)
        {
            return file is DirectoryOpenFile ? Errno.EISDIR : 0;
        }

        if (file is RegularOpenFile stored
            && !process.FileSystem.Cache.TryLoad(thread, stored, offset ?? stored.ReadPosition, space.Remaining))
        {
            return SyscallResult.Blocked;
        }

        var done = 0L;
        while (space.Remaining > 0)
        {
            var wanted = (int)Math.Min(space.Remaining, TransferSpace.ChunkBytes);
            var writable = space.CountWritable(wanted);
            if (writable == 0)
            {
                return done > 0 ? done : Errno.EFAULT;
            }

            var chunk = space.Chunk.AsSpan(0, writable);
            var result = offset is { } start ? file.ReadAt(chunk, start + done) : file.Read(chunk);
            if (result.IsError)
            {
                return done > 0 ? done : FileArguments.WaitFor(process, thread, file, result, file.ReadTimeout);
            }

            var copied = space.CopyOut(chunk[..(int)result.Raw]);
            done += copied;
            if (copied < result.Raw)
            {
                return done > 0 ? done : Errno.EFAULT;
            }

            if (result.Raw < writable)
            {
                break;
            }
        }

        return done;
    }

    /// <summary>
    /// Writes the loaded segments. A blocking file takes everything: what it has taken so far is remembered in
    /// <see cref="GuestThread.CallProgress"/> while the call waits, and what a signal makes it return.
    /// </summary>
    /// <param name="process">The process.</param>
    /// <param name="thread">Whose call it is.</param>
    /// <param name="file">What is written to.</param>
    /// <param name="offset">Where; null for the file's position.</param>
    /// <param name="isSynchronous">Whether the disk has to have it, whatever the file's flags are.</param>
    internal static SyscallResult WriteSegments(
        Process process, GuestThread thread, OpenFile file, long? offset, bool isSynchronous)
    {
        if (file is not RegularOpenFile stored)
        {
            return MoveSegments(process, thread, file, offset);
        }

        var cache = process.FileSystem.Cache;
        // pwrite on an O_APPEND file appends too.
        var start = stored.IsAppending ? stored.WritePosition : offset ?? stored.WritePosition;
        if (thread.CallProgress == 0)
        {
            if (!cache.TryAdmitWrite(thread, stored, start, process.Transfer.Remaining))
            {
                return SyscallResult.Blocked;
            }

            var written = MoveSegments(process, thread, file, offset);
            cache.LookAfterWrite();
            if (written.Raw <= 0 || !(isSynchronous || stored.IsSynchronous))
            {
                return written;
            }

            // All that is left to do is wait.
            thread.CallProgress = written.Raw;
        }

        return cache.TrySync(thread, stored.File.Content.Pages, start, thread.CallProgress)
            ? thread.CallProgress
            : SyscallResult.Blocked;
    }

    private static SyscallResult MoveSegments(Process process, GuestThread thread, OpenFile file, long? offset)
    {
        var space = process.Transfer;
        var done = thread.CallProgress;
        if (space.Remaining == 0)
        {
            return file.Write([]);
        }

        space.Skip(Math.Min(done, space.Remaining));
        while (space.Remaining > 0)
        {
            var before = space.Remaining;
            var chunk = space.Chunk.AsSpan(0, (int)Math.Min(before, TransferSpace.ChunkBytes));
            chunk = chunk[..space.CopyIn(chunk)];
            if (chunk.IsEmpty)
            {
                return done > 0 ? done : Errno.EFAULT;
            }

            var result = offset is { } start ? file.WriteAt(chunk, start + done) : file.Write(chunk);
            if (result.IsError)
            {
                return EndWrite(process, thread, file, result, done);
            }

            done += result.Raw;
            if (result.Raw < chunk.Length)
            {
                if (!file.ContinuesWrites)
                {
                    break;
                }

                // The file took a part: what follows it is read from the guest again.
                space.Rewind(chunk.Length - (int)result.Raw);
            }
        }

        return done;
    }

    private static SyscallResult EndWrite(
        Process process, GuestThread thread, OpenFile file, SyscallResult result, long done)
    {
        if (result.Error == Errno.EPIPE)
        {
            process.SignalDelivery.SendToThread(thread,
                new SignalInfo(SignalNumbers.Pipe, 0) { SenderProcess = process.Id });
        }

        if (result.Error == Errno.EAGAIN)
        {
            thread.CallProgress = done;
            result = FileArguments.WaitFor(process, thread, file, result, file.WriteTimeout);
        }

        return done > 0 && !result.IsBlocked ? done : result;
    }
}
