namespace Vee.Cli.Cluster;

/// <summary>Which cluster and namespace a command is about, as its user said it.</summary>
internal sealed record ClusterTarget
{
    /// <summary>Null: what the environment says.</summary>
    public string? KubeconfigFile { get; init; }

    /// <summary>Null: the current one of the kubeconfig.</summary>
    public string? Context { get; init; }

    /// <summary>Null: that of the context, or <c>default</c>.</summary>
    public string? Namespace { get; init; }

    /// <summary>What a request may take; null for the command's own default.</summary>
    public TimeSpan? Timeout { get; init; }
}
