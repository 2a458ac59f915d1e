using System.Collections.Concurrent;
using Google.Protobuf;
using Vee.Api;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime.Informers;
using Vee.Operator.Agents;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Equipment;
using Vee.Operator.Mapping;

namespace Vee.Operator.Acting;

/// <summary>Gives a host its probes and its own work, and tells what comes of them.</summary>
internal sealed class EquipmentReconciliation(
    IStore<SimulatedHost> hosts, IStore<VirtualMachine> machines, AgentDirectory agents, HostStatuses statuses,
    TimeProvider time)
{
    private static readonly TimeSpan ReadInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(30);

    /// <summary>What agents have been told, by host; they are told again after a start of ours, which changes nothing.
    /// </summary>
    private readonly ConcurrentDictionary<string, (string Incarnation, ByteString Request)> told =
        new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, DateTimeOffset> readAt = new(StringComparer.Ordinal);

    /// <summary>One visit.</summary>
    /// <param name="host">As last read or written.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>When to look again although nothing happens.</returns>
    public async Task<TimeSpan?> VisitAsync(SimulatedHost host, CancellationToken cancellation)
    {
        var outcome = EquipmentDecision.Decide(host, hosts.List(), machines.List());
        if (outcome.Equipped is not { } equipped)
        {
            return null;
        }

        if (!outcome.IsTold)
        {
            // The same agent may have it anew later.
            Forget(host);
            host = await WriteAsync(host, equipped, cancellation);
            return await ForgetReadingsAsync(host, cancellation);
        }

        if (host.Status?.Agent is not { } claim || agents.ClientOf(claim.Name, claim.Incarnation) is not { } client)
        {
            return null;
        }

        if (await TellAsync(host, claim, client, outcome, cancellation) is { } refusal)
        {
            await WriteAsync(
                host,
                new ConditionDraft(
                    ConditionTypes.Equipped, ConditionDraft.False, Reasons.AgentRefused, refusal.Message),
                cancellation);
            return LookAgain;
        }

        host = await WriteAsync(host, equipped, cancellation);
        return outcome.IsRead
            ? await ReadAsync(host, client, cancellation)
            : await ForgetReadingsAsync(host, cancellation);
    }

    /// <summary>The host is gone, or nobody has it.</summary>
    public void Forget(SimulatedHost host)
    {
        told.TryRemove(host.Metadata.Uid, out _);
        readAt.TryRemove(host.Metadata.Uid, out _);
    }

    private async Task<AgentRefusal?> TellAsync(
        SimulatedHost host, AgentReference claim, AgentClient client, EquipmentOutcome outcome,
        CancellationToken cancellation)
    {
        var request = EquipmentMapping.ToRequest(host, outcome.Probes);
        var saying = (claim.Incarnation, request.ToByteString());
        if (told.TryGetValue(host.Metadata.Uid, out var last) && last == saying)
        {
            return null;
        }

        var answer = await client.EquipHostAsync(request, cancellation);
        if (answer.Refusal is null)
        {
            told[host.Metadata.Uid] = saying;
        }

        return answer.Refusal;
    }

    /// <summary>Writes what there is to be told, at most once in each interval.</summary>
    private async Task<TimeSpan?> ReadAsync(SimulatedHost host, AgentClient client, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (readAt.TryGetValue(host.Metadata.Uid, out var last) && now - last < ReadInterval)
        {
            return ReadInterval - (now - last);
        }

        readAt[host.Metadata.Uid] = now;
        if ((await client.InspectHostAsync(host.Metadata.Uid, cancellation)).Value is { } reading)
        {
            await WriteAsync(
                host,
                reading.Probes.Count == 0 ? null : reading.Probes, reading.Tasks.Count == 0 ? null : reading.Tasks,
                cancellation);
        }

        return ReadInterval;
    }

    /// <summary>There is nothing now to be told of.</summary>
    private async Task<TimeSpan?> ForgetReadingsAsync(SimulatedHost host, CancellationToken cancellation)
    {
        if (host.Status is { Probes: not null } or { Tasks: not null })
        {
            await WriteAsync(host, probes: null, tasks: null, cancellation);
        }

        return null;
    }

    private Task<SimulatedHost> WriteAsync(
        SimulatedHost host, IReadOnlyList<ProbeStatus>? probes, IReadOnlyList<HostTaskStatus>? tasks,
        CancellationToken cancellation) =>
        statuses.WriteAsync(
            host, host.Status! with { Probes = probes, Tasks = tasks }, [], isGuarded: false, cancellation);

    private Task<SimulatedHost> WriteAsync(
        SimulatedHost host, ConditionDraft equipped, CancellationToken cancellation) =>
        statuses.WriteAsync(
            host, host.Status ?? new SimulatedHostStatus(), [equipped], isGuarded: false, cancellation);
}
