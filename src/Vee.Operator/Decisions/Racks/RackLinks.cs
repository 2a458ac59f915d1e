using Vee.Api;
using Vee.Api.SimulatedHosts;

namespace Vee.Operator.Decisions.Racks;

/// <summary>Says of a host's links whether they are there.</summary>
internal static class RackLinks
{
    private const int NamedHostsMax = 8;

    /// <summary>The condition Linked.</summary>
    /// <param name="host">The host.</param>
    /// <param name="all">All hosts.</param>
    /// <param name="plan">The plan that it is in; null when no agent has it.</param>
    public static ConditionDraft Condition(SimulatedHost host, IReadOnlyList<SimulatedHost> all, RackPlan? plan)
    {
        var links = host.Spec.Links ?? [];
        if (plan is null && links.Count > 0)
        {
            return new(
                ConditionTypes.Linked, ConditionDraft.False, Reasons.LinkPending, "no agent simulates the host yet");
        }

        var missing = links.Select(l => Missing(host, l.To, all)).OfType<string>().ToList();
        if (missing.Count > 0)
        {
            return new(
                ConditionTypes.Linked, ConditionDraft.False, Reasons.LinkPending,
                StatusText.Cut(string.Join("; ", missing), StatusText.ConditionMessageLength)!);
        }

        var others = (plan?.Members ?? []).Select(m => m.Metadata.Name).Where(n => n != host.Metadata.Name).ToList();
        return others.Count == 0
            ? new(ConditionTypes.Linked, ConditionDraft.True, Reasons.NotNeeded, "has no links")
            : new(ConditionTypes.Linked, ConditionDraft.True, Reasons.AsSpecified, Sentence(others));
    }

    private static string? Missing(SimulatedHost host, string to, IReadOnlyList<SimulatedHost> all)
    {
        if (all.FirstOrDefault(h => h.Metadata.Name == to) is not { } peer)
        {
            return $"there is no host {to}";
        }

        if (!RackPlan.IsMember(peer))
        {
            return $"no agent simulates host {to} {(peer.Spec.OutOfService == true ? "any more" : "yet")}";
        }

        return RackPlan.ModeOf(peer) == RackPlan.ModeOf(host) ? null
            : $"the time of host {to} is {RackPlan.ModeOf(peer)}, and of this host {RackPlan.ModeOf(host)}: give both "
                + "one time.mode";
    }

    private static string Sentence(List<string> others)
    {
        var more = others.Count > NamedHostsMax ? $" and {others.Count - NamedHostsMax} more" : "";
        return $"shares its time with {string.Join(", ", others.Take(NamedHostsMax))}{more}";
    }
}
