using System.ComponentModel.DataAnnotations;
using Vee.Api.Schema;

namespace Vee.Api.SimulatedHosts;

/// <summary>What a host is to be.</summary>
public sealed record SimulatedHostSpec
{
    /// <summary>Its simulated hardware. Cannot be changed while the host is bound to an agent.</summary>
    [Required]
    public HardwareSpec Hardware { get; init; } = new();

    /// <summary>Labels that the agent must have. Any agent if not given.</summary>
    [MaxLength(16)]
    [Items(MaxLength = 63, Pattern = Patterns.LabelValue)]
    [Rule(Patterns.LabelKeysRule, Patterns.LabelKeysMessage)]
    public IReadOnlyDictionary<string, string>? AgentSelector { get; init; }

    /// <summary>Keeps new machines away; those that run stay. False if not given.</summary>
    public bool? Unschedulable { get; init; }

    /// <summary>
    /// States that the host's agent is gone for good, which nobody but you can know while it does not answer: its
    /// machines are then started elsewhere. The host is bound anew when this is taken back. False if not given.
    /// </summary>
    public bool? OutOfService { get; init; }
}

/// <summary>Simulated hardware.</summary>
public sealed record HardwareSpec
{
    /// <summary>Its cores, a group of equal ones each.</summary>
    [Required]
    [Length(1, 8)]
    [ListMapKey("name")]
    public IReadOnlyList<CoreGroup> Cores { get; init; } = [];

    /// <summary>Its memory.</summary>
    [Required]
    public HostMemory Memory { get; init; } = new();
}

/// <summary>Cores that are equal.</summary>
public sealed record CoreGroup
{
    /// <summary>Name of the group, unique in the host.</summary>
    [Required]
    [Length(1, 63)]
    [RegularExpression(Patterns.Label)]
    public string Name { get; init; } = "";

    /// <summary>How many.</summary>
    [Required]
    [Range(1, 256)]
    public int Count { get; init; }

    /// <summary>Cycles in a microsecond of virtual time. 1000 if not given.</summary>
    [Range(1, 10000)]
    public int? FrequencyMHz { get; init; }
}

/// <summary>Memory of a host.</summary>
public sealed record HostMemory
{
    /// <summary>Size, 1Mi to 1024Gi, for example 4Gi.</summary>
    [Required]
    [Length(3, 12)]
    [RegularExpression(Patterns.MemorySize)]
    [Rule("isQuantity(self) && quantity(self).compareTo(quantity('1Mi')) >= 0 && "
        + "quantity(self).compareTo(quantity('1024Gi')) <= 0",
        "memory must be 1Mi to 1024Gi")]
    public string Size { get; init; } = "";
}
