using System.ComponentModel.DataAnnotations;
using Vee.Api.Schema;

namespace Vee.Api.SimulatedHosts;

/// <summary>Work of a host itself (dom0), which competes with machines for its cores.</summary>
public sealed record HostWorkSpec
{
    /// <summary>Tasks at a time. 1 if not given.</summary>
    [Range(1, 256)]
    public int? Vcpus { get; init; }

    /// <summary>Its share of cores against machines'. 256 if not given.</summary>
    [Range(1, 65535)]
    public int? Weight { get; init; }

    /// <summary>Hundredths of a core that it has at most; 0 for no limit. 0 if not given.</summary>
    [Range(0, 204800)]
    public int? CapPercent { get; init; }

    /// <summary>What it does again and again.</summary>
    [Required]
    [Length(1, 32)]
    [ListMapKey("name")]
    public IReadOnlyList<HostTaskSpec> Tasks { get; init; } = [];
}

/// <summary>Work that comes again and again.</summary>
[Rule("has(self.cpu) != has(self.pages)", "a task has either cpu or pages")]
public sealed record HostTaskSpec
{
    /// <summary>Name of the task, unique in the host.</summary>
    [Required]
    [Length(1, 63)]
    [RegularExpression(Patterns.Label)]
    public string Name { get; init; } = "";

    /// <summary>From when it is done until it comes again, 1us to 3600s of virtual time.</summary>
    [Required]
    [Length(2, 12)]
    [Rule(Patterns.TimeRule + " && duration(self) >= duration('1us') && duration(self) <= duration('3600s')",
        "a pause is 1us to 3600s: a whole number and us, ms or s")]
    public string Pause { get; init; } = "";

    /// <summary>How much it is: time of a core of the reference capacity, 1us to 3600s.</summary>
    [Length(2, 12)]
    [Rule(Patterns.TimeRule + " && duration(self) >= duration('1us') && duration(self) <= duration('3600s')",
        "cpu is 1us to 3600s: a whole number and us, ms or s")]
    public string? Cpu { get; init; }

    /// <summary>How much it is: something that is done to pages of memory.</summary>
    public PageWorkSpec? Pages { get; init; }
}

/// <summary>Something that is done to pages of memory.</summary>
public sealed record PageWorkSpec
{
    /// <summary>What: one of the hardware's costs.perPage.</summary>
    [Required]
    [Length(1, 63)]
    public string What { get; init; } = "";

    /// <summary>To how many.</summary>
    [Required]
    [Range(1, 1_000_000_000)]
    public int Count { get; init; }
}
