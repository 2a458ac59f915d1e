using Vee.Api.SimulatedHosts;

namespace Vee.Operator.Decisions.Hosts;

/// <summary>The one thing to do next on the host's agent.</summary>
internal enum HostStep
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Make the host, or find it as it is.</summary>
    Create,

    /// <summary>Remove the host.</summary>
    Delete,
}

/// <summary>What is to be said and done.</summary>
internal sealed record HostPlan
{
    /// <summary>The whole status as it is to be, conditions apart.</summary>
    public required SimulatedHostStatus Status { get; init; }

    public required IReadOnlyList<ConditionDraft> Conditions { get; init; }

    /// <summary>
    /// Whether the status binds or unbinds: it is then written only if the object is still the one that was read, and
    /// before anything else is done.
    /// </summary>
    public bool IsBinding { get; init; }

    public HostStep Step { get; init; }

    /// <summary>When to look again although nothing happens.</summary>
    public TimeSpan? RequeueAfter { get; init; }

    /// <summary>Whether nothing of the host is left, so that the object may go.</summary>
    public bool IsFinalized { get; init; }
}
