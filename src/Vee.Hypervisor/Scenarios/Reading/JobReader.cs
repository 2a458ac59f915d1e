using System.Globalization;
using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Randomness;

namespace Vee.Hypervisor.Scenarios.Reading;

/// <summary>Reads classes of jobs.</summary>
/// <param name="horizon">Nanoseconds that are simulated in all; null when nobody knows.</param>
internal sealed class JobReader(long? horizon)
{
    /// <summary>Jobs of a class, as far as their mean distance says.</summary>
    internal const long JobsMax = 1_000_000_000;

    private const int ClassesMax = 64;
    private const int ClientsMax = 1_000_000;
    private const int PhasesMax = 64;
    private const long BytesMax = 1L << 40;

    /// <summary>A list of classes of jobs, each with a name of its own; null when it is none.</summary>
    /// <param name="value">What is written.</param>
    /// <param name="read">Reads a class.</param>
    public static GuestLoad.Jobs? ReadAll(ScenarioValue value, Func<ScenarioValue, JobSource?> read)
    {
        var items = value.Items(1, ClassesMax);
        var names = new HashSet<string>();
        var sources = new List<JobSource>();
        foreach (var item in items)
        {
            if (read(item) is not { } source)
            {
                continue;
            }

            sources.Add(source);
            if (!names.Add(source.Name))
            {
                item.Refuse($"the guest has a class '{source.Name}' already");
            }
        }

        return items.Count > 0 && sources.Count == items.Count ? new GuestLoad.Jobs(sources) : null;
    }

    /// <summary>A class of jobs; null when it is none.</summary>
    public JobSource? Read(ScenarioValue value) => Read(value, fields => Phases(fields.Required("phases")));

    /// <summary>A class of jobs whose phases are written in another way; null when it is none.</summary>
    /// <param name="value">What is written.</param>
    /// <param name="read">Reads the fields that say what a job does; null when they do not.</param>
    public JobSource? Read(ScenarioValue value, Func<FieldReader, IReadOnlyList<JobPhase>?> read)
    {
        var fields = new FieldReader(value);
        var name = fields.Required("name")?.Name();
        var arrivalsValue = fields.Required("arrivals");
        var arrivals = arrivalsValue is null ? null : Arrivals(arrivalsValue);
        var phases = read(fields);
        var deadline = fields.Optional("deadline");
        var deadlineTime = deadline?.Duration(1);
        fields.Finish();
        if (name is null || arrivals is null || phases is null || (deadline is not null && deadlineTime is null))
        {
            return null;
        }

        CheckPace(arrivalsValue!, arrivals, phases);
        return new JobSource { Name = name, Arrivals = arrivals, Phases = phases, Deadline = deadlineTime };
    }

    private static Arrivals? Arrivals(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var kind = fields.OneOf("open", "poisson", "closed", "periodic", "trace");
        var inner = kind is null ? null : fields.Optional(kind);
        fields.Finish();
        return inner is null ? null : kind switch
        {
            "open" => Open(inner),
            "poisson" => Poisson(inner),
            "closed" => Closed(inner),
            "periodic" => Periodic(inner),
            _ => At(inner),
        };
    }

    private static Arrivals.Open? Open(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var gapValue = fields.Required("gap");
        var gap = DistributionReader.Read(gapValue);
        fields.Finish();
        if (gap is { Mean: 0 })
        {
            gapValue!.Refuse("is always 0: jobs without end would come at one instant");
            return null;
        }

        return gap is null ? null : new Arrivals.Open(gap);
    }

    private static Arrivals.Open? Poisson(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var rate = fields.Required("rate")?.Rate(0.000001m, 1_000_000_000);
        fields.Finish();
        return rate is { } perSecond
            ? new Arrivals.Open(new Distribution.Exponential((double)(1_000_000_000 / perSecond)))
            : null;
    }

    private static Arrivals.Closed? Closed(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var clients = fields.Required("clients")?.Whole(1, ClientsMax);
        var think = DistributionReader.Read(fields.Required("think"));
        fields.Finish();
        return clients is { } count && think is not null ? new Arrivals.Closed((int)count, think) : null;
    }

    private static Arrivals.Periodic? Periodic(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var period = fields.Required("period")?.Duration(1);
        var phase = fields.Optional("phase") is { } given ? given.Duration() : 0;
        fields.Finish();
        return period is { } time && phase is { } first ? new Arrivals.Periodic(time, first) : null;
    }

    private static Arrivals.At? At(ScenarioValue value)
    {
        if (DistributionReader.Times(value) is not { } times)
        {
            return null;
        }

        for (var index = 1; index < times.Count; index++)
        {
            if (times[index] < times[index - 1])
            {
                value.Items(1, times.Count)[index].Refuse("comes before the time above it: times must ascend");
                return null;
            }
        }

        return new Arrivals.At(times);
    }

    private static List<JobPhase>? Phases(ScenarioValue? value)
    {
        var phases = value?.Items(1, PhasesMax).Select(Phase).ToList();
        return phases is { Count: > 0 } && phases.All(phase => phase is not null)
            ? [.. phases.OfType<JobPhase>()]
            : null;
    }

    private static JobPhase? Phase(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var kind = fields.OneOf("cpu", "disk", "sleep");
        var inner = kind is null ? null : fields.Optional(kind);
        fields.Finish();
        return kind switch
        {
            "cpu" when DistributionReader.Read(inner) is { } work => new JobPhase.Cpu(work),
            "disk" when inner!.Size(1, BytesMax) is { } bytes => new JobPhase.Disk(bytes),
            "sleep" when DistributionReader.Read(inner) is { } duration => new JobPhase.Sleep(duration),
            _ => null,
        };
    }

    /// <summary>Refuses what would never end, or not while anybody waits.</summary>
    private void CheckPace(ScenarioValue value, Arrivals arrivals, IReadOnlyList<JobPhase> phases)
    {
        var step = arrivals switch
        {
            Arrivals.Open { Gap: var gap } => gap.Mean,
            Arrivals.Periodic { Period: var period } => period,
            Arrivals.Closed { Clients: var clients, Think: var think } => (think.Mean + Least(phases)) / clients,
            _ => double.PositiveInfinity,
        };
        if (step == 0)
        {
            value.Refuse("clients that do not think, of jobs that take no time, would ask without end at one instant");
        }
        else if (horizon / step > JobsMax)
        {
            value.Refuse(string.Create(
                CultureInfo.InvariantCulture,
                $"would be {horizon / step:0} jobs in the time that is simulated, at most {JobsMax} are possible"));
        }
    }

    private static double Least(IReadOnlyList<JobPhase> phases) => phases.Sum(phase => phase switch
    {
        JobPhase.Cpu { Work: var work } => work.Mean,
        JobPhase.Sleep { Duration: var duration } => duration.Mean,
        _ => 1,
    });
}
