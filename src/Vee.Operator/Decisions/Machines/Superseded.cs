using Vee.Api.VirtualMachines;

namespace Vee.Operator.Decisions.Machines;

/// <summary>An instance that an agent holds although its machine has gone on without it.</summary>
/// <param name="Agent">The agent's name.</param>
/// <param name="Incarnation">The agent's incarnation.</param>
/// <param name="Instance">The instance.</param>
/// <remarks>
/// It comes of <c>outOfService</c>, said of a host whose agent could not be reached and came back all the same.
/// </remarks>
internal readonly record struct Superseded(string Agent, string Incarnation, long Instance)
{
    /// <summary>What agents hold of a machine beside the instance that its status claims.</summary>
    /// <param name="machine">As last read: what is newer than its status is none of this.</param>
    /// <param name="agents">All agents.</param>
    public static IEnumerable<Superseded> Of(VirtualMachine machine, IEnumerable<AgentView> agents)
    {
        var claim = machine.Status?.Agent;
        foreach (var agent in agents.Where(a => a.IsReachable))
        {
            var isClaimed = claim?.Name == agent.Name && claim.Incarnation == agent.Incarnation;
            if (!isClaimed && agent.Machines.TryGetValue(machine.Metadata.Uid, out var held)
                && held.Instance <= (machine.Status?.Instance ?? 0))
            {
                yield return new Superseded(agent.Name, agent.Incarnation, held.Instance);
            }
        }
    }
}
