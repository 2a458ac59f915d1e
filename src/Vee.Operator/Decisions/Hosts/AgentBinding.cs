using System.Collections.ObjectModel;
using Vee.Api;

namespace Vee.Operator.Decisions.Hosts;

/// <summary>An agent for a host, or why none: exactly one of the two.</summary>
internal sealed record BindingResult
{
    public AgentView? Agent { get; private init; }

    public string? Reason { get; private init; }

    public string? Message { get; private init; }

    public static BindingResult To(AgentView agent) => new() { Agent = agent };

    public static BindingResult None(string reason, string message) => new() { Reason = reason, Message = message };
}

/// <summary>Finds an agent with room for a host.</summary>
internal static class AgentBinding
{
    private const int NamedAgentsMax = 16;

    /// <summary>The agent with most memory left among those that fit; of equals, the first by name.</summary>
    public static BindingResult Find(HostInput input)
    {
        if (input.Agents.Count == 0)
        {
            return BindingResult.None(
                Reasons.NoAgents, "no agent is known: start one, or tell the operator where it is");
        }

        var lacks = input.Agents.OrderBy(a => a.Name, StringComparer.Ordinal)
            .Select(a => (Agent: a, Lacks: Lacks(input, a).ToList())).ToList();
        var best = lacks.Where(l => l.Lacks.Count == 0).Select(l => l.Agent)
            .OrderByDescending(a => FreeBytes(input, a)).ThenBy(a => a.Name, StringComparer.Ordinal).FirstOrDefault();
        if (best is not null)
        {
            return BindingResult.To(best);
        }

        var named = lacks.Take(NamedAgentsMax).Select(l => $"agent {l.Agent.Name} {string.Join(" and ", l.Lacks)}");
        var more = lacks.Count > NamedAgentsMax ? $"; and {lacks.Count - NamedAgentsMax} more agents" : "";
        return BindingResult.None(Reasons.NoAgentFits, string.Join("; ", named) + more);
    }

    private static long FreeBytes(HostInput input, AgentView agent) =>
        agent.MemoryBytesMax - input.BoundBytes.GetValueOrDefault(agent.Name);

    private static IEnumerable<string> Lacks(HostInput input, AgentView agent)
    {
        foreach (var (key, value) in input.Spec.AgentSelector ?? ReadOnlyDictionary<string, string>.Empty)
        {
            if (!agent.Labels.TryGetValue(key, out var actual) || actual != value)
            {
                yield return $"lacks the label {key}={value}";
            }
        }

        if (!agent.IsReachable)
        {
            yield return "does not answer";
        }

        if (input.MemoryBytes > FreeBytes(input, agent))
        {
            yield return $"has {MemorySize.ToText(agent.MemoryBytesMax)} for hosts, "
                + $"{MemorySize.ToText(input.BoundBytes.GetValueOrDefault(agent.Name))} taken, "
                + $"{MemorySize.ToText(FreeBytes(input, agent))} left, {MemorySize.ToText(input.MemoryBytes)} needed";
        }
    }
}
