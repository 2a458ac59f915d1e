using Vee.Machines.Linux.Files;
using Vee.Machines.Linux.Threads;
using Vee.Machines.State;

namespace Vee.Machines.Linux.Polling;

/// <summary>
/// An epoll set. Notifications put items on the ready list; a wait asks only these, reports those that are ready and
/// keeps the level-triggered ones on the list.
/// </summary>
internal sealed class EpollFile(Process process) : OpenFile(process)
{
    internal const string Kind = "epoll";

    /// <summary>Sets inside sets inside sets at most (EP_MAX_NESTS).</summary>
    private const int DepthMax = 5;

    /// <summary>Sets directly inside one set at most; bounds what one look can cost, as Linux's path limits
    /// do.</summary>
    private const int NestedMax = 8;

    private readonly Dictionary<(int Descriptor, long File), EpollItem> items = [];
    private readonly LinkedList<EpollItem> ready = new();

    // Items whose files change without notification: they are asked at every look.
    private readonly List<EpollItem> silent = [];
    private List<SavedItem> saved = [];
    private List<int> savedReady = [];

    private readonly record struct SavedItem(
        int Descriptor, long File, long Sequence, uint Events, ulong Data, ulong Seen);

    internal override string Name => "anon_inode:[eventpoll]";

    internal override string StateKind => Kind;

    internal override bool ChangesSilently => true;

    internal override long NextDeadline
    {
        get
        {
            var earliest = GuestThread.Never;
            foreach (var item in silent)
            {
                earliest = item.IsDisabled ? earliest : Math.Min(earliest, item.File.NextDeadline);
            }

            return earliest;
        }
    }

    internal override PollEvents Poll()
    {
        AskSilent();
        for (var node = ready.First; node is not null;)
        {
            if (node.Value.Ready() != 0)
            {
                return PollEvents.In;
            }

            var next = node.Next;
            ready.Remove(node);
            node = next;
        }

        return PollEvents.None;
    }

    internal Errno Add(int descriptor, OpenFile file, uint events, ulong data)
    {
        if (items.ContainsKey((descriptor, file.Id)))
        {
            return Errno.EEXIST;
        }

        if (!file.SupportsEpoll)
        {
            return Errno.EPERM;
        }

        if (file is EpollFile other)
        {
            if ((events & PollBits.Exclusive) != 0 || NestedCount >= NestedMax)
            {
                return Errno.EINVAL;
            }

            if (!CanHold(other))
            {
                return Errno.ELOOP;
            }
        }

        var added = new EpollItem(this, file, descriptor, Process.Files.NextSequence())
            { Events = events, Data = data };
        Insert(added);
        Queue(added);
        return Errno.None;
    }

    internal Errno Modify(int descriptor, OpenFile file, uint events, ulong data)
    {
        if (!items.TryGetValue((descriptor, file.Id), out var item))
        {
            return Errno.ENOENT;
        }

        if (((events | item.Events) & PollBits.Exclusive) != 0)
        {
            return Errno.EINVAL;
        }

        item.Events = events;
        item.Data = data;
        Queue(item);
        return Errno.None;
    }

    internal Errno Delete(int descriptor, OpenFile file)
    {
        if (!items.TryGetValue((descriptor, file.Id), out var item))
        {
            return Errno.ENOENT;
        }

        Remove(item);
        return Errno.None;
    }

    internal void Remove(EpollItem item)
    {
        items.Remove((item.Descriptor, item.File.Id));
        silent.Remove(item);
        item.File.RemoveWatcher(item);
        if (item.ReadyNode.List is not null)
        {
            ready.Remove(item.ReadyNode);
        }
    }

    /// <summary>A file of the set says that its readiness may have changed.</summary>
    internal void OnNotified(EpollItem item)
    {
        if (item.ReadyNode.List is null && !item.IsDisabled)
        {
            // Whoever waits has seen the list empty, so only an addition is news.
            ready.AddLast(item.ReadyNode);
            Notify();
        }
    }

    /// <summary>Reports ready items to the guest, longest waiting first.</summary>
    /// <param name="countMax">Reports at most.</param>
    /// <param name="process">Whose memory it is.</param>
    /// <param name="address">Where the array of struct epoll_event starts.</param>
    /// <param name="eventBytes">Bytes of one.</param>
    /// <returns>How many were reported, or -1 when the first could not be written.</returns>
    internal int Collect(int countMax, Process process, ulong address, int eventBytes)
    {
        AskSilent();
        var reported = 0;
        for (var left = ready.Count; left > 0 && reported < countMax; left--)
        {
            var item = ready.First!.Value;
            var events = item.Ready();
            var place = address + ((ulong)reported * (ulong)eventBytes);
            if (events != 0 && !TryReport(process, place, events, item.Data))
            {
                return reported > 0 ? reported : -1;
            }

            ready.RemoveFirst();
            if (events == 0)
            {
                continue;
            }

            reported++;
            item.SeenEvents = item.File.EventCount;
            if ((item.Events & PollBits.OneShot) != 0)
            {
                item.Events &= PollBits.EpollFlags;
            }
            else if (!item.IsEdgeTriggered)
            {
                ready.AddLast(item.ReadyNode);
            }
        }

        return reported;
    }

    internal override void Close()
    {
        foreach (var item in items.Values.ToArray())
        {
            Remove(item);
        }
    }

    internal override void Save(StateWriter state)
    {
        var ordered = items.Values.OrderBy(item => item.Sequence).ToArray();
        state.List("items", ordered, (writer, item) =>
        {
            writer.Int64("descriptor", item.Descriptor);
            writer.Int64("file", item.File.Id);
            writer.Int64("sequence", item.Sequence);
            writer.UInt64("events", item.Events);
            writer.UInt64("data", item.Data);
            writer.UInt64("seen", item.SeenEvents);
        });
        state.List("ready", ready, (writer, item) => writer.Int64("item", Array.IndexOf(ordered, item)));
    }

    internal static OpenFile Restore(Process process, StateReader state)
    {
        var file = new EpollFile(process);
        var previous = 0L;
        state.List("items", FileTable.DescriptorsMax, (reader, _) =>
        {
            var item = new SavedItem(
                reader.Int32("descriptor", 0),
                reader.Int64("file", 1),
                reader.Int64("sequence", previous + 1),
                (uint)reader.UInt64("events", uint.MaxValue),
                reader.UInt64("data"),
                reader.UInt64("seen"));
            previous = item.Sequence;
            file.saved.Add(item);
        });
        var order = new HashSet<int>();
        state.List("ready", file.saved.Count, (reader, _) =>
        {
            var index = reader.Int32("item", 0, file.saved.Count - 1);
            if (!order.Add(index))
            {
                throw reader.Refuse("item", $"item {index} is on the list twice");
            }

            file.savedReady.Add(index);
        });
        return file;
    }

    internal override void Connect(StateReader state)
    {
        var restored = new List<EpollItem>(saved.Count);
        foreach (var entry in saved)
        {
            if (!Process.Files.Descriptions.TryGetValue(entry.File, out var file)
                || items.ContainsKey((entry.Descriptor, entry.File))
                || (file is EpollFile other && !CanHold(other)))
            {
                throw state.Refuse("items", $"epoll set {Id} cannot hold open file {entry.File}");
            }

            var item = new EpollItem(this, file, entry.Descriptor, entry.Sequence)
            {
                Events = entry.Events,
                Data = entry.Data,
                SeenEvents = entry.Seen,
            };
            Insert(item);
            restored.Add(item);
        }

        foreach (var index in savedReady)
        {
            ready.AddLast(restored[index].ReadyNode);
        }

        saved = [];
        savedReady = [];
    }

    // The padding between the words is left as it is, as the kernel does.
    private static bool TryReport(Process process, ulong address, uint events, ulong data) =>
        process.User.TryWriteUInt32(address, events) && process.User.TryWriteUInt64(address + 8, data);

    private void Insert(EpollItem item)
    {
        items.Add((item.Descriptor, item.File.Id), item);
        item.File.AddWatcher(item);
        if (item.File.ChangesSilently)
        {
            silent.Add(item);
        }
    }

    private void Queue(EpollItem item)
    {
        item.SeenEvents = 0;
        if (item.ReadyNode.List is null && item.Ready() != 0)
        {
            ready.AddLast(item.ReadyNode);
            Notify();
        }
    }

    private void AskSilent()
    {
        foreach (var item in silent)
        {
            if (item.ReadyNode.List is null && item.Ready() != 0
                && (!item.IsEdgeTriggered || item.File.EventCount != item.SeenEvents))
            {
                ready.AddLast(item.ReadyNode);
            }
        }
    }

    private int NestedCount => silent.Count(item => item.File is EpollFile);

    private bool CanHold(EpollFile other) =>
        !other.Contains(this, DepthMax) && Height() + other.Depth() <= DepthMax && NestedCount < NestedMax;

    private bool Contains(EpollFile wanted, int depth) =>
        this == wanted
        || (depth > 0 && silent.Exists(item => item.File is EpollFile inner && inner.Contains(wanted, depth - 1)));

    /// <summary>Sets on the longest way down, this one included.</summary>
    private int Depth() =>
        1 + silent.Select(item => item.File is EpollFile inner ? inner.Depth() : 0).DefaultIfEmpty().Max();

    /// <summary>Sets on the longest way up, this one included.</summary>
    private int Height() => 1 + WatchingSets.Select(set => set.Height()).DefaultIfEmpty().Max();
}
