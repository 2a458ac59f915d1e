using Google.Protobuf;
using Vee.Agent.Guests;
using Vee.Protocol;
using Engine = Vee.Hypervisor.Migration;
using Wire = Vee.Protocol;

namespace Vee.Agent.Services;

/// <summary>From migrations to messages.</summary>
internal static class MigrationReports
{
    private const long NanosecondsPerMillisecond = 1_000_000;

    internal static MigrationState Of(MigrationView view) => new()
    {
        Migration = view.Number,
        Uid = view.Uid,
        Instance = view.Instance,
        Role = (Wire.MigrationRole)view.Role,
        Phase = Phase(view.Report.Phase),
        Failure = view.Report.Failure is { } failure ? Failure(failure) : null,
        Progress = Progress(view.Report),
        Result = view.Report.Result is { } result ? Result(view, result) : null,
        BegunAtWallMs = view.BegunAtWallMs,
        EndedAtWallMs = view.EndedAtWallMs,
    };

    private static MigrationPhase Phase(Engine.MigrationPhase phase) => phase switch
    {
        Engine.MigrationPhase.Preparing => MigrationPhase.Preparing,
        Engine.MigrationPhase.Copying => MigrationPhase.Copying,
        Engine.MigrationPhase.Switching => MigrationPhase.Switching,
        Engine.MigrationPhase.Ready => MigrationPhase.Ready,
        Engine.MigrationPhase.Offered => MigrationPhase.Offered,
        Engine.MigrationPhase.Granted => MigrationPhase.Granted,
        Engine.MigrationPhase.PostCopying => MigrationPhase.Fetching,
        Engine.MigrationPhase.Done => MigrationPhase.Done,
        Engine.MigrationPhase.Failed => MigrationPhase.Failed,
        _ => throw new ArgumentOutOfRangeException(nameof(phase), phase, "there is no such phase"),
    };

    private static MigrationFailure Failure(Engine.MigrationFailure failure) => new()
    {
        Reason = failure.Reason,
        Message = failure.Message,
        IsRetryable = failure.IsRetryable,
    };

    private static MigrationProgress Progress(Engine.MigrationReport report) => new()
    {
        Rounds = report.RoundCount,
        ElapsedVirtualNs = report.Elapsed,
        PagesTotal = report.PagesTotal,
        PagesRemaining = report.PagesRemaining,
        PagesSent = report.PagesSent,
        BytesSent = report.BytesSent,
        BytesRaw = report.PagesSent * Vee.Hypervisor.Pages.PageFormat.PageBytes,
        BitsPerSecond = report.BitsPerSecond,
        DirtyPagesPerSecond = report.DirtyPagesPerSecond,
        DowntimeExpectedVirtualNs = report.DowntimeExpected,
        HotPagesHeld = report.HotPagesHeld,
        DirtyLimitPagesPerSecond = report.DirtyLimit,
        ThrottleVirtualNs = { report.Dirtying.Select(vcpu => vcpu.ThrottleTime) },
        Escalations = { report.Escalations.Select(Step) },
        LastRounds = { report.Rounds.Select(Round) },
    };

    private static Escalation Step(Engine.Escalation step) => new()
    {
        Step = step.Step switch
        {
            Engine.EscalationStep.SmallerCodec => EscalationStep.SmallerCodec,
            Engine.EscalationStep.MoreStreams => EscalationStep.MoreStreams,
            Engine.EscalationStep.DirtyLimit => EscalationStep.DirtyLimit,
            Engine.EscalationStep.PostCopy => EscalationStep.PostCopy,
            Engine.EscalationStep.Abort => EscalationStep.Abort,
            _ => throw new ArgumentOutOfRangeException(nameof(step), step.Step, "there is no such step"),
        },
        AtVirtualNs = step.At,
        Reason = step.Reason,
    };

    private static RoundReport Round(Engine.RoundReport round) => new()
    {
        Round = round.Number,
        BegunVirtualNs = round.Begun,
        DurationVirtualNs = round.Duration,
        Pages = round.Pages,
        Bytes = round.Bytes,
        DirtyPagesAfter = round.DirtyAfter,
        DowntimeExpectedVirtualNs = round.DowntimeExpected,
    };

    private static MigrationResult Result(MigrationView view, Engine.MigrationResult result) => new()
    {
        TotalVirtualNs = result.Total,
        DowntimeVirtualNs = result.Downtime,
        DrainVirtualNs = result.Drain,
        FinalMemoryVirtualNs = result.FinalMemory,
        StateVirtualNs = result.State,
        VerifyVirtualNs = result.Verify,
        GrantVirtualNs = result.Grant,
        ResumeVirtualNs = result.Resume,
        DowntimeWallNs = view.StillWallNs,
        TotalWallNs = (view.EndedAtWallMs - view.BegunAtWallMs) * NanosecondsPerMillisecond,
        DowntimePredictedVirtualNs = result.DowntimePredicted,
        DowntimeBoundVirtualNs = result.DowntimeBound,
        StateBytes = result.StateBytes,
        FinalBytes = result.FinalBytes,
        RootDigest = ByteString.CopyFrom([.. result.RootDigest]),
        Forms =
        {
            result.Forms.OrderBy(form => form.Key).Select(form => new FormCount
            {
                Form = form.Key.ToString(),
                Pages = form.Value.Pages,
                Bytes = form.Value.Bytes,
            }),
        },
        EncodeVirtualNs = result.EncodeTime,
        BaseEvictions = result.BasesMissed,
        PostCopy = result.PostCopy is { } followed ? PostCopy(followed) : null,
    };

    private static PostCopyResult PostCopy(Engine.PostCopyReport report) => new()
    {
        DurationVirtualNs = report.Duration,
        Pages = report.Pages,
        Bytes = report.Bytes,
        Faults = report.Faults.Count,
        WaitMedianVirtualNs = report.Faults.WaitMedian,
        WaitPercentile99VirtualNs = report.Faults.WaitPercentile99,
        WaitMaxVirtualNs = report.Faults.WaitMax,
        WaitTotalVirtualNs = report.Faults.WaitTotal,
        Mismatches = report.Faults.Mismatches,
    };
}
