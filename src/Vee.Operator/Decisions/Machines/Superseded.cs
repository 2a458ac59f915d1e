using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions.Migrations;

namespace Vee.Operator.Decisions.Machines;

/// <summary>An instance that an agent holds although its machine has gone on without it.</summary>
/// <param name="Agent">The agent's name.</param>
/// <param name="Incarnation">The agent's incarnation.</param>
/// <param name="Instance">The instance.</param>
/// <remarks>
/// It comes of <c>outOfService</c>, said of a host whose agent could not be reached and came back all the same; and of
/// migrations, whose source keeps the machine until all of it has been taken and told.
/// </remarks>
internal readonly record struct Superseded(string Agent, string Incarnation, long Instance)
{
    /// <summary>What agents hold of a machine beside the instance that its status claims.</summary>
    /// <param name="machine">As last read: what is newer than its status is none of this.</param>
    /// <param name="agents">All agents.</param>
    /// <param name="isOpen">Whether a migration of that number has yet to be told of to the end.</param>
    public static IEnumerable<Superseded> Of(
        VirtualMachine machine, IReadOnlyList<AgentView> agents, Func<long, bool> isOpen)
    {
        var uid = machine.Metadata.Uid;
        var current = machine.Status?.Instance ?? 0;
        foreach (var agent in agents.Where(a => a.IsReachable))
        {
            var left = agent.Migrations.GetValueOrDefault((uid, MigrationRole.Source));
            // The source may have given it away and not told yet.
            if (left is { Stage: not MigrationStage.Failed }
                && (isOpen(left.Number) || IsFetched(machine, agents, left)))
            {
                continue;
            }

            var given = left is { IsGivenAway: true } ? left : null;

            if (!IsClaimed(machine, agent) && agent.Machines.TryGetValue(uid, out var held)
                && held.Instance <= current)
            {
                yield return new Superseded(agent.Name, agent.Incarnation, held.Instance);
            }
            else if (given is not null && given.Instance < current)
            {
                // What is left on one host of an agent after a move to another host of the same.
                yield return new Superseded(agent.Name, agent.Incarnation, given.Instance);
            }
        }
    }

    /// <summary>Whether pages that the machine needs may still be at its source.</summary>
    private static bool IsFetched(VirtualMachine machine, IEnumerable<AgentView> agents, MigrationView given) =>
        given.Stage != MigrationStage.Done && agents.Any(
            a => IsClaimed(machine, a) && a.Find(given.Uid, MigrationRole.Target, given.Number)
                is { Stage: not (MigrationStage.Done or MigrationStage.Failed) });

    private static bool IsClaimed(VirtualMachine machine, AgentView agent) =>
        machine.Status?.Agent is { } claim && claim.Name == agent.Name && claim.Incarnation == agent.Incarnation;
}
