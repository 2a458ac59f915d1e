using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Vee.Agent.Scheduling;
using Vee.Hypervisor.Racks;

namespace Vee.Agent.Racks;

/// <summary>What all racks of an agent use.</summary>
/// <param name="Pool">Gives turns.</param>
/// <param name="Network">Reaches other agents.</param>
/// <param name="Observer">Is told when time stands or lags.</param>
/// <param name="Time">The wall's.</param>
/// <param name="Logger">Says what happens to racks.</param>
internal sealed record RackParts(
    WorkerPool Pool, IRackNetwork Network, IRackObserver Observer, TimeProvider Time, ILogger<Rack> Logger);

/// <summary>Who is told how a host's time is. Must not wait.</summary>
internal interface IRackObserver
{
    /// <summary>It passes in another way than before.</summary>
    void TimeChanged(HostLine host);
}

/// <summary>
/// The hosts of this agent that share one line of virtual time, one at least. They are touched only in turns, which the
/// pool gives to one thread at a time; whoever wants something of them leaves work and wakes the rack.
/// </summary>
internal sealed partial class Rack : IWorker
{
    private static readonly TimeSpan TurnLength = TimeSpan.FromMilliseconds(1);

    // What happens to the rack itself: it goes before what is wanted of hosts.
    private readonly ConcurrentQueue<Action> signals = new();
    private readonly List<IRackGuest> attention = [];
    private readonly List<HostLine> hosts = [];
    private readonly RackParts parts;
    private readonly RackMembers members;
    private readonly Seat seat;
    private readonly int hostCount;
    private List<UnderWay> underWay = [];
    private IReadOnlyDictionary<HostLine, Rack>? heirs;
    private RackPart? part;
    private Pace? pace;
    private State state = State.Gathering;

    // When somebody's grace period may be over; at first nobody knows.
    private long nextStop = long.MinValue;

    /// <param name="members">The plan.</param>
    /// <param name="hostCount">Hosts that will come; it begins when all are there.</param>
    /// <param name="parts">What all racks use.</param>
    internal Rack(RackMembers members, int hostCount, RackParts parts)
    {
        this.members = members;
        this.hostCount = hostCount;
        this.parts = parts;
        seat = parts.Pool.Add(this);
        peers = members.Peers.ToDictionary(peer => peer.Name, peer => new PeerState(peer), StringComparer.Ordinal);
    }

    private enum State
    {
        /// <summary>Not all hosts are there yet.</summary>
        Gathering,

        /// <summary>Waits for the others to say where they are.</summary>
        Joining,

        /// <summary>Time passes.</summary>
        Running,

        /// <summary>Its hosts are others' now.</summary>
        Dissolved,

        /// <summary>A defect of this program has shown; nothing is simulated any more.</summary>
        Failed,
    }

    /// <summary>The plan.</summary>
    internal RackMembers Members => members;

    /// <summary>Whether machines have to be still.</summary>
    internal bool IsStanding => state != State.Running;

    /// <summary>Whether hosts can still be changed.</summary>
    internal bool HasFailed => state == State.Failed;

    /// <summary>Windows that were simulated since it was last joined.</summary>
    internal long WindowCount => part?.WindowCount ?? 0;

    /// <summary>Somebody has left work with one of its hosts; any thread may say so.</summary>
    internal void Wake(bool isUrgent) => parts.Pool.Wake(seat, isUrgent);

    /// <summary>Gives it hosts; any thread may, and does not touch them afterwards.</summary>
    internal void Give(IReadOnlyList<HostLine> arrived, IReadOnlyList<UnderWay> messages) => Signal(() =>
    {
        hosts.AddRange(arrived);
        underWay.AddRange(messages);
        if (hosts.Count < hostCount)
        {
            return;
        }

        if (heirs is not null)
        {
            // It was over before it began.
            GiveAway();
        }
        else if (hosts.Find(host => host.HasFailed) is { } failed)
        {
            state = State.Failed;
            SetView(new TimeView(TimePhase.Stands, $"Time stands: host '{failed.Host.Name}' has failed; delete it."));
        }
        else
        {
            Stop(
                peers.Values.Select(peer => peer.Hello?.Epoch ?? 0).Append(members.FirstEpoch).Max(),
                "its agents have just been told of it");
        }
    });

    /// <summary>Gives its hosts to other racks, when it has them; any thread may.</summary>
    /// <param name="next">For each host the rack that it goes to; one that goes nowhere is deleted.</param>
    internal void Dissolve(IReadOnlyDictionary<HostLine, Rack> next) => Signal(() =>
    {
        parts.Network.Close(this);
        heirs = next;
        if (hosts.Count == hostCount)
        {
            GiveAway();
        }
    });

    /// <summary>A machine that something has happened to is looked at when the window is over.</summary>
    internal void Attend(IRackGuest guest) => attention.Add(guest);

    /// <summary>Has machines looked at when a timestamp of the wall has come.</summary>
    internal void ExpectStop(long timestamp) => nextStop = Math.Min(nextStop, timestamp);

    /// <summary>Moves the horizon of free-running hosts.</summary>
    internal void AdvanceTo(long until) => (pace as FreeTime)?.AdvanceTo(until);

    /// <inheritdoc/>
    public Turn TakeTurn()
    {
        try
        {
            return Work();
        }
#pragma warning disable CA1031 // A bug that these hosts show is their end, not that of the agent's others.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Fail(failure);
            return Turn.Again;
        }
    }

    private Turn Work()
    {
        while (signals.TryDequeue(out var signal))
        {
            signal();
        }

        switch (state)
        {
            case State.Running:
                var turn = peers.Count == 0 ? DriveAlone() : DriveTogether();
                if (state == State.Running)
                {
                    TellTime();
                }

                return turn;
            case State.Dissolved:
                PassWorkOn();
                return Turn.WhenWoken;
            case State.Gathering:
                return Turn.WhenWoken;
            default:
                DoWork();
                return signals.IsEmpty ? Turn.Until(nextStop) : Turn.Again;
        }
    }

    private void Signal(Action signal)
    {
        signals.Enqueue(signal);
        parts.Pool.Wake(seat, isUrgent: true);
    }

    private void GiveAway()
    {
        LookAfterGuests();
        StandStill();
        state = State.Dissolved;
        foreach (var heir in heirs!.GroupBy(heir => heir.Value, heir => heir.Key))
        {
            HostLine[] inherited = [.. heir];
            foreach (var host in inherited)
            {
                host.Rack = heir.Key;
            }

            heir.Key.Give(
                inherited, [.. underWay.Where(message => inherited.Any(host => host.Host.Name == message.From))]);
        }

        PassWorkOn();
    }

    /// <summary>Whoever left work meanwhile has woken the wrong rack; a host that is deleted answers still.</summary>
    private void PassWorkOn()
    {
        foreach (var host in hosts.Where(host => host.HasWork))
        {
            if (host.Rack == this)
            {
                host.DoWork();
            }
            else
            {
                host.Rack.Wake(isUrgent: true);
            }
        }
    }

    /// <summary>Whether anybody wants anything of its hosts.</summary>
    private bool HasWork => hosts.Exists(host => host.HasWork) || parts.Time.GetTimestamp() >= nextStop;

    private void DoWork()
    {
        hosts.ForEach(host => host.DoWork());
        StopThoseWhoseTimeIsUp();
        LookAfterGuests();
    }

    private void LookAfterGuests()
    {
        // Ending one may be news for another of them.
        for (var index = 0; index < attention.Count; index++)
        {
            attention[index].LookAfter();
        }

        attention.Clear();
    }

    private void StopThoseWhoseTimeIsUp()
    {
        var now = parts.Time.GetTimestamp();
        if (now < nextStop)
        {
            return;
        }

        nextStop = long.MaxValue;
        foreach (var guest in hosts.SelectMany(host => host.Guests).ToArray())
        {
            guest.StopIfDue(now);
        }
    }

    private void Fail(Exception failure)
    {
        LogFailed(parts.Logger, failure, string.Join(", ", hosts.Select(host => host.Host.Name)));
        if (state == State.Dissolved)
        {
            // Its hosts are simulated by others, or deleted.
            return;
        }

        state = State.Failed;
        hosts.ForEach(host => host.HasFailed = true);
        parts.Network.Close(this);
        foreach (var guest in hosts.SelectMany(host => host.Guests).ToArray())
        {
            try
            {
                guest.Fail(failure);
            }
#pragma warning disable CA1031 // The others are to be ended, too.
            catch (Exception another)
#pragma warning restore CA1031
            {
                LogFailed(parts.Logger, another, "a machine beside");
            }
        }

        SetView(new TimeView(TimePhase.Stands, $"The agent cannot go on with it: {failure.Message}"));
    }

    [LoggerMessage(60, LogLevel.Error, "Simulating {Hosts} failed.")]
    private static partial void LogFailed(ILogger logger, Exception failure, string hosts);

    [LoggerMessage(61, LogLevel.Information, "Rack {Uid}, plan {Generation}: {Message}.")]
    private static partial void LogRack(ILogger logger, string uid, long generation, string message);
}
