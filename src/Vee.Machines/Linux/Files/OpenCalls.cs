using System.Buffers.Binary;
using Vee.Machines.Linux.Threads;

namespace Vee.Machines.Linux.Files;

/// <summary>Opening and closing.</summary>
internal static class OpenCalls
{
    private const uint PermissionsAllowed = 0xfff;
    private const int HowBytes = 24;

    // Every flag that openat2 knows; openat ignores the others.
    private const ulong KnownFlags = 0x7fffc3;

    internal static readonly Syscall[] Table =
    [
        new(56, "openat", OpenAt, [ArgumentKind.File, ArgumentKind.Path, ArgumentKind.Bits, ArgumentKind.Bits],
            Interruption.AskHandler),
        new(437, "openat2", OpenAtHow, [ArgumentKind.File, ArgumentKind.Path, ArgumentKind.Pointer, ArgumentKind.Size],
            Interruption.AskHandler),
        new(57, "close", Close, [ArgumentKind.File]),
        new(436, "close_range", CloseRange, [ArgumentKind.File, ArgumentKind.File, ArgumentKind.Bits]),
    ];

    private static SyscallResult OpenAt(Process process, GuestThread thread, in SyscallArguments a) =>
        Open(process, thread, a, (OpenFlags)(a.A2 & KnownFlags), (uint)a.A3 & PermissionsAllowed, WalkOptions.None);

    private static SyscallResult OpenAtHow(Process process, GuestThread thread, in SyscallArguments a)
    {
        if (a.A3 < HowBytes)
        {
            return Errno.EINVAL;
        }

        if (a.A3 > UserMemory.PathBytesMax)
        {
            return Errno.E2BIG;
        }

        Span<byte> how = stackalloc byte[UserMemory.PathBytesMax];
        how = how[..(int)a.A3];
        if (!process.User.TryRead(a.A2, how))
        {
            return Errno.EFAULT;
        }

        if (how[HowBytes..].ContainsAnyExcept((byte)0))
        {
            return Errno.E2BIG;
        }

        var flags = BinaryPrimitives.ReadUInt64LittleEndian(how);
        var mode = BinaryPrimitives.ReadUInt64LittleEndian(how[8..]);
        var resolve = BinaryPrimitives.ReadUInt64LittleEndian(how[16..]);
        var creates = (flags & (ulong)(OpenFlags.Create | OpenFlags.TemporaryFileOnly)) != 0;
        if ((flags & ~KnownFlags) != 0 || mode > PermissionsAllowed || (mode != 0 && !creates) || resolve > 0x3f)
        {
            return Errno.EINVAL;
        }

        if ((resolve & 0x20) != 0)
        {
            // RESOLVE_CACHED: nothing is known without looking.
            return Errno.EAGAIN;
        }

        if ((resolve & 0x18) == 0x18)
        {
            return Errno.EINVAL;
        }

        var options = ((resolve & 1) != 0 ? WalkOptions.NoCrossing : 0)
            | ((resolve & 2) != 0 ? WalkOptions.NoMagicLinks : 0)
            | ((resolve & 4) != 0 ? WalkOptions.NoLinks | WalkOptions.NoMagicLinks : 0)
            | ((resolve & 8) != 0 ? WalkOptions.Beneath : 0) | ((resolve & 0x10) != 0 ? WalkOptions.InRoot : 0);
        return Open(process, thread, a, (OpenFlags)flags, (uint)mode, options);
    }

    private static SyscallResult Open(
        Process process, GuestThread thread, in SyscallArguments a, OpenFlags flags,
        uint permissions, WalkOptions options)
    {
        if (thread.CallProgress != 0)
        {
            return ContinueOpening(process, thread, (flags & OpenFlags.CloseOnExec) != 0);
        }

        if (thread.Wake == WakeReason.Signal)
        {
            return Errno.ERESTARTSYS;
        }

        var error = process.User.TryReadText(a.A1, out var path);
        if (error == Errno.None)
        {
            // RESOLVE_IN_ROOT starts absolute paths at the descriptor too.
            var anchor = (options & (WalkOptions.InRoot | WalkOptions.Beneath)) != 0 ? "" : path;
            error = FileArguments.TryStart(process, a.A0, anchor, out var start);
            if (error == Errno.None && !process.Files.HasRoom)
            {
                error = Errno.EMFILE;
            }

            if (error == Errno.None)
            {
                error = process.FileSystem.Open(start, path, flags, permissions, options, out var file);
                if (error == Errno.None)
                {
                    return Install(process, thread, file, (flags & OpenFlags.CloseOnExec) != 0);
                }
            }
        }

        return error;
    }

    private static SyscallResult Install(Process process, GuestThread thread, OpenFile file, bool closeOnExec)
    {
        process.Files.Register(file);
        if (file is PipeFile pipe)
        {
            var others = pipe.CanRead ? pipe.Pipe.Writers : pipe.Pipe.Readers;
            var waits = pipe.CanRead != pipe.CanWrite && others == 0;
            if (waits && pipe.IsNonBlocking && pipe.CanWrite)
            {
                FileTable.AddReference(file);
                pipe.Pipe.Join(pipe);
                process.Files.Release(file);
                return Errno.ENXIO;
            }

            pipe.Pipe.Join(pipe);
            if (waits && !pipe.IsNonBlocking)
            {
                // The call itself holds the description until the other side is opened.
                FileTable.AddReference(file);
                pipe.IsOpening = true;
                thread.CallProgress = file.Id;
                return process.Threads.Wait(thread, GuestThread.Never, WaitKey.File(file.Id));
            }
        }

        return process.Files.Install(file, closeOnExec);
    }

    private static SyscallResult ContinueOpening(Process process, GuestThread thread, bool closeOnExec)
    {
        if (!process.Files.Descriptions.TryGetValue(thread.CallProgress, out var file) || file is not PipeFile pipe
            || !pipe.IsOpening)
        {
            return Errno.EINTR;
        }

        if (!pipe.PeerCame && thread.Wake == WakeReason.Event)
        {
            return process.Threads.Wait(thread, GuestThread.Never, WaitKey.File(file.Id));
        }

        pipe.IsOpening = false;
        thread.CallProgress = 0;
        SyscallResult result = pipe.PeerCame ? process.Files.Install(file, closeOnExec) : Errno.ERESTARTSYS;
        process.Files.Release(file);
        return result;
    }

    private static SyscallResult Close(Process process, GuestThread thread, in SyscallArguments a) =>
        process.Files.Close((int)a.A0);

    private static SyscallResult CloseRange(Process process, GuestThread thread, in SyscallArguments a)
    {
        const ulong Unshare = 2;
        const ulong SetCloseOnExec = 4;
        var first = (uint)a.A0;
        var last = (uint)a.A1;
        if ((a.A2 & ~(Unshare | SetCloseOnExec)) != 0 || first > last)
        {
            return Errno.EINVAL;
        }

        for (var number = first; number <= last && number < process.Files.End; number++)
        {
            if (!process.Files.TryGet((int)number, out _))
            {
                continue;
            }

            if ((a.A2 & SetCloseOnExec) != 0)
            {
                process.Files.SetCloseOnExec((int)number, true);
            }
            else
            {
                process.Files.Close((int)number);
            }
        }

        return 0;
    }
}
