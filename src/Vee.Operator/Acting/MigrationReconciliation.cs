using Microsoft.Extensions.Logging;
using Vee.Api.Migrations;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Controllers;
using Vee.ControllerRuntime.Events;
using Vee.ControllerRuntime.Informers;
using Vee.Operator.Agents;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Migrations;
using Vee.Operator.Gathering;
using Vee.Operator.Mapping;
using Vee.Protocol;

namespace Vee.Operator.Acting;

/// <summary>Gather, decide, act, until nothing is left to be done for a migration now.</summary>
internal sealed partial class MigrationReconciliation(
    MigrationGatherer gatherer, AgentDirectory agents, IStore<SimulatedHost> hosts, MigrationStatuses statuses,
    ClaimLedger claims, IEventRecorder events, ILogger<MigrationReconciliation> log)
{
    /// <summary>More steps than any migration needs until it is under way.</summary>
    private const int StepsMax = 6;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    /// <summary>One visit.</summary>
    public async Task<ReconcileResult> VisitAsync(VirtualMachineMigration migration, CancellationToken cancellation)
    {
        var isExpected = false;
        for (var step = 0; step < StepsMax; step++)
        {
            var input = gatherer.Gather(migration, isExpected);
            var plan = MigrationDecision.Decide(input);
            if (plan.Reservation is not null)
            {
                if (!await ReserveAsync(input, cancellation))
                {
                    return ReconcileResult.RequeueAfter(Soon);
                }

                Tell(input, plan);
                continue;
            }

            migration = await WriteAsync(input, plan, cancellation);
            if (plan.Step is null)
            {
                return plan.RequeueAfter is { } after ? ReconcileResult.RequeueAfter(after) : ReconcileResult.Done;
            }

            if (await PerformAsync(input, plan.Step, cancellation) is { } refusal)
            {
                LogRefused(log, migration.Metadata.NamespaceProperty, migration.Metadata.Name, refusal.Message);
                var after = Attempt.Refused(gatherer.Gather(migration, isExpected), input.Record!, refusal);
                await WriteAsync(input with { Migration = migration }, after, cancellation);
                return ReconcileResult.RequeueAfter(Soon);
            }

            isExpected = plan.Step is MigrationStep.Expect;
        }

        return ReconcileResult.RequeueAfter(Soon);
    }

    /// <summary>Decides once more, with what claims before this one have taken, and writes it to the machine.</summary>
    /// <returns>Whether the machine has a record now.</returns>
    private Task<bool> ReserveAsync(MigrationInput input, CancellationToken cancellation) =>
        claims.OneByOneAsync(
            async () =>
            {
                var again = gatherer.Gather(input.Migration, isExpected: false);
                if (MigrationDecision.Decide(again).Reservation is not { } record)
                {
                    return false;
                }

                claims.Written(await statuses.ReserveAsync(again.Machine!, record, cancellation));
                return true;
            },
            cancellation);

    /// <exception cref="Grpc.Core.RpcException">The agent did not answer in time: nobody knows what it did.</exception>
    private Task<AgentRefusal?> PerformAsync(
        MigrationInput input, MigrationStep step, CancellationToken cancellation) => step switch
        {
            MigrationStep.Expect expect => ExpectAsync(input, expect, cancellation),
            MigrationStep.Migrate migrate => MigrateAsync(input, migrate, cancellation),
            MigrationStep.LosePages lose => LosePagesAsync(input.Uid, lose, cancellation),
            _ => throw new ArgumentException($"{step} is no step", nameof(step)),
        };

    private async Task<AgentRefusal?> ExpectAsync(
        MigrationInput input, MigrationStep.Expect step, CancellationToken cancellation)
    {
        var record = step.Record;
        if (hosts.Get(new ObjectKey("", record.HostName)) is not { } host)
        {
            return new AgentRefusal(AgentRefusalKind.UnknownHost, $"host {record.HostName} is gone");
        }

        if (agents.ClientOf(record.Agent.Name, record.Agent.Incarnation) is not { } client)
        {
            return Unreachable(record.Agent);
        }

        var request = new ExpectMachineRequest
        {
            Migration = (ulong)record.Number,
            Machine = MachineMapping.ToRequest(input.Machine!, step.Spec, record.Instance, host.Metadata.Uid),
            SourceHost = step.SourceHost,
        };
        return (await client.ExpectMachineAsync(request, MigrationTrace.ParentOf(input.Migration), cancellation))
            .Refusal;
    }

    private async Task<AgentRefusal?> MigrateAsync(
        MigrationInput input, MigrationStep.Migrate step, CancellationToken cancellation)
    {
        var machine = input.Machine!;
        var source = machine.Status!.Agent!;
        if (agents.ClientOf(source.Name, source.Incarnation) is not { } client)
        {
            return Unreachable(source);
        }

        var answer = await client.MigrateMachineAsync(
            new MigrateMachineRequest
            {
                Migration = (ulong)step.Record.Number,
                Uid = machine.Metadata.Uid,
                Instance = step.Instance,
                TargetHost = step.Record.HostName,
                TargetInstance = step.Record.Instance,
                Options = MigrationMapping.ToOptions(step.Settings),
            },
            MigrationTrace.ParentOf(input.Migration), cancellation);
        if (answer.Value is { } view)
        {
            agents.Observe(source.Name, source.Incarnation, v => v.With(view));
        }

        return answer.Refusal;
    }

    private async Task<AgentRefusal?> LosePagesAsync(
        string uid, MigrationStep.LosePages step, CancellationToken cancellation)
    {
        if (agents.ClientOf(step.Agent.Name, step.Agent.Incarnation) is { } client
            && (await client.LosePagesAsync(uid, step.Number, cancellation)).Value is { } view)
        {
            agents.Observe(step.Agent.Name, step.Agent.Incarnation, v => v.With(view));
        }

        // One that has got all its pages meanwhile, or is gone, tells so.
        return null;
    }

    private static AgentRefusal Unreachable(AgentReference agent) =>
        new(AgentRefusalKind.Other, $"agent {agent.Name} does not answer");

    private async Task<VirtualMachineMigration> WriteAsync(
        MigrationInput input, MigrationPlan plan, CancellationToken cancellation)
    {
        var written = await statuses.WriteAsync(input.Migration, plan.Status, plan.Conditions, cancellation);
        MigrationTrace.WriteIfOver(input, plan.Status);
        Tell(input, plan);
        return written;
    }

    private void Tell(MigrationInput input, MigrationPlan plan)
    {
        foreach (var note in plan.Notes)
        {
            events.Record(
                input.Migration, note.IsWarning ? EventType.Warning : EventType.Normal, note.Reason, "Migrate",
                note.Message, input.Machine);
        }
    }

    [LoggerMessage(3301, LogLevel.Warning, "migration {Space}/{Name}: an agent refused: {Message}")]
    private static partial void LogRefused(ILogger log, string space, string name, string message);
}
