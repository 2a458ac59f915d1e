namespace Vee.Cli.Up;

/// <summary>What the user asked of <c>vee up</c>.</summary>
internal sealed record UpSettings
{
    public required int AgentCount { get; init; }

    /// <summary>A cluster of the user's; null for the embedded API server.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Memory that each agent has for hosts, as <c>vee agent --memory</c> takes it.</summary>
    public required string AgentMemory { get; init; }

    public required int AgentCores { get; init; }
}
