namespace Vee.Hypervisor.Scheduling;

/// <summary>What happened, in the vocabulary of Xen's scheduler traces (<c>xen/include/public/trace.h</c>).</summary>
public enum SchedulingEvent : byte
{
    /// <summary>No event.</summary>
    None = 0,

    /// <summary>The state of a vCPU changed; the value is its new <see cref="RunState"/>.</summary>
    RunStateChange,

    /// <summary>A vCPU was woken.</summary>
    Wake,

    /// <summary>A vCPU blocked.</summary>
    Block,

    /// <summary>A vCPU gave its place.</summary>
    Yield,

    /// <summary>A core turned to another vCPU; the value is how long the one before ran.</summary>
    Switch,

    /// <summary>Accounting of credits began for a vCPU: it is active.</summary>
    AccountStart,

    /// <summary>Accounting of credits ended for a vCPU: it is inactive.</summary>
    AccountStop,

    /// <summary>A vCPU was stolen from the queue of another core, which is the value.</summary>
    Stolen,

    /// <summary>A core was picked for a vCPU.</summary>
    Picked,

    /// <summary>A core was asked to decide anew.</summary>
    Tickle,

    /// <summary>A vCPU was boosted.</summary>
    BoostStart,

    /// <summary>A boost ended.</summary>
    BoostEnd,

    /// <summary>The rate limit let a vCPU run on; the value is how long it had run.</summary>
    RateLimit,

    /// <summary>The queue of another core, which is the value, was looked at for something to steal.</summary>
    StealCheck,

    /// <summary>Credits were burnt; the value is how many are left.</summary>
    Burn,

    /// <summary>A budget was filled; the value is the budget.</summary>
    Replenish,

    /// <summary>A vCPU reached its domain's cap and may not run.</summary>
    Park,

    /// <summary>A vCPU may run again after its domain's cap.</summary>
    Unpark,
}

/// <summary>State of a vCPU (<c>RUNSTATE_*</c> of Xen).</summary>
public enum RunState : byte
{
    /// <summary>A core executes it.</summary>
    Running = 0,

    /// <summary>It could run and no core does: what its guest sees as stolen time.</summary>
    Runnable,

    /// <summary>It waits for something.</summary>
    Blocked,

    /// <summary>It is held still, or has ended.</summary>
    Offline,
}

/// <summary>One thing that happened.</summary>
/// <param name="Time">Virtual nanoseconds.</param>
/// <param name="Event">What.</param>
/// <param name="Core">Where; -1 for nowhere.</param>
/// <param name="Vcpu">To which vCPU; -1 for none.</param>
/// <param name="Value">Detail, see the event.</param>
public readonly record struct SchedulingRecord(long Time, SchedulingEvent Event, int Core, int Vcpu, long Value);

/// <summary>Sees what schedulers and hosts do.</summary>
public interface ISchedulingTrace
{
    /// <summary>Takes one record.</summary>
    void Add(in SchedulingRecord record);
}
