namespace Vee.Agent;

/// <summary>What one agent is told when it starts.</summary>
public sealed record AgentOptions
{
    /// <summary>Stable across restarts; two running agents never share one.</summary>
    public required string Name { get; init; }

    /// <summary>Bytes that the memories of all its hosts may have together.</summary>
    public required long MemoryBytesMax { get; init; }

    /// <summary>Cores of this computer that its machines may use.</summary>
    public required int CoreCount { get; init; }
}
