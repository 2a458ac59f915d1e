using Vee.Hypervisor.Events;

namespace Vee.Hypervisor.Scheduling.Credit;

/// <summary>
/// Proportional shares by credits: time costs credits, accounting hands them out by weight, and who has some left goes
/// before who has not. A vCPU that wakes with credits left goes before all until a tick finds it running.
/// </summary>
/// <remarks>
/// Behaves as Xen's credit scheduler of two times, see <see cref="CreditOptions"/> and <c>docs/scheduling.md</c>. The
/// core of a vCPU is the one in whose queue it waits; it changes when another core steals the vCPU, or when a tick
/// finds that it shares its core while another one idles. Speeds of cores play no part.
/// </remarks>
public sealed partial class CreditScheduler : IVcpuScheduler
{
    private const int AccountTimer = 0;

    private readonly CreditOptions options;
    private readonly long tickNanoseconds;
    private readonly long creditsPerSlice;
    private readonly Dictionary<int, CreditVcpu> vcpus = [];
    private readonly Dictionary<int, CreditDomain> domains = [];

    /// <summary>VMs with active vCPUs. Who comes late is given what those before could not use.</summary>
    private readonly List<CreditDomain> activeDomains = [];

    private ISchedulerPort? attachedPort;
    private CreditCore[] cores = [];
    private int lastTickled;
    private long balance;
    private long epoch;
    private bool isAccounting;

    /// <param name="options">Constants and switches.</param>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    public CreditScheduler(CreditOptions options)
    {
        options.Check();
        this.options = options;
        tickNanoseconds = options.TickNanoseconds;
        creditsPerSlice = options.CreditsPerSlice;
    }

    /// <inheritdoc/>
    public string Name => options.Name;

    /// <summary>What accounting left of all active vCPUs' credits.</summary>
    internal long Balance => balance;

    internal IReadOnlyList<CreditCore> Cores => cores;

    private ISchedulerPort Port => attachedPort ?? throw new InvalidOperationException("not attached to a host");

    /// <inheritdoc/>
    public void Attach(ISchedulerPort port, IReadOnlyList<SchedulerCore> cores)
    {
        attachedPort = port;
        this.cores = [.. cores.Select(core => new CreditCore(core))];
    }

    /// <inheritdoc/>
    public void Add(SchedulerVcpu vcpu)
    {
        var core = FirstCoreOf(vcpu);
        if (!domains.TryGetValue(vcpu.Domain.Index, out var domain))
        {
            domain = new CreditDomain(vcpu.Domain);
            domains.Add(vcpu.Domain.Index, domain);
        }

        var added = new CreditVcpu(vcpu, domain, core);
        vcpus.Add(vcpu.Index, added);
        domain.VcpuCount++;
        Record(SchedulingEvent.Picked, core, added, 0);
    }

    /// <inheritdoc/>
    public void Remove(SchedulerVcpu vcpu)
    {
        var removed = StateOf(vcpu);
        if (vcpu.IsRunnable || removed.Core.Current == removed)
        {
            throw new InvalidOperationException($"vCPU {vcpu.Index} is not blocked");
        }

        if (removed.IsActive)
        {
            StopAccounting(removed);
            if (removed.Domain.Active.Count == 0)
            {
                activeDomains.Remove(removed.Domain);
            }
        }

        vcpus.Remove(vcpu.Index);
        if (--removed.Domain.VcpuCount == 0)
        {
            domains.Remove(vcpu.Domain.Index);
        }
    }

    /// <inheritdoc/>
    public void Wake(SchedulerVcpu vcpu)
    {
        var woken = StateOf(vcpu);
        Record(SchedulingEvent.Wake, woken.Core, woken, 0);
        if (woken.Queue is not null || woken.Core.Current == woken || woken.IsParked)
        {
            return;
        }

        Boost(woken);
        Enqueue(woken);
    }

    /// <inheritdoc/>
    public void Block(SchedulerVcpu vcpu)
    {
        var blocked = StateOf(vcpu);
        Record(SchedulingEvent.Block, blocked.Core, blocked, 0);
        blocked.IsMigrating = false;
        blocked.HasYielded = false;
        blocked.Queue?.Remove(blocked);
    }

    /// <inheritdoc/>
    public void Yield(SchedulerVcpu vcpu)
    {
        var yielding = StateOf(vcpu);
        Record(SchedulingEvent.Yield, yielding.Core, yielding, 0);
        yielding.HasYielded = options.YieldsBehindNext;
    }

    /// <inheritdoc/>
    public SchedulingDecision Schedule(int core)
    {
        var here = cores[core];
        var now = Port.Now;
        var current = here.Current;
        if (here.Core.Running != current?.Vcpu)
        {
            throw new InvalidOperationException($"core {core} does not run what it was told to");
        }

        here.IsAsked = false;
        if (current is not null)
        {
            Charge(current, now);
            if (RateLimitLeft(current, now) is var left and > 0)
            {
                return new SchedulingDecision(current.Vcpu, left);
            }
        }

        var leaves = current is not null && LeavesFor(current) is { } target ? target : null;
        if (current is { CanRun: true } && leaves is null)
        {
            here.Queue.Insert(current);
        }

        var next = here.Queue.First;
        if (next is null || next.Priority <= CreditPriority.Over)
        {
            next = Balanced(here, next, now);
        }

        Begin(here, current, next, now);
        if (leaves is not null)
        {
            Migrate(current!, leaves);
        }

        return next is null
            ? new SchedulingDecision(null, VirtualTime.Never)
            : new SchedulingDecision(next.Vcpu, options.SliceNanoseconds);
    }

    /// <inheritdoc/>
    public void TimerExpired(int timer)
    {
        if (timer == AccountTimer)
        {
            Account();
        }
        else
        {
            Tick(cores[timer - 1]);
        }
    }

    /// <summary>What it knows of a vCPU.</summary>
    internal CreditVcpu StateOf(SchedulerVcpu vcpu) =>
        vcpus.TryGetValue(vcpu.Index, out var found) && found.Vcpu == vcpu
            ? found
            : throw new InvalidOperationException($"vCPU {vcpu.Index} was not added");

    private static int TickTimer(CreditCore core) => core.Index + 1;

    /// <summary>The next multiple of a period: what runs periodically keeps its beat while it is off.</summary>
    private static long NextMultiple(long now, long period) => VirtualTime.After(now - (now % period), period);

    /// <summary>How long a vCPU may go on whoever waits; 0 if it may not.</summary>
    private long RateLimitLeft(CreditVcpu current, long now)
    {
        var ran = now - current.Vcpu.LastRunEdge;
        if (ran >= options.RateLimitNanoseconds || !current.CanRun || current.IsMigrating || current.HasYielded)
        {
            return 0;
        }

        Record(SchedulingEvent.RateLimit, current.Core, current, ran);
        return options.RateLimitNanoseconds - ran;
    }

    private void Begin(CreditCore here, CreditVcpu? current, CreditVcpu? next, long now)
    {
        if (next is not null)
        {
            next.Queue!.Remove(next);
            next.Core = here;
            next.HasYielded = false;
            if (next != current)
            {
                next.PaidUntil = now;
            }
        }

        here.Current = next;
        if (current is null && next is not null)
        {
            Port.Arm(TickTimer(here), NextMultiple(now, tickNanoseconds));
        }
        else if (current is not null && next is null)
        {
            Port.Disarm(TickTimer(here));
        }
    }

    private void Boost(CreditVcpu vcpu)
    {
        if (vcpu.Priority == CreditPriority.Under)
        {
            vcpu.Priority = CreditPriority.Boost;
            Record(SchedulingEvent.BoostStart, vcpu.Core, vcpu, 0);
        }
    }

    private void Enqueue(CreditVcpu vcpu)
    {
        vcpu.Core.Queue.Insert(vcpu);
        Tickle(vcpu);
    }

    private void Record(SchedulingEvent happened, CreditCore core, CreditVcpu? vcpu, long value)
    {
        if (Port.Trace is { } trace)
        {
            trace.Add(new SchedulingRecord(Port.Now, happened, core.Index, vcpu?.Vcpu.Index ?? -1, value));
        }
    }
}
