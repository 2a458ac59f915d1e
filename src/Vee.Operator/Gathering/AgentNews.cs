namespace Vee.Operator.Gathering;

/// <summary>What an agent has just said that its view does not show.</summary>
/// <param name="DeletedInstance">The instance that can never execute again there.</param>
/// <param name="IsTargetUnaware">Whether the agent that a machine moves to knows nothing of that.</param>
internal readonly record struct AgentNews(long? DeletedInstance, bool IsTargetUnaware)
{
    public static readonly AgentNews None;
}
