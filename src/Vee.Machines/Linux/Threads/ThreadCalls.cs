namespace Vee.Machines.Linux.Threads;

/// <summary>Creation and end of threads: clone(2), clone3(2), exit(2), set_tid_address(2) and the scheduler's
/// calls.</summary>
internal static class ThreadCalls
{
    private const ulong CloneMemory = 0x100;
    private const ulong CloneSignals = 0x800;
    private const ulong CloneParentSetTid = 0x100000;
    private const ulong CloneChildClearTid = 0x200000;
    private const ulong CloneThread = 0x10000;
    private const ulong CloneSetTls = 0x80000;
    private const ulong CloneChildSetTid = 0x1000000;
    private const ulong CloneThreadNeeds = CloneMemory | CloneSignals | CloneThread;
    private const int StackPointer = 2;
    private const int ThreadPointer = 4;
    private const int FirstArgument = 10;
    private const int EcallBytes = 4;
    private const ulong Clone3ArgumentsMin = 64;
    private const ulong Clone3ArgumentsMax = 4096;

    private const int PolicyOther = 0;
    private const int PolicyFifo = 1;
    private const int PolicyRoundRobin = 2;
    private const int PolicyBatch = 3;
    private const int PolicyIdle = 5;
    private const ulong ResetOnFork = 0x40000000;
    private const int RealTimePriorityMax = 99;

    internal static readonly Syscall[] Table =
    [
        new(220, "clone", Clone,
            [ArgumentKind.Bits, ArgumentKind.Pointer, ArgumentKind.Pointer, ArgumentKind.Pointer,
                ArgumentKind.Pointer]),
        new(435, "clone3", Clone3, [ArgumentKind.Pointer, ArgumentKind.Size]),
        new(93, "exit", Exit, [ArgumentKind.Int]),
        new(94, "exit_group", ExitGroup, [ArgumentKind.Int]),
        new(96, "set_tid_address", SetTidAddress, [ArgumentKind.Pointer]),
        new(178, "gettid", (_, thread, in _) => thread.Id, []),
        new(124, "sched_yield", SchedYield, []),
        new(123, "sched_getaffinity", GetAffinity, [ArgumentKind.Int, ArgumentKind.Size, ArgumentKind.Pointer]),
        new(122, "sched_setaffinity", SetAffinity, [ArgumentKind.Int, ArgumentKind.Size, ArgumentKind.Pointer]),
        new(120, "sched_getscheduler", (process, _, in arguments) => IsThread(process, arguments.A0) ? 0 : Errno.ESRCH,
            [ArgumentKind.Int]),
        new(121, "sched_getparam", GetParameters, [ArgumentKind.Int, ArgumentKind.Pointer]),
        new(118, "sched_setparam", SetParameters, [ArgumentKind.Int, ArgumentKind.Pointer]),
        new(119, "sched_setscheduler", SetScheduler, [ArgumentKind.Int, ArgumentKind.Int, ArgumentKind.Pointer]),
        new(125, "sched_get_priority_max", PriorityMax, [ArgumentKind.Int]),
        new(126, "sched_get_priority_min", PriorityMin, [ArgumentKind.Int]),
        new(168, "getcpu", GetCpu, [ArgumentKind.Pointer, ArgumentKind.Pointer]),
    ];

    private static SyscallResult Clone(Process process, GuestThread thread, in SyscallArguments arguments) =>
        // riscv64's order is flags, stack, parent tid, tls, child tid.
        Create(process, thread, new CloneRequest(
            arguments.A0 & ~0xffUL, arguments.A1, arguments.A2, arguments.A3, arguments.A4));

    private static SyscallResult Clone3(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if (arguments.A1 is < Clone3ArgumentsMin or > Clone3ArgumentsMax)
        {
            return arguments.A1 < Clone3ArgumentsMin ? Errno.EINVAL : Errno.E2BIG;
        }

        Span<ulong> words = stackalloc ulong[8];
        if (!process.User.TryRead(arguments.A0, System.Runtime.InteropServices.MemoryMarshal.AsBytes(words)))
        {
            return Errno.EFAULT;
        }

        // struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls.
        return words[5] + words[6] < words[5]
            ? Errno.EINVAL
            : Create(process, thread, new CloneRequest(words[0], words[5] + words[6], words[3], words[7], words[2]));
    }

    private readonly record struct CloneRequest(ulong Flags, ulong Stack, ulong ParentTid, ulong Tls, ulong ChildTid);

    private static SyscallResult Create(Process process, GuestThread parent, in CloneRequest request)
    {
        if ((request.Flags & CloneThreadNeeds) != CloneThreadNeeds)
        {
            // A process machine runs one process: the refusal is counted and shown, so that nobody has to guess.
            process.RefusedForks++;
            return Errno.ENOSYS;
        }

        if (process.Threads.TryCreate() is not { } child)
        {
            return Errno.EAGAIN;
        }

        parent.Hart!.SaveContext(child.Context);
        child.Context.Pc += EcallBytes;
        child.Context.X[FirstArgument] = 0;
        child.Context.X[StackPointer] = request.Stack != 0 ? request.Stack : child.Context.X[StackPointer];
        child.Context.X[ThreadPointer] = (request.Flags & CloneSetTls) != 0
            ? request.Tls : child.Context.X[ThreadPointer];
        child.Name = parent.Name;
        child.Signals.Mask = parent.Signals.Mask;
        child.ClearChildTid = (request.Flags & CloneChildClearTid) != 0 ? request.ChildTid : 0;
        if (((request.Flags & CloneParentSetTid) != 0
            && !process.User.TryWriteUInt32(request.ParentTid, (uint)child.Id))
            || ((request.Flags & CloneChildSetTid) != 0
                && !process.User.TryWriteUInt32(request.ChildTid, (uint)child.Id)))
        {
            process.Threads.Remove(child);
            return Errno.EFAULT;
        }

        process.Threads.Start(child);
        return child.Id;
    }

    private static SyscallResult Exit(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        EndThread(process, thread);
        if (process.Threads.All.Count == 0)
        {
            process.End((int)arguments.A0);
        }

        return SyscallResult.NoReturn;
    }

    private static SyscallResult ExitGroup(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        process.End((int)arguments.A0);
        return SyscallResult.NoReturn;
    }

    /// <summary>What the kernel does for a thread that ends: robust futexes, the tid word, its joiners.</summary>
    private static void EndThread(Process process, GuestThread thread)
    {
        RobustFutexes.Release(process, thread);
        if (thread.ClearChildTid != 0 && process.User.TryWriteUInt32(thread.ClearChildTid, 0))
        {
            process.Threads.Wake(process.FutexAt(thread.ClearChildTid), 1);
        }

        process.Threads.Remove(thread);
    }

    private static SyscallResult SetTidAddress(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        thread.ClearChildTid = arguments.A0;
        return thread.Id;
    }

    private static SyscallResult SchedYield(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        process.IsTurnYielded = true;
        return 0;
    }

    private static SyscallResult GetAffinity(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if (!IsThread(process, arguments.A0))
        {
            return Errno.ESRCH;
        }

        if (arguments.A1 < sizeof(ulong) || arguments.A1 % sizeof(ulong) != 0)
        {
            return Errno.EINVAL;
        }

        var mask = ulong.MaxValue >> (64 - process.Options.HartCount);
        return process.User.TryWriteUInt64(arguments.A2, mask) ? sizeof(ulong) : Errno.EFAULT;
    }

    private static SyscallResult SetAffinity(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if (!IsThread(process, arguments.A0))
        {
            return Errno.ESRCH;
        }

        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        bytes.Clear();
        if (!process.User.TryRead(arguments.A2, bytes[..(int)Math.Min(arguments.A1, sizeof(ulong))]))
        {
            return Errno.EFAULT;
        }

        // Harts are equal and the scheduler keeps all of them busy; a mask without any of them is a mistake.
        var mask = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        return (mask & (ulong.MaxValue >> (64 - process.Options.HartCount))) != 0 ? 0 : Errno.EINVAL;
    }

    private static SyscallResult GetParameters(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if (!IsThread(process, arguments.A0))
        {
            return Errno.ESRCH;
        }

        return process.User.TryWriteUInt32(arguments.A1, 0) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult PriorityMax(Process process, GuestThread thread, in SyscallArguments arguments) =>
        PriorityBound(arguments.A0, RealTimePriorityMax);

    private static SyscallResult PriorityMin(Process process, GuestThread thread, in SyscallArguments arguments) =>
        PriorityBound(arguments.A0, 1);

    // SCHED_OTHER, SCHED_BATCH and SCHED_IDLE have no priorities.
    private static SyscallResult PriorityBound(ulong policy, int realTime) => (int)policy switch
    {
        PolicyFifo or PolicyRoundRobin => realTime,
        PolicyOther or PolicyBatch or PolicyIdle => 0,
        _ => Errno.EINVAL,
    };

    private static SyscallResult SetScheduler(Process process, GuestThread thread, in SyscallArguments arguments) =>
        SetPolicy(process, arguments.A0, (int)(arguments.A1 & ~ResetOnFork), arguments.A2);

    private static SyscallResult SetParameters(Process process, GuestThread thread, in SyscallArguments arguments) =>
        SetPolicy(process, arguments.A0, PolicyOther, arguments.A1);

    /// <summary>Every thread is SCHED_OTHER; what is valid but not offered is not permitted.</summary>
    private static SyscallResult SetPolicy(Process process, ulong thread, int policy, ulong parameters)
    {
        if ((int)thread < 0 || parameters == 0)
        {
            return Errno.EINVAL;
        }

        if (!process.User.TryReadUInt32(parameters, out var priority))
        {
            return Errno.EFAULT;
        }

        if (!IsThread(process, thread))
        {
            return Errno.ESRCH;
        }

        return policy switch
        {
            PolicyOther when priority == 0 => 0,
            PolicyBatch or PolicyIdle when priority == 0 => Errno.EPERM,
            PolicyFifo or PolicyRoundRobin when priority is >= 1 and <= RealTimePriorityMax => Errno.EPERM,
            _ => Errno.EINVAL,
        };
    }

    private static SyscallResult GetCpu(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var isWritten = (arguments.A0 == 0 || process.User.TryWriteUInt32(arguments.A0, (uint)thread.Hart!.Index))
            && (arguments.A1 == 0 || process.User.TryWriteUInt32(arguments.A1, 0));
        return isWritten ? 0 : Errno.EFAULT;
    }

    private static bool IsThread(Process process, ulong id) =>
        id == 0 || (id <= int.MaxValue && process.Threads.All.ContainsKey((int)id));
}
