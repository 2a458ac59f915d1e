namespace Vee.Hypervisor.Scenarios;

/// <summary>What something measured is.</summary>
public enum SubjectKind
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A class of jobs of a guest.</summary>
    Class,

    /// <summary>A guest.</summary>
    Guest,

    /// <summary>A core of a host.</summary>
    Core,

    /// <summary>The disk of a host.</summary>
    Disk,

    /// <summary>A host.</summary>
    Host,

    /// <summary>A client that asks over the network.</summary>
    Probe,

    /// <summary>A direction of a link.</summary>
    Link,

    /// <summary>A guest that executes a program.</summary>
    Machine,
}

/// <summary>What was measured.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Host">Name of its host.</param>
/// <param name="Guest">Name of its guest; null when it is of none.</param>
/// <param name="Name">Name of the class, or number of the core; null for everything else.</param>
public sealed record MeasuredSubject(SubjectKind Kind, string Host, string? Guest = null, string? Name = null);

/// <summary>A figure.</summary>
/// <param name="Name">What it is, with its clock and unit; see <see cref="FigureNames"/>.</param>
/// <param name="Value">Null when there is none, such as the mean of nothing.</param>
public readonly record struct Figure(string Name, double? Value);

/// <summary>Something about a subject that is no number.</summary>
/// <param name="Name">What it is; see <see cref="FigureNames"/>.</param>
/// <param name="Value">Of several runs null, when they do not agree.</param>
public readonly record struct Fact(string Name, string? Value);

/// <summary>What was measured of something.</summary>
/// <param name="Subject">Of what.</param>
/// <param name="Figures">In the order in which they are shown; the same names for subjects of the same kind.</param>
public sealed record Measurement(MeasuredSubject Subject, IReadOnlyList<Figure> Figures)
{
    /// <summary>What is no number, in the order in which it is shown; the same names for the same kind.</summary>
    public IReadOnlyList<Fact> Facts { get; init; } = [];

    /// <summary>The value of a figure; null when there is none.</summary>
    public double? this[string name] => Figures.First(figure => figure.Name == name).Value;
}

/// <summary>What one run of a scenario gave.</summary>
/// <param name="Seed">Which run.</param>
/// <param name="Measurements">In the order of the scenario.</param>
public sealed record SimulationResult(ulong Seed, IReadOnlyList<Measurement> Measurements)
{
    /// <summary>What was measured of a kind.</summary>
    public IEnumerable<Measurement> Of(SubjectKind kind) => Measurements.Where(m => m.Subject.Kind == kind);
}

/// <summary>Names of figures, as in output: whoever changes one changes docs/sim.md.</summary>
public static class FigureNames
{
    /// <summary>Jobs that came.</summary>
    public const string Arrivals = "arrivals";

    /// <summary>Jobs, or requests to a disk, that were done.</summary>
    public const string Completions = "completions";

    /// <summary>Completions in a virtual second.</summary>
    public const string Throughput = "throughputPerVirtualSecond";

    /// <summary>From arrival to completion.</summary>
    public const string Response = "response";

    /// <summary>The part of the response in which a job was neither executed nor in a device nor asleep.</summary>
    public const string Wait = "wait";

    /// <summary>The part of the response in which a job was executed.</summary>
    public const string ServiceMean = "serviceMeanVirtualMs";

    /// <summary>Jobs that were not done by their deadline.</summary>
    public const string DeadlineMisses = "deadlineMisses";

    /// <summary>By how much at most.</summary>
    public const string TardinessMax = "tardinessMaxVirtualMs";

    /// <summary>How many were there, over time.</summary>
    public const string PresentMean = "presentMean";

    /// <summary>How many were there when the measurement ended.</summary>
    public const string PresentAtEnd = "presentAtEnd";

    /// <summary>Time on cores, of all vCPUs together.</summary>
    public const string CpuTime = "cpuTimeVirtualMs";

    /// <summary>The same as a number of cores.</summary>
    public const string CpuCores = "cpuCores";

    /// <summary>The same as a share of all cores of the host.</summary>
    public const string CpuShare = "cpuShare";

    /// <summary>Time in which vCPUs could run and no core ran them, of all together.</summary>
    public const string StealTime = "stealTimeVirtualMs";

    /// <summary>Part of the time on cores in which they were still turning to the vCPU.</summary>
    public const string SwitchTime = "switchTimeVirtualMs";

    /// <summary>From being woken to being run.</summary>
    public const string WakeToRun = "wakeToRun";

    /// <summary>Pages that a guest wrote to, the same one counted each time.</summary>
    public const string PagesWritten = "pagesWritten";

    /// <summary>The same in a virtual second.</summary>
    public const string PagesWrittenRate = "pagesWrittenPerVirtualSecond";

    /// <summary>Different pages that it wrote to: dirty at the end if all had been clean at the beginning.</summary>
    public const string PagesDirtied = "pagesDirtied";

    /// <summary>The same in a virtual second.</summary>
    public const string PagesDirtiedRate = "pagesDirtiedPerVirtualSecond";

    /// <summary>Share of time in which it was busy.</summary>
    public const string Utilisation = "utilisation";

    /// <summary>Bytes that were asked for, in a virtual second.</summary>
    public const string Bytes = "bytesPerVirtualSecond";

    /// <summary>Requests that a probe meant to send.</summary>
    public const string Sent = "sent";

    /// <summary>Those that were answered.</summary>
    public const string Answered = "answered";

    /// <summary>Those that are not waited for any more; of a link, messages that were lost on it.</summary>
    public const string Lost = "lost";

    /// <summary>Those whose answer was slow.</summary>
    public const string Slow = "slow";

    /// <summary>The longest time without an answer.</summary>
    public const string LongestSilence = "longestSilenceVirtualMs";

    /// <summary>Connections that were refused to a probe.</summary>
    public const string ConnectionsRefused = "connectionsRefused";

    /// <summary>Connections of a probe that were there and broke.</summary>
    public const string ConnectionsBroken = "connectionsBroken";

    /// <summary>How a machine is: running, deadlocked, exited or signalled.</summary>
    public const string State = "state";

    /// <summary>The exit status of a machine's program, as a shell reports it.</summary>
    public const string ExitStatus = "exitStatus";

    /// <summary>When the machine's program ended.</summary>
    public const string EndedAt = "endedAtVirtualMs";

    /// <summary>Instructions that a machine has executed since its start.</summary>
    public const string Instructions = "instructions";

    /// <summary>Bytes that it has written to its console since its start.</summary>
    public const string ConsoleBytes = "consoleBytes";

    /// <summary>SHA-256 of them.</summary>
    public const string ConsoleSha256 = "consoleSha256";

    /// <summary>Share of the time in which the card of a host sent.</summary>
    public const string NicUtilisation = "nicUtilisation";

    /// <summary>Messages that found no room in the card's queue.</summary>
    public const string NicDrops = "nicDrops";

    /// <summary>Events that were simulated, warm-up included.</summary>
    public const string Events = "events";

    /// <summary>The mean of a time.</summary>
    public static string Mean(string time) => $"{time}MeanVirtualMs";

    /// <summary>A percentile of a time.</summary>
    public static string Percentile(string time, int percent) => $"{time}P{percent}VirtualMs";

    /// <summary>The greatest of a time.</summary>
    public static string Max(string time) => $"{time}MaxVirtualMs";
}
