using Vee.Machines.State;

namespace Vee.Hypervisor.Racks;

/// <summary>That an address comes to a host, or leaves it.</summary>
/// <param name="Address">IPv4.</param>
/// <param name="Host">Name of the host that it comes to or leaves.</param>
/// <param name="From">Virtual time from which on it holds: late enough for all to have been told.</param>
/// <param name="HasLeft">Whether it leaves.</param>
public sealed record Placement(uint Address, string Host, long From, bool HasLeft = false);

/// <summary>Which host has an address, and from when on.</summary>
/// <remarks>
/// Several hosts may have an address at a time, as one that moves comes to the next before it leaves the last: it is
/// found where it came last, and of two at one instant at the one whose name is later. So what is found does not depend
/// on the order in which hosts are told of; what one host says of itself counts in the order in which it says it.
/// </remarks>
internal sealed class AddressTable
{
    private const int PlacementsMax = 1 << 20;

    private const int SweepMin = 4096;

    private int sweepAt = SweepMin;

    // Of each address, by time, then host.
    private readonly SortedDictionary<uint, List<Placement>> placements = [];

    /// <summary>The host that has an address at a time; null for none.</summary>
    public string? Find(uint address, long time)
    {
        if (!placements.TryGetValue(address, out var known))
        {
            return null;
        }

        for (var index = known.Count - 1; index >= 0; index--)
        {
            if (known[index].From <= time && !known[index].HasLeft && IsLastWord(known, index, time))
            {
                return known[index].Host;
            }
        }

        return null;
    }

    /// <summary>Adds what was told.</summary>
    /// <param name="placement">What one host says of itself.</param>
    /// <param name="now">Nobody asks for a time before.</param>
    public void Add(Placement placement, long now)
    {
        if (!placements.TryGetValue(placement.Address, out var known))
        {
            Sweep(now);
            known = [];
            placements.Add(placement.Address, known);
        }

        Forget(known, now);
        known.Insert(known.FindLastIndex(old => Compare(old, placement) <= 0) + 1, placement);
    }

    public void Save(StateWriter state) =>
        state.List("addresses", [.. placements.Values.SelectMany(known => known)], Save);

    /// <param name="state">Where it is.</param>
    /// <param name="hosts">Those of the rack.</param>
    public void Restore(StateReader state, IReadOnlyCollection<string> hosts)
    {
        placements.Clear();
        state.List("addresses", PlacementsMax, (from, _) => Add(Restore(from, hosts, 0), 0));
    }

    public static void Save(StateWriter state, Placement placement)
    {
        state.UInt64("address", placement.Address);
        state.Text("host", placement.Host);
        state.Int64("from", placement.From);
        state.Boolean("hasLeft", placement.HasLeft);
    }

    /// <param name="state">Where it is.</param>
    /// <param name="hosts">It is one of these hosts.</param>
    /// <param name="now">It is not from before.</param>
    public static Placement Restore(StateReader state, IReadOnlyCollection<string> hosts, long now)
    {
        var address = (uint)state.UInt64("address", uint.MaxValue);
        var host = state.Text("host");
        if (!hosts.Contains(host))
        {
            throw state.Refuse("host", $"there is no host '{host}' that it could be");
        }

        return new Placement(address, host, state.Int64("from", now), state.Boolean("hasLeft"));
    }

    /// <summary>Whether its host says nothing else of the address up to a time.</summary>
    private static bool IsLastWord(List<Placement> known, int index, long time)
    {
        for (var later = index + 1; later < known.Count && known[later].From <= time; later++)
        {
            if (known[later].Host == known[index].Host)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Forgets what says nothing of any time from now on: of each host but its last word, and who has left.
    /// </summary>
    private static void Forget(List<Placement> known, long now)
    {
        // A departure hides what its host said before, so it goes after that.
        for (var index = known.Count - 1; index >= 0; index--)
        {
            if (known[index].From <= now && !IsLastWord(known, index, now))
            {
                known.RemoveAt(index);
            }
        }

        known.RemoveAll(placement => placement.HasLeft && placement.From <= now);
    }

    /// <summary>Forgets addresses that have gone, when there are many.</summary>
    private void Sweep(long now)
    {
        if (placements.Count < sweepAt)
        {
            return;
        }

        foreach (var (address, known) in placements.ToArray())
        {
            Forget(known, now);
            if (known.Count == 0)
            {
                placements.Remove(address);
            }
        }

        sweepAt = Math.Max(SweepMin, 2 * placements.Count);
    }

    private static int Compare(Placement left, Placement right) =>
        left.From.CompareTo(right.From) is not 0 and var byTime
            ? byTime
            : string.CompareOrdinal(left.Host, right.Host);
}
