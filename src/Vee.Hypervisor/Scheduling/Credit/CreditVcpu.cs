namespace Vee.Hypervisor.Scheduling.Credit;

/// <summary>Who goes first. Greater is more urgent.</summary>
internal enum CreditPriority
{
    /// <summary>Nobody runs.</summary>
    Idle = -64,

    /// <summary>It has used more than its share.</summary>
    Over = -2,

    /// <summary>It has credits left.</summary>
    Under = -1,

    /// <summary>It had credits left when it was woken, and no tick has found it running since.</summary>
    Boost = 0,
}

/// <summary>A VM with what the credit scheduler knows of it.</summary>
/// <param name="domain">The VM.</param>
internal sealed class CreditDomain(SchedulingDomain domain)
{
    public SchedulingDomain Domain { get; } = domain;

    /// <summary>Its vCPUs that accounting gives credits to.</summary>
    public List<CreditVcpu> Active { get; } = [];

    /// <summary>Its vCPUs that the scheduler knows.</summary>
    public int VcpuCount { get; set; }
}

/// <summary>A vCPU with what the credit scheduler knows of it.</summary>
/// <param name="vcpu">The vCPU.</param>
/// <param name="domain">Its VM.</param>
/// <param name="core">Where it begins.</param>
internal sealed class CreditVcpu(SchedulerVcpu vcpu, CreditDomain domain, CreditCore core)
{
    public SchedulerVcpu Vcpu { get; } = vcpu;

    public CreditDomain Domain { get; } = domain;

    /// <summary>The core that runs it, or in whose queue it waits, or will wait when it is woken.</summary>
    public CreditCore Core { get; set; } = core;

    public CreditPriority Priority { get; set; } = CreditPriority.Under;

    /// <summary>What is left of its share. Bounded when credits are handed out, not in between.</summary>
    public long Credit { get; set; }

    /// <summary>Millionths of a credit that it has used and not yet paid.</summary>
    public long Residue { get; set; }

    /// <summary>Until when it has paid for what it ran.</summary>
    public long PaidUntil { get; set; }

    /// <summary>Whether accounting gives it credits.</summary>
    public bool IsActive { get; set; }

    /// <summary>Whether it waits because its VM has reached its cap.</summary>
    public bool IsParked { get; set; }

    /// <summary>Whether a tick found a better core, to which it goes at its core's next decision.</summary>
    public bool IsMigrating { get; set; }

    /// <summary>Whether it gave its place and was not chosen since.</summary>
    public bool HasYielded { get; set; }

    /// <summary>Where it waits; null while it does not.</summary>
    public CreditQueue? Queue { get; set; }

    /// <summary>Who comes after it in its queue.</summary>
    public CreditVcpu? Next { get; set; }

    /// <summary>Who comes before it in its queue.</summary>
    public CreditVcpu? Previous { get; set; }

    public bool CanRun => Vcpu.IsRunnable && !IsParked;
}

/// <summary>A core with what the credit scheduler knows of it.</summary>
/// <param name="core">The core.</param>
internal sealed class CreditCore(SchedulerCore core)
{
    public SchedulerCore Core { get; } = core;

    public int Index { get; } = core.Index;

    /// <summary>Who could run here and does not.</summary>
    public CreditQueue Queue { get; } = new();

    /// <summary>Whom it runs since its last decision; null while it idles.</summary>
    public CreditVcpu? Current { get; set; }

    /// <summary>Whether it was asked to decide and has not yet: an idle one has work to come.</summary>
    public bool IsAsked { get; set; }

    /// <summary>The accounting after which its queue was last sorted.</summary>
    public long SortedEpoch { get; set; }

    /// <summary>Before this it does not look for something to steal.</summary>
    public long BalanceNotBefore { get; set; }

    public bool IsIdle => Current is null;

    public CreditPriority CurrentPriority => Current?.Priority ?? CreditPriority.Idle;

    /// <summary>vCPUs that it has to run, now or later.</summary>
    public int RunnableCount => Queue.Count + (Current is { CanRun: true } ? 1 : 0);
}
