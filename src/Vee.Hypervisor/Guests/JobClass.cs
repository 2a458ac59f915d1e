using Vee.Hypervisor.Measuring;
using Vee.Hypervisor.Randomness;
using Vee.Machines.State;

namespace Vee.Hypervisor.Guests;

/// <summary>The jobs of one class and what became of them.</summary>
public sealed class JobClass
{
    private readonly RandomStream arrivals;
    private readonly RandomStream[] phases;
    private long arrivalSamples;

    internal JobClass(int index, JobSource source, Func<string, RandomStream> random)
    {
        Index = index;
        Source = source;
        arrivals = random($"{source.Name}/arrivals");
        phases = [.. source.Phases.Select((_, phase) => random($"{source.Name}/phase{phase}"))];
    }

    /// <summary>What it is.</summary>
    public JobSource Source { get; }

    /// <summary>All its jobs that are there, executing or not.</summary>
    public StationMeter Meter { get; } = new();

    /// <summary>From arrival to completion, of the jobs that arrived since the meters were reset.</summary>
    public LatencyHistogram Response { get; private set; } = new();

    /// <summary>The part of it in which a job was neither executed nor in a device nor asleep.</summary>
    public LatencyHistogram Wait { get; private set; } = new();

    /// <summary>The part of it in which it was executed.</summary>
    public LatencyHistogram Service { get; private set; } = new();

    /// <summary>How much later than its deadline a job was done, of those that were late.</summary>
    public LatencyHistogram Tardiness { get; private set; } = new();

    /// <summary>Jobs that were done since the meters were reset, whenever they arrived.</summary>
    public long Completions { get; private set; }

    internal int Index { get; }

    /// <summary>Forgets what was measured: what comes now counts.</summary>
    public void ResetMeters(long now)
    {
        (Response, Wait, Service, Tardiness) = (new(), new(), new(), new());
        Completions = 0;
        CountedFrom = now;
    }

    private long CountedFrom { get; set; }

    /// <summary>Nanoseconds to the next arrival, or to the next request of a client.</summary>
    internal long NextGap(Distribution gap) => gap.Sample(arrivals, arrivalSamples++);

    /// <summary>What all phases of a job take. Drawn when it arrives, whoever schedules it and whenever it gets there.
    /// </summary>
    internal void Draw(Job job)
    {
        job.Amounts.Clear();
        for (var phase = 0; phase < phases.Length; phase++)
        {
            job.Amounts.Add(Source.Phases[phase] switch
            {
                JobPhase.Cpu { Work: var work } => work.Sample(phases[phase], job.Number),
                JobPhase.Sleep { Duration: var duration } => duration.Sample(phases[phase], job.Number),
                _ => 0,
            });
        }
    }

    internal void Complete(Job job, long now)
    {
        Meter.Depart(now, job.ArrivedAt);
        Completions++;
        if (job.ArrivedAt < CountedFrom)
        {
            return;
        }

        var response = now - job.ArrivedAt;
        Response.Add(response);
        Service.Add(job.Executed);
        Wait.Add(Math.Max(0, response - job.Executed - job.Elsewhere));
        if (Source.Deadline is { } deadline && response > deadline)
        {
            Tardiness.Add(response - deadline);
        }
    }

    internal void Save(StateWriter state)
    {
        arrivals.Save(state);
        Array.ForEach(phases, phase => phase.Save(state));
        state.Int64("arrivalSamples", arrivalSamples);
        state.Int64("completions", Completions);
        state.Int64("countedFrom", CountedFrom);
        Meter.Save(state);
        Response.Save(state);
        Wait.Save(state);
        Service.Save(state);
        Tardiness.Save(state);
    }

    internal void Restore(StateReader state)
    {
        arrivals.Restore(state);
        Array.ForEach(phases, phase => phase.Restore(state));
        arrivalSamples = state.Int64("arrivalSamples", 0);
        Completions = state.Int64("completions", 0);
        CountedFrom = state.Int64("countedFrom", 0);
        Meter.Restore(state);
        Response.Restore(state);
        Wait.Restore(state);
        Service.Restore(state);
        Tardiness.Restore(state);
    }
}

/// <summary>A job on its way through its phases.</summary>
internal sealed class Job
{
    /// <summary>Which of its class, from 0.</summary>
    public long Number { get; set; }

    public int Class { get; set; }

    public long ArrivedAt { get; set; }

    /// <summary>The phase it is in.</summary>
    public int Phase { get; set; }

    /// <summary>Nanoseconds of work or sleep of each phase.</summary>
    public List<long> Amounts { get; } = [];

    /// <summary>Work that is left of the phase, of a core of the reference capacity.</summary>
    public long WorkLeft { get; set; }

    /// <summary>Nanoseconds in which it was executed.</summary>
    public long Executed { get; set; }

    /// <summary>Nanoseconds in which it was in a device or asleep.</summary>
    public long Elsewhere { get; set; }

    /// <summary>When it went there.</summary>
    public long LeftAt { get; set; }
}
