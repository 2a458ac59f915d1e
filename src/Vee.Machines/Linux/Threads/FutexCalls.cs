using Vee.Machines.Linux.Time;

namespace Vee.Machines.Linux.Threads;

/// <summary>futex(2): wait, wake, requeue, wake-op and bitsets. Addresses identify futexes, as there is one process;
/// one in a shared file mapping that is not FUTEX_PRIVATE is identified by its place in the file.</summary>
internal static class FutexCalls
{
    private const ulong PrivateFlag = 128;
    private const ulong RealtimeFlag = 256;
    private const int Wait = 0;
    private const int Wake = 1;
    private const int Requeue = 3;
    private const int CompareRequeue = 4;
    private const int WakeOperation = 5;
    private const int LockInheriting = 6;
    private const int UnlockInheriting = 7;
    private const int TryLockInheriting = 8;
    private const int LockInheriting2 = 13;
    private const int WaitBitset = 9;
    private const int WakeBitset = 10;

    internal static readonly Syscall[] Table =
    [
        new(98, "futex", Futex,
            [ArgumentKind.Pointer, ArgumentKind.Bits, ArgumentKind.Int, ArgumentKind.Pointer, ArgumentKind.Pointer,
                ArgumentKind.Bits],
            Interruption.AskHandler),
    ];

    private static SyscallResult Futex(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if ((arguments.A0 & 3) != 0)
        {
            return Errno.EINVAL;
        }

        var operation = (int)(arguments.A1 & ~(PrivateFlag | RealtimeFlag));
        var bits = (uint)arguments.A5;
        var threads = process.Threads;
        return operation switch
        {
            Wait => WaitFor(process, thread, arguments, uint.MaxValue),
            WaitBitset => bits == 0 ? Errno.EINVAL : WaitFor(process, thread, arguments, bits),
            Wake => WakeSome(process, arguments, uint.MaxValue),
            WakeBitset => bits == 0 ? Errno.EINVAL : WakeSome(process, arguments, bits),
            Requeue => threads.Wake(KeyOf(process, arguments, arguments.A0), Count(arguments.A2))
                + MoveWaiters(process, arguments),
            CompareRequeue => RequeueIfEqual(process, arguments),
            WakeOperation => WakeAndModify(process, arguments),
            LockInheriting or LockInheriting2 => OwnedFutexes.Lock(process, thread, arguments),
            TryLockInheriting => OwnedFutexes.TryLock(process, thread, arguments.A0),
            UnlockInheriting => OwnedFutexes.Unlock(process, thread, arguments.A0),
            // FUTEX_WAIT_REQUEUE_PI, for condition variables with such mutexes, is not offered.
            _ => Errno.ENOSYS,
        };
    }

    private static SyscallResult WaitFor(Process process, GuestThread thread, in SyscallArguments arguments, uint bits)
    {
        switch (thread.Wake)
        {
            case WakeReason.Event:
                return 0;
            case WakeReason.Timeout:
                return Errno.ETIMEDOUT;
            case WakeReason.Signal:
                // An unlimited wait is restarted around the handler, one with a timeout is not (signal(7)).
                // If another thread took the signal, waking for no reason is allowed (futex(2), "RETURN VALUE").
                return process.SignalDelivery.HasDeliverable(thread) ? Interrupted(process, thread, arguments) : 0;
            default:
                break;
        }

        if (!process.User.TryReadUInt32(arguments.A0, out var value))
        {
            return Errno.EFAULT;
        }

        if (value != (uint)arguments.A2)
        {
            return Errno.EAGAIN;
        }

        var error = Deadline(process, arguments, out var deadline);
        if (error != Errno.None)
        {
            return error;
        }

        thread.CallDeadline = deadline;
        thread.WaitBits = bits;
        return process.Threads.Wait(thread, deadline, KeyOf(process, arguments, arguments.A0));
    }

    private static SyscallResult Interrupted(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if (arguments.A3 != 0 || !process.SignalDelivery.NextRestartsCalls(thread))
        {
            return Errno.EINTR;
        }

        // NoReturn leaves pc at the ECALL and a0 as it was: the call is made afresh when the handler has returned.
        return SyscallResult.NoReturn;
    }

    private static Errno Deadline(Process process, in SyscallArguments arguments, out long deadline)
    {
        deadline = GuestThread.Never;
        if (arguments.A3 == 0)
        {
            return Errno.None;
        }

        var error = TimeCalls.TryReadTimespec(process, arguments.A3, out var time);
        if (error != Errno.None)
        {
            return error;
        }

        // FUTEX_WAIT's timeout is relative; FUTEX_WAIT_BITSET's is a time on the chosen clock.
        var isAbsolute = (int)(arguments.A1 & ~(PrivateFlag | RealtimeFlag)) == WaitBitset;
        var start = !isAbsolute ? process.Clock.Now
            : (arguments.A1 & RealtimeFlag) != 0 ? -process.Clock.RealtimeAtBoot
            : 0;
        deadline = TimeCalls.AddSaturating(start, time);
        return Errno.None;
    }

    private static SyscallResult WakeSome(Process process, in SyscallArguments arguments, uint bits) =>
        process.Threads.Wake(KeyOf(process, arguments, arguments.A0), Count(arguments.A2), bits);

    private static SyscallResult RequeueIfEqual(Process process, in SyscallArguments arguments)
    {
        if (!process.User.TryReadUInt32(arguments.A0, out var value))
        {
            return Errno.EFAULT;
        }

        if (value != (uint)arguments.A5)
        {
            return Errno.EAGAIN;
        }

        return process.Threads.Wake(KeyOf(process, arguments, arguments.A0), Count(arguments.A2))
            + MoveWaiters(process, arguments);
    }

    private static SyscallResult WakeAndModify(Process process, in SyscallArguments arguments)
    {
        if ((arguments.A4 & 3) != 0)
        {
            return Errno.EINVAL;
        }

        if (!process.User.TryReadUInt32(arguments.A4, out var before))
        {
            return Errno.EFAULT;
        }

        // FUTEX_OP: op in bits 28..31 (8 shifts the operand), comparison in 24..27, operand and comparand 12 bits each.
        var encoded = (uint)arguments.A5;
        if ((encoded >> 28 & 7) > 4 || (encoded >> 24 & 15) > 5)
        {
            return Errno.ENOSYS;
        }

        var word = before;
        for (var isStored = false; !isStored;)
        {
            before = word;
            if (!process.User.TryReplaceUInt32(arguments.A4, ref word, Modify(before, encoded), out isStored))
            {
                return Errno.EFAULT;
            }
        }

        var woken = process.Threads.Wake(KeyOf(process, arguments, arguments.A0), Count(arguments.A2));
        return Holds((int)before, encoded)
            ? woken + process.Threads.Wake(KeyOf(process, arguments, arguments.A4), Count(arguments.A3))
            : woken;
    }

    private static uint Modify(uint before, uint encoded)
    {
        var operand = (uint)((int)(encoded << 8) >> 20);
        operand = (encoded & 0x80000000) != 0 ? 1u << (int)(operand & 31) : operand;
        return (encoded >> 28 & 7) switch
        {
            0 => operand,
            1 => before + operand,
            2 => before | operand,
            3 => before & ~operand,
            _ => before ^ operand,
        };
    }

    private static bool Holds(int before, uint encoded)
    {
        var comparand = (int)(encoded << 20) >> 20;
        return (encoded >> 24 & 15) switch
        {
            0 => before == comparand,
            1 => before != comparand,
            2 => before < comparand,
            3 => before <= comparand,
            4 => before > comparand,
            _ => before >= comparand,
        };
    }

    private static int MoveWaiters(Process process, in SyscallArguments arguments) => process.Threads.Requeue(
        KeyOf(process, arguments, arguments.A0), KeyOf(process, arguments, arguments.A4), Count(arguments.A3));

    private static WaitKey KeyOf(Process process, in SyscallArguments arguments, ulong address) =>
        (arguments.A1 & PrivateFlag) != 0 ? WaitKey.Futex(address) : process.FutexAt(address);

    // Counts are ints; a guest's INT_MAX means all.
    private static int Count(ulong argument) => Math.Max(0, (int)argument);
}
