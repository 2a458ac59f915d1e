using System.Buffers.Binary;
using Vee.Machines.Linux.Threads;

namespace Vee.Machines.Linux.Polling;

/// <summary>ppoll.</summary>
internal static class PollCalls
{
    // struct pollfd: descriptor, events asked for, events that are there.
    private const int EntryBytes = 8;

    internal static readonly Syscall[] Table =
    [
        new(73, "ppoll", Poll,
            [ArgumentKind.Pointer, ArgumentKind.Size, ArgumentKind.Pointer, ArgumentKind.Pointer, ArgumentKind.Size],
            Interruption.Interrupt),
    ];

    private static SyscallResult Poll(Process process, GuestThread thread, in SyscallArguments a)
    {
        var error = PollTiming.TryReadTimeout(process, a.A2, out var timeout);
        if (error != Errno.None)
        {
            return error;
        }

        // The number of entries is an unsigned int to the kernel.
        var count = (uint)a.A1;
        if (count > process.Files.Limit)
        {
            return Errno.EINVAL;
        }

        error = PollTiming.TrySwapMask(process, thread, a.A3, a.A4);
        if (error != Errno.None)
        {
            return error;
        }

        PollTiming.Begin(process, thread, timeout);
        process.Files.Caller = thread;
        process.Transfer.Waits.Clear();
        var ready = Scan(process, a.A0, count, reports: false);
        if (ready == 0 && !PollTiming.IsOver(process, thread))
        {
            return PollTiming.IsInterrupted(process, thread)
                ? Errno.EINTR
                : process.Transfer.Waits.Wait(process, thread);
        }

        if (ready >= 0)
        {
            ready = Scan(process, a.A0, count, reports: true);
        }

        PollTiming.WriteRemaining(process, thread, a.A2);
        return ready >= 0 ? ready : Errno.EFAULT;
    }

    /// <summary>Asks every entry.</summary>
    /// <returns>How many are ready, or -1 when an entry cannot be read or written.</returns>
    private static int Scan(Process process, ulong address, uint count, bool reports)
    {
        var ready = 0;
        Span<byte> entry = stackalloc byte[EntryBytes];
        for (var index = 0UL; index < count; index++)
        {
            var place = address + (index * EntryBytes);
            if (!process.User.TryRead(place, entry))
            {
                return -1;
            }

            var wanted = BinaryPrimitives.ReadUInt16LittleEndian(entry[4..]);
            var found = Ask(process, BinaryPrimitives.ReadInt32LittleEndian(entry), wanted);
            ready += found != 0 ? 1 : 0;
            if (reports)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(entry[6..], (ushort)found);
                if (!process.User.TryWrite(place + 6, entry[6..]))
                {
                    return -1;
                }
            }
        }

        return ready;
    }

    private static uint Ask(Process process, int descriptor, uint wanted)
    {
        if (descriptor < 0)
        {
            return 0;
        }

        if (!process.Files.TryGet(descriptor, out var file))
        {
            return (uint)Files.PollEvents.Invalid;
        }

        process.Transfer.Waits.Add(file);
        return PollBits.Expand(file.Poll()) & (wanted | PollBits.Always);
    }
}
