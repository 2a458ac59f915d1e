using Vee.Agent.Scheduling;
using Vee.Hypervisor.Events;
using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Network;
using Vee.Hypervisor.Racks;

namespace Vee.Agent.Racks;

// Agreeing with the other agents on where to go on. Whoever has to stop begins a new epoch and says where it is; when
// all have said so for one epoch, all go on where the furthest is. Nothing that was sent is lost by that; what may not
// have arrived is sent again.
internal sealed partial class Rack
{
    private const int WindowsMax = 2;
    private const long AheadMax = 10 * 365L * 86_400 * VirtualTime.Second;

    private static readonly TimeSpan HeldBackPause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, PeerState> peers;
    private string stoppedBecause = "";
    private string distrusted = "";
    private long epoch;
    private long windowNumber;
    private bool hasReported;
    private bool isAsleep;
    private long lookAgainAt;
    private long reportedAt;
    private RackWindow? own;
    private IReadOnlyList<Arrival> untaken = [];

    // The addresses that the others were told of when time was stopped.
    private IReadOnlyList<Placement> told = [];

    /// <summary>A connection to another agent is there; any thread may say so.</summary>
    internal void Connected(string peer, IPeerConnection connection) => Signal(() =>
    {
        var caller = peers[peer];
        caller.Connection?.Close();
        caller.Connection = connection;
        caller.Hello = null;
        if (state == State.Running)
        {
            Stop(epoch + 1, $"agent '{peer}' has connected anew");
        }
        else if (state == State.Joining)
        {
            SendHello(caller);
        }
    });

    /// <summary>A connection has ended; any thread may say so.</summary>
    internal void Disconnected(string peer, IPeerConnection connection, string why) => Signal(() =>
    {
        var lost = peers[peer];
        if (lost.Connection != connection)
        {
            return;
        }

        lost.Connection = null;
        lost.Hello = null;
        lost.Trouble = why;
        if (state == State.Running)
        {
            Stop(epoch + 1, $"agent '{peer}' is gone: {why}");
        }
        else if (state == State.Joining)
        {
            TellWhomItWaitsFor();
        }
    });

    /// <summary>It has not been possible to connect; any thread may say so.</summary>
    internal void CannotConnect(string peer, string why) => Signal(() =>
    {
        peers[peer].Trouble = why;
        if (state == State.Joining)
        {
            TellWhomItWaitsFor();
        }
    });

    /// <summary>Another agent has stopped and says where it is; any thread may say so.</summary>
    internal void HelloCame(string peer, IPeerConnection connection, RackHello hello) => Signal(() =>
    {
        var sender = peers[peer];
        if (sender.Connection != connection || hello.Epoch < epoch)
        {
            return;
        }

        sender.Hello = hello;
        if (state is State.Running or State.Joining && hello.Epoch > epoch)
        {
            Stop(hello.Epoch, $"agent '{peer}' has stopped");
        }
        else if (state == State.Joining)
        {
            TryGoOn();
        }
    });

    /// <summary>Another agent says how far it is; any thread may say so.</summary>
    internal void WindowCame(string peer, IPeerConnection connection, RackWindow window) => Signal(() =>
    {
        var sender = peers[peer];
        if (sender.Connection != connection || window.Epoch != epoch
            || state is not (State.Running or State.Joining))
        {
            return;
        }

        sender.Add(window);
        if (sender.WindowCount > WindowsMax)
        {
            Distrust(new RackPromiseException(peer, "it does not wait for the others"));
        }
    });

    /// <summary>Time stands, and all are asked where they are.</summary>
    private void Stop(long nextEpoch, string why)
    {
        StandStill();
        state = State.Joining;
        epoch = nextEpoch;
        told = [.. hosts.SelectMany(host => RackPart.PlacementsOf(host.Host))];
        stoppedBecause = why;
        foreach (var peer in peers.Values)
        {
            SendHello(peer);
        }

        if (peers.Count > 0)
        {
            LogRack(parts.Logger, members.Uid, members.Generation, $"time stands, as {why}");
            TellWhomItWaitsFor();
        }

        TryGoOn();
    }

    private void StandStill()
    {
        if (part is not null)
        {
            IEnumerable<Arrival> unsure = hasReported ? [.. untaken, .. own!.Report.Arrivals] : untaken;
            underWay.AddRange(part.Dissolve(unsure));
            part = null;
        }

        untaken = [];
        windowNumber = 0;
        hasReported = false;
        isAsleep = false;
        lookAgainAt = 0;
        foreach (var peer in peers.Values)
        {
            peer.Forget();
        }

        foreach (var guest in hosts.SelectMany(host => host.Guests))
        {
            guest.HoldStill();
        }

        hosts.ForEach(host => host.Equipment.HoldStill());
    }

    private void SendHello(PeerState peer) =>
        peer.Connection?.Send(new RackHello(
            epoch, hosts.Max(host => host.Host.Now), hosts[0].IsPaced, told));

    private void TryGoOn()
    {
        if (distrusted.Length > 0 || !peers.Values.All(peer => peer.Hello?.Epoch == epoch))
        {
            return;
        }

        if (peers.Values.FirstOrDefault(peer => peer.Hello!.IsPaced != hosts[0].IsPaced) is { } other)
        {
            Distrust(new RackPromiseException(
                other.Peer.Name, "hosts of one rack are all paced or all free-running, and its are not as these"));
            return;
        }

        if (peers.Values.FirstOrDefault(peer => !peer.Hello!.Placements.All(
            placement => peer.Peer.Hosts.Contains(placement.Host))) is { } liar)
        {
            Distrust(new RackPromiseException(liar.Peer.Name, "it says that an address is at a host of another agent"));
            return;
        }

        var now = hosts.Max(host => host.Host.Now);
        if (peers.Values.FirstOrDefault(peer => peer.Hello!.Now - now > AheadMax) is { } far)
        {
            Distrust(new RackPromiseException(far.Peer.Name, "it says that it is ten years ahead"));
            return;
        }

        now = peers.Values.Select(peer => peer.Hello!.Now).Append(now).Max();
        part = new RackPart(members.OwnName, members.Plan, [.. hosts.Select(host => host.Host)], new RackStart
        {
            Now = now,
            Epoch = epoch,
            Parts = peers.Values.ToDictionary(peer => peer.Peer.Name, peer => peer.Peer.Hosts),
            Placements = [.. peers.Values.SelectMany(peer => peer.Hello!.Placements), .. told],
            UnderWay = underWay,
        });
        underWay = [];
        foreach (var host in hosts)
        {
            TellWhoCameMeanwhile(host);
        }

        pace = PaceFrom(now);
        state = State.Running;
        if (peers.Count > 0)
        {
            LogRack(parts.Logger, members.Uid, members.Generation, $"time passes from {now} ns on");
        }

        hosts.ForEach(host => host.Equipment.GoOn());
        foreach (var guest in hosts.SelectMany(host => host.Guests).ToArray())
        {
            guest.GoOn();
        }

        SetView(TimeView.Passes);
        parts.Pool.Wake(seat);
    }

    private void TellWhoCameMeanwhile(HostLine host)
    {
        var before = told.Where(placement => placement.Host == host.Host.Name).Select(placement => placement.Address)
            .ToHashSet();
        var here = RackPart.PlacementsOf(host.Host).Select(placement => placement.Address).ToHashSet();
        foreach (var address in here.Except(before))
        {
            part!.Correct(host.Host, address, isHere: true);
        }

        foreach (var address in before.Except(here))
        {
            part!.Correct(host.Host, address, isHere: false);
        }
    }

    private Pace PaceFrom(long now)
    {
        if (hosts[0].IsPaced)
        {
            return new PacedTime(parts.Time, now, MachineGuest.QuantumDefault);
        }

        var free = new FreeTime(now);
        free.AdvanceTo(hosts.Max(host => host.Horizon));
        return free;
    }

    /// <summary>Somebody lies about its clock: nothing is simulated on its word until there is another plan.</summary>
    private void Distrust(RackPromiseException lie)
    {
        distrusted = $"agent '{lie.Part}' contradicts itself: {lie.Message}";
        Stop(epoch + 1, distrusted);
    }

    private void TellWhomItWaitsFor()
    {
        var awaited = peers.Values.Where(peer => peer.Hello?.Epoch != epoch).Select(peer =>
            peer.Connection is null && peer.Trouble.Length > 0
                ? $"'{peer.Peer.Name}' at {peer.Peer.Address} ({peer.Trouble})" : $"'{peer.Peer.Name}'");
        var what = distrusted.Length > 0
            ? "it needs a plan without that agent"
            : $"it waits for agent {string.Join(", ", awaited)}";
        SetView(new TimeView(TimePhase.Stands, $"Time stands: {stoppedBecause}; {what}."));
    }
}
