using Vee.Machines.Linux.Threads;

namespace Vee.Machines.Linux.Time;

/// <summary>Clocks and sleeping: all of virtual time.</summary>
internal static class TimeCalls
{
    private const long NanosecondsPerSecond = VirtualClock.NanosecondsPerSecond;
    private const int ClockRealtime = 0;
    private const int ClockProcessCpu = 2;
    private const int ClockThreadCpu = 3;
    private const int ClockRealtimeCoarse = 5;
    private const int ClockTai = 11;
    private const int ClockMax = 11;
    private const ulong AbsoluteTime = 1;
    private const ulong ResolutionNanoseconds = 1;

    internal static readonly Syscall[] Table =
    [
        new(113, "clock_gettime", ClockGetTime, [ArgumentKind.Int, ArgumentKind.Pointer]),
        new(114, "clock_getres", ClockGetResolution, [ArgumentKind.Int, ArgumentKind.Pointer]),
        new(112, "clock_settime", (_, _, in _) => Errno.EPERM, [ArgumentKind.Int, ArgumentKind.Pointer]),
        new(115, "clock_nanosleep", ClockNanosleep,
            [ArgumentKind.Int, ArgumentKind.Bits, ArgumentKind.Pointer, ArgumentKind.Pointer], Interruption.AskHandler),
        new(101, "nanosleep", Nanosleep, [ArgumentKind.Pointer, ArgumentKind.Pointer], Interruption.AskHandler),
        new(169, "gettimeofday", GetTimeOfDay, [ArgumentKind.Pointer, ArgumentKind.Pointer]),
        new(170, "settimeofday", (_, _, in _) => Errno.EPERM, [ArgumentKind.Pointer, ArgumentKind.Pointer]),
        new(153, "times", Times, [ArgumentKind.Pointer]),
    ];

    /// <summary>Reads a struct timespec as nanoseconds, saturated.</summary>
    /// <returns>EFAULT, EINVAL for a negative time or nanoseconds outside a second, or None.</returns>
    internal static Errno TryReadTimespec(Process process, ulong address, out long nanoseconds)
    {
        nanoseconds = 0;
        if (!process.User.TryRead(address, out Timespec time))
        {
            return Errno.EFAULT;
        }

        if (time.Seconds < 0 || time.Nanoseconds is < 0 or >= NanosecondsPerSecond)
        {
            return Errno.EINVAL;
        }

        nanoseconds = time.Seconds > (GuestThread.Never / NanosecondsPerSecond) - 1
            ? GuestThread.Never
            : time.Seconds * NanosecondsPerSecond + time.Nanoseconds;
        return Errno.None;
    }

    /// <summary>Writes nanoseconds as a struct timespec.</summary>
    internal static bool TryWriteTimespec(Process process, ulong address, long nanoseconds) =>
        process.User.TryWrite(address, new Timespec(nanoseconds / NanosecondsPerSecond,
            nanoseconds % NanosecondsPerSecond));

    /// <summary>A sum that stays at <see cref="GuestThread.Never"/> where it would pass it.</summary>
    internal static long AddSaturating(long start, long duration) =>
        duration == GuestThread.Never || (start > 0 && duration > GuestThread.Never - start)
            ? GuestThread.Never
            : start + duration;

    /// <summary>Virtual nanoseconds that all threads have spent on harts.</summary>
    internal static long ProcessCpuTime(Process process)
    {
        var total = process.EndedThreadsCpuTime;
        foreach (var thread in process.Threads.All.Values)
        {
            total += ThreadCpuTime(thread);
        }

        return total;
    }

    internal static long ThreadCpuTime(GuestThread thread) =>
        thread.CpuTime + (thread.Hart is { } hart ? hart.Now - thread.MountedAt : 0);

    /// <summary>What a clock shows now; null where it does not exist.</summary>
    internal static long? Read(Process process, GuestThread thread, int clock) => clock switch
    {
        ClockRealtime or ClockRealtimeCoarse or 8 or ClockTai => process.Clock.RealtimeAtBoot + process.Clock.Show(),
        ClockProcessCpu => ProcessCpuTime(process),
        ClockThreadCpu => ThreadCpuTime(thread),
        >= 0 and <= ClockMax and not 10 => process.Clock.Show(),
        < 0 => ReadDynamic(process, clock),
        _ => null,
    };

    /// <summary>Whether a clock can be slept on or drive a timer.</summary>
    internal static bool IsWaitable(int clock) => clock is ClockRealtime or 1 or 7 or 8 or 9 or ClockTai;

    /// <summary>The virtual time, since boot, of a time on a clock.</summary>
    internal static long ToMonotonic(Process process, int clock, long time) =>
        clock is ClockRealtime or 8 or ClockTai ? AddSaturating(-process.Clock.RealtimeAtBoot, time) : time;

    // CPU clocks of threads and processes (pthread_getcpuclockid): ~id << 3 | 4 for a thread | which.
    private static long? ReadDynamic(Process process, int clock)
    {
        var id = ~(clock >> 3);
        var isThread = (clock & 4) != 0;
        if (isThread)
        {
            return process.Threads.All.TryGetValue(id, out var thread) ? ThreadCpuTime(thread) : null;
        }

        return id == 0 || id == process.Id ? ProcessCpuTime(process) : null;
    }

    private static SyscallResult ClockGetTime(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if (Read(process, thread, (int)arguments.A0) is not { } time)
        {
            return Errno.EINVAL;
        }

        return TryWriteTimespec(process, arguments.A1, time) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult ClockGetResolution(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if (Read(process, thread, (int)arguments.A0) is null)
        {
            return Errno.EINVAL;
        }

        return arguments.A1 == 0
            || TryWriteTimespec(process, arguments.A1, (long)ResolutionNanoseconds) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult Nanosleep(Process process, GuestThread thread, in SyscallArguments arguments) =>
        Sleep(process, thread, 1, isAbsolute: false, arguments.A0, arguments.A1);

    private static SyscallResult ClockNanosleep(Process process, GuestThread thread, in SyscallArguments arguments) =>
        !IsWaitable((int)arguments.A0)
            ? (int)arguments.A0 == ClockProcessCpu ? Errno.EOPNOTSUPP : Errno.EINVAL
            : Sleep(process, thread, (int)arguments.A0, (arguments.A1 & AbsoluteTime) != 0, arguments.A2, arguments.A3);

    private static SyscallResult Sleep(
        Process process, GuestThread thread, int clock, bool isAbsolute, ulong request, ulong remaining)
    {
        if (thread.Wake == WakeReason.Timeout)
        {
            return 0;
        }

        if (thread.CallDeadline is null)
        {
            var error = TryReadTimespec(process, request, out var time);
            if (error != Errno.None)
            {
                return error;
            }

            thread.CallDeadline = isAbsolute
                ? ToMonotonic(process, clock, time)
                : AddSaturating(process.Clock.Now, time);
        }

        var left = thread.CallDeadline.Value - process.Clock.Now;
        if (left <= 0)
        {
            return 0;
        }

        if (thread.Wake != WakeReason.Signal || !process.SignalDelivery.HasDeliverable(thread))
        {
            return process.Threads.Wait(thread, thread.CallDeadline.Value, WaitKey.Time);
        }

        return isAbsolute || remaining == 0 || TryWriteTimespec(process, remaining, left) ? Errno.EINTR : Errno.EFAULT;
    }

    private static SyscallResult GetTimeOfDay(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var now = process.Clock.RealtimeAtBoot + process.Clock.Show();
        var isWritten = (arguments.A0 == 0
                || process.User.TryWrite(
                    arguments.A0, new Timeval(now / NanosecondsPerSecond, now % NanosecondsPerSecond / 1000)))
            && (arguments.A1 == 0 || process.User.TryWriteUInt64(arguments.A1, 0));
        return isWritten ? 0 : Errno.EFAULT;
    }

    private static SyscallResult Times(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        const long nanosecondsPerTick = NanosecondsPerSecond / 100;
        var cpu = ProcessCpuTime(process) / nanosecondsPerTick;
        return arguments.A0 != 0 && !process.User.TryWrite(arguments.A0, new ProcessTimes(cpu, 0, 0, 0))
            ? Errno.EFAULT
            : process.Clock.Show() / nanosecondsPerTick;
    }
}
