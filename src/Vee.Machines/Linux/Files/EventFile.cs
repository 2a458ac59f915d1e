using System.Buffers.Binary;
using Vee.Machines.State;

namespace Vee.Machines.Linux.Files;

/// <summary>An eventfd: a 64-bit counter (eventfd(2)).</summary>
internal sealed class EventFile(Process process, ulong count, bool isSemaphore) : OpenFile(process)
{
    internal const string Kind = "eventfd";

    private ulong count = count;

    internal override string Name => "anon_inode:[eventfd]";

    internal override string StateKind => Kind;

    internal override bool ContinuesWrites => false;

    internal override SyscallResult Read(Span<byte> destination)
    {
        if (destination.Length < sizeof(ulong))
        {
            return Errno.EINVAL;
        }

        if (count == 0)
        {
            return Errno.EAGAIN;
        }

        var taken = isSemaphore ? 1 : count;
        BinaryPrimitives.WriteUInt64LittleEndian(destination, taken);
        count -= taken;
        Notify();
        return sizeof(ulong);
    }

    internal override SyscallResult Write(ReadOnlySpan<byte> source)
    {
        if (source.Length < sizeof(ulong))
        {
            return Errno.EINVAL;
        }

        var added = BinaryPrimitives.ReadUInt64LittleEndian(source);
        if (added == ulong.MaxValue)
        {
            return Errno.EINVAL;
        }

        if (added > ulong.MaxValue - 1 - count)
        {
            return Errno.EAGAIN;
        }

        count += added;
        Notify();
        return sizeof(ulong);
    }

    internal override PollEvents Poll() =>
        (count > 0 ? PollEvents.In : PollEvents.None) | (count < ulong.MaxValue - 1 ? PollEvents.Out : PollEvents.None);

    internal override void Save(StateWriter state)
    {
        state.UInt64("count", count);
        state.Boolean("semaphore", isSemaphore);
    }

    internal static OpenFile Restore(Process process, StateReader state) =>
        new EventFile(process, state.UInt64("count"), state.Boolean("semaphore"));
}
