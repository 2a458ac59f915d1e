namespace Vee.Machines.Linux.Threads;

/// <summary>
/// Robust futexes: when a thread ends, each lock on its list that it still holds is marked "owner died" and a waiter
/// is woken. Source: Linux, Documentation/locking/robust-futex-ABI.
/// </summary>
internal static class RobustFutexes
{
    private const uint WaitersBit = 0x80000000;
    private const uint OwnerDiedBit = 0x40000000;
    private const uint OwnerMask = 0x3fffffff;
    private const ulong HeadBytes = 24;

    // A list that a guest has made circular, or endless, ends here (ROBUST_LIST_LIMIT).
    private const int EntriesMax = 2048;

    internal static readonly Syscall[] Table =
    [
        new(99, "set_robust_list", Set, [ArgumentKind.Pointer, ArgumentKind.Size]),
        new(100, "get_robust_list", Get, [ArgumentKind.Int, ArgumentKind.Pointer, ArgumentKind.Pointer]),
    ];

    /// <summary>Walks the list of a thread that ends.</summary>
    internal static void Release(Process process, GuestThread thread)
    {
        var head = thread.RobustList;
        if (head == 0
            || !process.User.TryReadUInt64(head, out var entry)
            || !process.User.TryReadUInt64(head + 8, out var offset)
            || !process.User.TryReadUInt64(head + 16, out var pending))
        {
            return;
        }

        for (var count = 0; count < EntriesMax && entry != head; count++)
        {
            // Bit 0 marks priority-inheritance locks, which are handled alike here.
            var isReadable = process.User.TryReadUInt64(entry & ~1UL, out var next);
            if (entry != pending)
            {
                MarkOwnerDied(process, thread, (entry & ~1UL) + offset);
            }

            if (!isReadable)
            {
                return;
            }

            entry = next;
        }

        if (pending != 0)
        {
            MarkOwnerDied(process, thread, (pending & ~1UL) + offset);
        }
    }

    private static void MarkOwnerDied(Process process, GuestThread thread, ulong address)
    {
        if ((address & 3) != 0 || !process.User.TryReadUInt32(address, out var word))
        {
            return;
        }

        var before = word;
        for (var isStored = false; !isStored;)
        {
            before = word;
            if ((word & OwnerMask) != (uint)thread.Id
                || !process.User.TryReplaceUInt32(address, ref word, (word & WaitersBit) | OwnerDiedBit, out isStored))
            {
                return;
            }
        }

        word = before;
        if ((word & WaitersBit) != 0)
        {
            process.Threads.Wake(process.FutexAt(address), 1);
        }
    }

    private static SyscallResult Set(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if (arguments.A1 != HeadBytes)
        {
            return Errno.EINVAL;
        }

        thread.RobustList = arguments.A0;
        return 0;
    }

    private static SyscallResult Get(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var id = (int)arguments.A0;
        var subject = id == 0 ? thread : process.Threads.All.GetValueOrDefault(id);
        if (subject is null)
        {
            return Errno.ESRCH;
        }

        return process.User.TryWriteUInt64(arguments.A1, subject.RobustList)
            && process.User.TryWriteUInt64(arguments.A2, HeadBytes) ? 0 : Errno.EFAULT;
    }
}
