using Vee.Machines.State;

namespace Vee.Machines.Linux.Files;

/// <summary>One end of a pipe, or both for a named pipe that is opened for reading and writing.</summary>
internal sealed class PipeFile(Process process, Fifo pipe, string path) : InodeFile(process, pipe, path)
{
    internal const string Kind = "pipe";

    // A writer that is there counts as having come; only its leaving is news.
    private long writerOpensBefore = pipe.Writers > 0 ? -1 : pipe.WriterOpens;

    internal override string StateKind => Kind;

    internal override string Name => Path.Length == 0 ? $"pipe:[{Pipe.Number}]" : base.Name;

    internal Fifo Pipe { get; } = pipe;

    /// <summary>Whether open(2) still waits for the other side; the description then has no descriptor yet.</summary>
    internal bool IsOpening { get; set; }

    /// <summary>Whether the other side was opened since; even if it has gone again, the wait is over.</summary>
    internal bool PeerCame { get; set; }

    internal override SyscallResult Read(Span<byte> destination) => Pipe.Read(destination);

    internal override SyscallResult Write(ReadOnlySpan<byte> source) => Pipe.Write(source);

    internal override PollEvents Poll()
    {
        var events = PollEvents.None;
        if (CanRead)
        {
            events |= Pipe.Count > 0 ? PollEvents.In : PollEvents.None;
            events |= Pipe.Writers == 0 && Pipe.WriterOpens != writerOpensBefore ? PollEvents.HangUp : PollEvents.None;
        }

        if (CanWrite)
        {
            events |= Pipe.Capacity - Pipe.Count >= Fifo.AtomicBytes ? PollEvents.Out : PollEvents.None;
            events |= Pipe.Readers == 0 ? PollEvents.Error : PollEvents.None;
        }

        return events;
    }

    internal override SyscallResult Control(ulong request, ulong argument, UserMemory user) =>
        request == IoctlRequests.BytesReadable
            ? user.TryWriteUInt32(argument, (uint)Pipe.Count) ? 0 : Errno.EFAULT
            : Errno.ENOTTY;

    internal override void Close()
    {
        Pipe.Leave(this);
        base.Close();
    }

    internal override void Save(StateWriter state)
    {
        base.Save(state);
        state.Boolean("opening", IsOpening);
        state.Boolean("peerCame", PeerCame);
        state.Int64("writerOpensBefore", writerOpensBefore);
    }

    internal static OpenFile Restore(Process process, StateReader state)
    {
        var (inode, path) = ReadReference(process, state);
        return inode is Fifo pipe
            ? new PipeFile(process, pipe, path)
            {
                IsOpening = state.Boolean("opening"),
                PeerCame = state.Boolean("peerCame"),
                writerOpensBefore = state.Int64("writerOpensBefore", -1),
            }
            : throw state.Refuse("inode", "not a pipe");
    }

    internal override void Connect(StateReader state)
    {
        Pipe.Rejoin(this);
        if (IsOpening)
        {
            // The waiting call's own reference: it has no descriptor that would count.
            FileTable.AddReference(this);
        }
    }
}
