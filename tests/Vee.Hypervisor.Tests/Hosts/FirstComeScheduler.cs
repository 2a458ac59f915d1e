using Vee.Hypervisor.Events;
using Vee.Hypervisor.Scheduling;
using Vee.Machines.State;

namespace Vee.Hypervisor.Tests.Hosts;

/// <summary>The simplest scheduler there is: one queue, first come first served, a slice each.</summary>
internal sealed class FirstComeScheduler(long slice = VirtualTime.Never) : IVcpuScheduler
{
    private readonly Dictionary<int, SchedulerVcpu> known = [];
    private readonly List<SchedulerVcpu> queue = [];
    private IReadOnlyList<SchedulerCore> cores = [];
    private ISchedulerPort port = null!;

    public string Name => "first-come";

    public void Attach(ISchedulerPort port, IReadOnlyList<SchedulerCore> cores)
    {
        this.port = port;
        this.cores = cores;
    }

    public void Add(SchedulerVcpu vcpu) => known.Add(vcpu.Index, vcpu);

    public void Remove(SchedulerVcpu vcpu) => known.Remove(vcpu.Index);

    public void Wake(SchedulerVcpu vcpu)
    {
        queue.Add(vcpu);
        foreach (var core in cores)
        {
            if (core.Running is null && vcpu.MayRunOn(core.Index))
            {
                port.Reschedule(core.Index);
            }
        }
    }

    public void Block(SchedulerVcpu vcpu) => queue.Remove(vcpu);

    public void Yield(SchedulerVcpu vcpu)
    {
    }

    public SchedulingDecision Schedule(int core)
    {
        if (cores[core].Running is { IsRunnable: true } old)
        {
            queue.Add(old);
        }

        var next = queue.FirstOrDefault(v => v.MayRunOn(core));
        if (next is not null)
        {
            queue.Remove(next);
        }

        return new SchedulingDecision(next, slice);
    }

    public void TimerExpired(int timer)
    {
    }

    public void Save(StateWriter state) =>
        state.List("queue", queue, static (to, vcpu) => to.Int64("vcpu", vcpu.Index));

    public void Restore(StateReader state)
    {
        queue.Clear();
        state.List("queue", 1 << 16, (from, _) => queue.Add(known[from.Int32("vcpu")]));
    }
}
