using System.ComponentModel.DataAnnotations;
using k8s.Models;
using Vee.Api.Schema;
using Vee.Api.VirtualMachines;

namespace Vee.Api.SimulatedHosts;

/// <summary>What a host is.</summary>
public sealed record SimulatedHostStatus
{
    /// <summary>The generation of the spec that this status is about.</summary>
    [Range(0, Bounds.Integer)]
    public long? ObservedGeneration { get; init; }

    /// <summary>The agent that it is bound to.</summary>
    public AgentReference? Agent { get; init; }

    /// <summary>What it has.</summary>
    public HostCapacity? Capacity { get; init; }

    /// <summary>What machines have of it.</summary>
    public HostAllocation? Allocated { get; init; }

    /// <summary>Memory that no machine has, for people.</summary>
    [MaxLength(StatusText.WordLength)]
    public string? Free { get; init; }

    /// <summary>The rack that it was last planned to be in: those whose line of virtual time it shares.</summary>
    public HostRack? Rack { get; init; }

    /// <summary>What its probes have seen since they began, written each 10 s.</summary>
    [MaxLength(32)]
    [ListMapKey("name")]
    public IReadOnlyList<ProbeStatus>? Probes { get; init; }

    /// <summary>How its own tasks have fared since they began, written each 10 s.</summary>
    [MaxLength(32)]
    [ListMapKey("name")]
    public IReadOnlyList<HostTaskStatus>? Tasks { get; init; }

    /// <summary>Bound, Ready, Linked, Equipped, TimeLag, Reconciling and Stalled.</summary>
    [MaxLength(16)]
    [ListMapKey("type")]
    public IReadOnlyList<V1Condition>? Conditions { get; init; }
}

/// <summary>What a host has.</summary>
public sealed record HostCapacity
{
    /// <summary>Cores of all groups.</summary>
    [Required]
    [Range(0, 2048)]
    public int Cores { get; init; }

    /// <summary>Memory in bytes.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long MemoryBytes { get; init; }
}

/// <summary>What machines have of a host.</summary>
public sealed record HostAllocation
{
    /// <summary>Machines placed on it.</summary>
    [Required]
    [Range(0, int.MaxValue)]
    public int Machines { get; init; }

    /// <summary>Their virtual processors.</summary>
    [Required]
    [Range(0, int.MaxValue)]
    public int Vcpus { get; init; }

    /// <summary>Their memory in bytes.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long MemoryBytes { get; init; }
}

/// <summary>A plan of a rack, as its agents are told it. Written before they are.</summary>
public sealed record HostRack
{
    /// <summary>Hosts that a rack has at most.</summary>
    public const int HostsMax = 4096;

    /// <summary>Of the rack: the uid of the host in it that has been there for longest.</summary>
    [Required]
    [MaxLength(StatusText.WordLength)]
    public string Uid { get; init; } = "";

    /// <summary>
    /// Number of the plan. Each plan of a rack has a greater one, and that of a host never becomes less; agents refuse
    /// older ones (a fencing token).
    /// </summary>
    [Required]
    [Range(0, int.MaxValue)]
    public int Generation { get; init; }

    /// <summary>Identifies hosts, agents and links of the plan.</summary>
    [Required]
    [MaxLength(StatusText.WordLength)]
    public string Plan { get; init; } = "";

    /// <summary>Hosts of the plan; 1 for a host that is alone again.</summary>
    [Required]
    [Range(0, HostsMax)]
    public int Hosts { get; init; }
}
