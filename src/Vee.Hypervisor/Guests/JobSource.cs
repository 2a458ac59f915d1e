using Vee.Hypervisor.Randomness;

namespace Vee.Hypervisor.Guests;

/// <summary>Where the jobs of one class come from, and what each of them does.</summary>
public sealed record JobSource
{
    /// <summary>Name of the class; unique in its guest.</summary>
    public required string Name { get; init; }

    /// <summary>When they come.</summary>
    public required Arrivals Arrivals { get; init; }

    /// <summary>What each does, one phase after another; at least one.</summary>
    public required IReadOnlyList<JobPhase> Phases { get; init; }

    /// <summary>Nanoseconds after its arrival by which a job has to be done; null for no matter when.</summary>
    public long? Deadline { get; init; }

    /// <exception cref="ArgumentException">Its jobs would come without end at one instant, or have no name.</exception>
    internal void Check()
    {
        var isEndless = Arrivals switch
        {
            Arrivals.Open { Gap: var gap } => gap.Mean <= 0,
            Arrivals.Periodic { Period: var period } => period < 1,
            Arrivals.Closed { Think: var think } => think.Mean <= 0 && Phases.All(phase => phase.IsNothing),
            _ => false,
        };
        if (isEndless)
        {
            throw new ArgumentException($"jobs of the class '{Name}' would come without end at one instant");
        }

        if (Name.Length == 0 || Name.Contains('/', StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{Name}' is no name of a class");
        }
    }
}

/// <summary>When jobs come.</summary>
public abstract record Arrivals
{
    private protected Arrivals()
    {
    }

    /// <summary>From outside, whatever becomes of them.</summary>
    /// <param name="Gap">From one to the next; the first comes after a gap.</param>
    public sealed record Open(Distribution Gap) : Arrivals;

    /// <summary>From a number of clients that each wait for an answer and think before they ask again.</summary>
    /// <param name="Clients">How many.</param>
    /// <param name="Think">How long; each begins by thinking.</param>
    public sealed record Closed(int Clients, Distribution Think) : Arrivals;

    /// <summary>At equal distances.</summary>
    /// <param name="Period">Nanoseconds.</param>
    /// <param name="Phase">When the first comes.</param>
    public sealed record Periodic(long Period, long Phase) : Arrivals;

    /// <summary>When somebody submits them; the work of the first phase comes with each.</summary>
    public sealed record Submitted : Arrivals;

    /// <summary>At given times.</summary>
    /// <param name="Times">Ascending, nanoseconds after the guest's start.</param>
    public sealed record At(IReadOnlyList<long> Times) : Arrivals;
}

/// <summary>Something that a job does.</summary>
public abstract record JobPhase
{
    private protected JobPhase()
    {
    }

    /// <summary>Whether it takes no time at all.</summary>
    internal bool IsNothing => this switch
    {
        Cpu { Work.Mean: <= 0 } => true,
        Sleep { Duration.Mean: <= 0 } => true,
        _ => false,
    };

    /// <summary>It executes.</summary>
    /// <param name="Work">How much: nanoseconds of a core of the reference capacity.</param>
    public sealed record Cpu(Distribution Work) : JobPhase;

    /// <summary>It transfers to or from the disk.</summary>
    /// <param name="Bytes">How many.</param>
    public sealed record Disk(long Bytes) : JobPhase;

    /// <summary>It waits for something outside that takes its time.</summary>
    /// <param name="Duration">How long.</param>
    public sealed record Sleep(Distribution Duration) : JobPhase;
}
