using Vee.Hypervisor.Events;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Network;
using Vee.Machines.Networking;
using Vee.Machines.State;

namespace Vee.Hypervisor.Racks;

/// <summary>The hosts of a rack that are simulated here, in step with those that are simulated elsewhere.</summary>
/// <remarks>
/// Conservative windows: when everybody has said when something happens next, nothing can arrive anywhere before the
/// earliest of that plus the least latency, so that all may go on until then without hearing of each other. A window
/// in which nothing happens is skipped at once, however long. (The null messages of Chandy and Misra, 1979, with the
/// global bound of Nicol's YAWNS, 1993.) Which hosts are simulated where changes no result.
/// </remarks>
public sealed partial class RackPart
{
    private const int ArrivalsMax = 1 << 20;
    private const ulong NumberMax = 1UL << 46;

    private readonly RackPlan plan;
    private readonly Dictionary<string, Host> hosts;
    private readonly AddressTable addresses = new();
    private readonly List<Arrival> leaving = [];
    private readonly Dictionary<string, Dictionary<string, Link>> links = [];
    private readonly List<Placement> moved = [];
    private readonly HashSet<string> parts;

    // Which part has a host that is not simulated here.
    private readonly Dictionary<string, string> partOf;

    // The number of the last message that has come over each link of others.
    private readonly Dictionary<int, ulong> newest = [];

    /// <param name="name">Unique among those who simulate parts.</param>
    /// <param name="plan">The whole rack.</param>
    /// <param name="hosts">The hosts that are simulated here.</param>
    /// <param name="start">Where they go on; null for new hosts that are all simulated here.</param>
    public RackPart(string name, RackPlan plan, IReadOnlyList<Host> hosts, RackStart? start = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(hosts);
        start ??= new RackStart();
        Name = name;
        parts = [name, .. start.Parts.Keys];
        partOf = start.Parts.SelectMany(part => part.Value.Select(host => (host, part.Key))).ToDictionary();
        this.plan = plan;
        this.hosts = hosts.OrderBy(h => h.Name, StringComparer.Ordinal).ToDictionary(h => h.Name);
        foreach (var host in this.hosts.Values)
        {
            if (!plan.Hosts.Contains(host.Name))
            {
                throw new ArgumentException($"the rack has no host '{host.Name}'", nameof(hosts));
            }

            host.KeepArrivals();
            links.Add(host.Name, plan.LinksOf(host.Name).ToDictionary(
                l => l.Peer, l => host.AddLink(l.Number, l.Peer, l.Profile, start.Epoch)));
            host.Route = address => FindLink(host, address);
            host.AddressMoved = (address, isHere) => Announce(host, address, isHere);
        }

        Join(start);
    }

    /// <summary>Unique among those who simulate parts.</summary>
    public string Name { get; }

    /// <summary>The hosts that are simulated here, in the order of their names.</summary>
    public IReadOnlyCollection<Host> Hosts => hosts.Values;

    /// <summary>How far all its hosts have come.</summary>
    public long Now { get; private set; }

    /// <summary>Windows that were simulated.</summary>
    public long WindowCount { get; private set; }

    /// <summary>The links that a host of this part sends on, by the host at their other end.</summary>
    public IReadOnlyDictionary<string, Link> LinksOf(string host) => links[host];

    /// <summary>When something happens next on one of its hosts.</summary>
    public long NextTime => hosts.Values.Select(h => h.NextTime).DefaultIfEmpty(VirtualTime.Never).Min();

    /// <summary>Says where an address is from now on; everybody has to be told at the same instant.</summary>
    public void Place(uint address, string host) => addresses.Add(new Placement(address, host, Now), Now);

    /// <summary>Addresses of the guests of its hosts, as they are from now on.</summary>
    public static IEnumerable<Placement> PlacementsOf(Host host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return host.Addresses.Select(address => new Placement(address, host.Name, host.Now));
    }

    /// <summary>Tells the others that an address has come to a host of this part, or gone.</summary>
    /// <remarks>All know of it before they come to when it holds: a report is at most a lookahead away.</remarks>
    /// <returns>Virtual time from which on it holds for everybody.</returns>
    public long Announce(Host host, uint address, bool isHere)
    {
        ArgumentNullException.ThrowIfNull(host);
        var from = VirtualTime.After(host.Now, plan.Lookahead);
        moved.Add(new Placement(address, host.Name, from, HasLeft: !isHere));
        return from;
    }

    /// <summary>
    /// Says where an address is of which the others have been told something else when all began: from there on.
    /// </summary>
    /// <exception cref="InvalidOperationException">They have gone on since.</exception>
    public void Correct(Host host, uint address, bool isHere)
    {
        ArgumentNullException.ThrowIfNull(host);
        if (WindowCount > 0)
        {
            throw new InvalidOperationException("the others have gone on: an address moves a lookahead later");
        }

        moved.Add(new Placement(address, host.Name, Now, HasLeft: !isHere));
    }

    /// <summary>Writes a checkpoint: its hosts, and what they have sent and nobody has been told of.</summary>
    /// <remarks>A checkpoint of a rack is one of each part after the same window.</remarks>
    public void Save(StateWriter state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.Section("rack", 2, to =>
        {
            to.Int64("now", Now);
            to.Int64("windowCount", WindowCount);
            foreach (var host in hosts.Values)
            {
                host.Save(to);
            }

            to.List("moved", moved, AddressTable.Save);
            addresses.Save(to);
            to.List("leaving", leaving, static (item, arrival) =>
            {
                item.Int64("link", arrival.Link);
                item.UInt64("number", arrival.Number);
                item.Int64("arrivesAt", arrival.ArrivesAt);
                arrival.Message.Save(item);
            });
            to.List("newest", [.. newest.OrderBy(n => n.Key)], static (item, link) =>
            {
                item.Int64("link", link.Key);
                item.UInt64("number", link.Value);
            });
        });
    }

    /// <summary>Goes on where an equal part was saved.</summary>
    public void Restore(StateReader state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.Section("rack", 2, from =>
        {
            Now = from.Int64("now", 0);
            WindowCount = from.Int64("windowCount", 0);
            foreach (var host in hosts.Values)
            {
                host.Restore(from);
            }

            moved.Clear();
            from.List("moved", ArrivalsMax, (item, _) => moved.Add(AddressTable.Restore(item, hosts.Keys, Now)));
            addresses.Restore(from, plan.Hosts);
            leaving.Clear();
            from.List("leaving", ArrivalsMax, (item, _) => leaving.Add(new Arrival(
                item.Int32("link", 1, plan.LinkCount), item.UInt64("number"), item.Int64("arrivesAt", Now),
                NetworkMessage.Restore(item))));
            newest.Clear();
            from.List("newest", plan.LinkCount, (item, _) =>
                newest[item.Int32("link", 1, plan.LinkCount)] = item.UInt64("number"));
        });
    }

    /// <summary>What the others have to know before anybody may go on.</summary>
    public RackReport Report()
    {
        Arrival[] arrivals = [.. leaving];
        Placement[] placements = [.. moved];
        leaving.Clear();
        moved.Clear();
        var bound = arrivals.Select(a => a.ArrivesAt).Append(NextTime).Min();
        return new RackReport(Name, Now, bound, arrivals) { Placements = placements };
    }

    /// <summary>Simulates the next window.</summary>
    /// <param name="reports">Of everybody, this part's own among them, after the window before.</param>
    /// <param name="horizon">Where to stop at the latest; the same for everybody.</param>
    /// <returns>Where it stopped: the same for everybody.</returns>
    /// <exception cref="RackPromiseException">Somebody lies about its clock. Nothing was simulated.</exception>
    public long Advance(IReadOnlyList<RackReport> reports, long horizon)
    {
        ArgumentNullException.ThrowIfNull(reports);
        if (reports.Count != parts.Count || !parts.SetEquals(reports.Select(r => r.Part)))
        {
            throw new ArgumentException(
                $"there has to be one report of each part: {string.Join(", ", parts)}", nameof(reports));
        }

        foreach (var report in reports)
        {
            Check(report);
        }

        foreach (var arrival in reports.Where(r => r.Part != Name).SelectMany(r => r.Arrivals))
        {
            newest[arrival.Link] = arrival.Number;
            Pass(arrival);
        }

        foreach (var placement in reports.SelectMany(r => r.Placements))
        {
            addresses.Add(placement, Now);
        }

        var earliest = reports.Min(r => r.Bound);
        var end = Math.Max(Now, Math.Min(horizon, VirtualTime.After(earliest, plan.Lookahead)));
        foreach (var host in hosts.Values)
        {
            host.RunUntil(end);
        }

        Now = end;
        WindowCount++;
        return end;
    }

    /// <summary>Simulates a rack of which all hosts are here.</summary>
    public void RunUntil(long horizon)
    {
        while (Advance([Report()], horizon) < horizon)
        {
        }
    }

    private void Check(RackReport report)
    {
        if (report.Now != Now || report.Bound < report.Now)
        {
            throw new RackPromiseException(report.Part, FormattableString.Invariant(
                $"{report.Part} says that it is {report.Now} and that nothing happens before {report.Bound}; ")
                + FormattableString.Invariant($"the window ended at {Now}"));
        }

        if (report.Placements.FirstOrDefault(p => p.From < Now || !MayPlace(report.Part, p)) is { } impossible)
        {
            throw new RackPromiseException(report.Part, FormattableString.Invariant(
                $"{report.Part} says that an address comes to '{impossible.Host}' or leaves it at {impossible.From}, ")
                + FormattableString.Invariant($"and it is {Now}: not its host, or too late"));
        }

        var numbers = report.Part == Name ? [] : new Dictionary<int, ulong>(newest);
        foreach (var arrival in report.Arrivals)
        {
            if (arrival.ArrivesAt < report.Bound)
            {
                throw new RackPromiseException(report.Part, FormattableString.Invariant(
                    $"{report.Part} sends what arrives at {arrival.ArrivesAt}, and promised nothing before ")
                    + FormattableString.Invariant($"{report.Bound}"));
            }

            if (report.Part != Name && !IsNext(report.Part, arrival, numbers))
            {
                throw new RackPromiseException(report.Part, FormattableString.Invariant(
                    $"{report.Part} sends message {arrival.Number} of link {arrival.Link}: not its, or not next"));
            }
        }
    }

    /// <summary>Whether it comes over a link of the part that tells of it, and after what came before.</summary>
    private bool IsNext(string part, Arrival arrival, Dictionary<int, ulong> numbers)
    {
        if (arrival.Link < 1 || arrival.Link > plan.LinkCount
            || partOf.GetValueOrDefault(plan.SenderOf(arrival.Link)) != part
            || arrival.Number <= numbers.GetValueOrDefault(arrival.Link) || arrival.Number >= NumberMax)
        {
            return false;
        }

        numbers[arrival.Link] = arrival.Number;
        return true;
    }

    private bool MayPlace(string part, Placement placement) =>
        part == Name || partOf.GetValueOrDefault(placement.Host) == part;

    private Link? FindLink(Host from, uint address) =>
        addresses.Find(address, from.Now) is { } host ? links[from.Name].GetValueOrDefault(host) : null;

    private void Take(Arrival arrival)
    {
        if (hosts.ContainsKey(plan.ReceiverOf(arrival.Link)))
        {
            Pass(arrival);
        }
        else
        {
            leaving.Add(arrival);
        }
    }

    private void Pass(Arrival arrival)
    {
        if (hosts.TryGetValue(plan.ReceiverOf(arrival.Link), out var host))
        {
            host.Receive(arrival);
        }
    }
}
