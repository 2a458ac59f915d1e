using System.Collections.ObjectModel;
using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;

namespace Vee.Operator.Decisions.Migrations;

/// <summary>The settings that hold for a migration and where they come from, or why there are none.</summary>
internal sealed record PolicyChoice
{
    /// <summary>What holds where nobody says anything.</summary>
    public static MigrationSettings Defaults { get; } = new()
    {
        Mode = MigrationModes.PreCopy,
        Codec = MigrationCodecs.Vee,
        MaxDowntimeVirtualMs = 300,
        CompletionTimeoutVirtualSeconds = 0,
        ProgressTimeoutVirtualSeconds = 150,
        PostCopyMaxVirtualSeconds = 60,
        Streams = 1,
        Ladder = [EscalationSteps.SmallerCodec, EscalationSteps.MoreStreams, EscalationSteps.Abort],
        Retry = new RetrySpec { Attempts = 3, BackOffWallSeconds = 10 },
        Without = new AblationSpec
        {
            BaseImages = false,
            ColdFirst = false,
            HoldBack = false,
            Columns = false,
            GrantAhead = false,
        },
    };

    /// <summary>None left out but bandwidth, which is then all of the link; null when there are none.</summary>
    public MigrationSettings? Settings { get; private init; }

    /// <summary>Where they come from, as the status says it.</summary>
    public string? Source { get; private init; }

    /// <summary>Why there are none.</summary>
    public string? Message { get; private init; }

    public static PolicyChoice Of(MigrationInput input)
    {
        if (input.Spec.Policy is { } inline)
        {
            return new PolicyChoice { Settings = Complete(inline), Source = "inline" };
        }

        if (input.Spec.PolicyName is { } name)
        {
            return input.Policies.FirstOrDefault(p => p.Metadata.Name == name) is { } named
                ? Of(named) : new PolicyChoice { Message = $"there is no policy {name}" };
        }

        return Best(input.Machine!, input.Policies) is { } best
            ? Of(best) : new PolicyChoice { Settings = Defaults, Source = "defaults" };
    }

    /// <summary>The policy of the greatest priority that selects a machine; of equals, the first by name.</summary>
    public static MigrationPolicy? Best(VirtualMachine machine, IEnumerable<MigrationPolicy> policies) => policies
        .Where(p => Selects(p, machine))
        .OrderByDescending(PriorityOf).ThenBy(p => p.Metadata.Name, StringComparer.Ordinal).FirstOrDefault();

    /// <summary>Whether a policy is about a machine of its namespace.</summary>
    public static bool Selects(MigrationPolicy policy, VirtualMachine machine) =>
        policy.Metadata.NamespaceProperty == machine.Metadata.NamespaceProperty
        && policy.Metadata.DeletionTimestamp is null
        && (policy.Spec.Selector ?? ReadOnlyDictionary<string, string>.Empty).All(
            label => machine.Metadata.Labels is { } labels
                && labels.TryGetValue(label.Key, out var value) && value == label.Value);

    public static int PriorityOf(MigrationPolicy policy) => policy.Spec.Priority ?? 0;

    private static PolicyChoice Of(MigrationPolicy policy) =>
        new() { Settings = Complete(policy.Spec), Source = $"policy/{policy.Metadata.Name}" };

    /// <summary>With what holds where nothing is said.</summary>
    private static MigrationSettings Complete(MigrationSettings given) => new()
    {
        Mode = given.Mode ?? Defaults.Mode,
        Codec = given.Codec ?? Defaults.Codec,
        Bandwidth = given.Bandwidth,
        MaxDowntimeVirtualMs = given.MaxDowntimeVirtualMs ?? Defaults.MaxDowntimeVirtualMs,
        CompletionTimeoutVirtualSeconds =
            given.CompletionTimeoutVirtualSeconds ?? Defaults.CompletionTimeoutVirtualSeconds,
        ProgressTimeoutVirtualSeconds = given.ProgressTimeoutVirtualSeconds ?? Defaults.ProgressTimeoutVirtualSeconds,
        PostCopyMaxVirtualSeconds = given.PostCopyMaxVirtualSeconds ?? Defaults.PostCopyMaxVirtualSeconds,
        Streams = given.Streams ?? Defaults.Streams,
        Ladder = given.Ladder ?? Defaults.Ladder,
        Retry = new RetrySpec
        {
            Attempts = given.Retry?.Attempts ?? Defaults.Retry!.Attempts,
            BackOffWallSeconds = given.Retry?.BackOffWallSeconds ?? Defaults.Retry!.BackOffWallSeconds,
        },
        Without = new AblationSpec
        {
            BaseImages = given.Without?.BaseImages ?? false,
            ColdFirst = given.Without?.ColdFirst ?? false,
            HoldBack = given.Without?.HoldBack ?? false,
            Columns = given.Without?.Columns ?? false,
            GrantAhead = given.Without?.GrantAhead ?? false,
        },
    };
}
