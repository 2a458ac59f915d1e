namespace Vee.Hypervisor.Hardware;

/// <summary>What a simulated host is made of. All of it is checked by <see cref="HardwareCheck"/>.</summary>
public sealed record HardwareProfile
{
    /// <summary>The reference capacity of a core, as in Linux (<c>SCHED_CAPACITY_SCALE</c>).</summary>
    public const int CapacityReference = 1024;

    /// <summary>For people.</summary>
    public string Name { get; init; } = "";

    /// <summary>Its cores, a class of equal ones each.</summary>
    public required IReadOnlyList<CoreClass> Cores { get; init; }

    /// <summary>Its last-level caches, each shared by the cores of the classes that name it.</summary>
    public IReadOnlyList<CacheDomain> CacheDomains { get; init; } = [];

    /// <summary>Bytes of memory.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Its network card.</summary>
    public NicProfile Nic { get; init; } = new();

    /// <summary>Its disk.</summary>
    public DiskProfile Disk { get; init; } = new();

    /// <summary>What things cost that the hardware does not show by itself.</summary>
    public CostProfile Costs { get; init; } = new();

    /// <summary>Cores of all classes.</summary>
    public int CoreCount => Cores.Sum(c => c.Count);

    /// <summary>Capacity of all of them together, <see cref="CapacityReference"/> for one like the reference.</summary>
    public int TotalCapacity => Cores.Sum(c => c.Count * c.Capacity);
}

/// <summary>Cores that are equal.</summary>
public sealed record CoreClass
{
    /// <summary>Unique in the host.</summary>
    public required string Name { get; init; }

    /// <summary>How many.</summary>
    public required int Count { get; init; }

    /// <summary>Work in a unit of time, where 1024 is the reference core's; synthetic guests go by it.</summary>
    /// <value>1024</value>
    public int Capacity { get; init; } = HardwareProfile.CapacityReference;

    /// <summary>Cycles in a microsecond; machines go by it.</summary>
    /// <value>1000</value>
    public int FrequencyMHz { get; init; } = 1000;

    /// <summary>Cycles of an instruction by the name of its class; others as in <c>CostModel.InOrder</c>.</summary>
    public IReadOnlyDictionary<string, int> CyclesPerInstruction { get; init; } = new Dictionary<string, int>();

    /// <summary>Name of the last-level cache that its cores share; null for none.</summary>
    public string? CacheDomain { get; init; }
}

/// <summary>A last-level cache.</summary>
/// <param name="Name">Unique in the host.</param>
/// <param name="Bytes">Its size.</param>
public sealed record CacheDomain(string Name, long Bytes);

/// <summary>A network card: one queue out, drained at its bandwidth.</summary>
public sealed record NicProfile
{
    /// <summary>Bits in a second of virtual time, each way.</summary>
    /// <value>1 Gbit/s</value>
    public long BandwidthBitsPerSecond { get; init; } = 1_000_000_000;

    /// <summary>Bytes that may wait to be sent; what does not fit is lost.</summary>
    /// <value>1 MiB</value>
    public long QueueBytes { get; init; } = 1 << 20;
}

/// <summary>A disk: requests one after another at its speed, then the latency, which overlaps.</summary>
public sealed record DiskProfile
{
    /// <summary>Bytes in a second of virtual time.</summary>
    /// <value>500 MB/s</value>
    public long BytesPerSecond { get; init; } = 500_000_000;

    /// <summary>Requests in a second at most.</summary>
    /// <value>100000</value>
    public long OperationsPerSecond { get; init; } = 100_000;

    /// <summary>What each request takes beyond that, nanoseconds.</summary>
    /// <value>80 µs</value>
    public long LatencyNanoseconds { get; init; } = 80_000;
}

/// <summary>A duration and where it is from.</summary>
/// <param name="Nanoseconds">Of a core of the reference capacity where it is work, else of time.</param>
/// <param name="Source">A measurement, paper or data sheet; or <c>assumed</c>.</param>
public sealed record Cost(long Nanoseconds, string Source = Cost.Assumed)
{
    /// <summary>The source of what nobody has measured.</summary>
    public const string Assumed = "assumed";

    /// <summary>Nothing at all.</summary>
    public static Cost Free { get; } = new(0);
}

/// <summary>What things cost.</summary>
public sealed record CostProfile
{
    /// <summary>A core turns from one vCPU to another.</summary>
    public Cost ContextSwitch { get; init; } = Cost.Free;

    /// <summary>A vCPU begins on another core than it ran on: caches and TLB fill anew.</summary>
    public Cost VcpuMigration { get; init; } = Cost.Free;

    /// <summary>Host work on one page, by what is done to it: a codec's name, <c>copy</c>, <c>digest</c>, ...</summary>
    public IReadOnlyDictionary<string, Cost> PerPage { get; init; } = new Dictionary<string, Cost>();
}
