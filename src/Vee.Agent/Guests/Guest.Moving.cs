using Vee.Agent.Consoles;
using Vee.Hypervisor.Events;
using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Migration;
using Vee.Machines.Linux;
using Vee.Machines.Networking;
using Vee.Machines.Storage;

namespace Vee.Agent.Guests;

// A machine that comes from another host, or goes to one.
internal sealed partial class Guest
{
    // For so long those find the machine here who have not heard that it has moved.
    private const long RelayMin = 30 * VirtualTime.Second;

    private OutgoingMigration? move;
    private bool areFittingsGiven;
    private bool isFreed;
    private long arrivedAt;
    private Action<long>? goesOn;

    /// <summary>What is around it, which another instance of it at this agent takes over.</summary>
    internal GuestFittings Fittings => fittings;

    internal MachineGuest Machine => machine;

    /// <summary>A machine that has come, with all that it holds, and does not execute yet; in a turn of its rack.
    /// </summary>
    internal static Guest Came(
        GuestSpec spec, SimulatedHost host, GuestFittings fittings, ReadOnlyMemory<byte> program,
        Func<INetwork, IDisk, ProcessMachine> create, GuestParts parts, IGuestObserver observer) =>
        new(spec, host, fittings, program, create, parts, observer);

    /// <summary>It goes on here, at this instant; in a turn of its rack.</summary>
    /// <param name="source">Name of the host that it comes from.</param>
    /// <param name="number">Of the migration.</param>
    /// <param name="hasFormer">Whether clients are connected to a gateway there.</param>
    /// <param name="goesOn">Told once, when it executes or has nothing to do: the virtual time since now.</param>
    internal void Arrive(string source, ulong number, bool hasFormer, Action<long> goesOn)
    {
        if (hasFormer)
        {
            // Until the gateway there has no clients any more, also when the machine has moved on.
            var relay = ConnectionRelay.Open(
                host.Line.Host, source, number, fittings.Deliver, _ => view.End is not null);
            relay.Closed = () => fittings.Gateway.Former = null;
            fittings.Gateway.Former = relay.Send;
        }

        isStarted = true;
        isHeld = machine.Arrival!.IsHeld;
        fittings.Serve(this);
        place = host.Line.Host.Add(Spec.Uid, machine, new() { Weight = Spec.Weight, CapPercent = Spec.CapPercent });
        host.Line.Guests.Add(this);
        view = view with
        {
            Phase = isHeld ? GuestPhase.Paused : GuestPhase.Running,
            StartedAtWallMs = WallMs(),
        };
        Publish();
        Volatile.Write(ref reachedBefore, reached);
        Volatile.Write(ref retiredBefore, retired);
        arrivedAt = host.Line.Host.Now;
        this.goesOn = goesOn;
        TellGoesOn(machine.HasReadyThread ? null : arrivedAt);
    }

    private void TellGoesOn(long? at)
    {
        if (goesOn is { } tell && at is { } since)
        {
            goesOn = null;
            tell(since - arrivedAt);
        }
    }

    /// <summary>Begins to move it to another host; in a turn of its rack.</summary>
    /// <returns>The reason and the message of a refusal; null when it has begun.</returns>
    internal (string Reason, string Message)? TryMove(
        ulong number, string target, long token, MigrationOptions options, IMigrationObserver moves,
        out OutgoingMigration? begun)
    {
        begun = null;
        if (IsOver || !isStarted || isStopAsked)
        {
            return (Protocol.Refusal.NotMovable, $"machine {Spec.Namespace}/{Spec.Name} is {view.Phase}: it stays");
        }

        if (move is { IsOver: false })
        {
            return (Protocol.Refusal.Migrating, $"machine {Spec.Namespace}/{Spec.Name} is moving already");
        }

        if (machine.Machine.IsIncomplete)
        {
            return (Protocol.Refusal.Migrating, $"machine {Spec.Namespace}/{Spec.Name} has not got all its pages yet");
        }

        if (host.Line.Host.LinkTo(target) is null)
        {
            return (Protocol.Refusal.NotLinked, $"no link leads from host '{HostName}' to host '{target}'");
        }

        var luggage = new ConsoleLuggage(fittings.Log, fittings.Input);
        begun = move = OutgoingMigration.Begin(
            host.Line.Host, new OutgoingMachine(number, machine, target, token) { Luggage = luggage.Take }, options,
            moves);
        move.MovedAway = () => GiveAway(target, number);
        move.Concluded = Dispose;
        return null;
    }

    /// <summary>What is left of its pages never comes; after what its rack does just now, which it may be part of.
    /// </summary>
    internal void LosePages(string why) => Post(() => End(GuestEnding.PagesLost(why)));

    private Task AskAlwaysAsync(Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(
            () =>
            {
                action();
                done.TrySetResult();
            },
            isUrgent: true);
        return done.Task;
    }

    /// <summary>Another instance has what is around it.</summary>
    internal void GiveFittings() => areFittingsGiven = true;

    /// <summary>It executes elsewhere.</summary>
    private void GiveAway(string target, ulong number)
    {
        if (!areFittingsGiven)
        {
            RelayTo(target, number);
        }

        host.Line.Guests.Remove(this);
        Publish();
        parts.Meters.CountEnded(retired - retiredBefore, reached - reachedBefore);
        view = view with { Phase = GuestPhase.GivenAway };
        LogMoved(parts.Logger, Spec.Namespace, Spec.Name, Spec.Uid, Spec.Instance);
        observer.Changed(this);
        ended.TrySetResult();
    }

    /// <summary>Its memory is not needed here any more; in a turn of its rack.</summary>
    public void Dispose()
    {
        if (!isFreed)
        {
            isFreed = true;
            machine.Dispose();
        }
    }

    /// <summary>Clients from outside stay connected here; what they say follows the machine.</summary>
    private void RelayTo(string target, ulong number)
    {
        areFittingsGiven = true;
        fittings.Log.Complete();
        var line = host.Line;
        var relay = ConnectionRelay.Open(
            line.Host, target, number, fittings.Gateway.Send,
            age => age > RelayMin && fittings.Gateway is { ConnectionCount: 0, Former: null });
        relay.Closed = () => _ = fittings.DisposeAsync().AsTask();
        fittings.Follow(message => line.Post(() => relay.Send(message)));
    }

    /// <summary>The machine will not be there to be moved, or is not the mover's any more.</summary>
    private void GiveUpMove(string why)
    {
        if (move is { IsOver: false } && !move.TryGiveUp(new MigrationFailure("GuestEnded", why, IsRetryable: false)))
        {
            // It was given away, and whoever ends it here knows that it is elsewhere.
            move.Abandon();
        }
    }
}
