using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Vee.Api;
using Vee.Api.SimulatedHosts;
using Vee.ControllerRuntime.Informers;
using Vee.Operator.Agents;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Racks;
using Vee.Operator.Mapping;

namespace Vee.Operator.Acting;

/// <summary>Brings a host into the plan of its rack, and tells its agent.</summary>
internal sealed partial class RackReconciliation(
    IStore<SimulatedHost> hosts, AgentDirectory agents, HostStatuses statuses, ILogger<RackReconciliation> log)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(30);

    /// <summary>What agents have been told; they are told again after a start of ours, which changes nothing.</summary>
    private readonly ConcurrentDictionary<(string Agent, string Rack), (string Incarnation, int Generation)> told =
        new();

    /// <summary>One visit.</summary>
    /// <param name="host">As last read or written.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>When to look again although nothing happens, and the host as it is written.</returns>
    public async Task<(TimeSpan? Again, SimulatedHost Host)> VisitAsync(
        SimulatedHost host, CancellationToken cancellation)
    {
        var outcome = RackDecision.Decide(host, AllWith(host));
        host = await WriteAsync(host, outcome.Rack, outcome.Linked, cancellation);
        if (outcome.Telling is not { } plan || host.Status?.Agent is not { } claim)
        {
            return (null, host);
        }

        var rack = outcome.Rack!;
        if ((told.TryGetValue((claim.Name, rack.Uid), out var last) && last == (claim.Incarnation, rack.Generation))
            || agents.ClientOf(claim.Name, claim.Incarnation) is not { } client)
        {
            return (null, host);
        }

        var answer = await client.SetRackAsync(RackMapping.ToRequest(plan, rack), cancellation);
        if (answer.Refusal is not { } refusal)
        {
            told[(claim.Name, rack.Uid)] = (claim.Incarnation, rack.Generation);
            LogTold(log, claim.Name, rack.Generation, rack.Uid, plan.Members.Count, plan.Wires.Count);
            return (null, host);
        }

        LogRefused(log, host.Metadata.Name, claim.Name, rack.Generation, refusal.Message);
        var next = refusal.Kind == AgentRefusalKind.StaleRack ? RackDecision.Beyond(rack) : rack;
        host = await WriteAsync(
            host, next,
            new ConditionDraft(ConditionTypes.Linked, ConditionDraft.False, Reasons.AgentRefused, refusal.Message),
            cancellation);
        var isOver = refusal.Kind is AgentRefusalKind.StaleRack or AgentRefusalKind.UnknownHost;
        return (isOver ? Soon : LookAgain, host);
    }

    private Task<SimulatedHost> WriteAsync(
        SimulatedHost host, HostRack? rack, ConditionDraft linked, CancellationToken cancellation) =>
        statuses.WriteAsync(
            host, (host.Status ?? new SimulatedHostStatus()) with { Rack = rack }, [linked],
            isGuarded: host.Status?.Rack != rack, cancellation);

    private List<SimulatedHost> AllWith(SimulatedHost host) =>
        [.. hosts.List().Where(h => h.Metadata.Name != host.Metadata.Name), host];

    [LoggerMessage(3201, LogLevel.Information,
        "agent {Agent} has plan {Generation} of rack {Rack}: {Hosts} hosts, {Links} links")]
    private static partial void LogTold(ILogger log, string agent, int generation, string rack, int hosts, int links);

    [LoggerMessage(3202, LogLevel.Warning,
        "host {Name}: agent {Agent} refused plan {Generation} of its rack: {Message}")]
    private static partial void LogRefused(ILogger log, string name, string agent, int generation, string message);
}
