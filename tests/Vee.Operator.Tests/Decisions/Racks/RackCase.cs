using k8s.Models;
using Vee.Api;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions.Racks;

namespace Vee.Operator.Tests.Decisions.Racks;

/// <summary>Hosts as the API server has them.</summary>
internal sealed class RackCase
{
    private readonly SortedDictionary<string, SimulatedHost> hosts = new(StringComparer.Ordinal);
    private int created;

    internal IReadOnlyList<SimulatedHost> All => [.. hosts.Values];

    internal SimulatedHost this[string name] => hosts[name];

    /// <summary>A host that an agent has; each is younger than the ones before.</summary>
    internal RackCase Host(string name, string agent, params string[] links)
    {
        created++;
        hosts[name] = new SimulatedHost
        {
            Metadata = new V1ObjectMeta
            {
                Name = name,
                Uid = $"uid-{name}-{created}",
                CreationTimestamp = MachineCase.Now.UtcDateTime.AddSeconds(created),
            },
            Spec = new SimulatedHostSpec { Links = [.. links.Select(l => new LinkSpec { To = l })] },
            Status = new SimulatedHostStatus { Agent = AgentOf(agent, 1), Conditions = [Ready("True", "AsSpecified")] },
        };
        return this;
    }

    internal RackCase Change(string name, Func<SimulatedHostSpec, SimulatedHostSpec> change)
    {
        hosts[name].Spec = change(hosts[name].Spec);
        return this;
    }

    internal RackCase Status(string name, Func<SimulatedHostStatus, SimulatedHostStatus> change)
    {
        hosts[name].Status = change(hosts[name].Status!);
        return this;
    }

    internal RackCase Remove(string name)
    {
        hosts.Remove(name);
        return this;
    }

    /// <summary>The agent of a host is silent.</summary>
    internal RackCase Silence(string name) =>
        Status(name, s => s with { Conditions = [Ready("False", Reasons.AgentUnreachable)] });

    /// <summary>A visit, its status written.</summary>
    internal RackOutcome Visit(string name)
    {
        var outcome = RackDecision.Decide(hosts[name], All);
        Status(name, s => s with { Rack = outcome.Rack });
        return outcome;
    }

    /// <summary>Visits of all, until nothing is new.</summary>
    internal RackCase Settle()
    {
        for (var rounds = 0; rounds < 10; rounds++)
        {
            foreach (var name in hosts.Keys)
            {
                Visit(name);
            }
        }

        return this;
    }

    internal static AgentReference AgentOf(string name, int start) =>
        new() { Name = name, Incarnation = $"{name}.{start}", Address = $"{name}:{start}" };

    internal static V1Condition Ready(string status, string reason) =>
        new() { Type = ConditionTypes.Ready, Status = status, Reason = reason };
}
