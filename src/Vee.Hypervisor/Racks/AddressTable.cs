using Vee.Machines.State;

namespace Vee.Hypervisor.Racks;

/// <summary>Where an address is from some time on.</summary>
/// <param name="Address">IPv4.</param>
/// <param name="Host">Name of the host; null when it has gone.</param>
/// <param name="From">Virtual time from which on messages find it there: late enough for all to have been told.</param>
public sealed record Placement(uint Address, string? Host, long From);

/// <summary>Which host has an address, and from when on.</summary>
internal sealed class AddressTable
{
    private const int PlacementsMax = 1 << 20;

    private const int SweepMin = 4096;

    private int sweepAt = SweepMin;

    // Of each address, by time.
    private readonly SortedDictionary<uint, List<Placement>> placements = [];

    /// <summary>The host that has an address at a time; null for none.</summary>
    public string? Find(uint address, long time) => placements.TryGetValue(address, out var known)
        ? known.FindLast(placement => placement.From <= time)?.Host : null;

    /// <summary>Adds what was told.</summary>
    /// <param name="placement">Of two for one time, the one that is added later counts.</param>
    /// <param name="now">Nobody asks for a time before.</param>
    public void Add(Placement placement, long now)
    {
        if (!placements.TryGetValue(placement.Address, out var known))
        {
            Sweep(now);
            known = [];
            placements.Add(placement.Address, known);
        }

        known.RemoveRange(0, Math.Max(0, known.FindLastIndex(old => old.From <= now)));
        known.Insert(known.FindLastIndex(old => old.From <= placement.From) + 1, placement);
    }

    /// <summary>Forgets addresses that have gone, when there are many.</summary>
    private void Sweep(long now)
    {
        if (placements.Count < sweepAt)
        {
            return;
        }

        foreach (var gone in placements.Where(p => p.Value[^1] is { Host: null } last && last.From <= now).ToArray())
        {
            placements.Remove(gone.Key);
        }

        sweepAt = Math.Max(SweepMin, 2 * placements.Count);
    }

    public void Save(StateWriter state) =>
        state.List("addresses", [.. placements.Values.SelectMany(known => known)], Save);

    public void Restore(StateReader state)
    {
        placements.Clear();
        state.List("addresses", PlacementsMax, (from, _) => Add(Restore(from, 0), 0));
    }

    public static void Save(StateWriter state, Placement placement)
    {
        state.UInt64("address", placement.Address);
        state.Text("host", placement.Host ?? "");
        state.Int64("from", placement.From);
    }

    /// <param name="state">Where it is.</param>
    /// <param name="now">It is not from before.</param>
    public static Placement Restore(StateReader state, long now)
    {
        var address = (uint)state.UInt64("address", uint.MaxValue);
        var host = state.Text("host");
        return new Placement(address, host.Length > 0 ? host : null, state.Int64("from", now));
    }
}
