using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Randomness;

namespace Vee.Hypervisor.Guests;

/// <summary>
/// The host's own work (<c>dom0</c>): encoding, digests, copies, fault service and dumps cost time of simulated cores,
/// wait for them behind guests, and can be throttled.
/// </summary>
public sealed class HostWork
{
    /// <summary>Name of the guest that it is on its host.</summary>
    public const string Name = "dom0";

    private readonly Host host;
    private readonly HostGuest guest;
    private readonly JobServer server;
    private readonly Dictionary<long, Action> waiting = [];

    private HostWork(Host host, HostGuest guest, JobServer server)
    {
        this.host = host;
        this.guest = guest;
        this.server = server;
        server.Done = (type, number) =>
        {
            if (type == Work && waiting.Remove(number, out var done))
            {
                done();
            }
        };
    }

    /// <summary>What was queued: what was done and what waits.</summary>
    public JobClass Work => server.Classes[0];

    /// <summary>What comes by itself.</summary>
    public IReadOnlyList<JobClass> Tasks => [.. server.Classes.Skip(1)];

    /// <summary>Its share against guests'.</summary>
    public int Weight
    {
        get => guest.Domain.Weight;
        set => guest.Domain.Weight = value;
    }

    /// <summary>Hundredths of a core that it takes at most; 0 for no limit.</summary>
    public int CapPercent
    {
        get => guest.Domain.CapPercent;
        set => guest.Domain.CapPercent = value;
    }

    /// <summary>Gives a host vCPUs for its work.</summary>
    /// <param name="host">The host.</param>
    /// <param name="vcpuCount">How much it may do at a time.</param>
    /// <param name="share">Against guests.</param>
    /// <param name="tasks">Work that comes by itself; null for none.</param>
    /// <param name="name">Of the guest that it is, unique in the host.</param>
    public static HostWork AddTo(
        Host host, int vcpuCount, GuestShare share, IReadOnlyList<JobSource>? tasks = null, string name = Name)
    {
        ArgumentNullException.ThrowIfNull(host);
        var queued = new JobSource
        {
            Name = "work",
            Arrivals = new Arrivals.Submitted(),
            Phases = [new JobPhase.Cpu(new Distribution.Constant(0))],
        };
        var jobs = new JobServer(vcpuCount, [queued, .. tasks ?? []]);
        return new HostWork(host, host.Add(name, jobs, share), jobs);
    }

    /// <summary>The host does no work any more; what is queued is forgotten.</summary>
    public void Remove() => host.Remove(guest);

    /// <summary>The same after all that is due at this instant: what is being done may say so.</summary>
    public void Leave() => guest.Port.Leave(host.Now);

    /// <summary>Queues work.</summary>
    /// <param name="nanoseconds">Of a core of the reference capacity.</param>
    /// <param name="done">Called when it has been done.</param>
    public void Queue(long nanoseconds, Action? done = null)
    {
        var number = server.Classes[0].Meter.Arrivals;
        if (done is not null)
        {
            waiting.Add(number, done);
        }

        server.Submit(server.Classes[0], nanoseconds);
    }

    /// <summary>Queues work on pages, at what the hardware's profile says that it costs.</summary>
    /// <param name="what">A codec, <c>copy</c>, <c>digest</c>, ... of <see cref="CostProfile.PerPage"/>.</param>
    /// <param name="pageCount">How many.</param>
    /// <param name="done">Called when it has been done.</param>
    /// <exception cref="KeyNotFoundException">The profile does not say what it costs.</exception>
    public void QueuePages(string what, long pageCount, Action? done = null) => Queue(
        host.Hardware.Costs.PerPage.TryGetValue(what, out var cost)
            ? checked(cost.Nanoseconds * pageCount)
            : throw new KeyNotFoundException($"the hardware's costs.perPage has no '{what}'"),
        done);
}
