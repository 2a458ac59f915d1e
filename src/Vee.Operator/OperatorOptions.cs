namespace Vee.Operator;

/// <summary>What the operator is told when it starts.</summary>
public sealed record OperatorOptions
{
    /// <summary>Where agents listen, as <c>host:port</c>.</summary>
    public required IReadOnlyList<string> AgentAddresses { get; init; }
}
