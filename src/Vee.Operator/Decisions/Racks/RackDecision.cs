using Vee.Api;
using Vee.Api.SimulatedHosts;

namespace Vee.Operator.Decisions.Racks;

/// <summary>What is to be said and done about the rack of a host.</summary>
internal sealed record RackOutcome
{
    /// <summary>As the status is to say; null for a host that has always been alone.</summary>
    public required HostRack? Rack { get; init; }

    public required ConditionDraft Linked { get; init; }

    /// <summary>What the host's agent is to be told after that is written; null for nothing.</summary>
    public RackPlan? Telling { get; init; }
}

/// <summary>Decides which plan a host is in and who is told.</summary>
/// <remarks>Pure: the same input gives the same outcome. docs/decisions/0033-plans-of-racks.md says why.</remarks>
internal static class RackDecision
{
    /// <summary>The next step of a host.</summary>
    /// <param name="host">As last read or written.</param>
    /// <param name="all">All hosts, that one among them as it is given.</param>
    public static RackOutcome Decide(SimulatedHost host, IReadOnlyList<SimulatedHost> all)
    {
        var before = host.Status?.Rack;
        if (RackPlan.Of(host, all) is not { } plan)
        {
            return new RackOutcome { Rack = before, Linked = RackLinks.Condition(host, all, plan: null) };
        }

        if (plan.Members.Count == 1 && before is null)
        {
            return new RackOutcome { Rack = null, Linked = RackLinks.Condition(host, all, plan) };
        }

        var hash = plan.Hash();
        var rack = plan.Uid == host.Metadata.Uid ? Numbered(plan, hash) : Followed(before, plan, hash);
        var isSaid = IsOf(rack, plan, hash);
        return new RackOutcome
        {
            Rack = rack,
            Linked = isSaid ? RackLinks.Condition(host, all, plan) : new(
                ConditionTypes.Linked, ConditionDraft.False, Reasons.LinkPending, "its rack is being planned"),
            Telling = isSaid && OthersSayIt(host, rack!, plan) ? plan : null,
        };
    }

    /// <summary>
    /// What the status says after the agent refused a plan as older than one that was there: somebody has put back
    /// statuses of before. The next plan has a number beyond this one.
    /// </summary>
    public static HostRack Beyond(HostRack refused) => refused with
    {
        Generation = (int)Math.Min(int.MaxValue - 1L, refused.Generation * 2L),
        Plan = "",
    };

    /// <summary>Its own plan: a new number if it is another one, or members have gone on.</summary>
    private static HostRack Numbered(RackPlan plan, string hash)
    {
        var own = plan.Oldest.Status!.Rack;
        var others = plan.Members.Where(m => m != plan.Oldest).Select(m => m.Status!.Rack).OfType<HostRack>()
            .ToList();
        return IsOf(own, plan, hash) && others.TrueForAll(o => IsBefore(o, own!))
            ? own!
            : new HostRack
            {
                Uid = plan.Uid,
                Generation = checked(1 + Math.Max(own?.Generation ?? 0, others.Max(o => (int?)o.Generation) ?? 0)),
                Plan = hash,
                Hosts = HostsOf(plan),
            };
    }

    /// <summary>The plan that the oldest host has numbered, if it is this one.</summary>
    private static HostRack? Followed(HostRack? own, RackPlan plan, string hash)
    {
        var lead = plan.Oldest.Status!.Rack;
        return IsOf(lead, plan, hash) && (own is null || IsBefore(own, lead!)) ? lead : own;
    }

    private static bool IsOf(HostRack? rack, RackPlan plan, string hash) =>
        rack is not null && rack.Uid == plan.Uid && rack.Plan == hash;

    private static bool IsBefore(HostRack rack, HostRack lead) =>
        rack.Generation < lead.Generation || (rack.Generation == lead.Generation && rack.Uid == lead.Uid);

    /// <summary>Whether the other hosts of the agent say in their status that they are in the plan.</summary>
    private static bool OthersSayIt(SimulatedHost host, HostRack rack, RackPlan plan) => plan.Members
        .Where(m => m != host && RackPlan.AreTogether(m.Status!.Agent!, host.Status!.Agent!))
        .All(m => m.Status!.Rack == rack);

    private static int HostsOf(RackPlan plan) => Math.Min(plan.Members.Count, HostRack.HostsMax);
}
