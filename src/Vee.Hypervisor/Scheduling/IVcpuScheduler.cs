using Vee.Machines.State;

namespace Vee.Hypervisor.Scheduling;

/// <summary>Decides which vCPU a core runs, and for how long: bookkeeping that sees no guest.</summary>
/// <remarks>
/// The host calls it at instants of virtual time, one call after another. It answers by decisions, and by asking for
/// new ones through <see cref="ISchedulerPort"/>. Everything it knows can be saved and hashed.
/// </remarks>
public interface IVcpuScheduler
{
    /// <summary>Name as in <c>SchedulerProfile</c> and experiments.</summary>
    string Name { get; }

    /// <summary>Called once, before everything else.</summary>
    /// <param name="port">The host.</param>
    /// <param name="cores">Its cores, by index.</param>
    void Attach(ISchedulerPort port, IReadOnlyList<SchedulerCore> cores);

    /// <summary>Admits a vCPU that cannot run yet.</summary>
    void Add(SchedulerVcpu vcpu);

    /// <summary>Forgets a vCPU that is blocked.</summary>
    void Remove(SchedulerVcpu vcpu);

    /// <summary>A vCPU can run from now on; <see cref="SchedulerVcpu.IsRunnable"/> is set.</summary>
    void Wake(SchedulerVcpu vcpu);

    /// <summary>
    /// A vCPU cannot run from now on; <see cref="SchedulerVcpu.IsRunnable"/> is cleared. If it is running, its core
    /// asks for a decision next.
    /// </summary>
    void Block(SchedulerVcpu vcpu);

    /// <summary>The vCPU that runs gives its place to others; its core asks for a decision next.</summary>
    void Yield(SchedulerVcpu vcpu);

    /// <summary>What a core does from now on.</summary>
    /// <remarks>
    /// <see cref="SchedulerCore.Running"/> is what it did until now, and may be chosen again if it is runnable. A
    /// chosen one is on no queue, and runs nowhere else.
    /// </remarks>
    SchedulingDecision Schedule(int core);

    /// <summary>A timer is due that was armed by <see cref="ISchedulerPort.Arm"/>.</summary>
    void TimerExpired(int timer);

    /// <summary>Writes all it knows.</summary>
    void Save(StateWriter state);

    /// <summary>Takes over what was saved by the same scheduler for the same cores and vCPUs.</summary>
    void Restore(StateReader state);
}

/// <summary>What a core does.</summary>
/// <param name="Vcpu">Whom it runs; null for nobody.</param>
/// <param name="Slice">Nanoseconds until it asks again by itself; <see cref="Events.VirtualTime.Never"/> for not at
/// all. Of no matter when it idles.</param>
public readonly record struct SchedulingDecision(SchedulerVcpu? Vcpu, long Slice);

/// <summary>What a scheduler may ask of its host.</summary>
public interface ISchedulerPort
{
    /// <summary>Virtual time.</summary>
    long Now { get; }

    /// <summary>Has a core ask for a decision at this instant, after what is under way ("tickle").</summary>
    void Reschedule(int core);

    /// <summary>Sets a timer anew, whatever it was set to before.</summary>
    /// <param name="timer">A number of the scheduler's, 0 or more.</param>
    /// <param name="at">Virtual time, not before now.</param>
    void Arm(int timer, long at);

    /// <summary>Takes a timer back.</summary>
    void Disarm(int timer);

    /// <summary>Who wants to see what happens; null for nobody, which costs nothing.</summary>
    ISchedulingTrace? Trace { get; }
}
