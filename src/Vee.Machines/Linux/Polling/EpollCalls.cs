using System.Buffers.Binary;
using Vee.Machines.Linux.Files;
using Vee.Machines.Linux.Threads;

namespace Vee.Machines.Linux.Polling;

/// <summary>epoll.</summary>
internal static class EpollCalls
{
    // struct epoll_event, which is packed only on x86: events, padding, data.
    private const int EventBytes = 16;

    internal static readonly Syscall[] Table =
    [
        new(20, "epoll_create1", Create, [ArgumentKind.Bits]),
        new(21, "epoll_ctl", Control, [ArgumentKind.File, ArgumentKind.Int, ArgumentKind.File, ArgumentKind.Pointer]),
        new(22, "epoll_pwait", Wait,
            [
                ArgumentKind.File, ArgumentKind.Pointer, ArgumentKind.Int, ArgumentKind.Int, ArgumentKind.Pointer,
                ArgumentKind.Size,
            ],
            Interruption.Interrupt),
        new(441, "epoll_pwait2", WaitPrecisely,
            [
                ArgumentKind.File, ArgumentKind.Pointer, ArgumentKind.Int, ArgumentKind.Pointer, ArgumentKind.Pointer,
                ArgumentKind.Size,
            ],
            Interruption.Interrupt),
    ];

    private static SyscallResult Create(Process process, GuestThread thread, in SyscallArguments a) =>
        (a.A0 & ~(ulong)OpenFlags.CloseOnExec) != 0
            ? Errno.EINVAL
            : process.Files.Install(process.Files.Register(new EpollFile(process)), a.A0 != 0);

    private static SyscallResult Control(Process process, GuestThread thread, in SyscallArguments a)
    {
        const int Add = 1;
        const int Delete = 2;
        const int Modify = 3;
        Span<byte> wanted = stackalloc byte[EventBytes];
        wanted.Clear();
        var operation = (int)a.A1;
        if (operation != Delete && !process.User.TryRead(a.A3, wanted))
        {
            return Errno.EFAULT;
        }

        if (!process.Files.TryGet((int)a.A0, out var file) || !process.Files.TryGet((int)a.A2, out var target))
        {
            return Errno.EBADF;
        }

        if (!target.SupportsEpoll)
        {
            return Errno.EPERM;
        }

        if (file is not EpollFile set || set == target)
        {
            return Errno.EINVAL;
        }

        process.Files.Caller = thread;
        var events = BinaryPrimitives.ReadUInt32LittleEndian(wanted);
        var data = BinaryPrimitives.ReadUInt64LittleEndian(wanted[8..]);
        return operation switch
        {
            Add => set.Add((int)a.A2, target, events, data),
            Delete => set.Delete((int)a.A2, target),
            Modify => set.Modify((int)a.A2, target, events, data),
            _ => Errno.EINVAL,
        };
    }

    private static SyscallResult Wait(Process process, GuestThread thread, in SyscallArguments a)
    {
        const long NanosecondsPerMillisecond = 1_000_000;
        var milliseconds = (int)a.A3;
        return Wait(process, thread, a, milliseconds < 0 ? null : milliseconds * NanosecondsPerMillisecond);
    }

    private static SyscallResult WaitPrecisely(Process process, GuestThread thread, in SyscallArguments a)
    {
        var error = PollTiming.TryReadTimeout(process, a.A3, out var timeout);
        return error != Errno.None ? error : Wait(process, thread, a, timeout);
    }

    private static SyscallResult Wait(Process process, GuestThread thread, in SyscallArguments a, long? timeout)
    {
        if ((int)a.A2 <= 0 || (int)a.A2 > int.MaxValue / EventBytes)
        {
            return Errno.EINVAL;
        }

        if (!process.Files.TryGet((int)a.A0, out var file))
        {
            return Errno.EBADF;
        }

        if (file is not EpollFile set)
        {
            return Errno.EINVAL;
        }

        var error = PollTiming.TrySwapMask(process, thread, a.A4, a.A5);
        if (error != Errno.None)
        {
            return error;
        }

        PollTiming.Begin(process, thread, timeout);
        process.Files.Caller = thread;
        var reported = set.Collect((int)a.A2, process, a.A1, EventBytes);
        if (reported != 0 || PollTiming.IsOver(process, thread))
        {
            return reported >= 0 ? reported : Errno.EFAULT;
        }

        if (PollTiming.IsInterrupted(process, thread))
        {
            return Errno.EINTR;
        }

        var until = Math.Min(set.NextDeadline, thread.CallDeadline ?? GuestThread.Never);
        return process.Threads.Wait(thread, until, WaitKey.File(set.Id));
    }
}
