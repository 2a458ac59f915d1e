using Vee.Machines.Linux.Signals;
using Vee.Machines.Linux.Threads;

namespace Vee.Machines.Linux.Polling;

/// <summary>What ppoll, pselect6 and epoll_pwait share: their timeout and the signal mask that they wait
/// with.</summary>
internal static class PollTiming
{
    /// <summary>Computes the call's deadline the first time it is made.</summary>
    /// <param name="process">The process.</param>
    /// <param name="thread">The calling thread.</param>
    /// <param name="timeout">Virtual nanoseconds; null for ever.</param>
    internal static void Begin(Process process, GuestThread thread, long? timeout)
    {
        var now = process.Clock.Now;
        thread.CallDeadline ??= timeout is { } nanoseconds && nanoseconds < GuestThread.Never - now
            ? now + nanoseconds
            : GuestThread.Never;
    }

    /// <summary>Whether the call must not wait any more.</summary>
    internal static bool IsOver(Process process, GuestThread thread) => thread.CallDeadline <= process.Clock.Now;

    /// <summary>Whether a signal ends the wait: one that has come, or one that the new mask lets through.</summary>
    internal static bool IsInterrupted(Process process, GuestThread thread) =>
        thread.Wake == WakeReason.Signal || process.SignalDelivery.HasDeliverable(thread);

    /// <summary>Reads an optional timespec.</summary>
    internal static Errno TryReadTimeout(Process process, ulong address, out long? timeout)
    {
        timeout = null;
        if (address == 0)
        {
            return Errno.None;
        }

        Span<byte> time = stackalloc byte[GuestTime.Bytes];
        if (!process.User.TryRead(address, time))
        {
            return Errno.EFAULT;
        }

        var isValid = GuestTime.TryRead(time, out var nanoseconds);
        timeout = nanoseconds;
        return isValid ? Errno.None : Errno.EINVAL;
    }

    /// <summary>Writes back what is left of a timeout, as Linux does for ppoll and pselect6.</summary>
    internal static void WriteRemaining(Process process, GuestThread thread, ulong address)
    {
        if (address != 0 && thread.CallDeadline is { } deadline && deadline != GuestThread.Never)
        {
            Span<byte> time = stackalloc byte[GuestTime.Bytes];
            GuestTime.Write(time, Math.Max(0, deadline - process.Clock.Now));
            process.User.TryWrite(address, time);
        }
    }

    /// <summary>Swaps the signal mask the first time the call is made; the dispatcher puts the old one back.</summary>
    internal static Errno TrySwapMask(Process process, GuestThread thread, ulong address, ulong bytes)
    {
        if (address == 0 || thread.Wake != WakeReason.None)
        {
            return Errno.None;
        }

        if (bytes != sizeof(ulong))
        {
            return Errno.EINVAL;
        }

        if (!process.User.TryReadUInt64(address, out var mask))
        {
            return Errno.EFAULT;
        }

        thread.Signals.MaskToRestore = thread.Signals.Mask;
        thread.Signals.Mask = mask & ~SignalNumbers.Unblockable;
        return Errno.None;
    }
}
