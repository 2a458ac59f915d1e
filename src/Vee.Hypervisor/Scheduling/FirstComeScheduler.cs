using Vee.Hypervisor.Events;
using Vee.Machines.State;

namespace Vee.Hypervisor.Scheduling;

/// <summary>The baseline without any idea: one queue for all cores, first come first served, a slice each.</summary>
/// <remarks>
/// It knows neither weights nor caps. Whoever wakes goes to the end of the queue and preempts nobody; whoever has used
/// up a slice goes there too. A core takes the first that may run on it, so no core idles beside one that waits for it.
/// Queueing and taking cost the same however many wait, unless affinities make a core pass over some.
/// </remarks>
public sealed class FirstComeScheduler : IVcpuScheduler
{
    /// <summary>Its name in experiments.</summary>
    public const string PolicyName = "first-come";

    private const int VcpusMax = 1 << 20;

    private readonly long slice;
    private readonly Dictionary<int, LinkedListNode<SchedulerVcpu>> known = [];
    private readonly LinkedList<SchedulerVcpu> queue = new();
    private IReadOnlyList<SchedulerCore> cores = [];

    // Idle cores that will look at the queue at this instant: nobody else needs to ask them.
    private bool[] isAsked = [];
    private ISchedulerPort port = null!;

    /// <param name="slice">Nanoseconds after which others have their turn; <see cref="VirtualTime.Never"/> for as long
    /// as it likes.</param>
    public FirstComeScheduler(long slice = VirtualTime.Never)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slice, 1);
        this.slice = slice;
    }

    /// <inheritdoc/>
    public string Name => PolicyName;

    /// <inheritdoc/>
    public void Attach(ISchedulerPort port, IReadOnlyList<SchedulerCore> cores)
    {
        ArgumentNullException.ThrowIfNull(cores);
        this.port = port;
        this.cores = cores;
        isAsked = new bool[cores.Count];
    }

    /// <inheritdoc/>
    public void Add(SchedulerVcpu vcpu)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        known.Add(vcpu.Index, new LinkedListNode<SchedulerVcpu>(vcpu));
    }

    /// <inheritdoc/>
    public void Remove(SchedulerVcpu vcpu)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        known.Remove(vcpu.Index);
    }

    /// <inheritdoc/>
    public void Wake(SchedulerVcpu vcpu)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        if (vcpu.IsRunning)
        {
            // Its core is about to decide, and finds it runnable.
            return;
        }

        queue.AddLast(known[vcpu.Index]);
        AskIdleCore(vcpu);
    }

    /// <inheritdoc/>
    public void Block(SchedulerVcpu vcpu)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        if (known[vcpu.Index] is { List: not null } waiting)
        {
            queue.Remove(waiting);
        }
    }

    /// <inheritdoc/>
    public void Yield(SchedulerVcpu vcpu)
    {
        // Deciding anew puts it at the end.
    }

    /// <inheritdoc/>
    public SchedulingDecision Schedule(int core)
    {
        isAsked[core] = false;
        var old = cores[core].Running is { IsRunnable: true } running ? running : null;
        if (old is not null)
        {
            queue.AddLast(known[old.Index]);
        }

        var next = queue.First;
        while (next is not null && !next.Value.MayRunOn(core))
        {
            next = next.Next;
        }

        if (next is not null)
        {
            queue.Remove(next);
        }

        if (old is not null && next?.Value != old)
        {
            AskIdleCore(old);
        }

        return new SchedulingDecision(next?.Value, slice);
    }

    /// <inheritdoc/>
    public void TimerExpired(int timer)
    {
        // It arms none.
    }

    /// <inheritdoc/>
    public void Save(StateWriter state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.List("queue", queue, static (to, vcpu) => to.Int64("vcpu", vcpu.Index));
        foreach (var asked in isAsked)
        {
            state.Boolean("isAsked", asked);
        }
    }

    /// <inheritdoc/>
    public void Restore(StateReader state)
    {
        ArgumentNullException.ThrowIfNull(state);
        queue.Clear();
        state.List("queue", VcpusMax, (from, _) =>
        {
            var index = from.Int32("vcpu");
            if (!known.TryGetValue(index, out var vcpu) || vcpu is not { List: null, Value.IsRunning: false })
            {
                throw from.Refuse("vcpu", $"{index} waits for no core");
            }

            queue.AddLast(vcpu);
        });
        for (var core = 0; core < isAsked.Length; core++)
        {
            isAsked[core] = state.Boolean("isAsked");
        }
    }

    private void AskIdleCore(SchedulerVcpu vcpu)
    {
        for (var core = 0; core < cores.Count; core++)
        {
            if (cores[core].Running is null && !isAsked[core] && vcpu.MayRunOn(core))
            {
                isAsked[core] = true;
                port.Reschedule(core);
                return;
            }
        }
    }
}
