using Vee.Api;
using Vee.Api.Migrations;
using Vee.Operator.Decisions.Migrations;
using Vee.Protocol;
using MigrationRole = Vee.Operator.Decisions.Migrations.MigrationRole;
using Wire = Vee.Protocol;

namespace Vee.Operator.Mapping;

/// <summary>What agents are told of migrations, and what they tell.</summary>
internal static class MigrationMapping
{
    private const int FormsMax = 32;
    private const long NanosecondsPerMicrosecond = 1_000;
    private const long NanosecondsPerMillisecond = 1_000_000;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>What the source is told of how to go about it.</summary>
    /// <param name="settings">None left out.</param>
    public static MigrationOptions ToOptions(MigrationSettings settings)
    {
        var options = new MigrationOptions
        {
            Mode = settings.Mode switch
            {
                MigrationModes.StopAndCopy => MigrationMode.StopAndCopy,
                MigrationModes.PostCopy => MigrationMode.PostCopy,
                MigrationModes.Hybrid => MigrationMode.Hybrid,
                _ => MigrationMode.PreCopy,
            },
            Codec = settings.Codec ?? "",
            BitsPerSecondMax = settings.Bandwidth is { } bandwidth ? Amounts.BitsPerSecond(bandwidth) : 0,
            DowntimeMaxVirtualNs = (settings.MaxDowntimeVirtualMs ?? 0) * NanosecondsPerMillisecond,
            CompletionTimeoutVirtualNs = (settings.CompletionTimeoutVirtualSeconds ?? 0) * NanosecondsPerSecond,
            ProgressTimeoutVirtualNs = (settings.ProgressTimeoutVirtualSeconds ?? 0) * NanosecondsPerSecond,
            PostCopyMaxVirtualNs = (settings.PostCopyMaxVirtualSeconds ?? 0) * NanosecondsPerSecond,
            StreamCount = settings.Streams ?? 0,
            Without = new MigrationAblation
            {
                BaseImages = settings.Without?.BaseImages ?? false,
                ColdFirst = settings.Without?.ColdFirst ?? false,
                HoldBack = settings.Without?.HoldBack ?? false,
                Columns = settings.Without?.Columns ?? false,
                GrantAhead = settings.Without?.GrantAhead ?? false,
            },
        };
        if (settings.Ladder is { } steps)
        {
            options.Ladder = new MigrationLadder { Steps = { steps.Select(Enum.Parse<EscalationStep>) } };
        }

        return options;
    }

    public static MigrationView ToView(this MigrationState state, DateTimeOffset now) => new()
    {
        Number = (long)state.Migration,
        Uid = state.Uid,
        Instance = state.Instance,
        Role = state.Role switch
        {
            Wire.MigrationRole.Source => MigrationRole.Source,
            Wire.MigrationRole.Target => MigrationRole.Target,
            _ => throw new InvalidDataException($"migration {state.Migration} has role {state.Role}, which is none"),
        },
        Stage = ToStage(state),
        Failure = state.Failure is { } failure ? ToApi(failure) : null,
        Progress = state.Progress is { } progress ? ToApi(progress, now) : null,
        Escalations = [.. (state.Progress?.Escalations ?? []).Select(ToApi)],
        Rounds = [.. (state.Progress?.LastRounds ?? []).Select(ToApi)],
        Result = state.Result is { } result ? ToApi(result) : null,
    };

    public static Wire.MigrationFailure ToWire(this Api.Migrations.MigrationFailure failure) => new()
    {
        Reason = failure.Reason,
        Message = failure.Message ?? "",
        IsRetryable = failure.IsRetryable,
    };

    private static MigrationStage ToStage(MigrationState state) => state.Phase switch
    {
        MigrationPhase.Preparing => MigrationStage.Preparing,
        MigrationPhase.Copying => MigrationStage.Copying,
        MigrationPhase.Switching => MigrationStage.Switching,
        MigrationPhase.Ready => MigrationStage.Ready,
        MigrationPhase.Offered => MigrationStage.Offered,
        MigrationPhase.Granted => MigrationStage.Granted,
        MigrationPhase.Fetching => MigrationStage.Fetching,
        MigrationPhase.Done => MigrationStage.Done,
        MigrationPhase.Failed => MigrationStage.Failed,
        _ => throw new InvalidDataException($"migration {state.Migration} has phase {state.Phase}, which is none"),
    };

    private static Api.Migrations.MigrationFailure ToApi(Wire.MigrationFailure failure) => new()
    {
        Reason = StatusText.Cut(failure.Reason, StatusText.WordLength)!,
        Message = StatusText.Cut(failure.Message, StatusText.MessageLength),
        IsRetryable = failure.IsRetryable,
    };

    private static Api.Migrations.MigrationProgress ToApi(Wire.MigrationProgress progress, DateTimeOffset now) => new()
    {
        ObservedAt = Decisions.WallTime.WholeSecond(now),
        ElapsedVirtualMs = progress.ElapsedVirtualNs / NanosecondsPerMillisecond,
        Rounds = progress.Rounds,
        PagesTotal = progress.PagesTotal,
        PagesRemaining = progress.PagesRemaining,
        PagesSent = progress.PagesSent,
        HotPagesHeld = progress.HotPagesHeld,
        BytesSent = progress.BytesSent,
        BytesRaw = progress.BytesRaw,
        BitsPerVirtualSecond = progress.BitsPerSecond,
        DirtyPagesPerVirtualSecond = progress.DirtyPagesPerSecond,
        DowntimeExpectedVirtualUs = ExpectedUs(progress.DowntimeExpectedVirtualNs),
        DirtyLimitPagesPerVirtualSecond = progress.DirtyLimitPagesPerSecond > 0
            ? progress.DirtyLimitPagesPerSecond : null,
        ThrottleMaxVirtualMs = progress.DirtyLimitPagesPerSecond > 0
            ? progress.ThrottleVirtualNs.DefaultIfEmpty().Max() / NanosecondsPerMillisecond : null,
    };

    /// <summary>Agents say "never" of what they cannot tell yet, which is more than the API takes.</summary>
    private static long ExpectedUs(long downtimeNs) => Math.Min(
        downtimeNs / NanosecondsPerMicrosecond, Api.Migrations.MigrationProgress.DowntimeUnknownUs);

    private static EscalationStatus ToApi(Escalation escalation) => new()
    {
        Step = escalation.Step.ToString(),
        AtVirtualMs = escalation.AtVirtualNs / NanosecondsPerMillisecond,
        Reason = StatusText.Cut(escalation.Reason, StatusText.MessageLength),
    };

    private static FormStatus ToApi(FormCount form) =>
        new() { Form = form.Form, Pages = form.Pages, Bytes = form.Bytes };

    private static RoundStatus ToApi(RoundReport round) => new()
    {
        Round = round.Round,
        BegunVirtualMs = round.BegunVirtualNs / NanosecondsPerMillisecond,
        DurationVirtualMs = round.DurationVirtualNs / NanosecondsPerMillisecond,
        Pages = round.Pages,
        Bytes = round.Bytes,
        DirtyPagesAfter = round.DirtyPagesAfter,
        DowntimeExpectedVirtualUs = ExpectedUs(round.DowntimeExpectedVirtualNs),
    };

    private static MigrationOutcome ToApi(MigrationResult result) => new()
    {
        TotalVirtualMs = result.TotalVirtualNs / NanosecondsPerMillisecond,
        TotalWallMs = result.TotalWallNs / NanosecondsPerMillisecond,
        DowntimeVirtualUs = result.DowntimeVirtualNs / NanosecondsPerMicrosecond,
        DowntimeWallMs = result.DowntimeWallNs / NanosecondsPerMillisecond,
        DowntimePredictedVirtualUs = result.DowntimePredictedVirtualNs / NanosecondsPerMicrosecond,
        DowntimeBoundVirtualUs = result.DowntimeBoundVirtualNs / NanosecondsPerMicrosecond,
        DrainVirtualUs = result.DrainVirtualNs / NanosecondsPerMicrosecond,
        FinalMemoryVirtualUs = result.FinalMemoryVirtualNs / NanosecondsPerMicrosecond,
        StateVirtualUs = result.StateVirtualNs / NanosecondsPerMicrosecond,
        VerifyVirtualUs = result.VerifyVirtualNs / NanosecondsPerMicrosecond,
        GrantVirtualUs = result.GrantVirtualNs / NanosecondsPerMicrosecond,
        ResumeVirtualUs = result.ResumeVirtualNs / NanosecondsPerMicrosecond,
        EncodeVirtualMs = result.EncodeVirtualNs / NanosecondsPerMillisecond,
        StateBytes = result.StateBytes,
        FinalBytes = result.FinalBytes,
        BaseEvictions = result.BaseEvictions,
        RootDigest = result.RootDigest.IsEmpty
            ? null : Convert.ToHexStringLower(result.RootDigest.Span),
        Forms = result.Forms.Count == 0 ? null
            : [.. result.Forms.Take(FormsMax).Select(ToApi)],
        PostCopy = result.PostCopy is { } followed ? ToApi(followed) : null,
    };

    private static PostCopyOutcome ToApi(PostCopyResult followed) => new()
    {
        DurationVirtualUs = followed.DurationVirtualNs / NanosecondsPerMicrosecond,
        Pages = followed.Pages,
        Bytes = followed.Bytes,
        Faults = followed.Faults,
        WaitMedianVirtualUs = followed.WaitMedianVirtualNs / NanosecondsPerMicrosecond,
        WaitPercentile99VirtualUs = followed.WaitPercentile99VirtualNs / NanosecondsPerMicrosecond,
        WaitMaxVirtualUs = followed.WaitMaxVirtualNs / NanosecondsPerMicrosecond,
        WaitTotalVirtualUs = followed.WaitTotalVirtualNs / NanosecondsPerMicrosecond,
        Mismatches = followed.Mismatches,
    };
}
