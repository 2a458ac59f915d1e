namespace Vee.Operator.Gathering;

/// <summary>What agents have said in this visit that their views do not show.</summary>
internal readonly record struct AgentNews
{
    public static readonly AgentNews None;

    /// <summary>The instance that can never execute again on the agent that was asked last.</summary>
    public long? DeletedInstance { get; init; }

    /// <summary>Whether the agent that has the machine knows nothing of its migration.</summary>
    public bool IsSourceUnaware { get; init; }

    /// <summary>Whether the agent that it moves to knows nothing of that.</summary>
    public bool IsTargetUnaware { get; init; }
}
