using Vee.Api;
using Vee.Api.Migrations;

namespace Vee.Operator.Decisions.Migrations;

/// <summary>Decides the one next step of a migration, and what its status says.</summary>
/// <remarks>
/// Pure: the same input gives the same plan. Who has the machine is decided elsewhere, by <see cref="Handover"/>; a
/// migration that is to be given up only says so in its failure.
/// </remarks>
internal static class MigrationDecision
{
    public static MigrationPlan Decide(MigrationInput input) => input switch
    {
        _ when MigrationPhases.IsFinal(input.Status.Phase) => Concluding.AfterTheEnd(input),
        { Record: { } record } => Attempt.Decide(input, record),
        _ when input.Status.Phase is null or MigrationPhases.Pending => Preparing.Decide(input),
        _ => Concluding.Decide(input),
    };

    /// <summary>A status that says what it said, of this generation.</summary>
    internal static VirtualMachineMigrationStatus Observed(MigrationInput input) =>
        input.Status with { ObservedGeneration = input.Migration.Metadata.Generation };

    /// <summary>On its way.</summary>
    internal static IReadOnlyList<ConditionDraft> Underway(string reason, string message) =>
        Conditions(ConditionDraft.False, reason, message, isReconciling: true, isStalled: false);

    internal static IReadOnlyList<ConditionDraft> Succeeded(string message) =>
        Conditions(ConditionDraft.True, Reasons.Migrated, message, isReconciling: false, isStalled: false);

    internal static IReadOnlyList<ConditionDraft> Failed(string reason, string message) =>
        Conditions(ConditionDraft.False, reason, message, isReconciling: false, isStalled: true);

    private static IReadOnlyList<ConditionDraft> Conditions(
        string ready, string reason, string message, bool isReconciling, bool isStalled) =>
    [
        new(ConditionTypes.Ready, ready, reason, message),
        AbnormalWhenTrue(ConditionTypes.Reconciling, isReconciling, reason, message),
        AbnormalWhenTrue(ConditionTypes.Stalled, isStalled, reason, message),
    ];

    private static ConditionDraft AbnormalWhenTrue(string type, bool isTrue, string reason, string message) => new(
        type, isTrue ? ConditionDraft.True : ConditionDraft.False, isTrue ? reason : Reasons.AsSpecified,
        isTrue ? message : "");
}
