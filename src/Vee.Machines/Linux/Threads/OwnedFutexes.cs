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
        var taken = TryLock(process, thread, arguments.A0);
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

        if (!process.User.TryReadUInt32(arguments.A0, out var word)
            || !process.User.TryWriteUInt32(arguments.A0, word | WaitersBit))
        {
            return Errno.EFAULT;
        }

        thread.WaitBits = uint.MaxValue;
        return process.Threads.Wait(thread, thread.CallDeadline.Value, WaitKey.Futex(arguments.A0));
    }

    /// <returns>0 when taken, EAGAIN when another thread owns it, EDEADLK when the caller does.</returns>
    internal static SyscallResult TryLock(Process process, GuestThread thread, ulong address)
    {
        if (!process.User.TryReadUInt32(address, out var word))
        {
            return Errno.EFAULT;
        }

        var owner = word & OwnerMask;
        if (owner == (uint)thread.Id)
        {
            return Errno.EDEADLK;
        }

        if (owner != 0)
        {
            return process.Threads.All.ContainsKey((int)owner) ? Errno.EAGAIN : Errno.ESRCH;
        }

        var hasWaiters = process.Threads.IsWaitedFor(WaitKey.Futex(address));
        var taken = (uint)thread.Id | (word & OwnerDiedBit) | (hasWaiters ? WaitersBit : 0);
        return process.User.TryWriteUInt32(address, taken) ? 0 : Errno.EFAULT;
    }

    internal static SyscallResult Unlock(Process process, GuestThread thread, ulong address)
    {
        if (!process.User.TryReadUInt32(address, out var word))
        {
            return Errno.EFAULT;
        }

        if ((word & OwnerMask) != (uint)thread.Id)
        {
            return Errno.EPERM;
        }

        if (!process.User.TryWriteUInt32(address, 0))
        {
            return Errno.EFAULT;
        }

        process.Threads.Wake(WaitKey.Futex(address), 1);
        return 0;
    }
}
