using System.Security.Cryptography;
using System.Text.Json;
using Vee.Api;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;

namespace Vee.Operator.Decisions.Racks;

/// <summary>A link of a plan, what it is like each way.</summary>
internal sealed record RackWire(string From, string To, LinkSpec Forward, LinkSpec Backward);

/// <summary>Hosts that share a line of time, and the links between them. Who computes it finds the same.</summary>
/// <param name="Members">By name.</param>
/// <param name="Wires">By the names of their hosts.</param>
internal sealed record RackPlan(IReadOnlyList<SimulatedHost> Members, IReadOnlyList<RackWire> Wires)
{
    /// <summary>The host that names the rack and numbers its plans: hosts that come do not take its place.</summary>
    public SimulatedHost Oldest { get; } = Members
        .OrderBy(h => h.Metadata.CreationTimestamp?.ToUniversalTime() ?? DateTime.MaxValue)
        .ThenBy(h => h.Metadata.Uid, StringComparer.Ordinal).First();

    public string Uid => Oldest.Metadata.Uid;

    /// <summary>Equal for equal hosts, agents and links, and short enough to be looked at.</summary>
    public string Hash() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new
    {
        Uid,
        Hosts = Members.Select(h => new { h.Metadata.Name, h.Metadata.Uid, h.Status!.Agent }),
        Wires,
    })))[..16];

    /// <summary>
    /// Names of the hosts that a link leads to from a member, as far as both say that they are in this plan: agents
    /// that have not been told of it have no link yet.
    /// </summary>
    public IReadOnlySet<string> LinkedWith(SimulatedHost member)
    {
        var hash = Hash();
        var said = Members.Where(m => m.Status!.Rack is { } rack && rack.Uid == Uid && rack.Plan == hash)
            .Select(m => m.Metadata.Name).ToHashSet(StringComparer.Ordinal);
        var name = member.Metadata.Name;
        var linked = said.Contains(name)
            ? Wires.Where(w => w.From == name || w.To == name).Select(w => w.From == name ? w.To : w.From) : [];
        return linked.Where(said.Contains).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The plan of the rack that a host is in; null when no agent has the host.</summary>
    /// <param name="host">The host.</param>
    /// <param name="all">All hosts, that one among them.</param>
    public static RackPlan? Of(SimulatedHost host, IReadOnlyList<SimulatedHost> all)
    {
        if (!IsMember(host))
        {
            return null;
        }

        var members = all.Where(IsMember).ToDictionary(h => h.Metadata.Name, StringComparer.Ordinal);
        var wires = new SortedDictionary<string, RackWire>(StringComparer.Ordinal);
        var found = new HashSet<string>(StringComparer.Ordinal) { host.Metadata.Name };
        var open = new Stack<SimulatedHost>([host]);
        while (open.TryPop(out var next))
        {
            foreach (var peer in PeersOf(next, members))
            {
                var wire = Between(next, peer);
                wires[$"{wire.From}/{wire.To}"] = wire;
                if (found.Add(peer.Metadata.Name))
                {
                    open.Push(peer);
                }
            }
        }

        return new RackPlan(
            [.. found.Order(StringComparer.Ordinal).Select(name => members[name])], [.. wires.Values]);
    }

    /// <summary>
    /// Whether an agent has the host, as far as anybody knows. One whose agent is silent stays in the rack that it is
    /// in: it may be simulated there on and on.
    /// </summary>
    public static bool IsMember(SimulatedHost host) =>
        host.Status is { Agent.Address: not null } status && host.Spec.OutOfService != true
        && (host.Metadata.DeletionTimestamp is null || status.Allocated?.Machines > 0)
        && status.Conditions?.FirstOrDefault(c => c.Type == ConditionTypes.Ready) switch
        {
            { Status: ConditionDraft.True } => true,
            { Reason: Reasons.AgentUnreachable or Reasons.Deleting } => status.Rack?.Hosts > 1,
            _ => false,
        };

    /// <summary>How the time of a host passes.</summary>
    public static string ModeOf(SimulatedHost host) => host.Spec.Time?.Mode ?? TimeModes.Paced;

    /// <summary>Whether two hosts are of one incarnation of one agent.</summary>
    public static bool AreTogether(AgentReference left, AgentReference right) =>
        left.Name == right.Name && left.Incarnation == right.Incarnation;

    private static IEnumerable<SimulatedHost> PeersOf(
        SimulatedHost host, IReadOnlyDictionary<string, SimulatedHost> members) =>
        members.Values.Where(peer => peer.Metadata.Name != host.Metadata.Name && ModeOf(peer) == ModeOf(host)
            && (LinkOf(host, peer) ?? LinkOf(peer, host)) is not null);

    private static RackWire Between(SimulatedHost one, SimulatedHost other)
    {
        var isFirst = string.CompareOrdinal(one.Metadata.Name, other.Metadata.Name) < 0;
        var (from, to) = isFirst ? (one, other) : (other, one);
        var (there, back) = (LinkOf(from, to), LinkOf(to, from));
        return new RackWire(
            from.Metadata.Name, to.Metadata.Name, Nameless(there ?? back!), Nameless(back ?? there!));
    }

    /// <summary>To whom it leads is said elsewhere: the same link from either side is the same.</summary>
    private static LinkSpec Nameless(LinkSpec link) => link with { To = "" };

    private static LinkSpec? LinkOf(SimulatedHost from, SimulatedHost to) =>
        from.Spec.Links?.FirstOrDefault(l => l.To == to.Metadata.Name);
}
