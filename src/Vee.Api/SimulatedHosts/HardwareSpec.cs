using System.ComponentModel.DataAnnotations;
using Vee.Api.Schema;

namespace Vee.Api.SimulatedHosts;

/// <summary>Simulated hardware.</summary>
[Rule("self.cores.all(c, !has(c.cacheDomain) || (has(self.cacheDomains) && "
    + "self.cacheDomains.exists(d, d.name == c.cacheDomain)))",
    "the cacheDomain of a core group must be the name of one of cacheDomains", FieldPath = ".cores")]
public sealed record HardwareSpec
{
    /// <summary>Its cores, a group of equal ones each.</summary>
    [Required]
    [Length(1, 8)]
    [ListMapKey("name")]
    public IReadOnlyList<CoreGroup> Cores { get; init; } = [];

    /// <summary>
    /// Its last-level caches, each shared by the cores of the groups that name it. None if not given.
    /// </summary>
    [MaxLength(64)]
    [ListMapKey("name")]
    public IReadOnlyList<CacheDomain>? CacheDomains { get; init; }

    /// <summary>Its memory.</summary>
    [Required]
    public HostMemory Memory { get; init; } = new();

    /// <summary>Its network card.</summary>
    public NicSpec? Nic { get; init; }

    /// <summary>Its disk.</summary>
    public DiskSpec? Disk { get; init; }

    /// <summary>What things cost that the hardware does not show by itself.</summary>
    public CostsSpec? Costs { get; init; }
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

    /// <summary>Work in a unit of time, where 1024 is the reference core's. 1024 if not given.</summary>
    [Range(1, 65536)]
    public int? Capacity { get; init; }

    /// <summary>
    /// Cycles of an instruction by the name of its class, for example Multiply. As an in-order core has them if not
    /// given.
    /// </summary>
    [MaxLength(32)]
    [Items(Minimum = 1, Maximum = 10000)]
    [Rule(Patterns.NameKeysRule, "a class of instructions has a name of 1 to 63 characters")]
    public IReadOnlyDictionary<string, int>? CyclesPerInstruction { get; init; }

    /// <summary>Name of the last-level cache that its cores share. None if not given.</summary>
    [Length(1, 63)]
    [RegularExpression(Patterns.Label)]
    public string? CacheDomain { get; init; }
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

/// <summary>A last-level cache.</summary>
public sealed record CacheDomain
{
    /// <summary>Name of the cache, unique in the host.</summary>
    [Required]
    [Length(1, 63)]
    [RegularExpression(Patterns.Label)]
    public string Name { get; init; } = "";

    /// <summary>Size, 1Ki to 1024Gi, for example 32Mi.</summary>
    [Required]
    [Length(3, 12)]
    [Rule(Patterns.SizeRule, Patterns.SizeMessage)]
    public string Size { get; init; } = "";
}

/// <summary>A network card: one queue out, drained at its bandwidth.</summary>
public sealed record NicSpec
{
    /// <summary>
    /// Bits in a second of virtual time, each way, for example 10Gbit, 999Tbit at most. 1Gbit if not given.
    /// </summary>
    [Length(4, 20)]
    [Rule(Patterns.BandwidthRule, Patterns.BandwidthMessage)]
    public string? Bandwidth { get; init; }

    /// <summary>What may wait to be sent, 1Ki to 1024Gi; what does not fit is lost. 1Mi if not given.</summary>
    [Length(3, 12)]
    [Rule(Patterns.SizeRule, Patterns.SizeMessage)]
    public string? Queue { get; init; }
}

/// <summary>A disk: requests one after another at its speed, then the latency, which overlaps.</summary>
public sealed record DiskSpec
{
    /// <summary>Bytes in a second of virtual time, for example 500M/s, 999T/s at most. 500M/s if not given.</summary>
    [Length(3, 18)]
    [Rule("self.matches('^[1-9]([0-9]{0,14}|[0-9]{0,11}(k|Ki)|[0-9]{0,8}(M|Mi)|[0-9]{0,5}(G|Gi)|[0-9]{0,2}(T|Ti))/s$')",
        "bandwidth is 1/s to 999T/s: a whole number, k, M, G, T, Ki, Mi, Gi or Ti if needed, and /s")]
    public string? Bandwidth { get; init; }

    /// <summary>Requests in a second of virtual time at most. 100000 if not given.</summary>
    [Range(1, 1_000_000_000)]
    public int? OperationsPerSecond { get; init; }

    /// <summary>What each request takes beyond that, 0 to 60s of virtual time. 80us if not given.</summary>
    [Length(1, 12)]
    [Rule(Patterns.TimeRule + " && duration(self) <= duration('60s')",
        "a latency of a disk is 0 to 60s: a whole number and ns, us, ms or s")]
    public string? Latency { get; init; }
}

/// <summary>What things cost that the hardware does not show by itself. Nothing for what is not given.</summary>
public sealed record CostsSpec
{
    /// <summary>A core turns from one vCPU to another.</summary>
    public CostSpec? ContextSwitch { get; init; }

    /// <summary>A vCPU begins on another core than it ran on: caches and TLB fill anew.</summary>
    public CostSpec? VcpuMigration { get; init; }

    /// <summary>Work of the host on one page of memory, by what is done to it.</summary>
    [MaxLength(64)]
    [Rule(Patterns.NameKeysRule, "what is done to a page has a name of 1 to 63 characters")]
    public IReadOnlyDictionary<string, CostSpec>? PerPage { get; init; }
}

/// <summary>A cost and where it is from.</summary>
public sealed record CostSpec
{
    /// <summary>Time of a core of the reference capacity, 0 to 1s, for example 2us.</summary>
    [Required]
    [Length(1, 12)]
    [Rule(Patterns.TimeRule + " && duration(self) <= duration('1s')",
        "a cost is 0 to 1s: a whole number and ns, us, ms or s")]
    public string Time { get; init; } = "";

    /// <summary>A measurement, paper or data sheet; or "assumed", which it is if not given.</summary>
    [Length(1, 253)]
    public string? Source { get; init; }
}
