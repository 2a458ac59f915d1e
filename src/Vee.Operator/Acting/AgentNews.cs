using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Machines;

namespace Vee.Operator.Acting;

/// <summary>What an agent has just said that its view does not show.</summary>
/// <param name="DeletedInstance">The instance that can never execute again there.</param>
/// <param name="IsTargetUnaware">Whether the agent that a machine moves to knows nothing of that.</param>
internal readonly record struct AgentNews(long? DeletedInstance, bool IsTargetUnaware)
{
    public static readonly AgentNews None;

    public static AgentNews Of(MachineStep step, StepOutcome outcome) => (step, outcome) switch
    {
        (MachineStep.Delete delete, { Refusal: null }) => new(delete.Instance, false),
        (MachineStep.DeleteAtTarget delete, { Refusal: null }) => new(delete.Instance, false),
        (MachineStep.CancelAtTarget, { Refusal.Kind: AgentRefusalKind.UnknownMigration }) => new(null, true),
        _ => None,
    };
}
