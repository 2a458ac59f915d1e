using Vee.Machines.Linux.Files;
using Vee.Machines.Linux.Threads;

namespace Vee.Machines.Linux.Polling;

/// <summary>pselect6.</summary>
internal static class SelectCalls
{
    private const int WordBits = 64;

    // The kernel's smallest descriptor table; bits beyond the table are ignored.
    private const int TableMin = 256;

    private const PollEvents ReadEvents = PollEvents.In | PollEvents.HangUp | PollEvents.Error;
    private const PollEvents WriteEvents = PollEvents.Out | PollEvents.Error;

    internal static readonly Syscall[] Table =
    [
        new(72, "pselect6", Select,
            [
                ArgumentKind.Int,
                ArgumentKind.Pointer, ArgumentKind.Pointer, ArgumentKind.Pointer, ArgumentKind.Pointer,
                ArgumentKind.Pointer,
            ],
            Interruption.Interrupt),
    ];

    private static SyscallResult Select(Process process, GuestThread thread, in SyscallArguments a)
    {
        var error = PollTiming.TryReadTimeout(process, a.A4, out var timeout);
        if (error != Errno.None)
        {
            return error;
        }

        if ((int)a.A0 < 0)
        {
            return Errno.EINVAL;
        }

        error = TrySwapMask(process, thread, a.A5);
        if (error != Errno.None)
        {
            return error;
        }

        PollTiming.Begin(process, thread, timeout);
        process.Files.Caller = thread;
        process.Transfer.Waits.Clear();
        var end = Math.Min((int)a.A0, Math.Max(TableMin, process.Files.End));
        var ready = Scan(process, a, end, reports: false);
        if (ready.Raw == 0 && !PollTiming.IsOver(process, thread))
        {
            return PollTiming.IsInterrupted(process, thread)
                ? Errno.EINTR
                : process.Transfer.Waits.Wait(process, thread);
        }

        if (!ready.IsError)
        {
            ready = Scan(process, a, end, reports: true);
        }

        PollTiming.WriteRemaining(process, thread, a.A4);
        return ready;
    }

    private static Errno TrySwapMask(Process process, GuestThread thread, ulong address)
    {
        if (address == 0)
        {
            return Errno.None;
        }

        // A pointer to the mask and its size, because a system call has no seventh argument.
        return process.User.TryReadUInt64(address, out var mask)
            && process.User.TryReadUInt64(address + 8, out var bytes)
            ? PollTiming.TrySwapMask(process, thread, mask, bytes)
            : Errno.EFAULT;
    }

    private static SyscallResult Scan(Process process, in SyscallArguments a, int end, bool reports)
    {
        var ready = 0;
        Span<ulong> sets = [a.A1, a.A2, a.A3];
        Span<ulong> wanted = stackalloc ulong[3];
        Span<ulong> found = stackalloc ulong[3];
        for (var first = 0; first < end; first += WordBits)
        {
            var offset = (ulong)first / 8;
            for (var set = 0; set < 3; set++)
            {
                wanted[set] = 0;
                if (sets[set] != 0 && !process.User.TryReadUInt64(sets[set] + offset, out wanted[set]))
                {
                    return Errno.EFAULT;
                }
            }

            var bits = Math.Min(WordBits, end - first);
            if (!TryAsk(process, first, bits, wanted, found))
            {
                return Errno.EBADF;
            }

            for (var set = 0; set < 3; set++)
            {
                ready += System.Numerics.BitOperations.PopCount(found[set]);
                if (reports && sets[set] != 0 && !process.User.TryWriteUInt64(sets[set] + offset, found[set]))
                {
                    return Errno.EFAULT;
                }
            }
        }

        return ready;
    }

    private static bool TryAsk(Process process, int first, int bits, ReadOnlySpan<ulong> wanted, Span<ulong> found)
    {
        found.Clear();
        var any = wanted[0] | wanted[1] | wanted[2];
        for (var index = 0; index < bits && any >> index != 0; index++)
        {
            var bit = 1UL << index;
            if ((any & bit) == 0)
            {
                continue;
            }

            if (!process.Files.TryGet(first + index, out var file))
            {
                return false;
            }

            process.Transfer.Waits.Add(file);
            var events = file.Poll();
            found[0] |= (events & ReadEvents) != 0 ? wanted[0] & bit : 0;
            found[1] |= (events & WriteEvents) != 0 ? wanted[1] & bit : 0;
            found[2] |= (events & PollEvents.Priority) != 0 ? wanted[2] & bit : 0;
        }

        return true;
    }
}
