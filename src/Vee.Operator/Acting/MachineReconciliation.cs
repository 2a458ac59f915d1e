using k8s;
using Microsoft.Extensions.Logging;
using Vee.Api;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime.Controllers;
using Vee.ControllerRuntime.Events;
using Vee.ControllerRuntime.Status;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Machines;
using Vee.Operator.Gathering;

namespace Vee.Operator.Acting;

/// <summary>Gather, decide, act, until nothing is left to be done for a machine now.</summary>
internal sealed partial class MachineReconciliation(
    MachineGatherer gatherer, MachineActions actions, StatusWriter<VirtualMachine> statuses, ConditionList conditions,
    ClaimLedger claims, IEventRecorder events, ILogger<MachineReconciliation> log)
{
    /// <summary>More steps than any machine needs from nothing to running; the rest waits for the next visit.</summary>
    private const int StepsMax = 12;

    /// <summary>One visit.</summary>
    /// <returns>Whether nothing of the machine is left, and what is to become of its key.</returns>
    public async Task<(bool IsFinalized, ReconcileResult Result)> VisitAsync(
        VirtualMachine machine, CancellationToken cancellation)
    {
        await actions.RemoveSupersededAsync(
            claims.Newest(machine), number => gatherer.IsOpen(machine, number), cancellation);
        var news = AgentNews.None;
        for (var step = 0; step < StepsMax; step++)
        {
            var input = gatherer.Gather(machine, news);
            var plan = MachineDecision.Decide(input);
            if (plan.IsFinalized)
            {
                return await FinalizeAsync(machine, cancellation);
            }

            if (plan.IsClaim)
            {
                (machine, plan) = await ClaimAsync(machine, news, cancellation);
            }
            else
            {
                machine = await WriteAsync(input.Machine, plan, cancellation);
            }

            if (plan.Step is null)
            {
                if (plan.IsClaim)
                {
                    continue;
                }

                return (false, ResultOf(plan));
            }

            var outcome = await actions.PerformAsync(machine, plan.Step, cancellation);
            if (outcome.Refusal is { } refusal && plan.Step is MachineStep.Create)
            {
                var after = Refusals.OfCreate(gatherer.Gather(machine, news), refusal);
                LogRefused(log, machine.Metadata.NamespaceProperty, machine.Metadata.Name, refusal.Message);
                machine = await WriteAsync(machine, after, cancellation);
                if (!after.IsClaim)
                {
                    return (false, ResultOf(after));
                }
            }
            else if (!outcome.IsDone && !IsUnaware(outcome))
            {
                if (outcome.Refusal is { } refused && !IsOfTheMoment(refused))
                {
                    LogRefused(log, machine.Metadata.NamespaceProperty, machine.Metadata.Name, refused.Message);
                    events.Record(machine, EventType.Warning, Reasons.AgentRefused, "Reconcile", refused.Message);
                }

                return (false, ReconcileResult.RequeueAfter(TimeSpan.FromSeconds(1)));
            }

            news = NewsOf(news, plan.Step, outcome);
        }

        return (false, ReconcileResult.RequeueAfter(TimeSpan.FromSeconds(1)));
    }

    /// <summary>Nobody comes back for what a host that it left still has of it.</summary>
    private async Task<(bool IsFinalized, ReconcileResult Result)> FinalizeAsync(
        VirtualMachine machine, CancellationToken cancellation)
    {
        await actions.RemoveSupersededAsync(claims.Newest(machine), isOpen: _ => false, cancellation);
        claims.Forget(machine.Metadata.Uid);
        return (true, ReconcileResult.Done);
    }

    private static AgentNews NewsOf(AgentNews before, MachineStep step, StepOutcome outcome)
    {
        var news = before with { DeletedInstance = null };
        return step switch
        {
            MachineStep.Delete delete when outcome.Refusal is null => news with { DeletedInstance = delete.Instance },
            MachineStep.DeleteAtTarget delete when outcome.Refusal is null =>
                news with { DeletedInstance = delete.Instance },
            MachineStep.CancelAtSource when IsUnaware(outcome) => news with { IsSourceUnaware = true },
            MachineStep.CancelAtTarget or MachineStep.SettleAtTarget when IsUnaware(outcome) =>
                news with { IsTargetUnaware = true },
            _ => news,
        };
    }

    /// <summary>An agent that knows nothing of a migration has done what was asked of it.</summary>
    private static bool IsUnaware(StepOutcome outcome) => outcome.Refusal?.Kind == AgentRefusalKind.UnknownMigration;

    /// <summary>The machine changes hands just now; what became of that is about to be reported.</summary>
    private static bool IsOfTheMoment(AgentRefusal refusal) =>
        refusal.Kind is AgentRefusalKind.MigrationCommitted or AgentRefusalKind.NotReady;

    private static ReconcileResult ResultOf(MachinePlan plan) =>
        plan.RequeueAfter is { } after ? ReconcileResult.RequeueAfter(after) : ReconcileResult.Done;

    /// <summary>Decides once more, with what claims before this one have taken, and writes.</summary>
    private Task<(VirtualMachine Machine, MachinePlan Plan)> ClaimAsync(
        VirtualMachine read, AgentNews news, CancellationToken cancellation) =>
        claims.OneByOneAsync(
            async () =>
            {
                var plan = MachineDecision.Decide(gatherer.Gather(read, news));
                var machine = await WriteAsync(read, plan, cancellation);
                claims.Written(machine);
                return (machine, plan);
            },
            cancellation);

    private async Task<VirtualMachine> WriteAsync(
        VirtualMachine machine, MachinePlan plan, CancellationToken cancellation)
    {
        var desired = new VirtualMachine
        {
            Metadata = machine.Metadata,
            Spec = machine.Spec,
            Status = plan.Status with
            {
                PrintableStatus = plan.Conditions.PrintableStatus,
                Conditions = conditions.Merge(
                    machine.Status?.Conditions, plan.Conditions.All(), machine.Metadata.Generation),
            },
        };
        var isNews = machine.Status?.Conditions?.Any(
            c => c.Type == plan.Conditions.Ready.Type && c.Message == plan.Conditions.Ready.Message) != true;
        // Somebody else writes records of migrations, which nothing that was read before may take away.
        var isGuarded = plan.IsClaim || !HasSameStatus(machine, desired);
        var written = await statuses.WriteAsync(machine, desired, isGuarded, cancellation);
        foreach (var note in plan.Notes.Where(n => isNews || !n.IsWarning))
        {
            events.Record(
                machine, note.IsWarning ? EventType.Warning : EventType.Normal, note.Reason, "Reconcile", note.Message);
        }

        return written;
    }

    private static bool HasSameStatus(VirtualMachine left, VirtualMachine right) =>
        left.Status is not null && KubernetesJson.Serialize(left.Status) == KubernetesJson.Serialize(right.Status);

    [LoggerMessage(3101, LogLevel.Warning, "machine {Space}/{Name}: the agent refused: {Message}")]
    private static partial void LogRefused(ILogger log, string space, string name, string message);
}
