namespace Vee.Cli.Up;

/// <summary>What runs, for <c>vee down</c>, <c>vee demo</c> and people.</summary>
internal sealed record UpRecord
{
    /// <summary>Whether everything was ready when this was written.</summary>
    public required bool IsReady { get; init; }

    /// <summary>Process id of the supervisor.</summary>
    public required int Supervisor { get; init; }

    /// <summary>What says how to reach the API server.</summary>
    public required string Kubeconfig { get; init; }

    /// <summary>Port of the embedded API server; null with a cluster of the user's.</summary>
    public int? ControlPlanePort { get; init; }

    /// <summary>Where the operator answers /healthz, /readyz and /metrics.</summary>
    public required string OperatorHealth { get; init; }

    public required IReadOnlyList<UpAgent> Agents { get; init; }

    /// <summary>What went wrong, if that ended it.</summary>
    public string? Failure { get; init; }
}

/// <summary>One agent.</summary>
/// <param name="Name">Its name, stable.</param>
/// <param name="Port">Port of 127.0.0.1 for calls.</param>
/// <param name="MetricsPort">Port of 127.0.0.1 for metrics.</param>
internal sealed record UpAgent(string Name, int Port, int MetricsPort);
