using Vee.Operator.Agents;

namespace Vee.Operator;

/// <summary>What the operator is told when it starts.</summary>
public sealed record OperatorOptions
{
    /// <summary>Where agents listen, as <c>host:port</c>, at most 1000.</summary>
    public required IReadOnlyList<string> AgentAddresses { get; init; }

    /// <summary>What the operator shows to agents and demands of them.</summary>
    public required AgentCredentials Credentials { get; init; }

    /// <summary>This instance, as events and the lease name it.</summary>
    public required string Instance { get; init; }

    /// <summary>Namespace of the lease that makes one of several operators the one that acts.</summary>
    /// <value>Default: null, no other operator can run.</value>
    public string? LeaseNamespace { get; init; }

    /// <summary>Port on loopback of health checks and metrics; 0 picks one.</summary>
    public int HealthPort { get; init; }

    /// <summary>Told where they are served, once they are.</summary>
    public Action<Uri>? HealthServed { get; init; }
}
