using Vee.Machines.Linux.Threads;
using Vee.Machines.Linux.Time;

namespace Vee.Machines.Linux.Signals;

/// <summary>The rt_sig calls, sigaltstack(2), kill(2) and its kin.</summary>
internal static class SignalCalls
{
    private const ulong SetBytes = 8;
    private const int MaskBlock = 0;
    private const int MaskUnblock = 1;
    private const int MaskSet = 2;
    private const uint StackOnStack = 1;
    private const uint StackDisable = 2;
    private const uint StackAutoDisarm = 0x80000000;
    private const ulong AlternateStackBytesMin = 2048;

    internal static readonly Syscall[] Table =
    [
        new(134, "rt_sigaction", Action,
            [ArgumentKind.Signal, ArgumentKind.Pointer, ArgumentKind.Pointer, ArgumentKind.Size]),
        new(135, "rt_sigprocmask", Mask,
            [ArgumentKind.Int, ArgumentKind.Pointer, ArgumentKind.Pointer, ArgumentKind.Size]),
        new(136, "rt_sigpending", Pending, [ArgumentKind.Pointer, ArgumentKind.Size]),
        new(133, "rt_sigsuspend", Suspend, [ArgumentKind.Pointer, ArgumentKind.Size], Interruption.Interrupt),
        new(137, "rt_sigtimedwait", TimedWait,
            [ArgumentKind.Pointer, ArgumentKind.Pointer, ArgumentKind.Pointer, ArgumentKind.Size],
                Interruption.AskHandler),
        new(139, "rt_sigreturn", Return, []),
        new(132, "sigaltstack", AlternateStack, [ArgumentKind.Pointer, ArgumentKind.Pointer]),
        new(129, "kill", Kill, [ArgumentKind.Int, ArgumentKind.Signal]),
        new(130, "tkill", ThreadKill, [ArgumentKind.Int, ArgumentKind.Signal]),
        new(131, "tgkill", ThreadGroupKill, [ArgumentKind.Int, ArgumentKind.Int, ArgumentKind.Signal]),
        new(138, "rt_sigqueueinfo", QueueInfo, [ArgumentKind.Int, ArgumentKind.Signal, ArgumentKind.Pointer]),
        new(240, "rt_tgsigqueueinfo", ThreadQueueInfo,
            [ArgumentKind.Int, ArgumentKind.Int, ArgumentKind.Signal, ArgumentKind.Pointer]),
    ];

    /// <summary>struct sigaltstack.</summary>
    private readonly record struct StackDescription(ulong Address, uint Flags, uint Padding, ulong Bytes);

    private static SyscallResult Action(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var number = (int)arguments.A0;
        if (arguments.A3 != SetBytes || number is < 1 or > SignalNumbers.Max)
        {
            return Errno.EINVAL;
        }

        var before = process.Signals[number];
        if (arguments.A1 != 0)
        {
            if (!process.User.TryRead(arguments.A1, out SignalAction action))
            {
                return Errno.EFAULT;
            }

            if (number is SignalNumbers.Kill or SignalNumbers.Stop)
            {
                return Errno.EINVAL;
            }

            process.Signals[number] = action;
            if (process.Signals.IsIgnored(number))
            {
                process.DiscardPending(SignalNumbers.Bit(number));
            }
        }

        return arguments.A2 == 0 || process.User.TryWrite(arguments.A2, before) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult Mask(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if (arguments.A3 != SetBytes)
        {
            return Errno.EINVAL;
        }

        var before = thread.Signals.Mask;
        if (arguments.A1 != 0)
        {
            if (!process.User.TryReadUInt64(arguments.A1, out var set))
            {
                return Errno.EFAULT;
            }

            switch ((int)arguments.A0)
            {
                case MaskBlock: thread.Signals.Mask |= set & ~SignalNumbers.Unblockable; break;
                case MaskUnblock: thread.Signals.Mask &= ~set; break;
                case MaskSet: thread.Signals.Mask = set & ~SignalNumbers.Unblockable; break;
                default: return Errno.EINVAL;
            }
        }

        return arguments.A2 == 0 || process.User.TryWriteUInt64(arguments.A2, before) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult Pending(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if (arguments.A1 > SetBytes)
        {
            return Errno.EINVAL;
        }

        var pending = (thread.Signals.Pending.Set | process.Signals.Pending.Set) & thread.Signals.Mask;
        return process.User.TryWriteUInt64(arguments.A0, pending) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult Suspend(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if (arguments.A1 != SetBytes)
        {
            return Errno.EINVAL;
        }

        if (!process.User.TryReadUInt64(arguments.A0, out var mask))
        {
            return Errno.EFAULT;
        }

        // The first time only: the mask to put back is the one from before the call.
        thread.Signals.MaskToRestore ??= thread.Signals.Mask;
        thread.Signals.Mask = mask & ~SignalNumbers.Unblockable;
        return process.SignalDelivery.HasDeliverable(thread)
            ? Errno.EINTR
            : process.Threads.Wait(thread, GuestThread.Never, WaitKey.Signal(thread.Id));
    }

    private static SyscallResult TimedWait(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if (arguments.A3 != SetBytes)
        {
            return Errno.EINVAL;
        }

        if (!process.User.TryReadUInt64(arguments.A0, out var set))
        {
            return Errno.EFAULT;
        }

        set &= ~SignalNumbers.Unblockable;
        if (thread.Signals.Pending.TryTake(set, out var info) || process.Signals.Pending.TryTake(set, out info))
        {
            Span<byte> bytes = stackalloc byte[SignalFrame.ContextOffset];
            SignalFrame.WriteInfo(bytes, info);
            return arguments.A1 == 0 || process.User.TryWrite(arguments.A1, bytes) ? info.Number : Errno.EFAULT;
        }

        switch (thread.Wake)
        {
            case WakeReason.Timeout:
                return Errno.EAGAIN;
            case WakeReason.Signal when process.SignalDelivery.HasDeliverable(thread):
                return Errno.EINTR;
            default:
                break;
        }

        if (thread.CallDeadline is null)
        {
            var time = GuestThread.Never;
            var error = arguments.A2 == 0 ? Errno.None : TimeCalls.TryReadTimespec(process, arguments.A2, out time);
            if (error != Errno.None)
            {
                return error;
            }

            if (time == 0)
            {
                return Errno.EAGAIN;
            }

            thread.CallDeadline = TimeCalls.AddSaturating(process.Clock.Now, time);
        }

        return process.Threads.Wait(thread, thread.CallDeadline.Value, WaitKey.Signal(thread.Id));
    }

    private static SyscallResult Return(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        process.SignalDelivery.Return(thread, thread.Hart!);
        return SyscallResult.NoReturn;
    }

    private static SyscallResult AlternateStack(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var signals = thread.Signals;
        var stackPointer = thread.Hart!.GetX(2);
        var isOnIt = stackPointer - signals.AlternateStack - 1 < signals.AlternateStackBytes
            && (signals.AlternateStackFlags & StackDisable) == 0;
        var before = new StackDescription(
            signals.AlternateStack, isOnIt
                ? StackOnStack : signals.AlternateStackFlags, 0, signals.AlternateStackBytes);
        if (arguments.A0 != 0)
        {
            if (!process.User.TryRead(arguments.A0, out StackDescription stack))
            {
                return Errno.EFAULT;
            }

            if (isOnIt)
            {
                return Errno.EPERM;
            }

            if ((stack.Flags & ~StackAutoDisarm) is not (0 or StackOnStack or StackDisable))
            {
                return Errno.EINVAL;
            }

            var isDisabled = (stack.Flags & StackDisable) != 0;
            if (!isDisabled && stack.Bytes < AlternateStackBytesMin)
            {
                return Errno.ENOMEM;
            }

            signals.AlternateStack = isDisabled ? 0 : stack.Address;
            signals.AlternateStackBytes = isDisabled ? 0 : stack.Bytes;
            signals.AlternateStackFlags = isDisabled ? StackDisable : 0;
        }

        return arguments.A1 == 0 || process.User.TryWrite(arguments.A1, before) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult Kill(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var target = (int)arguments.A0;
        var number = (int)arguments.A1;
        if (number is < 0 or > SignalNumbers.Max)
        {
            return Errno.EINVAL;
        }

        // 0 and its negation are the process group; -1 is everyone, of which there is nobody else.
        if (target != process.Id && target != 0 && target != -process.Id)
        {
            return Errno.ESRCH;
        }

        return number == 0 ? 0 : process.SignalDelivery.SendToProcess(Sent(process, number, SignalCodes.User));
    }

    private static SyscallResult ThreadKill(Process process, GuestThread thread, in SyscallArguments arguments) =>
        SendToThread(process, (int)arguments.A0, (int)arguments.A1);

    private static SyscallResult ThreadGroupKill(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var group = (int)arguments.A0;
        return group <= 0 ? Errno.EINVAL
            : group != process.Id ? Errno.ESRCH
            : SendToThread(process, (int)arguments.A1, (int)arguments.A2);
    }

    private static SyscallResult SendToThread(Process process, int id, int number)
    {
        if (id <= 0 || number is < 0 or > SignalNumbers.Max)
        {
            return Errno.EINVAL;
        }

        if (!process.Threads.All.TryGetValue(id, out var target))
        {
            return Errno.ESRCH;
        }

        return number == 0
            ? 0 : process.SignalDelivery.SendToThread(target, Sent(process, number, SignalCodes.ThreadKill));
    }

    private static SyscallResult QueueInfo(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var error = TryReadQueued(process, arguments.A1, arguments.A2, out var info);
        return error != Errno.None ? error
            : (int)arguments.A0 != process.Id ? Errno.ESRCH
            : info.Number == 0 ? 0
            : process.SignalDelivery.SendToProcess(info);
    }

    private static SyscallResult ThreadQueueInfo(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var error = TryReadQueued(process, arguments.A2, arguments.A3, out var info);
        if (error != Errno.None)
        {
            return error;
        }

        if ((int)arguments.A0 != process.Id || !process.Threads.All.TryGetValue((int)arguments.A1, out var target))
        {
            return Errno.ESRCH;
        }

        return info.Number == 0 ? 0 : process.SignalDelivery.SendToThread(target, info);
    }

    private static Errno TryReadQueued(Process process, ulong number, ulong address, out SignalInfo info)
    {
        info = default;
        Span<byte> bytes = stackalloc byte[32];
        if (!process.User.TryRead(address, bytes))
        {
            return Errno.EFAULT;
        }

        if ((int)number is < 0 or > SignalNumbers.Max)
        {
            return Errno.EINVAL;
        }

        info = new SignalInfo(
            (int)number,
            System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]),
            System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]))
        {
            SenderProcess = System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]),
            SenderUser = System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(bytes[20..]),
            Value = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
        };
        return Errno.None;
    }

    private static SignalInfo Sent(Process process, int number, int code) =>
        new(number, code) { SenderProcess = process.Id };
}
