using Vee.Machines.Linux.Files;

namespace Vee.Machines.Linux.Polling;

/// <summary>One registration in an epoll set.</summary>
internal sealed class EpollItem
{
    internal EpollItem(EpollFile set, OpenFile file, int descriptor, long sequence)
    {
        Set = set;
        File = file;
        Descriptor = descriptor;
        Sequence = sequence;
        ReadyNode = new LinkedListNode<EpollItem>(this);
    }

    internal EpollFile Set { get; }

    internal OpenFile File { get; }

    /// <summary>The descriptor that it was registered by; with the file it identifies the item.</summary>
    internal int Descriptor { get; }

    /// <summary>Orders items by when they were added.</summary>
    internal long Sequence { get; }

    /// <summary>Events asked for and epoll's flags; no events left after a one-shot report.</summary>
    internal uint Events { get; set; }

    /// <summary>epoll_data_t.</summary>
    internal ulong Data { get; set; }

    /// <summary>The file's count of events at the last report, for files that change silently.</summary>
    internal ulong SeenEvents { get; set; }

    /// <summary>Its place in the set's ready list; in no list when it is not ready.</summary>
    internal LinkedListNode<EpollItem> ReadyNode { get; }

    internal bool IsEdgeTriggered => (Events & PollBits.EdgeTriggered) != 0;

    internal bool IsDisabled => (Events & ~PollBits.EpollFlags) == 0;

    /// <summary>The events that are there and asked for.</summary>
    internal uint Ready() =>
        IsDisabled ? 0 : PollBits.Expand(File.Poll()) & ((Events & ~PollBits.EpollFlags) | PollBits.Always);
}
