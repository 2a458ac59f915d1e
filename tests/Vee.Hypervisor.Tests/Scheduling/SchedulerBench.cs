using Vee.Hypervisor.Events;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Scheduling;
using Vee.Hypervisor.Tests.State;

namespace Vee.Hypervisor.Tests.Scheduling;

/// <summary>A vCPU, what its guest does, and what it got.</summary>
internal sealed class BenchVcpu(SchedulerVcpu vcpu, IVcpuScript script)
{
    public SchedulerVcpu Vcpu { get; } = vcpu;

    public IVcpuScript Script { get; } = script;

    public VcpuStep Step { get; set; }

    /// <summary>Changes whenever an event that is to come for it means nothing any more.</summary>
    public long Version { get; set; }

    public long RanBefore { get; set; }

    /// <summary>Since when the present step has had its core.</summary>
    public long WorkingSince { get; set; }

    public long WokenAt { get; set; } = -1;

    public List<long> WakeLatencies { get; } = [];

    public long Ran(long now) => RanBefore + (Vcpu.IsRunning ? now - Vcpu.LastRunEdge : 0);
}

/// <summary>The least host that a scheduler can have: events in order, guests by script, cores all as quick.</summary>
internal sealed class SchedulerBench : ISchedulerPort, ISchedulingTrace
{
    private readonly PriorityQueue<(Kind Kind, int Target, long Version), (long Time, long Number)> events = new(4096);
    private readonly List<SchedulerCore> cores = [];
    private readonly List<BenchVcpu> vcpus = [];
    private readonly List<BenchVcpu?> byIndex = [];
    private readonly List<long> timerVersions = [];
    private readonly long[] coreVersions;
    private readonly bool[] isAsked;
    private readonly Queue<int> asked = new();
    private long lastNumber;
    private int domainCount;

    public SchedulerBench(IVcpuScheduler scheduler, int coreCount)
        : this(scheduler, [.. Enumerable.Repeat(HardwareProfile.CapacityReference, coreCount)])
    {
    }

    public SchedulerBench(IVcpuScheduler scheduler, IReadOnlyList<int> capacities)
    {
        foreach (var capacity in capacities)
        {
            var type = new CoreClass { Name = $"core-{capacity}", Count = 1, Capacity = capacity };
            cores.Add(new SchedulerCore(cores.Count, type));
        }

        coreVersions = new long[cores.Count];
        isAsked = new bool[cores.Count];
        Scheduler = scheduler;
        scheduler.Attach(this, cores);
    }

    private enum Kind
    {
        Timer,
        SliceEnd,
        StepEnd,
        WakeUp,
    }

    public IVcpuScheduler Scheduler { get; private set; }

    public long Now { get; private set; }

    public ISchedulingTrace? Trace => IsTracing ? this : null;

    public bool IsTracing { get; set; } = true;

    public List<SchedulingRecord> Records { get; } = [];

    public IReadOnlyList<SchedulerCore> Cores => cores;

    public IReadOnlyList<BenchVcpu> Vcpus => vcpus;

    /// <summary>Decisions that were asked for.</summary>
    public long DecisionCount { get; private set; }

    /// <summary>Events that meant something when they came.</summary>
    public long HandledCount { get; private set; }

    /// <summary>Called when everything of an event has been done.</summary>
    public Action? AfterStep { get; set; }

    public SchedulingDomain AddDomain(int weight = SchedulingDomain.WeightDefault, int capPercent = 0) =>
        new(domainCount, $"vm-{domainCount++}", weight, capPercent);

    /// <summary>Adds a vCPU, whose guest begins at once.</summary>
    public BenchVcpu Add(SchedulingDomain domain, IVcpuScript script, IReadOnlyList<int>? affinity = null)
    {
        var number = vcpus.Count(v => v.Vcpu.Domain == domain);
        var added = new BenchVcpu(new SchedulerVcpu(byIndex.Count, domain, number, affinity), script);
        byIndex.Add(added);
        vcpus.Add(added);
        Scheduler.Add(added.Vcpu);
        Post(Now, Kind.WakeUp, added.Vcpu.Index, added.Version);
        return added;
    }

    public BenchVcpu Add(IVcpuScript script) => Add(AddDomain(), script);

    /// <summary>Stops a vCPU and takes it away.</summary>
    public void Remove(BenchVcpu removed)
    {
        removed.Version++;
        Stop(removed);
        Drain();
        Scheduler.Remove(removed.Vcpu);
        vcpus.Remove(removed);
        byIndex[removed.Vcpu.Index] = null;
        AfterStep?.Invoke();
    }

    /// <summary>Ends what vCPUs do, be it sleep, and lets them go on with their next steps.</summary>
    public void Poke(params ReadOnlySpan<BenchVcpu> poked)
    {
        foreach (var vcpu in poked)
        {
            Advance(vcpu);
        }

        Drain();
        AfterStep?.Invoke();
    }

    public void Run(long duration)
    {
        var end = Now + duration;
        while (events.TryPeek(out var happening, out var key) && key.Time <= end)
        {
            events.Dequeue();
            Now = key.Time;
            if (Handle(happening))
            {
                HandledCount++;
                Drain();
                AfterStep?.Invoke();
            }
        }

        Now = end;
    }

    /// <summary>Goes on with another scheduler, which takes over what this one knows.</summary>
    public void Replace(IVcpuScheduler successor)
    {
        var state = MemoryState.Of(Scheduler.Save);
        var wasTracing = IsTracing;
        IsTracing = false;
        Scheduler = successor;
        successor.Attach(this, cores);
        foreach (var vcpu in vcpus)
        {
            successor.Add(vcpu.Vcpu);
        }

        IsTracing = wasTracing;
        MemoryState.Read(state, successor.Restore);
    }

    void ISchedulerPort.Reschedule(int core)
    {
        if (!isAsked[core])
        {
            isAsked[core] = true;
            asked.Enqueue(core);
        }
    }

    void ISchedulerPort.Arm(int timer, long at)
    {
        if (at < Now)
        {
            throw new InvalidOperationException($"timer {timer} is set to {at}, which was before {Now}");
        }

        while (timerVersions.Count <= timer)
        {
            timerVersions.Add(0);
        }

        Post(at, Kind.Timer, timer, ++timerVersions[timer]);
    }

    void ISchedulerPort.Disarm(int timer) => timerVersions[timer]++;

    void ISchedulingTrace.Add(in SchedulingRecord record) => Records.Add(record);

    private void Post(long time, Kind kind, int target, long version)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, Now);
        if (time < VirtualTime.Never)
        {
            events.Enqueue((kind, target, version), (time, ++lastNumber));
        }
    }

    private bool Handle((Kind Kind, int Target, long Version) happening)
    {
        switch (happening.Kind)
        {
            case Kind.Timer when timerVersions[happening.Target] == happening.Version:
                Scheduler.TimerExpired(happening.Target);
                return true;
            case Kind.SliceEnd when coreVersions[happening.Target] == happening.Version:
                Decide(happening.Target);
                return true;
            case Kind.StepEnd or Kind.WakeUp when byIndex[happening.Target] is { } vcpu
                && vcpu.Version == happening.Version:
                Advance(vcpu);
                return true;
            default:
                return false;
        }
    }

    private void Drain()
    {
        while (asked.TryDequeue(out var core))
        {
            if (isAsked[core])
            {
                Decide(core);
            }
        }
    }

    private void Decide(int index)
    {
        isAsked[index] = false;
        DecisionCount++;
        var core = cores[index];
        var (chosen, slice) = Scheduler.Schedule(index);
        var before = core.Running;
        if (chosen != before)
        {
            if (before is not null)
            {
                Leave(byIndex[before.Index]!);
            }

            core.Running = chosen;
            if (chosen is not null)
            {
                Enter(byIndex[chosen.Index]!, core);
            }

            if (IsTracing)
            {
                Records.Add(new SchedulingRecord(Now, SchedulingEvent.Switch, index, chosen?.Index ?? -1, slice));
            }
        }

        coreVersions[index]++;
        if (chosen is not null)
        {
            Post(VirtualTime.After(Now, slice), Kind.SliceEnd, index, coreVersions[index]);
        }
    }

    private void Leave(BenchVcpu left)
    {
        left.RanBefore += Now - left.Vcpu.LastRunEdge;
        left.Vcpu.IsRunning = false;
        left.Vcpu.LastRunEdge = Now;
        if (left.Step.Action == VcpuAction.Work && left.Step.Nanoseconds < VirtualTime.Never)
        {
            left.Step = VcpuStep.Work(left.Step.Nanoseconds - (Now - left.WorkingSince));
        }

        if (left.Vcpu.IsRunnable)
        {
            // Its step ends later than was thought. If it sleeps, the event to come is its waking.
            left.Version++;
        }
    }

    private void Enter(BenchVcpu entered, SchedulerCore core)
    {
        if (!entered.Vcpu.IsRunnable || entered.Vcpu.IsRunning || !entered.Vcpu.MayRunOn(core.Index))
        {
            throw new InvalidOperationException($"core {core.Index} cannot run vCPU {entered.Vcpu.Index} now");
        }

        if (entered.WokenAt >= 0)
        {
            entered.WakeLatencies.Add(Now - entered.WokenAt);
            entered.WokenAt = -1;
        }

        entered.Vcpu.IsRunning = true;
        entered.Vcpu.LastCore = core.Index;
        entered.Vcpu.LastRunEdge = Now;
        PostStepEnd(entered);
    }

    private void PostStepEnd(BenchVcpu vcpu)
    {
        var end = vcpu.Step.Action == VcpuAction.WorkUntil
            ? Math.Max(Now, vcpu.Step.Nanoseconds)
            : VirtualTime.After(Now, vcpu.Step.Nanoseconds);
        vcpu.WorkingSince = Now;
        Post(end, Kind.StepEnd, vcpu.Vcpu.Index, ++vcpu.Version);
    }

    private void Advance(BenchVcpu vcpu)
    {
        vcpu.Version++;
        vcpu.WorkingSince = Now;
        vcpu.Step = vcpu.Script.Next(Now);
        switch (vcpu.Step.Action)
        {
            case VcpuAction.SleepUntil:
                Stop(vcpu);
                Post(Math.Max(Now, vcpu.Step.Nanoseconds), Kind.WakeUp, vcpu.Vcpu.Index, vcpu.Version);
                break;
            case VcpuAction.Yield:
                vcpu.Step = VcpuStep.Work(0);
                Scheduler.Yield(vcpu.Vcpu);
                var core = vcpu.Vcpu.LastCore;
                Decide(core);
                if (cores[core].Running == vcpu.Vcpu)
                {
                    PostStepEnd(vcpu);
                }

                break;
            default:
                if (vcpu.Vcpu.IsRunning)
                {
                    PostStepEnd(vcpu);
                }
                else if (!vcpu.Vcpu.IsRunnable)
                {
                    vcpu.Vcpu.IsRunnable = true;
                    vcpu.WokenAt = Now;
                    Scheduler.Wake(vcpu.Vcpu);
                }

                break;
        }
    }

    private void Stop(BenchVcpu vcpu)
    {
        if (!vcpu.Vcpu.IsRunnable)
        {
            return;
        }

        vcpu.Vcpu.IsRunnable = false;
        Scheduler.Block(vcpu.Vcpu);
        if (vcpu.Vcpu.IsRunning)
        {
            Decide(vcpu.Vcpu.LastCore);
        }
    }
}
