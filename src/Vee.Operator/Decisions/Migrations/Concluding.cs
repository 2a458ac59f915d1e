using Vee.Api;
using Vee.Api.Migrations;
using Vee.Operator.Decisions.Machines;
using Incarnation = Vee.Protocol.Incarnation;

namespace Vee.Operator.Decisions.Migrations;

/// <summary>From an attempt whose record is gone to the next one, or the end.</summary>
internal static class Concluding
{
    /// <summary>
    /// When probes are asked what they have seen: hosts tell of them each 10 s, and the blackout is in it by then.
    /// </summary>
    public static readonly TimeSpan ProbesAfter = TimeSpan.FromSeconds(15);

    /// <summary>How long a source may keep silent about the end of what its target has told to be done.</summary>
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BackOffMax = TimeSpan.FromHours(1);

    public static MigrationFailure AbortFailure { get; } =
        new() { Reason = Reasons.Aborted, Message = "spec.abort asks that it be given up", IsRetryable = false };

    public static MigrationFailure LateFailure { get; } = new()
    {
        Reason = Reasons.DeadlineExceeded,
        Message = "it was not done within spec.deadlineWallSeconds",
        IsRetryable = false,
    };

    public static MigrationFailure MachineGone { get; } =
        new() { Reason = Reasons.MachineGone, Message = "the machine was deleted meanwhile" };

    public static MigrationPlan Decide(MigrationInput input) =>
        HasMoved(input) ? Moved(input) : NotMoved(input);

    public static MigrationPlan Aborted(MigrationInput input) => End(input, AbortFailure, MigrationPhases.Aborted);

    public static MigrationPlan Late(MigrationInput input) => End(input, LateFailure, MigrationPhases.Failed);

    public static MigrationPlan Failed(MigrationInput input, string reason, string message) => End(
        input,
        new MigrationFailure
        {
            Reason = reason,
            Message = StatusText.Cut(message, StatusText.MessageLength),
            IsRetryable = false,
        },
        MigrationPhases.Failed);

    /// <summary>Nothing follows but what probes have seen.</summary>
    public static MigrationPlan AfterTheEnd(MigrationInput input)
    {
        var plan = new MigrationPlan { Status = MigrationDecision.Observed(input), Conditions = [] };
        if (input.Status is not { Result: { Probes: null } result, CompletionTime: { } end } || input.Probes.Count == 0)
        {
            return plan;
        }

        var due = end.ToUniversalTime() + ProbesAfter;
        return due > input.Now.UtcDateTime
            ? plan with { RequeueAfter = MachineDecision.Positive(due - input.Now.UtcDateTime) }
            : plan with { Status = plan.Status with { Result = result with { Probes = input.Probes } } };
    }

    /// <summary>Whether the claim is the one that the record was for.</summary>
    private static bool HasMoved(MigrationInput input) =>
        input.Machine?.Status is { } status && input.Status.Target is { } target
        && status.Instance == target.Instance && status.Agent?.Name == target.Agent.Name;

    /// <summary>The machine is on the target; its source tells how it was, when it has given all of it.</summary>
    private static MigrationPlan Moved(MigrationInput input)
    {
        var (number, target) = (input.Status.Number!.Value, input.Status.Target!);
        var reachable = MigrationInput.Answering(input.Source, input.Status.Source!.Agent);
        var source = reachable?.Find(input.Uid, MigrationRole.Source, number);
        var atTarget = MigrationInput.Answering(input.Target, target.Agent)?.Find(
            input.Uid, MigrationRole.Target, number);
        var status = Attempt.WithProgress(
            input,
            MigrationDecision.Observed(input) with { Failure = null, Phase = MigrationPhases.Committed }, source);
        if (atTarget is { Stage: MigrationStage.Failed, Failure: { } lost })
        {
            return End(input, lost, MigrationPhases.Failed);
        }

        if (atTarget is { Stage: MigrationStage.Fetching } && (input.IsSourceOutOfService || IsSourceGone(input)))
        {
            return new MigrationPlan
            {
                Status = status,
                Conditions = MigrationDecision.Underway(
                    Reasons.MachineLost, $"host {FormerHost(input)} is gone, and had pages of the machine"),
                Step = new MigrationStep.LosePages(number, target.Agent),
                RequeueAfter = LookAgain,
            };
        }

        var isTold = source is { Stage: MigrationStage.Done };
        if (!isTold && (source is not null || reachable is null) && !IsSourceGone(input) && !IsSilent(input, atTarget))
        {
            return new MigrationPlan
            {
                Status = status,
                Conditions = MigrationDecision.Underway(
                    Reasons.Migrating,
                    atTarget is { Stage: MigrationStage.Fetching }
                        ? $"executes on host {target.HostName}; pages follow it from host {FormerHost(input)}"
                        : $"executes on host {target.HostName}; waits for its source to tell that all has been taken"),
                RequeueAfter = LookAgain,
            };
        }

        var message = isTold && source!.Result is { } told
            ? $"stood still for {told.DowntimeVirtualUs / 1000.0:0.###} ms of virtual time"
            : "its source did not tell how it was";
        return new MigrationPlan
        {
            Status = status with
            {
                Phase = MigrationPhases.Succeeded,
                Result = source?.Result,
                CompletionTime = WallTime.WholeSecond(input.Now),
            },
            Conditions = MigrationDecision.Succeeded($"executes on host {target.HostName}; {message}"),
            RequeueAfter = ProbesAfter,
            Notes = [new(false, Reasons.Migrated, $"Executes on host {target.HostName}; {message}")],
        };
    }

    private static string FormerHost(MigrationInput input) => input.Status.Source?.HostName ?? "";

    /// <summary>Whether the agent that the machine has left was started anew: nobody knows how it was.</summary>
    private static bool IsSourceGone(MigrationInput input) => input.Source is { } agent
        && input.Status.Source is { } source && Incarnation.Proves(agent.Incarnation, source.Agent.Incarnation);

    /// <summary>Whether the target has had all of it for so long that the source will not tell any more.</summary>
    private static bool IsSilent(MigrationInput input, MigrationView? target) =>
        target is { Stage: MigrationStage.Done }
        && (input.Status.Progress?.ObservedAt ?? input.Status.StartTime) is { } last
        && input.Now.UtcDateTime - last.ToUniversalTime() >= SilenceMax;

    private static MigrationPlan NotMoved(MigrationInput input)
    {
        var failure = input.Status.Failure ?? Cause(input);
        var retry = input.Status.EffectivePolicy?.Retry ?? PolicyChoice.Defaults.Retry!;
        if (!failure.IsRetryable || input.Attempts >= (retry.Attempts ?? 1) || input.IsAbortWanted || input.IsLate)
        {
            return End(
                input, failure,
                failure.Reason == Reasons.Aborted ? MigrationPhases.Aborted : MigrationPhases.Failed);
        }

        var first = TimeSpan.FromSeconds(retry.BackOffWallSeconds ?? 0);
        var wait = TimeSpan.FromTicks(Math.Min(
            BackOffMax.Ticks, checked(first.Ticks << Math.Clamp(input.Attempts - 1, 0, 10))));
        var due = WallTime.WholeSecondAfter(input.Now + wait);
        return new MigrationPlan
        {
            Status = MigrationDecision.Observed(input) with
            {
                Phase = MigrationPhases.Pending,
                Failure = failure,
                RetryAfter = due,
            },
            Conditions = MigrationDecision.Underway(
                Reasons.Retrying, $"tried again at {due:HH:mm:ss} UTC; the last attempt: {failure.Message}"),
            RequeueAfter = MachineDecision.Positive(due - input.Now.UtcDateTime),
            Notes = [new(true, failure.Reason, $"Attempt {input.Attempts} failed: {failure.Message}")],
        };
    }

    /// <summary>Why the attempt came to nothing, where its status does not say.</summary>
    private static MigrationFailure Cause(MigrationInput input)
    {
        var said = MigrationInput.Answering(input.Source, input.Status.Source?.Agent)
            ?.Find(input.Uid, MigrationRole.Source, input.Status.Number ?? 0)?.Failure;
        var last = input.Machine?.Status?.LastTermination;
        return input.Machine is not { Metadata.DeletionTimestamp: null }
            ? MachineGone
            : last?.Message is { } message
                && (last.Instance == input.Status.Source?.Instance || last.Instance == input.Status.Target?.Instance)
                ? new MigrationFailure { Reason = Reasons.MachineLost, Message = message }
            : said is null && IsSourceGone(input) ? new MigrationFailure
            {
                Reason = Reasons.MachineLost,
                Message = $"agent {input.Source!.Name}, which had the machine, was started anew: what it held is gone",
            }
            : said ?? new MigrationFailure
            {
                Reason = Reasons.Failed,
                Message = "the machine was stopped before it had moved",
            };
    }

    private static MigrationPlan End(MigrationInput input, MigrationFailure failure, string phase) => new()
    {
        Status = MigrationDecision.Observed(input) with
        {
            Phase = phase,
            Failure = failure,
            RetryAfter = null,
            CompletionTime = WallTime.WholeSecond(input.Now),
        },
        Conditions = MigrationDecision.Failed(failure.Reason, failure.Message ?? failure.Reason),
        Notes = [new(phase != MigrationPhases.Aborted, failure.Reason, failure.Message ?? failure.Reason)],
    };
}
