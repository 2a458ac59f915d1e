using Vee.Hypervisor.Events;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Scheduling;
using Vee.Machines.State;

namespace Vee.Hypervisor.Hosts;

/// <summary>A core: whom it executes, the step that is under way, and where its time went.</summary>
public sealed class HostCore
{
    private long busyTime;
    private long busySince = -1;

    internal HostCore(int index, CoreClass type) => Scheduled = new SchedulerCore(index, type);

    /// <summary>As the scheduler sees it.</summary>
    public SchedulerCore Scheduled { get; }

    /// <summary>Whom it executes; null while it idles.</summary>
    public HostVcpu? Current { get; private set; }

    /// <summary>When the scheduler is asked again at the latest.</summary>
    internal long SliceEnd { get; set; } = VirtualTime.Never;

    /// <summary>When it turned to the step; execution begins at <see cref="StepStart"/>.</summary>
    internal long TurnStart { get; set; }

    internal long StepStart { get; set; }

    internal long StepEnd { get; set; }

    /// <summary>Whether a step is under way.</summary>
    internal bool HasStep { get; set; }

    internal bool IsStepDivisible { get; set; }

    /// <summary>Whether the scheduler wants to be asked as soon as possible.</summary>
    internal bool IsRescheduled { get; set; }

    /// <summary>Index of the vCPU that it executed last; -1 for none.</summary>
    internal int LastRun { get; set; } = -1;

    /// <summary>Tells events that count from those that came too late.</summary>
    internal long Generation { get; set; }

    /// <summary>Nanoseconds until now for which it was turned to somebody.</summary>
    public long BusyTime(long now) => busyTime + (busySince >= 0 ? now - busySince : 0);

    internal void Run(HostVcpu? next, long now)
    {
        if (Current is null && next is not null)
        {
            busySince = now;
        }
        else if (Current is not null && next is null)
        {
            busyTime += now - busySince;
            busySince = -1;
        }

        Current = next;
        Scheduled.Running = next?.Scheduled;
    }

    internal void Save(StateWriter state)
    {
        state.Int64("busyTime", busyTime);
        state.Int64("busySince", busySince);
        state.Int64("current", Current?.Scheduled.Index ?? -1);
        state.Int64("sliceEnd", SliceEnd);
        state.Int64("turnStart", TurnStart);
        state.Int64("stepStart", StepStart);
        state.Int64("stepEnd", StepEnd);
        state.Boolean("hasStep", HasStep);
        state.Boolean("isStepDivisible", IsStepDivisible);
        state.Boolean("isRescheduled", IsRescheduled);
        state.Int64("lastRun", LastRun);
        state.Int64("generation", Generation);
    }

    internal void Restore(StateReader state, IReadOnlyList<HostVcpu?> vcpus)
    {
        busyTime = state.Int64("busyTime", 0);
        busySince = state.Int64("busySince", -1);
        Current = state.Int32("current", -1, vcpus.Count - 1) is >= 0 and var index ? vcpus[index] : null;
        Scheduled.Running = Current?.Scheduled;
        SliceEnd = state.Int64("sliceEnd", 0);
        TurnStart = state.Int64("turnStart", 0);
        StepStart = state.Int64("stepStart", 0);
        StepEnd = state.Int64("stepEnd", 0);
        HasStep = state.Boolean("hasStep");
        IsStepDivisible = state.Boolean("isStepDivisible");
        IsRescheduled = state.Boolean("isRescheduled");
        LastRun = state.Int32("lastRun", -1, vcpus.Count - 1);
        Generation = state.Int64("generation", 0, long.MaxValue >> 11);
    }
}
