using Vee.Api;
using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions.Machines;

namespace Vee.Operator.Decisions.Migrations;

/// <summary>
/// Finds out who has a machine that moves, and ends what has to be ended, so that there are never two.
/// </summary>
/// <remarks>
/// Pure: the same input gives the same plan. As long as the record is there, no other instance is started.
/// docs/migration.md and docs/decisions/0036-who-has-a-migrating-machine.md say why.
/// </remarks>
internal static class Handover
{
    // What a target says that has had the machine, and not all of its pages.
    private const string PagesLost = "PagesLost";

    private static readonly MigrationFailure GivenUp =
        new() { Reason = Reasons.Failed, Message = "the target gave it up without saying why", IsRetryable = true };

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    public static MachinePlan Decide(MachineInput input, MigrationRecord record)
    {
        var target = TargetState.Of(input, record);
        if (target is TargetState.Known { Machine: not null })
        {
            return Move(input, record);
        }

        var source = SourceMigration(input, record);
        return InstanceState.Of(input) switch
        {
            InstanceState.Present when source?.Stage == MigrationStage.Offered => Offered(input, record, target),
            InstanceState.Present present when IsGivenAway(present.Machine, source) =>
                GivenAway(input, record, target),
            _ when input.DeletedInstance == record.Instance => Clear(input, record),
            InstanceState.Unknown unknown => Unknown(input, record, unknown.Message),
            InstanceState.Present present when source?.Stage == MigrationStage.Failed =>
                EndTarget(input, record, target, present.Machine, source.Failure?.Message ?? "it has failed"),
            // The source is asked first, whatever its view says: it may have given it away meanwhile.
            InstanceState.Present present when WhyNot(input, record, target, present.Machine) is { } why =>
                source is null && input.IsSourceUnaware
                    ? EndTarget(input, record, target, present.Machine, why)
                    : Act(input, record, present.Machine, why, new MachineStep.CancelAtSource(record.Number)),
            InstanceState.Present present => Moving(input, record, present.Machine),
            _ => EndTarget(input, record, target, machine: null, "its source is gone"),
        };
    }

    /// <summary>What the source says of the migration; null when it knows nothing of it, or does not answer.</summary>
    private static MigrationView? SourceMigration(MachineInput input, MigrationRecord record) =>
        input.Agent is { IsReachable: true } agent && agent.Incarnation == input.Status.Agent?.Incarnation
            ? agent.Find(input.Machine.Metadata.Uid, MigrationRole.Source, record.Number) : null;

    private static bool IsGivenAway(MachineView machine, MigrationView? source) =>
        source?.IsGivenAway ?? machine.Phase == MachinePhase.GivenAway;

    /// <summary>Why it is not to move; null when nothing speaks against it.</summary>
    private static string? WhyNot(
        MachineInput input, MigrationRecord record, TargetState target, MachineView machine) =>
        target is TargetState.Gone gone ? gone.Message
        : input.IsDeleting ? "the machine is being deleted"
        : !input.IsWanted ? "the spec asks for Halted"
        : input.RestartRequest is not null ? "a restart was asked for"
        : machine.Phase == MachinePhase.Ended ? "the machine has ended"
        : input.IsHostOutOfService ? $"host {input.Status.HostName} is out of service"
        : input.Migration is not { Metadata.DeletionTimestamp: null } migration
            || !MigrationNumber.IsOf(record, migration) ? $"the migration {record.Name} was deleted"
        : migration.Status is { Failure: { } failure } status && status.Number == record.Number
            ? failure.Message ?? failure.Reason
        : null;

    /// <summary>The target executes it: the claim follows, and the source's instance is superseded.</summary>
    private static MachinePlan Move(MachineInput input, MigrationRecord record) => new()
    {
        Status = MachineDecision.Observed(input) with
        {
            HostName = record.HostName,
            Agent = record.Agent,
            Instance = record.Instance,
            Migration = null,
            Ports = null,
        },
        Conditions = MachineConditions.Settled(
            "Running", Reasons.Running, $"executes on host {record.HostName}", running: true, record.HostName),
        IsClaim = true,
        Notes =
        [
            new(false, Reasons.Migrated,
                $"Moved from host {input.Status.HostName} to {record.HostName} as instance {record.Instance}"),
        ],
    };

    /// <summary>Only the source has it, and nothing can come at the target any more.</summary>
    private static MachinePlan Clear(MachineInput input, MigrationRecord record) => new()
    {
        Status = MachineDecision.Observed(input) with { Migration = null },
        Conditions = MachineDecision.Underway(
            input, "Running", Reasons.Running, $"does not move to host {record.HostName}"),
        IsClaim = true,
    };

    /// <summary>The target has it, if all of it came there, or has given it up, or is yet to be asked.</summary>
    private static MachinePlan Offered(MachineInput input, MigrationRecord record, TargetState target) =>
        target switch
        {
            TargetState.Unknown unknown => Unknown(input, record, unknown.Message),
            TargetState.Gone gone => Waiting(
                input, record, $"was offered to host {record.HostName}, and {gone.Message}",
                new MachineStep.SettleAtSource(record.Number, WhyGivenUp: null)),
            TargetState.Known { Migration: { Stage: MigrationStage.Failed } failed } => Waiting(
                input, record, $"host {record.HostName} has given it up",
                // One that has lost its pages has had it.
                new MachineStep.SettleAtSource(
                    record.Number, failed.Failure?.Reason == PagesLost ? null : failed.Failure ?? GivenUp)),
            TargetState.Known { Migration.Stage: MigrationStage.Done or MigrationStage.Fetching } => Waiting(
                input, record, $"executes on host {record.HostName}, which has not told of it yet", step: null),
            TargetState.Known { Migration: null } when input.IsTargetUnaware => Waiting(
                input, record, $"host {record.HostName} knows nothing of it any more",
                new MachineStep.SettleAtSource(record.Number, WhyGivenUp: null)),
            _ => Waiting(
                input, record, $"was offered to host {record.HostName}, which is asked whether it has it",
                new MachineStep.SettleAtTarget(record.Number)),
        };

    /// <summary>The source never executes it again: the target has it, or will, or it is lost.</summary>
    private static MachinePlan GivenAway(MachineInput input, MigrationRecord record, TargetState target) =>
        target switch
        {
            TargetState.Gone gone => Lost(input, record, gone.Message),
            _ when input.DeletedInstance == record.Instance =>
                Lost(input, record, "the agent there has no place for it any more"),
            TargetState.Unknown unknown => Unknown(input, record, unknown.Message),
            TargetState.Known { Migration.Stage: MigrationStage.Ready } => Waiting(
                input, record, "its source has given it away; the target is told so",
                new MachineStep.SettleAtTarget(record.Number)),
            TargetState.Known { Migration: null or { Stage: MigrationStage.Failed } } =>
                EndTarget(input, record, target, machine: null, "the target has not got it"),
            _ => Waiting(input, record, $"about to execute on host {record.HostName}", step: null),
        };

    private static MachinePlan Lost(MachineInput input, MigrationRecord record, string why)
    {
        var plan = Ending.Release(
            input, EndReasons.Lost, $"was given to host {record.HostName}, and {why}: it is lost", isFailure: true);
        return plan with { Status = plan.Status with { Migration = null } };
    }

    /// <summary>
    /// Makes sure that the machine never comes at the target. A target that was granted it refuses to give it up; one
    /// that has given it up, or knows nothing, is told that the instance is gone: whatever comes late finds no place.
    /// </summary>
    private static MachinePlan EndTarget(
        MachineInput input, MigrationRecord record, TargetState target, MachineView? machine, string why) =>
        target switch
        {
            TargetState.Gone => Clear(input, record),
            // To delete n + 1 there would delete n, which it has, too; and it knows that n + 1 was given up.
            TargetState.Known { Migration.Stage: MigrationStage.Failed }
                when machine is not null && IsOneAgent(input, record) => Clear(input, record),
            TargetState.Unknown unknown when machine is null => Unknown(input, record, unknown.Message),
            TargetState.Unknown unknown => Act(input, record, machine, $"{why}; {unknown.Message}", step: null),
            TargetState.Known { Migration.Stage: not MigrationStage.Failed } or TargetState.Known { Migration: null }
                when !input.IsTargetUnaware => Act(
                    input, record, machine, why, new MachineStep.CancelAtTarget(record.Number)),
            _ => Act(input, record, machine, why, new MachineStep.DeleteAtTarget(record.Instance)),
        };

    /// <summary>Whether both hosts are one agent's.</summary>
    private static bool IsOneAgent(MachineInput input, MigrationRecord record) =>
        input.Status.Agent is { } claim && claim.Name == record.Agent.Name
        && claim.Incarnation == record.Agent.Incarnation;

    /// <summary>It executes on the source and its pages go.</summary>
    private static MachinePlan Moving(MachineInput input, MigrationRecord record, MachineView machine)
    {
        var plan = MachineDecision.Settled(input, machine);
        return plan with
        {
            Conditions = plan.Conditions with
            {
                PrintableStatus = "Migrating",
                Migrating = new(
                    ConditionTypes.Migrating, ConditionDraft.True, Reasons.Migrating,
                    $"moves from host {input.Status.HostName} to {record.HostName} ({record.Name})"),
            },
        };
    }

    private static MachinePlan Act(
        MachineInput input, MigrationRecord record, MachineView? machine, string why, MachineStep? step)
    {
        if (machine is null || machine.Phase == MachinePhase.Ended || input.IsDeleting)
        {
            return Waiting(input, record, $"does not move to host {record.HostName}: {why}", step);
        }

        var plan = Moving(input, record, machine);
        return plan with
        {
            Conditions = plan.Conditions with
            {
                Migrating = plan.Conditions.Migrating with { Message = $"the migration is given up: {why}" },
            },
            Step = step,
            RequeueAfter = Soon,
        };
    }

    /// <summary>Nobody executes it for a moment.</summary>
    private static MachinePlan Waiting(MachineInput input, MigrationRecord record, string message, MachineStep? step) =>
        new()
        {
            Status = MachineDecision.Observed(input),
            Conditions = MachineDecision.Underway(
                input, input.IsDeleting ? "Deleting" : "Migrating", Reasons.Migrating, message) with
            {
                Migrating = new(
                    ConditionTypes.Migrating, ConditionDraft.True, Reasons.Migrating, $"{message} ({record.Name})"),
            },
            Step = step,
            RequeueAfter = Soon,
        };

    /// <summary>Whether it executes, and where, only an agent that does not answer can say.</summary>
    private static MachinePlan Unknown(MachineInput input, MigrationRecord record, string message) =>
        MachineDecision.Wait(input, MachineConditions.Unreachable(message, MachineDecision.HostOf(input)) with
        {
            Migrating = new(
                ConditionTypes.Migrating, ConditionDraft.Unknown, Reasons.OutcomeUnknown,
                $"may be on host {input.Status.HostName} or {record.HostName}: {message}"),
        });
}
