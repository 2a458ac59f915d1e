using System.Diagnostics;
using Vee.Hypervisor.Events;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Hosts;
using Vee.Machines.State;

namespace Vee.Hypervisor.Guests;

/// <summary>
/// A guest whose vCPUs serve one queue of jobs, first come first served: a service with its requests, programs that
/// compute and wait, periodic tasks, or the work of the host itself.
/// </summary>
/// <remarks>
/// A job that comes back from a device or from sleep queues at the end. A vCPU that is preempted keeps its job.
/// </remarks>
public sealed class JobServer : IGuest
{
    private const int JobsMax = 1 << 24;

    private readonly IReadOnlyList<JobSource> sources;
    private readonly JobVcpu[] vcpus;
    private readonly Queue<int> ready = new();

    // Jobs by number of their place; places are used again, the one that was left last first.
    private readonly List<Job> jobs = [];
    private readonly Stack<int> freePlaces = new();
    private readonly DirtyProfile? memory;
    private JobClass[] classes = [];
    private IGuestPort port = null!;
    private long startedAt;

    /// <param name="vcpuCount">How many jobs it can execute at a time.</param>
    /// <param name="sources">Where they come from.</param>
    /// <param name="memory">How it writes to its memory while it executes; null for not at all.</param>
    public JobServer(int vcpuCount, IReadOnlyList<JobSource> sources, DirtyProfile? memory = null)
    {
        foreach (var source in sources)
        {
            source.Check();
        }

        this.memory = memory;
        ArgumentOutOfRangeException.ThrowIfLessThan(vcpuCount, 1);
        this.sources = sources;
        vcpus = [.. Enumerable.Range(0, vcpuCount).Select(number => new JobVcpu(this, number))];
    }

    private enum Notice
    {
        /// <summary>A job of a class comes from outside.</summary>
        Arrival = 1,

        /// <summary>A job's phase elsewhere is over.</summary>
        Return,
    }

    /// <inheritdoc/>
    public IReadOnlyList<IVcpu> Vcpus => vcpus;

    /// <summary>Its classes of jobs, in the order of the sources; none before it is started.</summary>
    public IReadOnlyList<JobClass> Classes => classes;

    /// <summary>The pages that it wrote to; null when it writes to none, or is not started.</summary>
    public DirtyPages? Memory { get; private set; }

    /// <summary>Told when a job is done: its class and its number, as <see cref="Submit"/> gave it.</summary>
    public Action<JobClass, long>? Done { get; set; }

    /// <summary>When the jobs of a class came that are still there; in no order that means anything.</summary>
    internal IEnumerable<long> ArrivalsPresent(JobClass type)
    {
        var free = freePlaces.ToHashSet();
        return jobs.Where((job, place) => job.Class == type.Index && !free.Contains(place))
            .Select(job => job.ArrivedAt);
    }

    /// <inheritdoc/>
    public void Start(IGuestPort port)
    {
        ArgumentNullException.ThrowIfNull(port);
        this.port = port;
        startedAt = port.Now;
        classes = [.. sources.Select((source, index) => new JobClass(index, source, port.Random))];
        Memory = memory is null ? null : new DirtyPages(memory, port.Random("memory"));
        foreach (var type in classes)
        {
            if (type.Source.Arrivals is Arrivals.Closed { Clients: var clients, Think: var think })
            {
                for (var client = 0; client < clients; client++)
                {
                    ArriveAfter(type, type.NextGap(think));
                }
            }
            else
            {
                ExpectNext(type);
            }
        }
    }

    /// <summary>Brings a job of a class whose jobs are submitted.</summary>
    /// <param name="type">The class; its first phase executes.</param>
    /// <param name="work">How much: nanoseconds of a core of the reference capacity.</param>
    /// <returns>The job's number.</returns>
    public long Submit(JobClass type, long work)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentOutOfRangeException.ThrowIfNegative(work);
        if (type.Source.Arrivals is not Arrivals.Submitted)
        {
            throw new ArgumentException($"jobs of the class '{type.Source.Name}' come by themselves", nameof(type));
        }

        var number = type.Meter.Arrivals;
        Arrive(type, work);
        return number;
    }

    /// <inheritdoc/>
    public void Notify(int kind, long argument)
    {
        switch ((Notice)kind)
        {
            case Notice.Arrival:
                var type = classes[argument];
                Arrive(type);
                if (type.Source.Arrivals is not Arrivals.Closed)
                {
                    ExpectNext(type);
                }

                break;
            case Notice.Return:
                var job = jobs[(int)argument];
                job.Elsewhere += port.Now - job.LeftAt;
                job.Phase++;
                BeginPhase((int)argument);
                break;
            default:
                throw new UnreachableException($"a job server is not notified of {kind}");
        }
    }

    /// <inheritdoc/>
    public void Save(StateWriter state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.Int64("startedAt", startedAt);
        Array.ForEach(classes, type => type.Save(state));
        state.List("jobs", jobs, static (to, job) =>
        {
            to.Int64("number", job.Number);
            to.Int64("class", job.Class);
            to.Int64("arrivedAt", job.ArrivedAt);
            to.Int64("phase", job.Phase);
            to.Int64("workLeft", job.WorkLeft);
            to.Int64("executed", job.Executed);
            to.Int64("elsewhere", job.Elsewhere);
            to.Int64("leftAt", job.LeftAt);
            to.List("amounts", job.Amounts, static (item, amount) => item.Int64("amount", amount));
        });
        state.List("freePlaces", [.. freePlaces.Reverse()], static (to, place) => to.Int64("place", place));
        state.List("ready", ready, static (to, place) => to.Int64("place", place));
        Array.ForEach(vcpus, vcpu => vcpu.Save(state));
        Memory?.Save(state);
    }

    /// <inheritdoc/>
    public void Restore(StateReader state)
    {
        ArgumentNullException.ThrowIfNull(state);
        startedAt = state.Int64("startedAt", 0);
        Array.ForEach(classes, type => type.Restore(state));
        jobs.Clear();
        state.List("jobs", JobsMax, (from, _) => jobs.Add(RestoreJob(from)));
        freePlaces.Clear();
        state.List("freePlaces", JobsMax, (from, _) => freePlaces.Push(from.Int32("place", 0, jobs.Count - 1)));
        ready.Clear();
        state.List("ready", JobsMax, (from, _) => ready.Enqueue(from.Int32("place", 0, jobs.Count - 1)));
        Array.ForEach(vcpus, vcpu => vcpu.Restore(state, jobs.Count));
        Memory?.Restore(state);

        // A place is free, waits in the queue, is with a vCPU or is elsewhere: one of these.
        var places = freePlaces.Concat(ready).Concat(vcpus.Where(v => v.Place >= 0).Select(v => v.Place)).ToList();
        if (places.Distinct().Count() != places.Count)
        {
            throw state.Refuse("place", "a job is at two places");
        }
    }

    private Job RestoreJob(StateReader from)
    {
        var job = new Job
        {
            Number = from.Int64("number", 0),
            Class = from.Int32("class", 0, classes.Length - 1),
            ArrivedAt = from.Int64("arrivedAt", 0),
            Phase = from.Int32("phase", 0, 1024),
            WorkLeft = from.Int64("workLeft", 0),
            Executed = from.Int64("executed", 0),
            Elsewhere = from.Int64("elsewhere", 0),
            LeftAt = from.Int64("leftAt", 0),
        };
        var phaseCount = classes[job.Class].Source.Phases.Count;
        from.List("amounts", phaseCount, (item, _) => job.Amounts.Add(item.Int64("amount", 0)));
        return job.Phase <= phaseCount && job.Amounts.Count == phaseCount
            ? job
            : throw from.Refuse("phase", $"{job.Phase} of {job.Amounts.Count}, its class has {phaseCount}");
    }

    private void ExpectNext(JobClass type)
    {
        switch (type.Source.Arrivals)
        {
            case Arrivals.Open { Gap: var gap }:
                ArriveAfter(type, type.NextGap(gap));
                break;
            case Arrivals.Periodic { Period: var period, Phase: var phase }:
                var first = VirtualTime.After(startedAt, phase);
                ArriveAt(type, VirtualTime.After(first, VirtualTime.Times(type.Meter.Arrivals, period)));
                break;
            case Arrivals.At { Times: var times } when type.Meter.Arrivals < times.Count:
                ArriveAt(type, VirtualTime.After(startedAt, times[(int)type.Meter.Arrivals]));
                break;
            default:
                break;
        }
    }

    private void ArriveAfter(JobClass type, long gap) => ArriveAt(type, VirtualTime.After(port.Now, gap));

    private void ArriveAt(JobClass type, long time) =>
        port.SetTimer(Math.Max(port.Now, time), (int)Notice.Arrival, type.Index);

    private void Arrive(JobClass type, long submittedWork = 0)
    {
        if (!freePlaces.TryPop(out var place))
        {
            place = jobs.Count;
            jobs.Add(new Job());
        }

        var job = jobs[place];
        (job.Number, job.Class, job.ArrivedAt) = (type.Meter.Arrivals, type.Index, port.Now);
        (job.Phase, job.WorkLeft, job.Executed, job.Elsewhere, job.LeftAt) = (0, 0, 0, 0, 0);
        type.Draw(job);
        if (type.Source.Arrivals is Arrivals.Submitted)
        {
            job.Amounts[0] = submittedWork;
        }

        type.Meter.Arrive(port.Now);
        BeginPhase(place);
    }

    private void BeginPhase(int place)
    {
        var job = jobs[place];
        var type = classes[job.Class];
        if (job.Phase == type.Source.Phases.Count)
        {
            Complete(place);
            return;
        }

        job.LeftAt = port.Now;
        switch (type.Source.Phases[job.Phase])
        {
            case JobPhase.Cpu:
                job.WorkLeft = job.Amounts[job.Phase];
                ready.Enqueue(place);
                WakeOne();
                break;
            case JobPhase.Disk { Bytes: var bytes }:
                port.UseDisk(bytes, (int)Notice.Return, place);
                break;
            case JobPhase.Sleep:
                port.SetTimer(VirtualTime.After(port.Now, job.Amounts[job.Phase]), (int)Notice.Return, place);
                break;
            case var phase:
                throw new UnreachableException($"no job has a phase {phase}");
        }
    }

    private void Complete(int place)
    {
        var job = jobs[place];
        var type = classes[job.Class];
        type.Complete(job, port.Now);
        freePlaces.Push(place);
        Done?.Invoke(type, job.Number);
        if (type.Source.Arrivals is Arrivals.Closed { Think: var think })
        {
            ArriveAfter(type, type.NextGap(think));
        }
    }

    private void WakeOne()
    {
        foreach (var vcpu in vcpus)
        {
            if (vcpu.IsIdle)
            {
                vcpu.IsIdle = false;
                port.Wake(vcpu.Number);
                return;
            }
        }
    }

    private sealed class JobVcpu(JobServer server, int number) : IVcpu
    {
        private int place = -1;
        private CoreClass core = null!;
        private long duration;

        public int Number => number;

        /// <summary>The place of its job; -1 while it has none.</summary>
        public int Place => place;

        /// <summary>Whether it blocks for want of a job and nobody has woken it.</summary>
        public bool IsIdle { get; set; } = true;

        public VcpuStep Begin(CoreClass core, long start)
        {
            this.core = core;
            if (place < 0 && !server.ready.TryDequeue(out place))
            {
                // Another vCPU took the job for which this one was woken.
                place = -1;
                duration = 0;
                return new VcpuStep(0, IsDivisible: true);
            }

            duration = Work.DurationOn(core, server.jobs[place].WorkLeft);
            return new VcpuStep(duration, IsDivisible: true);
        }

        public VcpuOutcome End(long elapsed)
        {
            if (place >= 0)
            {
                var job = server.jobs[place];
                job.Executed += elapsed;
                server.Memory?.Execute(elapsed);
                if (elapsed < duration)
                {
                    // What rounding makes of the rest is at least something.
                    job.WorkLeft = Math.Max(1, job.WorkLeft - Work.DoneBy(core, elapsed));
                    return VcpuOutcome.GoOn;
                }

                var done = place;
                place = -1;
                job.Phase++;
                server.BeginPhase(done);
            }

            IsIdle = server.ready.Count == 0;
            return IsIdle ? VcpuOutcome.Block : VcpuOutcome.GoOn;
        }

        public void Save(StateWriter state)
        {
            state.Int64("place", place);
            state.Boolean("isIdle", IsIdle);
            state.Int64("duration", duration);
            state.Text("core", core?.Name ?? "");
        }

        public void Restore(StateReader state, int jobCount)
        {
            place = state.Int32("place", -1, jobCount - 1);
            IsIdle = state.Boolean("isIdle");
            duration = state.Int64("duration", 0);
            core = server.port.CoreNamed(state.Text("core"))!;
        }
    }
}
