using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Scheduling;

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

    /// <summary>Hosts, which have nothing to do with one another.</summary>
    public required IReadOnlyList<ScenarioHost> Hosts { get; init; }
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

    /// <summary>What runs on it.</summary>
    public required IReadOnlyList<ScenarioGuest> Guests { get; init; }
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

    /// <summary>A new guest that does it.</summary>
    internal abstract IGuest Create(int vcpuCount);

    /// <summary>It serves jobs.</summary>
    /// <param name="Sources">A class of jobs each.</param>
    public sealed record Jobs(IReadOnlyList<JobSource> Sources) : GuestLoad
    {
        internal override IGuest Create(int vcpuCount) => new JobServer(vcpuCount, Sources);
    }

    /// <summary>It always executes.</summary>
    public sealed record Spin : GuestLoad
    {
        internal override IGuest Create(int vcpuCount) => new SpinningGuest(vcpuCount);
    }

    /// <summary>It executes but for the instants at which others look.</summary>
    /// <param name="Period">Nanoseconds between the instants.</param>
    /// <param name="Guard">Nanoseconds before and after that it sleeps.</param>
    public sealed record Thief(long Period, long Guard) : GuestLoad
    {
        internal override IGuest Create(int vcpuCount) => new TickThief(Period, Guard);
    }
}
