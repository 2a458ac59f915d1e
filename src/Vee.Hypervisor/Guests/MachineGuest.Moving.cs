using Vee.Hypervisor.Events;
using Vee.Machines.Networking;
using Vee.Machines.State;

namespace Vee.Hypervisor.Guests;

/// <summary>How a machine stands in the time of its rack, which it takes along to another host.</summary>
/// <param name="BornAt">Virtual time of the rack when the machine's own time was 0.</param>
/// <param name="IsHeld">Whether somebody holds it.</param>
/// <param name="HeldAt">Since when.</param>
public sealed record MachinePlace(long BornAt, bool IsHeld, long HeldAt)
{
    /// <summary>Writes it.</summary>
    public void Save(StateWriter state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.Int64("bornAt", BornAt);
        state.Boolean("isHeld", IsHeld);
        state.Int64("heldAt", HeldAt);
    }

    /// <summary>Reads what was written.</summary>
    public static MachinePlace Restore(StateReader state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return new MachinePlace(
            state.Int64("bornAt", 0, VirtualTime.Never), state.Boolean("isHeld"),
            state.Int64("heldAt", 0, VirtualTime.Never));
    }
}

// A machine that goes to another host of its rack: it is frozen, its time passes on all the same, and it goes on there
// or, if that comes to nothing, here.
public sealed partial class MachineGuest
{
    private readonly List<Action> postponed = [];
    private long frozenAt;

    /// <summary>Whether it is frozen.</summary>
    public bool IsFrozen { get; private set; }

    /// <summary>Whether it does not execute, for one reason or another.</summary>
    public bool IsStill => IsHeld || IsFrozen || IsStalled;

    /// <summary>Whether what it had begun to execute when it was frozen is over: its state does not change any more.
    /// </summary>
    public bool IsDrained => IsFrozen && port.Now >= StoodStillAt;

    /// <summary>When it came to stand still: frozen, or at the end of what it executed then.</summary>
    public long StoodStillAt =>
        Math.Max(frozenAt, VirtualTime.After(bornAt, Enumerable.Range(0, vcpus.Length).Max(machine.TimeOf)));

    /// <summary>When it executed first on this host; null if it has not.</summary>
    public long? FirstExecutedAt { get; private set; }

    /// <summary>Whether a thread of it can go on now.</summary>
    public bool HasReadyThread => !IsHeld && !IsFrozen
        && (IsStalled || Array.Exists(vcpus, vcpu => machine.HasThread(vcpu.Index))
            || machine.CountReady(port.Now - bornAt) > 0);

    /// <summary>Where it was before, if it comes from another host of the rack.</summary>
    public MachinePlace? Arrival { get; set; }

    /// <summary>How it stands in time.</summary>
    public MachinePlace Place => new(bornAt, IsHeld, heldAt);

    /// <summary>It does not execute from here on; what it has begun ends first. Its time passes.</summary>
    public void Freeze()
    {
        if (!IsFrozen)
        {
            IsFrozen = true;
            frozenAt = port.Now;
        }
    }

    /// <summary>It goes on here: it has missed the time meanwhile, as if it had got no core.</summary>
    public void Thaw()
    {
        if (!IsFrozen)
        {
            return;
        }

        IsFrozen = false;
        CatchUp();
        DoPostponed();
    }

    /// <summary>What came for it over the network while it stood still, for whoever has it now.</summary>
    public IReadOnlyList<NetworkMessage> TakeWaiting()
    {
        NetworkMessage[] taken = [.. waiting];
        waiting.Clear();
        return taken;
    }

    /// <summary>What is done to it from outside has to wait while it is frozen, as its state may have gone, or in the
    /// midst of a system call.</summary>
    private bool TryPostpone(Action action)
    {
        var isNow = !IsFrozen && !IsStalled;
        if (!isNow)
        {
            postponed.Add(action);
        }

        return !isNow;
    }

    private void DoPostponed()
    {
        Action[] all = [.. postponed];
        postponed.Clear();
        Array.ForEach(all, action => action());
    }

    private void Arrive(MachinePlace place)
    {
        bornAt = place.BornAt;
        IsHeld = place.IsHeld;
        heldAt = place.HeldAt;
        if (!IsHeld)
        {
            PassTime();
            GoOn();
        }
    }

    private void CatchUp()
    {
        if (IsStill)
        {
            return;
        }

        PassTime();
        while (waiting.TryDequeue(out var message))
        {
            machine.Deliver(message);
        }

        EndTransfersOfHold();
        GoOn();
    }
}
