using Vee.Machines.State;

namespace Vee.Hypervisor.Events;

/// <summary>What happens: which entity it is for, and what that entity makes of it.</summary>
/// <param name="Target">Index of the entity in its host.</param>
/// <param name="Kind">Meaning, chosen by the entity.</param>
/// <param name="Argument">Detail, chosen by the entity.</param>
public readonly record struct HostEvent(int Target, int Kind, long Argument);

/// <summary>Orders events totally: by time, then by where they came from, then by number.</summary>
/// <param name="Time">Virtual nanoseconds.</param>
/// <param name="Order">Source in the upper 16 bits, number below.</param>
internal readonly record struct EventKey(long Time, ulong Order) : IComparable<EventKey>
{
    public int CompareTo(EventKey other)
    {
        var byTime = Time.CompareTo(other.Time);
        return byTime != 0 ? byTime : Order.CompareTo(other.Order);
    }

    public static bool operator <(EventKey left, EventKey right) => left.CompareTo(right) < 0;

    public static bool operator >(EventKey left, EventKey right) => left.CompareTo(right) > 0;

    public static bool operator <=(EventKey left, EventKey right) => left.CompareTo(right) <= 0;

    public static bool operator >=(EventKey left, EventKey right) => left.CompareTo(right) >= 0;
}

/// <summary>The events of one host that are still to come.</summary>
/// <remarks>
/// What a host makes by itself is numbered as it is added. What comes from elsewhere is numbered by its link, so that
/// the order of equal times does not depend on when the host learned of it: the same events come in the same order
/// whether the sender lives in this process or in another. An entity that changes its mind does not remove an event
/// but ignores it when it comes, by a number in its argument.
/// </remarks>
internal sealed class EventList
{
    private const int SourceShift = 48;
    private const int CountMax = 1 << 24;

    private readonly PriorityQueue<HostEvent, EventKey> events = new();
    private ulong lastNumber;

    /// <summary>What is to happen, in no order.</summary>
    public IEnumerable<HostEvent> Items => events.UnorderedItems.Select(item => item.Element);

    /// <summary>When the next one is due; <see cref="VirtualTime.Never"/> when there is none.</summary>
    public long NextTime => events.TryPeek(out _, out var key) ? key.Time : VirtualTime.Never;

    /// <summary>Adds an event of the host itself. One that is never due is not kept.</summary>
    public void Add(long time, HostEvent happening)
    {
        if (time < VirtualTime.Never)
        {
            events.Enqueue(happening, new EventKey(time, ++lastNumber));
        }
    }

    /// <summary>Adds what comes over a link.</summary>
    /// <param name="time">When it arrives.</param>
    /// <param name="link">Number of the link, 1 to 65535, the same for all who simulate the rack.</param>
    /// <param name="number">Counts what came over that link.</param>
    /// <param name="happening">What happens.</param>
    public void AddArrival(long time, int link, ulong number, HostEvent happening)
    {
        if (time < VirtualTime.Never)
        {
            events.Enqueue(happening, new EventKey(time, ((ulong)link << SourceShift) | number));
        }
    }

    /// <summary>Forgets what was to happen.</summary>
    public void RemoveAll(Predicate<HostEvent> isForgotten)
    {
        var kept = events.UnorderedItems.Where(item => !isForgotten(item.Element)).ToArray();
        if (kept.Length < events.Count)
        {
            events.Clear();
            events.EnqueueRange(kept);
        }
    }

    /// <summary>Takes out what comes over links, in its order.</summary>
    public IReadOnlyList<(long Time, HostEvent Happening)> TakeArrivals()
    {
        var (own, foreign) = (new List<(HostEvent, EventKey)>(), new List<(HostEvent Happening, EventKey Key)>());
        foreach (var item in events.UnorderedItems)
        {
            (item.Priority.Order >> SourceShift == 0 ? own : foreign).Add(item);
        }

        events.Clear();
        events.EnqueueRange(own);
        return [.. foreign.OrderBy(f => f.Key).Select(f => (f.Key.Time, f.Happening))];
    }

    /// <summary>Takes the next event if it is due before some time.</summary>
    public bool TryTakeBefore(long horizon, out long time, out HostEvent happening)
    {
        if (events.TryPeek(out happening, out var key) && key.Time < horizon)
        {
            events.Dequeue();
            time = key.Time;
            return true;
        }

        time = horizon;
        return false;
    }

    /// <summary>Writes the events in their order.</summary>
    /// <param name="state">Takes them.</param>
    /// <param name="withArrivals">Whether also those that come over links: when they are known depends on how the
    /// rack is simulated.</param>
    public void Save(StateWriter state, bool withArrivals)
    {
        state.UInt64("lastNumber", lastNumber);
        var kept = events.UnorderedItems.Where(e => withArrivals || e.Priority.Order >> SourceShift == 0);
        state.List("events", [.. kept.OrderBy(e => e.Priority)], static (to, item) =>
        {
            to.Int64("time", item.Priority.Time);
            to.UInt64("order", item.Priority.Order);
            to.Int64("target", item.Element.Target);
            to.Int64("kind", item.Element.Kind);
            to.Int64("argument", item.Element.Argument);
        });
    }

    /// <summary>Replaces the events by saved ones.</summary>
    /// <param name="state">Where they are.</param>
    /// <param name="targetCount">Entities that an event may be for.</param>
    /// <param name="now">None is due before.</param>
    public void Restore(StateReader state, int targetCount, long now)
    {
        events.Clear();
        lastNumber = state.UInt64("lastNumber");
        state.List("events", CountMax, (from, _) =>
        {
            var key = new EventKey(from.Int64("time", now), from.UInt64("order"));
            var target = from.Int32("target", 0, targetCount - 1);
            events.Enqueue(new HostEvent(target, from.Int32("kind"), from.Int64("argument")), key);
        });
    }
}
