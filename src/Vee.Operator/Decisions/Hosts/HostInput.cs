using Vee.Api;
using Vee.Api.SimulatedHosts;

namespace Vee.Operator.Decisions.Hosts;

/// <summary>Everything that a decision about a host rests on, gathered before it is made.</summary>
internal sealed record HostInput
{
    public required SimulatedHost Host { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>Every agent that was seen.</summary>
    public required IReadOnlyList<AgentView> Agents { get; init; }

    /// <summary>Bytes of memory of the other hosts that are bound to each agent, by its name.</summary>
    public required IReadOnlyDictionary<string, long> BoundBytes { get; init; }

    /// <summary>What the machines that are placed on the host have of it.</summary>
    public required HostAllocation Allocated { get; init; }

    /// <summary>The machines that are placed on it, as namespace/name.</summary>
    public required IReadOnlyList<string> Machines { get; init; }

    public SimulatedHostSpec Spec => Host.Spec;

    public SimulatedHostStatus Status => Host.Status ?? new SimulatedHostStatus();

    public string Uid => Host.Metadata.Uid;

    public bool IsDeleting => Host.Metadata.DeletionTimestamp is not null;

    public long MemoryBytes => MemorySize.ToBytes(Spec.Hardware.Memory.Size);

    public int CoreCount => Spec.Hardware.Cores.Sum(c => c.Count);
}
