using Vee.Protocol;
using Engine = Vee.Hypervisor.Migration;

namespace Vee.Agent.Services;

/// <summary>From messages to how machines are to be moved; whatever is outside the bounds is refused.</summary>
internal static class MigrationRequests
{
    private const int StepsMax = 16;
    private const int ReasonCharactersMax = 64;
    private const int MessageCharactersMax = 1024;

    internal static ulong Number(ulong migration) =>
        migration != 0 ? migration : throw Refused.Invalid("migration must not be 0");

    internal static Engine.MigrationOptions Options(MigrationOptions asked)
    {
        var standard = new Engine.MigrationOptions();
        var without = asked.Without ?? new MigrationAblation();
        var options = standard with
        {
            Mode = Mode(asked.Mode),
            Codec = asked.Codec.Length > 0 ? asked.Codec : standard.Codec,
            BitsPerSecondMax = asked.BitsPerSecondMax,
            DowntimeMax = Given(asked.DowntimeMaxVirtualNs, standard.DowntimeMax),
            CompletionTimeout = Given(asked.CompletionTimeoutVirtualNs, standard.CompletionTimeout),
            ProgressTimeout = Given(asked.ProgressTimeoutVirtualNs, standard.ProgressTimeout),
            PostCopyMax = Given(asked.PostCopyMaxVirtualNs, standard.PostCopyMax),
            StreamCount = (int)Given(asked.StreamCount, standard.StreamCount),
            Ladder = asked.Ladder is { } ladder ? Ladder(ladder) : standard.Ladder,
            KeepsBaseImages = !without.BaseImages,
            SendsColdFirst = !without.ColdFirst,
            HoldsBackHot = !without.HoldBack,
            SendsColumns = !without.Columns,
            GrantsAhead = !without.GrantAhead,
        };
        return options.Defects() is { Count: > 0 } defects
            ? throw Refused.Invalid($"options.{string.Join("; options.", defects)}") : options;
    }

    internal static Engine.MigrationFailure Failure(MigrationFailure failure) => new(
        Checked.Text("target_failure.reason", failure.Reason, ReasonCharactersMax),
        Checked.Text("target_failure.message", failure.Message, MessageCharactersMax), failure.IsRetryable);

    private static long Given(long asked, long standard) => asked == 0 ? standard : asked;

    private static Engine.MigrationMode Mode(MigrationMode mode) => mode switch
    {
        MigrationMode.Default or MigrationMode.PreCopy => Engine.MigrationMode.PreCopy,
        MigrationMode.StopAndCopy => Engine.MigrationMode.StopAndCopy,
        MigrationMode.PostCopy => Engine.MigrationMode.PostCopy,
        MigrationMode.Hybrid => Engine.MigrationMode.Hybrid,
        _ => throw Refused.Invalid($"options.mode: there is no mode {mode}"),
    };

    private static Engine.EscalationStep[] Ladder(MigrationLadder ladder)
    {
        Checked.Count("options.ladder.steps", ladder.Steps.Count, StepsMax);
        return [.. ladder.Steps.Select(Step)];
    }

    private static Engine.EscalationStep Step(EscalationStep step) => step switch
    {
        EscalationStep.SmallerCodec => Engine.EscalationStep.SmallerCodec,
        EscalationStep.MoreStreams => Engine.EscalationStep.MoreStreams,
        EscalationStep.DirtyLimit => Engine.EscalationStep.DirtyLimit,
        EscalationStep.PostCopy => Engine.EscalationStep.PostCopy,
        EscalationStep.Abort => Engine.EscalationStep.Abort,
        _ => throw Refused.Invalid($"options.ladder: there is no step {step}"),
    };
}
