using Vee.Hypervisor.Events;
using Vee.Machines.Networking;
using Vee.Machines.State;

namespace Vee.Hypervisor.Guests;

// A machine that is held: it does not execute, its clock stands still, and what comes for it over the network waits.
public sealed partial class MachineGuest
{
    private const int WaitingMax = 1 << 20;

    private readonly Queue<NetworkMessage> waiting = new();

    // Virtual time of the host. Time is over for a machine that has ended or left.
    private long heldAt;
    private long overAt = VirtualTime.Never;

    /// <summary>Whether it is held.</summary>
    public bool IsHeld { get; private set; }

    /// <summary>
    /// Nanoseconds that have passed for the machine: as its clock shows, but for harts within a quantum.
    /// </summary>
    public long Age => Math.Max(0, Math.Min(overAt, IsHeld ? heldAt : port.Now) - bornAt);

    /// <summary>How far its furthest hart has come: the machine's age or, within a quantum, more.</summary>
    public long Reached => Math.Max(Age, Enumerable.Range(0, vcpus.Length).Max(machine.TimeOf));

    /// <summary>Instructions that its harts have executed.</summary>
    public long RetiredCount => machine.Harts.Sum(hart => (long)hart.Retired);

    /// <summary>
    /// Whether every thread waits for another one and for no time, input or signal, so that it never executes again.
    /// </summary>
    public bool IsDeadlocked =>
        !IsStill && Array.TrueForAll(vcpus, vcpu => vcpu.IsIdle)
        && machine is { Ending: null, IsStopped: false, NextDeadline: null, WaitingThreadCount: 0,
            IsFileAwaited: false, IsSignalAwaited: false, IsDiskAwaited: false };

    /// <summary>Holds it; what it has begun to execute ends first. It may be held before it starts.</summary>
    public void Hold()
    {
        if (!IsHeld)
        {
            IsHeld = true;
            heldAt = port is null ? 0 : port.Now;
        }
    }

    /// <summary>Lets it go on: for the machine no time has passed.</summary>
    public void Release()
    {
        if (!IsHeld)
        {
            return;
        }

        // What was under way when it was held has come further.
        var stoppedAt = Math.Max(heldAt, bornAt + Enumerable.Range(0, vcpus.Length).Max(machine.TimeOf));
        bornAt += Math.Max(0, port.Now - stoppedAt);
        IsHeld = false;
        CatchUp();
        WakeForPages();
    }

    /// <summary>What is done to the machine now is done at its own time.</summary>
    private void PassTime() => machine.TurnTo(Age);

    private void SaveHold(StateWriter state)
    {
        state.Boolean("isHeld", IsHeld);
        state.Int64("heldAt", heldAt);
        state.List("waiting", waiting, static (to, message) => message.Save(to));
    }

    private void RestoreHold(StateReader state)
    {
        IsHeld = state.Boolean("isHeld");
        heldAt = state.Int64("heldAt", 0);
        overAt = endsAt;
        waiting.Clear();
        state.List("waiting", WaitingMax, (from, _) => waiting.Enqueue(NetworkMessage.Restore(from)));
    }
}
