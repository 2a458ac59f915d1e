using Vee.Machines.Linux.Signals;
using Vee.Machines.Linux.Threads;

namespace Vee.Machines.Linux.Time;

/// <summary>Timers that send signals: timer_create(2) and its kin, setitimer(2).</summary>
internal static class TimerCalls
{
    private const ulong AbsoluteTime = 1;
    private const int IntervalReal = 0;
    private const int IntervalProfile = 2;
    private const long MicrosecondsPerSecond = 1_000_000;

    internal static readonly Syscall[] Table =
    [
        new(107, "timer_create", Create, [ArgumentKind.Int, ArgumentKind.Pointer, ArgumentKind.Pointer]),
        new(110, "timer_settime", SetTime,
            [ArgumentKind.Int, ArgumentKind.Bits, ArgumentKind.Pointer, ArgumentKind.Pointer]),
        new(108, "timer_gettime", GetTime, [ArgumentKind.Int, ArgumentKind.Pointer]),
        new(109, "timer_getoverrun", GetOverrun, [ArgumentKind.Int]),
        new(111, "timer_delete", Delete, [ArgumentKind.Int]),
        new(103, "setitimer", SetIntervalTimer, [ArgumentKind.Int, ArgumentKind.Pointer, ArgumentKind.Pointer]),
        new(102, "getitimer", GetIntervalTimer, [ArgumentKind.Int, ArgumentKind.Pointer]),
    ];

    private static SyscallResult Create(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if (!TimeCalls.IsWaitable((int)arguments.A0))
        {
            return Errno.EINVAL;
        }

        var notification = TimerNotification.Signal;
        var signal = SignalNumbers.Alarm;
        ulong? value = null;
        var threadId = 0;
        if (arguments.A1 != 0)
        {
            // struct sigevent: value, signo, notify, thread id.
            if (!process.User.TryRead(arguments.A1, out SignalEvent wanted))
            {
                return Errno.EFAULT;
            }

            notification = (TimerNotification)wanted.Notify;
            signal = wanted.Signal;
            value = wanted.Value;
            threadId = wanted.Thread;
            var isKnown = wanted.Notify is (int)TimerNotification.None
                || ((wanted.Notify == (int)TimerNotification.Signal
                        || (wanted.Notify == (int)TimerNotification.Thread
                            && process.Threads.All.ContainsKey(threadId)))
                    && signal is >= 1 and <= SignalNumbers.Max);
            if (!isKnown)
            {
                return Errno.EINVAL;
            }
        }

        if (process.Timers.TryCreate((int)arguments.A0, notification, signal, value, threadId) is not { } timer)
        {
            return Errno.EAGAIN;
        }

        if (!process.User.TryWriteUInt32(arguments.A2, (uint)timer.Id))
        {
            process.Timers.Delete(timer.Id);
            return Errno.EFAULT;
        }

        return 0;
    }

    private static SyscallResult SetTime(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if (process.Timers.Find((int)arguments.A0) is not { } timer)
        {
            return Errno.EINVAL;
        }

        // struct itimerspec: interval, then value.
        var error = TimeCalls.TryReadTimespec(process, arguments.A2, out var interval);
        error = error != Errno.None ? error : TimeCalls.TryReadTimespec(process, arguments.A2 + 16, out _);
        if (error != Errno.None)
        {
            return error;
        }

        TimeCalls.TryReadTimespec(process, arguments.A2 + 16, out var value);
        var deadline = value == 0 ? GuestThread.Never
            : (arguments.A1 & AbsoluteTime) != 0 ? TimeCalls.ToMonotonic(process, timer.Clock, value)
            : TimeCalls.AddSaturating(process.Clock.Now, value);
        var before = process.Timers.Set(timer, deadline, interval);
        return arguments.A3 == 0 || TryWriteSetting(process, arguments.A3, before) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult GetTime(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if (process.Timers.Find((int)arguments.A0) is not { } timer)
        {
            return Errno.EINVAL;
        }

        return TryWriteSetting(process, arguments.A1, process.Timers.Left(timer)) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult GetOverrun(Process process, GuestThread thread, in SyscallArguments arguments) =>
        process.Timers.Find((int)arguments.A0) is { } timer ? timer.Overrun : Errno.EINVAL;

    private static SyscallResult Delete(Process process, GuestThread thread, in SyscallArguments arguments) =>
        process.Timers.Delete((int)arguments.A0) ? 0 : Errno.EINVAL;

    private static SyscallResult SetIntervalTimer(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var which = (int)arguments.A0;
        if (which is < IntervalReal or > IntervalProfile)
        {
            return Errno.EINVAL;
        }

        if (which != IntervalReal)
        {
            // Timers of CPU time would need a check in every turn; a program that profiles itself is told so.
            return Errno.EOPNOTSUPP;
        }

        IntervalTimeval wanted = default;
        if (arguments.A1 != 0 && !process.User.TryRead(arguments.A1, out wanted))
        {
            return Errno.EFAULT;
        }

        if (!TryNanoseconds(wanted.Interval, out var period) || !TryNanoseconds(wanted.Value, out var delay))
        {
            return Errno.EINVAL;
        }

        var deadline = delay == 0 ? GuestThread.Never : TimeCalls.AddSaturating(process.Clock.Now, delay);
        var before = process.Timers.Set(process.Timers.Real, deadline, period);
        return arguments.A2 == 0 || TryWriteInterval(process, arguments.A2, before) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult GetIntervalTimer(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if ((int)arguments.A0 is < IntervalReal or > IntervalProfile)
        {
            return Errno.EINVAL;
        }

        var left = (int)arguments.A0 == IntervalReal ? process.Timers.Left(process.Timers.Real) : default;
        return TryWriteInterval(process, arguments.A1, left) ? 0 : Errno.EFAULT;
    }

    private static bool TryNanoseconds(Timeval time, out long nanoseconds)
    {
        var isValid = time.Seconds >= 0 && time.Microseconds is >= 0 and < MicrosecondsPerSecond;
        nanoseconds = time.Seconds > GuestThread.Never / VirtualClock.NanosecondsPerSecond - 1
            ? GuestThread.Never
            : time.Seconds * VirtualClock.NanosecondsPerSecond + time.Microseconds * 1000;
        return isValid;
    }

    private static bool TryWriteSetting(Process process, ulong address, (long Remaining, long Interval) setting) =>
        TimeCalls.TryWriteTimespec(process, address, setting.Interval)
        && TimeCalls.TryWriteTimespec(process, address + 16, setting.Remaining);

    private static bool TryWriteInterval(Process process, ulong address, (long Remaining, long Interval) setting) =>
        process.User.TryWrite(
            address, new IntervalTimeval(ToTimeval(setting.Interval), ToTimeval(setting.Remaining)));

    private static Timeval ToTimeval(long nanoseconds) =>
        new(nanoseconds / VirtualClock.NanosecondsPerSecond, nanoseconds % VirtualClock.NanosecondsPerSecond / 1000);
}
