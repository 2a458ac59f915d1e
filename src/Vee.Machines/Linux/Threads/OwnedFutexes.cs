using Vee.Machines.Linux.Time;

namespace Vee.Machines.Linux.Threads;

/// <summary>
/// FUTEX_LOCK_PI and its kin: locks whose word holds the owner's thread id. Threads have no priorities here, so there
/// is none to inherit; what remains is that the kernel hands the lock over. Source: futex(2), "Priority-inheritance
/// futexes".
/// </summary>
internal static class OwnedFutexes
{
    private const uint WaitersBit = 0x80000000;
    private const uint OwnerDiedBit = 0x40000000;
    private const uint OwnerMask = 0x3fffffff;

    internal static SyscallResult Lock(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var taken = TryLock(process, thread, arguments.A0, isWaiting: true);
        if (taken.Error != Errno.EAGAIN)
        {
            return taken;
        }

        switch (thread.Wake)
        {
            case WakeReason.Timeout:
                return Errno.ETIMEDOUT;
            case WakeReason.Signal when process.SignalDelivery.HasDeliverable(thread):
                // The wait is made afresh, by its ECALL, when the handler has returned.
                return SyscallResult.NoReturn;
            default:
                break;
        }

        if (thread.CallDeadline is null)
        {
            var time = GuestThread.Never;
            var error = arguments.A3 == 0 ? Errno.None : TimeCalls.TryReadTimespec(process, arguments.A3, out time);
            if (error != Errno.None)
            {
                return error;
            }

            // The timeout is a time on CLOCK_REALTIME.
            thread.CallDeadline = TimeCalls.AddSaturating(-process.Clock.RealtimeAtBoot, time);
        }

        thread.WaitBits = uint.MaxValue;
        return process.Threads.Wait(thread, thread.CallDeadline.Value, process.FutexAt(arguments.A0));
    }

    /// <returns>0 when taken, EAGAIN when another thread owns it, EDEADLK when the caller does.</returns>
    internal static SyscallResult TryLock(Process process, GuestThread thread, ulong address) =>
        TryLock(process, thread, address, isWaiting: false);

    internal static SyscallResult Unlock(Process process, GuestThread thread, ulong address)
    {
        if (!process.User.TryReadUInt32(address, out var word))
        {
            return Errno.EFAULT;
        }

        for (var isStored = false; !isStored;)
        {
            if ((word & OwnerMask) != (uint)thread.Id)
            {
                return Errno.EPERM;
            }

            if (!process.User.TryReplaceUInt32(address, ref word, 0, out isStored))
            {
                return Errno.EFAULT;
            }
        }

        process.Threads.Wake(process.FutexAt(address), 1);
        return 0;
    }

    /// <summary>Takes a free lock; marks one that another thread owns as waited for, if the caller will wait.</summary>
    private static SyscallResult TryLock(Process process, GuestThread thread, ulong address, bool isWaiting)
    {
        if (!process.User.TryReadUInt32(address, out var word))
        {
            return Errno.EFAULT;
        }

        while (true)
        {
            var owner = word & OwnerMask;
            if (owner == (uint)thread.Id)
            {
                return Errno.EDEADLK;
            }

            if (owner != 0 && !process.Threads.All.ContainsKey((int)owner))
            {
                return Errno.ESRCH;
            }

            if (owner != 0 && !isWaiting)
            {
                return Errno.EAGAIN;
            }

            var hasWaiters = process.Threads.IsWaitedFor(process.FutexAt(address));
            var desired = owner != 0
                ? word | WaitersBit
                : (uint)thread.Id | (word & OwnerDiedBit) | (hasWaiters ? WaitersBit : 0);
            if (!process.User.TryReplaceUInt32(address, ref word, desired, out var isStored))
            {
                return Errno.EFAULT;
            }

            if (isStored)
            {
                return owner != 0 ? Errno.EAGAIN : 0;
            }
        }
    }
}
