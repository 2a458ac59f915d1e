using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Probes;
using Vee.Hypervisor.Racks;
using Vee.Hypervisor.Randomness;
using Vee.Hypervisor.Scheduling;
using Vee.Machines.Networking;

namespace Vee.Hypervisor.Scenarios;

/// <summary>Hosts, what runs on them, and for how long: an experiment that a seed makes definite.</summary>
public sealed record Scenario
{
    /// <summary>For people.</summary>
    public required string Name { get; init; }

    /// <summary>Nanoseconds that are simulated first and not measured.</summary>
    public required long Warmup { get; init; }

    /// <summary>Nanoseconds that are measured after that.</summary>
    public required long Duration { get; init; }

    /// <summary>Hosts, which have nothing to do with one another but by links.</summary>
    public required IReadOnlyList<ScenarioHost> Hosts { get; init; }

    /// <summary>Links between them.</summary>
    public IReadOnlyList<RackLink> Links { get; init; } = [];

    /// <summary>Machines on all hosts.</summary>
    public int MachineCount => Hosts.SelectMany(host => host.Guests)
        .Sum(guest => guest.Load is MachineLoad ? guest.Count ?? 1 : 0);

    /// <summary>The programs of all machines, each once, in the order of the scenario.</summary>
    public IReadOnlyList<ScenarioProgram> Programs =>
    [
        .. Hosts.SelectMany(host => host.Guests).Select(guest => guest.Load).OfType<MachineLoad>()
            .Select(machine => machine.Program).DistinctBy(program => (program.Name, program.Sha256)),
    ];
}

/// <summary>A host of a scenario.</summary>
public sealed record ScenarioHost
{
    /// <summary>Unique in the scenario.</summary>
    public required string Name { get; init; }

    /// <summary>What it is made of.</summary>
    public required HardwareProfile Hardware { get; init; }

    /// <summary>Who decides what its cores do.</summary>
    public required SchedulerChoice Scheduler { get; init; }

    /// <summary>Its own work, which it does beside its guests; null for none.</summary>
    public ScenarioGuest? HostWork { get; init; }

    /// <summary>What runs on it.</summary>
    public required IReadOnlyList<ScenarioGuest> Guests { get; init; }

    /// <summary>The host's own work and its guests, in the order in which they come to it.</summary>
    internal IEnumerable<ScenarioGuest> Everybody => HostWork is null ? Guests : Guests.Prepend(HostWork);
}

/// <summary>A scheduler and a value for each of its options.</summary>
/// <param name="Kind">The scheduler.</param>
/// <param name="Settings">By the options' names.</param>
public sealed record SchedulerChoice(SchedulerKind Kind, IReadOnlyDictionary<string, long> Settings)
{
    /// <summary>A new scheduler.</summary>
    public IVcpuScheduler Create() => Kind.Create(Settings);
}

/// <summary>One guest of a host, or several that are equal.</summary>
public sealed record ScenarioGuest
{
    /// <summary>Name of the one, or what comes before the number in the names of several.</summary>
    public required string Name { get; init; }

    /// <summary>How many; null for one without a number in its name.</summary>
    public int? Count { get; init; }

    /// <summary>vCPUs of each.</summary>
    /// <value>1</value>
    public int VcpuCount { get; init; } = 1;

    /// <summary>Share of each.</summary>
    public GuestShare Share { get; init; } = new();

    /// <summary>What it does.</summary>
    public required GuestLoad Load { get; init; }

    /// <summary>The names of all, in order.</summary>
    public IReadOnlyList<string> Names => Count is { } count
        ? [.. Enumerable.Range(0, count).Select(index => $"{Name}-{index}")]
        : [Name];
}

/// <summary>What a guest does.</summary>
public abstract record GuestLoad
{
    private protected GuestLoad()
    {
    }

    /// <summary>Its address in the rack; null for none.</summary>
    internal virtual uint? OwnAddress => null;

    /// <summary>Memory of its host that it takes.</summary>
    internal virtual long MemoryBytes => 0;

    /// <summary>Whether it needs cores.</summary>
    internal virtual bool HasVcpus => OwnAddress is null;

    /// <summary>A new guest that does it.</summary>
    /// <param name="vcpuCount">Its vCPUs.</param>
    /// <param name="random">Random numbers of its own, for what it is made of.</param>
    internal abstract IGuest Create(int vcpuCount, RandomStream random);

    /// <summary>It serves jobs.</summary>
    /// <param name="Sources">A class of jobs each.</param>
    /// <param name="Memory">How it writes to its memory meanwhile; null for not at all.</param>
    public sealed record Jobs(IReadOnlyList<JobSource> Sources, DirtyProfile? Memory = null) : GuestLoad
    {
        internal override long MemoryBytes => (Memory?.FootprintPages ?? 0) * DirtyProfile.PageBytes;

        internal override IGuest Create(int vcpuCount, RandomStream random) =>
            new JobServer(vcpuCount, Sources, Memory);
    }

    /// <summary>It sends numbered datagrams and sees which come back.</summary>
    /// <param name="Address">Its own.</param>
    /// <param name="Target">Who answers.</param>
    /// <param name="Bytes">Of a datagram.</param>
    /// <param name="Interval">Nanoseconds from one to the next.</param>
    /// <param name="LostAfter">Nanoseconds after which it does not wait any more.</param>
    /// <param name="SlowAfter">Nanoseconds from which on an answer is slow.</param>
    public sealed record Udp(
        uint Address, EndPoint4 Target, int Bytes, long Interval, long LostAfter, long SlowAfter) : GuestLoad
    {
        internal override uint? OwnAddress => Address;

        internal override IGuest Create(int vcpuCount, RandomStream random) =>
            new UdpProbe(Address, Target, Bytes, Interval, LostAfter, SlowAfter);
    }

    /// <summary>It asks over a TCP connection and sees what is answered.</summary>
    /// <param name="Options">Whom, what, and how often.</param>
    public sealed record Tcp(TcpProbeOptions Options) : GuestLoad
    {
        internal override uint? OwnAddress => Options.Address;

        internal override IGuest Create(int vcpuCount, RandomStream random) => new TcpProbe(Options);
    }

    /// <summary>It sends everything back.</summary>
    /// <param name="Address">Its own.</param>
    public sealed record Reflector(uint Address) : GuestLoad
    {
        internal override uint? OwnAddress => Address;

        internal override IGuest Create(int vcpuCount, RandomStream random) => new Probes.Reflector(Address);
    }

    /// <summary>It always executes.</summary>
    public sealed record Spin : GuestLoad
    {
        internal override IGuest Create(int vcpuCount, RandomStream random) => new SpinningGuest(vcpuCount);
    }

    /// <summary>It executes but for the instants at which others look.</summary>
    /// <param name="Period">Nanoseconds between the instants.</param>
    /// <param name="Guard">Nanoseconds before and after that it sleeps.</param>
    public sealed record Thief(long Period, long Guard) : GuestLoad
    {
        internal override IGuest Create(int vcpuCount, RandomStream random) => new TickThief(Period, Guard);
    }
}
