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

    private readonly HostGuest guest;
    private readonly JobServer server;
    private readonly CostProfile costs;
    private readonly Dictionary<long, Action> waiting = [];

    private HostWork(HostGuest guest, JobServer server, CostProfile costs)
    {
        this.guest = guest;
        this.server = server;
        this.costs = costs;
        server.Done = (_, number) =>
        {
            if (waiting.Remove(number, out var done))
            {
                done();
            }
        };
    }

    /// <summary>What was done and what waits.</summary>
    public JobClass Work => server.Classes[0];

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
    public static HostWork AddTo(Host host, int vcpuCount, GuestShare share)
    {
        ArgumentNullException.ThrowIfNull(host);
        var jobs = new JobServer(vcpuCount, [new JobSource
        {
            Name = "work",
            Arrivals = new Arrivals.Submitted(),
            Phases = [new JobPhase.Cpu(new Distribution.Constant(0))],
        }]);
        return new HostWork(host.Add(Name, jobs, share), jobs, host.Hardware.Costs);
    }

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
        costs.PerPage.TryGetValue(what, out var cost)
            ? checked(cost.Nanoseconds * pageCount)
            : throw new KeyNotFoundException($"the hardware's costs.perPage has no '{what}'"),
        done);
}
