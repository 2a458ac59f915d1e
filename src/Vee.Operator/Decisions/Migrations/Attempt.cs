using Vee.Api;
using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions.Machines;
using Incarnation = Vee.Protocol.Incarnation;

namespace Vee.Operator.Decisions.Migrations;

/// <summary>An attempt whose record is in the machine's status: agents are told, and followed.</summary>
internal static class Attempt
{
    /// <summary>How often progress is written at most.</summary>
    public static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(30);

    public static MigrationPlan Decide(MigrationInput input, MigrationRecord record)
    {
        var status = Begun(input, record);
        var source = input.AtSource(record.Number);
        if (source is { IsGivenAway: true })
        {
            return Follow(input, status with { Failure = null }, source);
        }

        if (status.Failure is null && GivenUp(input) is { } failure)
        {
            status = status with { Failure = failure };
        }

        if (status.Failure is { } why)
        {
            return Withdraw(input, status, source, why.Message ?? why.Reason);
        }

        return source is { Stage: MigrationStage.Failed }
            ? Withdraw(input, status with { Failure = CauseOf(input, record, source) }, source, "it has failed")
            : source is null ? Tell(input, record, status) : Follow(input, status, source);
    }

    /// <summary>What is said and done after an agent refused a step: the attempt is over.</summary>
    public static MigrationPlan Refused(MigrationInput input, MigrationRecord record, AgentRefusal refusal)
    {
        var isLasting = refusal.Kind is AgentRefusalKind.NotMovable or AgentRefusalKind.InvalidRequest
            or AgentRefusalKind.PortUnavailable or AgentRefusalKind.MachineTypeUnsupported;
        var failure = new MigrationFailure
        {
            Reason = $"{refusal.Kind}",
            Message = StatusText.Cut(refusal.Message, StatusText.MessageLength),
            IsRetryable = !isLasting,
        };
        return Withdraw(input, Begun(input, record) with { Failure = failure }, source: null, refusal.Message);
    }

    /// <summary>Why the source has given it up, which does not know why it was told to.</summary>
    private static MigrationFailure CauseOf(MigrationInput input, MigrationRecord record, MigrationView source) =>
        input.Machine!.Metadata.DeletionTimestamp is not null ? Concluding.MachineGone
        : input.Target is { } target && Incarnation.Proves(target.Incarnation, record.Agent.Incarnation)
            ? new MigrationFailure
            {
                Reason = Reasons.AgentRestarted,
                Message = $"agent {target.Name}, which it was to move to, was started anew",
                IsRetryable = true,
            }
        : source.Failure ?? Unexplained;

    private static MigrationFailure Unexplained { get; } =
        new() { Reason = Reasons.Failed, Message = "the source gave it up without saying why", IsRetryable = true };

    /// <summary>The status of the attempt; one that is new begins without what the one before has left.</summary>
    private static VirtualMachineMigrationStatus Begun(MigrationInput input, MigrationRecord record)
    {
        var status = MigrationDecision.Observed(input);
        if (status.Number == record.Number && status.Phase is not (null or MigrationPhases.Pending))
        {
            return status;
        }

        var choice = PolicyChoice.Of(input);
        return new VirtualMachineMigrationStatus
        {
            ObservedGeneration = status.ObservedGeneration,
            Phase = MigrationPhases.Preparing,
            Number = record.Number,
            Attempts = checked(input.Attempts + 1),
            Source = new MigrationSide
            {
                HostName = input.Machine!.Status!.HostName ?? "",
                Agent = input.Machine.Status.Agent ?? new AgentReference(),
                Instance = input.Machine.Status.Instance ?? 0,
            },
            Target = new MigrationSide
            {
                HostName = record.HostName,
                Agent = record.Agent,
                Instance = record.Instance,
            },
            EffectivePolicy = choice.Settings ?? PolicyChoice.Defaults,
            PolicySource = choice.Source ?? "defaults",
            StartTime = status.StartTime ?? WallTime.WholeSecond(input.Now),
            Conditions = status.Conditions,
        };
    }

    /// <summary>Somebody does not want it any more.</summary>
    private static MigrationFailure? GivenUp(MigrationInput input) =>
        input.IsAbortWanted ? Concluding.AbortFailure : input.IsLate ? Concluding.LateFailure : null;

    /// <summary>The failure is in the status: whoever decides about the machine ends the attempt on agents.</summary>
    private static MigrationPlan Withdraw(
        MigrationInput input, VirtualMachineMigrationStatus status, MigrationView? source, string why) =>
        new()
        {
            Status = WithProgress(input, status, source),
            Conditions = MigrationDecision.Underway(status.Failure!.Reason, $"is being given up: {why}"),
            RequeueAfter = LookAgain,
        };

    /// <summary>First the target, which makes room, then the source, which begins.</summary>
    private static MigrationPlan Tell(
        MigrationInput input, MigrationRecord record, VirtualMachineMigrationStatus status)
    {
        if (MigrationInput.Answering(input.Source, input.Machine!.Status!.Agent) is null)
        {
            return Wait(input, status, $"agent {status.Source!.Agent.Name}, which has the machine, does not answer");
        }

        if (MigrationInput.Answering(input.Target, record.Agent) is not { } target)
        {
            var failure = new MigrationFailure
            {
                Reason = Reasons.AgentUnreachable,
                Message = $"agent {record.Agent.Name}, which it was to move to, does not answer",
                IsRetryable = true,
            };
            return Withdraw(input, status with { Failure = failure }, source: null, failure.Message);
        }

        var isExpected = input.IsExpected
            || target.Find(input.Uid, MigrationRole.Target, record.Number) is not null;
        if (!isExpected && input.StartSpec is null)
        {
            return Wait(input, status, "its program is gone");
        }

        return new MigrationPlan
        {
            Status = status,
            Conditions = MigrationDecision.Underway(
                Reasons.Migrating, isExpected ? "its source is told" : "its target is told"),
            Step = isExpected
                ? new MigrationStep.Migrate(record, status.Source!.Instance, status.EffectivePolicy!)
                : new MigrationStep.Expect(input.StartSpec!, record, status.Source!.HostName),
            RequeueAfter = LookAgain,
        };
    }

    private static MigrationPlan Wait(
        MigrationInput input, VirtualMachineMigrationStatus status, string message) =>
        new()
        {
            Status = status,
            Conditions = MigrationDecision.Underway(Reasons.AgentUnreachable, message),
            RequeueAfter = UntilDeadline(input, LookAgain),
        };

    /// <summary>A wait that does not go beyond the deadline.</summary>
    private static TimeSpan UntilDeadline(MigrationInput input, TimeSpan wait) =>
        input.Deadline is { } deadline && deadline > input.Now && deadline - input.Now < wait
            ? MachineDecision.Positive(deadline - input.Now) : wait;

    private static MigrationPlan Follow(
        MigrationInput input, VirtualMachineMigrationStatus status, MigrationView source)
    {
        var said = status.Escalations?.Count ?? 0;
        var (phase, message) = source.Stage switch
        {
            MigrationStage.Preparing => (MigrationPhases.Preparing, "source and target agree on how"),
            MigrationStage.Copying => (MigrationPhases.Copying, "its pages go while it executes"),
            MigrationStage.Switching or MigrationStage.Ready => (MigrationPhases.Switching, "it stands still"),
            MigrationStage.Offered => (
                MigrationPhases.Switching, "its source has offered it to the target and hears nothing of that"),
            MigrationStage.Granted => (
                MigrationPhases.Committed, "its source has given it away and waits to hear that it executes"),
            _ => (MigrationPhases.Committed, "it executes on the target"),
        };
        var next = WithProgress(input, status with { Phase = phase }, source);
        return new MigrationPlan
        {
            Status = next,
            Conditions = MigrationDecision.Underway(Reasons.Migrating, message),
            RequeueAfter = UntilDeadline(input, ProgressInterval),
            Notes =
            [
                .. (next.Escalations ?? []).Skip(said).Select(
                    e => new MachineNote(false, Reasons.Escalated, $"{e.Step}: {e.Reason}")),
            ],
        };
    }

    /// <summary>With what the source tells, at each change of phase and step of the ladder, else each 5 s.</summary>
    internal static VirtualMachineMigrationStatus WithProgress(
        MigrationInput input, VirtualMachineMigrationStatus status, MigrationView? source)
    {
        if (source?.Progress is not { } progress)
        {
            return status;
        }

        // One that hears nothing of its target has no progress, however often it says so.
        var isSilent = source.Stage is MigrationStage.Offered or MigrationStage.Granted;
        var isNews = status.Phase != input.Status.Phase || source.Escalations.Count > (status.Escalations?.Count ?? 0)
            || status.Progress is not { } last
            || (!isSilent && input.Now.UtcDateTime - last.ObservedAt.ToUniversalTime() >= ProgressInterval);
        return !isNews ? status : status with
        {
            Progress = progress,
            Escalations = source.Escalations.Count == 0 ? null
                : [.. source.Escalations.Take(VirtualMachineMigrationStatus.EscalationsMax)],
            Rounds = source.Rounds.Count == 0 ? null
                : [.. source.Rounds.TakeLast(VirtualMachineMigrationStatus.RoundsMax)],
        };
    }
}
