using Vee.Machines.Harts;
using Vee.Machines.Linux.Threads;

namespace Vee.Machines.Linux.Signals;

/// <summary>Sends signals to threads and makes them take effect: a handler's frame, an end, or nothing.</summary>
internal sealed class SignalDelivery(Process process)
{
    // The red zone that compilers may use below sp does not exist in the RISC-V ABI; frames are 16-byte aligned.
    private const ulong StackAlignment = 16;
    private const uint StackDisabled = 2;

    /// <summary>Sends a signal to the process: any thread that does not block it takes it.</summary>
    internal SyscallResult SendToProcess(in SignalInfo info)
    {
        var bit = SignalNumbers.Bit(info.Number);
        if (IsSettled(info.Number, process.Threads.All.Values.All(thread => (thread.Signals.Mask & bit) != 0)))
        {
            return 0;
        }

        if (!process.Signals.Pending.TryAdd(info))
        {
            return Errno.EAGAIN;
        }

        GuestThread? taker = null;
        foreach (var thread in process.Threads.All.Values)
        {
            process.Threads.Wake(WaitKey.Signal(thread.Id));
            taker ??= (thread.Signals.Mask & bit) == 0 ? thread : null;
        }

        if (taker is not null)
        {
            process.Threads.MakeRunnable(taker, WakeReason.Signal);
        }

        process.Files.NotifySignals();
        return 0;
    }

    /// <summary>Sends a signal to one thread.</summary>
    internal SyscallResult SendToThread(GuestThread thread, in SignalInfo info)
    {
        var isBlocked = (thread.Signals.Mask & SignalNumbers.Bit(info.Number)) != 0;
        if (IsSettled(info.Number, isBlocked))
        {
            return 0;
        }

        if (!thread.Signals.Pending.TryAdd(info))
        {
            return Errno.EAGAIN;
        }

        process.Threads.Wake(WaitKey.Signal(thread.Id));
        if (!isBlocked)
        {
            process.Threads.MakeRunnable(thread, WakeReason.Signal);
        }

        process.Files.NotifySignals();
        return 0;
    }

    /// <summary>Whether a signal is waiting that the thread does not block.</summary>
    internal bool HasDeliverable(GuestThread thread) =>
        ((thread.Signals.Pending.Set | process.Signals.Pending.Set) & ~thread.Signals.Mask) != 0;

    /// <summary>The first signal that would be delivered now has a handler with SA_RESTART, or no handler.</summary>
    internal bool NextRestartsCalls(GuestThread thread)
    {
        var ready = (thread.Signals.Pending.Set | process.Signals.Pending.Set) & ~thread.Signals.Mask;
        if (ready == 0)
        {
            return true;
        }

        var action = process.Signals[System.Numerics.BitOperations.TrailingZeroCount(ready) + 1];
        return !action.IsHandler || (action.Flags & SignalAction.RestartCalls) != 0;
    }

    /// <summary>Delivers what is pending to a thread that is about to run on its hart.</summary>
    internal void Deliver(GuestThread thread, Hart hart)
    {
        var signals = thread.Signals;
        while (process.Ending is null && process.StopSignal == 0
            && (signals.Pending.TryTake(~signals.Mask, out var info)
                || process.Signals.Pending.TryTake(~signals.Mask, out info)))
        {
            var action = process.Signals[info.Number];
            if (action.IsHandler)
            {
                EnterHandler(thread, hart, info, action);
            }
            else if (SignalNumbers.IsStopping(info.Number) && !process.Signals.IsIgnored(info.Number))
            {
                // It was blocked when it was sent.
                process.Stop(info.Number);
            }
            else if (!process.Signals.IsIgnored(info.Number))
            {
                process.EndBySignal(info.Number, null);
            }
        }

        if (signals.MaskToRestore is { } mask)
        {
            signals.Mask = mask;
            signals.MaskToRestore = null;
        }
    }

    /// <summary>
    /// Delivers a fault of the thread's own instruction. It cannot be blocked or ignored: then it ends the process.
    /// </summary>
    internal void DeliverFault(GuestThread thread, Hart hart, in SignalInfo info, Trap trap)
    {
        var action = process.Signals[info.Number];
        if (!action.IsHandler || (thread.Signals.Mask & SignalNumbers.Bit(info.Number)) != 0)
        {
            process.EndBySignal(info.Number, new FatalTrap(thread.Id, hart, trap));
            return;
        }

        EnterHandler(thread, hart, info, action);
    }

    /// <summary>rt_sigreturn: takes back what the frame at sp holds.</summary>
    internal void Return(GuestThread thread, Hart hart)
    {
        Span<byte> frame = stackalloc byte[SignalFrame.Bytes];
        if (!process.User.TryRead(hart.GetX(2), frame))
        {
            process.EndBySignal(SignalNumbers.Segv, null);
            return;
        }

        SignalFrame.Read(frame, hart, out var mask);
        thread.Signals.Mask = mask & ~SignalNumbers.Unblockable;
    }

    /// <summary>
    /// What a signal does the moment it is sent, whatever the threads are doing: kill, stop, go on, or nothing.
    /// </summary>
    /// <returns>Whether that was all; otherwise it waits for a thread to take it.</returns>
    /// <remarks>
    /// Stopping here and not when a thread takes the signal keeps waiting calls as they are: none of them has to be
    /// made again after SIGCONT.
    /// </remarks>
    private bool IsSettled(int number, bool isBlocked)
    {
        if (number == SignalNumbers.Kill)
        {
            process.EndBySignal(number, null);
            return true;
        }

        // Stopping and going on cancel each other, also where the signal itself is blocked, ignored or handled.
        if (number == SignalNumbers.Continue)
        {
            process.Continue();
            process.DiscardPending(SignalNumbers.Stopping);
        }
        else if (SignalNumbers.IsStopping(number))
        {
            process.DiscardPending(SignalNumbers.Bit(SignalNumbers.Continue));
        }

        if (isBlocked || process.Signals[number].IsHandler)
        {
            return false;
        }

        if (process.Signals.IsIgnored(number))
        {
            return true;
        }

        if (SignalNumbers.IsStopping(number))
        {
            process.Stop(number);
            return true;
        }

        return false;
    }

    private void EnterHandler(GuestThread thread, Hart hart, in SignalInfo info, in SignalAction action)
    {
        var signals = thread.Signals;
        var stack = StackFor(hart.GetX(2), signals, action);
        var frameAddress = (stack - SignalFrame.Bytes) & ~(StackAlignment - 1);
        Span<byte> frame = stackalloc byte[SignalFrame.Bytes];
        SignalFrame.Write(frame, info, hart, signals, signals.MaskToRestore ?? signals.Mask);
        signals.MaskToRestore = null;
        if (!process.User.TryWrite(frameAddress, frame))
        {
            // No stack for the handler: Linux forces SIGSEGV with its default action.
            process.EndBySignal(SignalNumbers.Segv, null);
            return;
        }

        signals.Mask |= action.Mask & ~SignalNumbers.Unblockable;
        if ((action.Flags & SignalAction.NoDefer) == 0)
        {
            signals.Mask |= SignalNumbers.Bit(info.Number);
        }

        if ((action.Flags & SignalAction.ResetAfterUse) != 0)
        {
            process.Signals[info.Number] = default;
        }

        hart.ClearReservation();
        hart.Pc = action.Handler & ~1UL;
        hart.SetX(1, process.SignalTrampoline);
        hart.SetX(2, frameAddress);
        hart.SetX(10, (ulong)info.Number);
        hart.SetX(11, frameAddress);
        hart.SetX(12, frameAddress + SignalFrame.ContextOffset);
    }

    private static ulong StackFor(ulong stackPointer, ThreadSignals signals, in SignalAction action)
    {
        var isUsable = (action.Flags & SignalAction.OnAlternateStack) != 0
            && (signals.AlternateStackFlags & StackDisabled) == 0;
        var isOnIt = stackPointer - signals.AlternateStack - 1 < signals.AlternateStackBytes;
        return isUsable && !isOnIt ? signals.AlternateStack + signals.AlternateStackBytes : stackPointer;
    }
}
