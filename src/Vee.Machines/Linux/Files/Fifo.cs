using Vee.Machines.State;

namespace Vee.Machines.Linux.Files;

/// <summary>A pipe, with a name in the file system or without: a ring of bytes between its open ends.</summary>
internal sealed class Fifo(FileSystem fileSystem, long number, uint permissions)
    : Inode(fileSystem, number, permissions)
{
    internal const string Kind = "fifo";

    /// <summary>PIPE_BUF: a write of at most this many bytes is never split.</summary>
    internal const int AtomicBytes = 4096;

    internal const int CapacityDefault = 65536;

    /// <summary>/proc/sys/fs/pipe-max-size.</summary>
    internal const int CapacityMax = 1 << 20;

    private readonly List<PipeFile> ends = [];
    private byte[] ring = [];
    private int start;

    internal override FileType Type => FileType.Fifo;

    internal override string StateKind => Kind;

    /// <summary>Bytes that it holds at most.</summary>
    internal int Capacity { get; private set; } = CapacityDefault;

    /// <summary>Bytes that wait to be read.</summary>
    internal int Count { get; private set; }

    internal int Readers { get; private set; }

    internal int Writers { get; private set; }

    /// <summary>How often an end that writes was opened; tells a reader whether a writer ever came.</summary>
    internal long WriterOpens { get; private set; }

    /// <summary>Adds an end; whoever waits in open for the other side goes on.</summary>
    internal void Join(PipeFile end)
    {
        ends.Add(end);
        Readers += end.CanRead ? 1 : 0;
        Writers += end.CanWrite ? 1 : 0;
        WriterOpens += end.CanWrite ? 1 : 0;
        foreach (var other in ends)
        {
            if (other.IsOpening && ((end.CanWrite && other.CanRead) || (end.CanRead && other.CanWrite)))
            {
                other.PeerCame = true;
                other.Notify();
            }
        }
    }

    /// <summary>Adds an end that a state holds: nobody is told.</summary>
    internal void Rejoin(PipeFile end)
    {
        ends.Add(end);
        Readers += end.CanRead ? 1 : 0;
        Writers += end.CanWrite ? 1 : 0;
    }

    internal void Leave(PipeFile end)
    {
        ends.Remove(end);
        Readers -= end.CanRead ? 1 : 0;
        Writers -= end.CanWrite ? 1 : 0;
        if (ends.Count == 0)
        {
            Count = start = 0;
            ring = [];
        }

        NotifyEnds(readers: true, writers: true);
    }

    internal SyscallResult Read(Span<byte> destination)
    {
        if (Count == 0)
        {
            return Writers == 0 || destination.IsEmpty ? 0 : Errno.EAGAIN;
        }

        var taken = Math.Min(destination.Length, Count);
        var first = Math.Min(taken, ring.Length - start);
        ring.AsSpan(start, first).CopyTo(destination);
        ring.AsSpan(0, taken - first).CopyTo(destination[first..]);
        start = (start + taken) % ring.Length;
        Count -= taken;
        AccessTime = FileSystem.Now;
        NotifyEnds(readers: false, writers: true);
        return taken;
    }

    internal SyscallResult Write(ReadOnlySpan<byte> source)
    {
        if (source.IsEmpty)
        {
            return 0;
        }

        if (Readers == 0)
        {
            return Errno.EPIPE;
        }

        var room = Capacity - Count;
        if (room == 0 || (source.Length <= AtomicBytes && source.Length > room))
        {
            return Errno.EAGAIN;
        }

        var taken = Math.Min(source.Length, room);
        Grow(Count + taken);
        var end = (start + Count) % ring.Length;
        var first = Math.Min(taken, ring.Length - end);
        source[..first].CopyTo(ring.AsSpan(end));
        source[first..taken].CopyTo(ring);
        Count += taken;
        TouchContent();
        NotifyEnds(readers: true, writers: false);
        return taken;
    }

    /// <summary>F_SETPIPE_SZ: EPERM above the limit, EBUSY below what the pipe holds.</summary>
    internal SyscallResult SetCapacity(int bytes)
    {
        if (bytes > CapacityMax)
        {
            return Errno.EPERM;
        }

        var rounded = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(bytes, AtomicBytes));
        if (rounded < Count)
        {
            return Errno.EBUSY;
        }

        // Large pipes count as file content, so that many of them cannot take more memory than files could.
        var change = Extra(rounded) - Extra(Capacity);
        if (change > 0 && !FileSystem.TryCharge(change))
        {
            return Errno.EPERM;
        }

        FileSystem.Refund(Math.Max(0, -change));
        Capacity = rounded;
        NotifyEnds(readers: false, writers: true);
        return rounded;
    }

    internal override void Free() => FileSystem.Refund(Extra(Capacity));

    private protected override void SaveContent(StateWriter state)
    {
        state.Int64("capacity", Capacity);
        state.Int64("writerOpens", WriterOpens);
        var content = new byte[Count];
        for (var index = 0; index < Count; index++)
        {
            content[index] = ring[(start + index) % ring.Length];
        }

        state.Bytes("content", content);
    }

    private protected override void RestoreContent(StateReader state)
    {
        Capacity = state.Int32("capacity", AtomicBytes, CapacityMax);
        if (!FileSystem.TryCharge(Extra(Capacity)))
        {
            throw state.Refuse("capacity", $"the files hold more than {FileSystem.BytesMax} bytes");
        }

        WriterOpens = state.Int64("writerOpens", 0);
        var content = state.Bytes("content", Capacity);
        Grow(content.Length);
        content.CopyTo(ring, 0);
        Count = content.Length;
    }

    private static int Extra(int capacity) => Math.Max(0, capacity - CapacityDefault);

    private void Grow(int bytes)
    {
        if (bytes <= ring.Length)
        {
            return;
        }

        var larger = new byte[Math.Max(AtomicBytes, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)bytes))];
        var first = Math.Min(Count, ring.Length - start);
        ring.AsSpan(start, first).CopyTo(larger);
        ring.AsSpan(0, Count - first).CopyTo(larger.AsSpan(first));
        ring = larger;
        start = 0;
    }

    private void NotifyEnds(bool readers, bool writers)
    {
        foreach (var end in ends)
        {
            if ((readers && end.CanRead) || (writers && end.CanWrite))
            {
                end.Notify();
            }
        }
    }
}
