using Vee.Hypervisor.Events;
using Vee.Hypervisor.Network;

namespace Vee.Hypervisor.Racks;

/// <summary>A link between two hosts of a rack.</summary>
/// <param name="From">Name of a host.</param>
/// <param name="To">Name of another.</param>
/// <param name="Forward">What it is like from the first to the second.</param>
/// <param name="Backward">What it is like the other way; null for the same.</param>
public sealed record RackLink(string From, string To, LinkProfile Forward, LinkProfile? Backward = null);

/// <summary>Which hosts a rack has and how they are linked: the same for all who simulate a part of it.</summary>
public sealed class RackPlan
{
    private const int LinksMax = ushort.MaxValue;

    private readonly (string From, string To)[] ends;
    private readonly SortedDictionary<(string From, string To), LinkProfile> directions =
        new(Comparer<(string From, string To)>.Create(Compare));

    /// <param name="hosts">Their names, each once.</param>
    /// <param name="links">At most one between two hosts.</param>
    /// <exception cref="ArgumentException">The plan is impossible; the message says why.</exception>
    public RackPlan(IReadOnlyList<string> hosts, IReadOnlyList<RackLink> links)
    {
        ArgumentNullException.ThrowIfNull(hosts);
        ArgumentNullException.ThrowIfNull(links);
        Hosts = [.. hosts.Order(StringComparer.Ordinal)];
        var defects = hosts.GroupBy(h => h).Where(g => g.Count() > 1).Select(g => $"host '{g.Key}' is there twice")
            .ToList();
        foreach (var link in links)
        {
            Add(link.From, link.To, link.Forward, defects);
            Add(link.To, link.From, link.Backward ?? link.Forward, defects);
        }

        if (directions.Count > LinksMax)
        {
            defects.Add($"{directions.Count} directions of links, {LinksMax} are the most");
        }

        if (defects.Count > 0)
        {
            throw new ArgumentException(string.Join("; ", defects), nameof(links));
        }

        ends = [.. directions.Keys];
        Lookahead = directions.Values.Select(p => p.LatencyNanoseconds).DefaultIfEmpty(VirtualTime.Never).Min();
    }

    /// <summary>The hosts, in the order of their names.</summary>
    public IReadOnlyList<string> Hosts { get; }

    /// <summary>How far a host may be simulated ahead of what the others are known to do: the least latency.</summary>
    public long Lookahead { get; }

    /// <summary>The links that a host sends on, each with its number, peer and profile.</summary>
    public IEnumerable<(int Number, string Peer, LinkProfile Profile)> LinksOf(string host) =>
        from direction in directions.Index()
        where direction.Item.Key.From == host
        select (direction.Index + 1, direction.Item.Key.To, direction.Item.Value);

    /// <summary>Directions of links; they are numbered from 1.</summary>
    public int LinkCount => directions.Count;

    /// <summary>The host that sends on a link.</summary>
    public string SenderOf(int link) => ends[link - 1].From;

    /// <summary>The host that a link leads to.</summary>
    public string ReceiverOf(int link) => ends[link - 1].To;

    private void Add(string from, string to, LinkProfile profile, List<string> defects)
    {
        var name = $"link {from} to {to}";
        defects.AddRange(profile.Defects().Select(d => $"{name}: {d}"));
        foreach (var end in new[] { from, to }.Where(end => !Hosts.Contains(end)))
        {
            defects.Add($"{name}: there is no host '{end}'");
        }

        if (from == to)
        {
            defects.Add($"{name}: a host needs no link to itself");
        }
        else if (!directions.TryAdd((from, to), profile))
        {
            defects.Add($"{name} is there twice");
        }
    }

    private static int Compare((string From, string To) left, (string From, string To) right) =>
        string.CompareOrdinal(left.From, right.From) is not 0 and var byFrom
            ? byFrom
            : string.CompareOrdinal(left.To, right.To);
}
