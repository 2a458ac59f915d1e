using System.Buffers.Binary;
using Vee.Machines.Linux.Signals;
using Vee.Machines.Linux.Threads;

namespace Vee.Machines.Linux.Files;

/// <summary>Files without a path: pipes, eventfds, timerfds, signalfds and memfds.</summary>
internal static class SpecialCalls
{
    private const uint PipePermissions = 0x180;
    private const uint MemoryFilePermissions = 0x1ff;
    private const ulong CreationFlags = (ulong)(OpenFlags.NonBlocking | OpenFlags.CloseOnExec);

    internal static readonly Syscall[] Table =
    [
        new(59, "pipe2", MakePipe, [ArgumentKind.Pointer, ArgumentKind.Bits]),
        new(19, "eventfd2", MakeEvent, [ArgumentKind.Int, ArgumentKind.Bits]),
        new(85, "timerfd_create", MakeTimer, [ArgumentKind.Int, ArgumentKind.Bits]),
        new(86, "timerfd_settime", SetTimer,
            [ArgumentKind.File, ArgumentKind.Bits, ArgumentKind.Pointer, ArgumentKind.Pointer]),
        new(87, "timerfd_gettime", GetTimer, [ArgumentKind.File, ArgumentKind.Pointer]),
        new(74, "signalfd4", MakeSignal,
            [ArgumentKind.File, ArgumentKind.Pointer, ArgumentKind.Size, ArgumentKind.Bits]),
        new(279, "memfd_create", MakeMemoryFile, [ArgumentKind.Text, ArgumentKind.Bits]),
    ];

    private static SyscallResult MakePipe(Process process, GuestThread thread, in SyscallArguments a)
    {
        const ulong Packets = 0x4000;
        if ((a.A1 & ~(CreationFlags | Packets)) != 0)
        {
            return Errno.EINVAL;
        }

        if (!process.Files.HasRoom)
        {
            return Errno.EMFILE;
        }

        if (process.FileSystem.TryCreateFifo(PipePermissions) is not { } pipe)
        {
            return Errno.ENFILE;
        }

        var shared = (OpenFlags)a.A1 & OpenFlags.NonBlocking;
        var closes = (a.A1 & (ulong)OpenFlags.CloseOnExec) != 0;
        var reader = process.Files.Register(new PipeFile(process, pipe, "") { Flags = shared | OpenFlags.ReadOnly });
        var writer = process.Files.Register(new PipeFile(process, pipe, "") { Flags = shared | OpenFlags.WriteOnly });
        pipe.Join(reader);
        pipe.Join(writer);
        var first = process.Files.Install(reader, closes);
        var second = process.Files.Install(writer, closes);
        if (second.IsError)
        {
            process.Files.Close((int)first.Raw);
            return second;
        }

        Span<byte> numbers = stackalloc byte[2 * sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(numbers, (int)first.Raw);
        BinaryPrimitives.WriteInt32LittleEndian(numbers[sizeof(int)..], (int)second.Raw);
        if (process.User.TryWrite(a.A0, numbers))
        {
            return 0;
        }

        process.Files.Close((int)first.Raw);
        process.Files.Close((int)second.Raw);
        return Errno.EFAULT;
    }

    private static SyscallResult MakeEvent(Process process, GuestThread thread, in SyscallArguments a)
    {
        const ulong Semaphore = 1;
        return (a.A1 & ~(CreationFlags | Semaphore)) != 0
            ? Errno.EINVAL
            : Install(process, new EventFile(process, (uint)a.A0, (a.A1 & Semaphore) != 0), a.A1);
    }

    private static SyscallResult MakeTimer(Process process, GuestThread thread, in SyscallArguments a)
    {
        const int Realtime = 0;
        const int RealtimeAlarm = 8;
        var clock = (int)a.A0;
        return (a.A1 & ~CreationFlags) != 0 || clock is not (Realtime or 1 or 7 or RealtimeAlarm or 9)
            ? Errno.EINVAL
            : Install(process, new TimerFile(process, clock is Realtime or RealtimeAlarm), a.A1);
    }

    private static SyscallResult SetTimer(Process process, GuestThread thread, in SyscallArguments a)
    {
        const ulong Absolute = 1;
        const ulong CancelOnSet = 2;
        Span<byte> setting = stackalloc byte[32];
        if (!process.User.TryRead(a.A2, setting))
        {
            return Errno.EFAULT;
        }

        if ((a.A1 & ~(Absolute | CancelOnSet)) != 0
            || !GuestTime.TryRead(setting, out var interval) || !GuestTime.TryRead(setting[16..], out var value))
        {
            return Errno.EINVAL;
        }

        if (!process.Files.TryGet((int)a.A0, out var file))
        {
            return Errno.EBADF;
        }

        if (file is not TimerFile timer)
        {
            return Errno.EINVAL;
        }

        var before = timer.Get();
        timer.Set(value, interval, (a.A1 & Absolute) != 0);
        return a.A3 == 0 ? 0 : WriteTimer(process, a.A3, before);
    }

    private static SyscallResult GetTimer(Process process, GuestThread thread, in SyscallArguments a) =>
        !process.Files.TryGet((int)a.A0, out var file) ? Errno.EBADF
        : file is TimerFile timer ? WriteTimer(process, a.A1, timer.Get())
        : Errno.EINVAL;

    private static SyscallResult WriteTimer(Process process, ulong address, (long Remaining, long Interval) setting)
    {
        Span<byte> bytes = stackalloc byte[32];
        GuestTime.Write(bytes, setting.Interval);
        GuestTime.Write(bytes[16..], setting.Remaining);
        return process.User.TryWrite(address, bytes) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult MakeSignal(Process process, GuestThread thread, in SyscallArguments a)
    {
        if (a.A2 != sizeof(ulong) || (a.A3 & ~CreationFlags) != 0)
        {
            return Errno.EINVAL;
        }

        if (!process.User.TryReadUInt64(a.A1, out var mask))
        {
            return Errno.EFAULT;
        }

        mask &= ~SignalNumbers.Unblockable;
        if ((int)a.A0 == -1)
        {
            return Install(process, new SignalFile(process, mask), a.A3);
        }

        if (!process.Files.TryGet((int)a.A0, out var file))
        {
            return Errno.EBADF;
        }

        if (file is not SignalFile signals)
        {
            return Errno.EINVAL;
        }

        signals.SetMask(mask);
        return (int)a.A0;
    }

    private static SyscallResult MakeMemoryFile(Process process, GuestThread thread, in SyscallArguments a)
    {
        const ulong CloseOnExec = 1;
        const ulong AllowSealing = 2;
        const ulong NoExecuteSeal = 8;
        const ulong Executable = 16;
        const int NameBytesMax = 250;
        if ((a.A1 & ~(CloseOnExec | AllowSealing | NoExecuteSeal | Executable)) != 0)
        {
            return Errno.EINVAL;
        }

        var error = process.User.TryReadText(a.A0, out var name, NameBytesMax);
        if (error != Errno.None)
        {
            return error == Errno.ENAMETOOLONG ? Errno.EINVAL : error;
        }

        if (!process.Files.HasRoom)
        {
            return Errno.EMFILE;
        }

        if (process.FileSystem.TryCreateFile(MemoryFilePermissions) is not { } inode)
        {
            return Errno.ENFILE;
        }

        inode.Content.Pages.IsInMemory = true;
        inode.Seals = (a.A1 & (AllowSealing | NoExecuteSeal)) != 0 ? 0 : FileSeals.Seal;
        var file = new RegularOpenFile(process, inode, "/memfd:" + name)
        {
            Flags = OpenFlags.ReadWrite | OpenFlags.LargeFile,
        };
        return process.Files.Install(process.Files.Register(file), (a.A1 & CloseOnExec) != 0);
    }

    private static SyscallResult Install(Process process, OpenFile file, ulong flags)
    {
        file.Flags = OpenFlags.ReadWrite | ((OpenFlags)flags & OpenFlags.NonBlocking);
        return process.Files.Install(process.Files.Register(file), (flags & (ulong)OpenFlags.CloseOnExec) != 0);
    }
}
