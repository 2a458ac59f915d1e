using Vee.Hypervisor.Events;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Scheduling;

namespace Vee.Hypervisor.Hosts;

/// <summary>A simulated host: cores that execute vCPUs under a scheduler, and a disk, in virtual time.</summary>
/// <remarks>
/// Everything happens by events of one list. The same seed and the same guests give the same events, bit for bit,
/// however the caller cuts time into <see cref="RunUntil"/>. Used by one thread at a time.
/// </remarks>
public sealed partial class Host : ISchedulerPort
{
    private const int CoreTarget = 0;
    private const int TimerTarget = 1;
    private const int DiskTarget = 2;
    private const int NetworkTarget = 3;
    private const int GoingTarget = 4;
    private const int FirstGuestTarget = 5;

    private readonly EventList events = new();
    private readonly IVcpuScheduler scheduler;
    private readonly HostCore[] cores;

    // By index; what a guest leaves behind when it goes is free for the next.
    private readonly List<HostGuest?> guests = [];
    private readonly List<HostVcpu?> vcpus = [];
    private readonly List<long> timerGenerations = [];
    private readonly ulong seed;

    /// <param name="name">Unique in a rack.</param>
    /// <param name="hardware">What it is made of.</param>
    /// <param name="scheduler">Decides what its cores do; a new one.</param>
    /// <param name="seed">Of all that is random.</param>
    /// <exception cref="ArgumentException">Such hardware is impossible; the message says why.</exception>
    public Host(string name, HardwareProfile hardware, IVcpuScheduler scheduler, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(scheduler);
        if (HardwareCheck.Defects(hardware) is { Count: > 0 } defects)
        {
            throw new ArgumentException(string.Join("; ", defects), nameof(hardware));
        }

        if (name.Length == 0 || name.Contains('/', StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{name}' is no name of a host", nameof(name));
        }

        Name = name;
        Hardware = hardware;
        this.scheduler = scheduler;
        this.seed = seed;
        cores = [.. hardware.Cores.SelectMany(c => Enumerable.Repeat(c, c.Count)).Select((c, i) => new HostCore(i, c))];
        scheduler.Attach(this, [.. cores.Select(c => c.Scheduled)]);
    }

    /// <summary>Unique in a rack.</summary>
    public string Name { get; }

    /// <summary>What it is made of.</summary>
    public HardwareProfile Hardware { get; }

    /// <summary>Virtual time.</summary>
    public long Now { get; private set; }

    /// <summary>When something happens next; <see cref="VirtualTime.Never"/> when nothing does.</summary>
    public long NextTime => events.NextTime;

    /// <summary>Events that have happened.</summary>
    public long EventCount { get; private set; }

    /// <summary>Its cores, by index.</summary>
    public IReadOnlyList<HostCore> Cores => cores;

    /// <summary>Its guests, in the order of their indexes.</summary>
    public IReadOnlyList<HostGuest> Guests => [.. guests.OfType<HostGuest>()];

    /// <summary>Its disk.</summary>
    public FifoStation Disk { get; } = new();

    /// <summary>Who wants to see what is scheduled; null for nobody.</summary>
    public ISchedulingTrace? Trace { get; set; }

    /// <summary>Lets everything happen that is due before an instant, and time pass until then.</summary>
    /// <param name="horizon">The instant; not before now.</param>
    public void RunUntil(long horizon)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(horizon, Now);
        while (true)
        {
            // A boundary between seconds belongs to the second that it begins.
            var end = Math.Min(horizon, nextHash);
            while (events.TryTakeBefore(end, out var time, out var happening))
            {
                Now = time;
                EventCount++;
                Dispatch(happening);
            }

            Now = end;
            if (end != nextHash || end == VirtualTime.Never)
            {
                return;
            }

            TakeHash();
        }
    }

    /// <inheritdoc/>
    public void Reschedule(int core)
    {
        if (!cores[core].IsRescheduled)
        {
            cores[core].IsRescheduled = true;
            events.Add(Now, new HostEvent(CoreTarget, (int)CoreEvent.Reschedule, core));
        }
    }

    /// <inheritdoc/>
    public void Arm(int timer, long at)
    {
        while (timerGenerations.Count <= timer)
        {
            timerGenerations.Add(0);
        }

        events.Add(at, new HostEvent(TimerTarget, timer, ++timerGenerations[timer]));
    }

    /// <inheritdoc/>
    public void Disarm(int timer)
    {
        if (timer < timerGenerations.Count)
        {
            timerGenerations[timer]++;
        }
    }

    private void Dispatch(HostEvent happening)
    {
        switch (happening.Target)
        {
            case CoreTarget:
                HandleCore((CoreEvent)happening.Kind, happening.Argument);
                break;
            case TimerTarget:
                if (timerGenerations[happening.Kind] == happening.Argument)
                {
                    scheduler.TimerExpired(happening.Kind);
                }

                break;
            case DiskTarget:
                FinishTransfer();
                break;
            case NetworkTarget:
                HandleNetwork((NetworkEvent)happening.Kind, happening.Argument);
                break;
            case GoingTarget:
                Remove(guests[happening.Kind]!);
                break;
            case var target:
                guests[target - FirstGuestTarget]!.Program.Notify(happening.Kind, happening.Argument);
                break;
        }
    }

    private void Note(SchedulingEvent what, int core, int vcpu, long value) =>
        Trace?.Add(new SchedulingRecord(Now, what, core, vcpu, value));
}

/// <summary>A guest's share of the cores of its host.</summary>
public sealed record GuestShare
{
    /// <summary>Against others'.</summary>
    /// <value>256</value>
    public int Weight { get; init; } = SchedulingDomain.WeightDefault;

    /// <summary>Hundredths of a core at most; 0 for no limit.</summary>
    public int CapPercent { get; init; }

    /// <summary>Cores that each vCPU may run on, by number, again from the first; null for all.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? Affinity { get; init; }
}
