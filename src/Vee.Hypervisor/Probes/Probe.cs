using Vee.Hypervisor.Events;
using Vee.Hypervisor.Hosts;
using Vee.Machines.Networking;
using Vee.Machines.State;

namespace Vee.Hypervisor.Probes;

/// <summary>A client that needs no core: it asks a service at times that do not depend on its answers.</summary>
/// <remarks>
/// A probe can be held, as machines are while their host catches up with others of a rack: for it no time passes, so
/// that it does not take that for a blackout. What comes for it waits.
/// </remarks>
public abstract class Probe : INetworkGuest
{
    private const int WaitingMax = 1 << 20;

    private readonly Queue<NetworkMessage> messages = new();
    private readonly Queue<int> duties = new();
    private bool hasBegun;
    private long heldAt;

    /// <param name="slowAfter">Nanoseconds from which on an answer is slow.</param>
    private protected Probe(long slowAfter) => Meter = new ProbeMeter(slowAfter);

    /// <summary>What it saw.</summary>
    public ProbeMeter Meter { get; }

    /// <summary>Connections that were refused or broke; 0 for a probe that has none.</summary>
    public virtual long Breaks => 0;

    /// <summary>Whether it is held.</summary>
    public bool IsHeld { get; private set; }

    /// <inheritdoc/>
    public abstract uint Address { get; }

    /// <inheritdoc/>
    public IReadOnlyList<IVcpu> Vcpus => [];

    private protected IGuestPort Port { get; private set; } = null!;

    /// <inheritdoc/>
    public void Start(IGuestPort port)
    {
        ArgumentNullException.ThrowIfNull(port);
        Port = port;
        heldAt = port.Now;
        if (!IsHeld)
        {
            hasBegun = true;
            Begin();
        }
    }

    /// <inheritdoc/>
    public void Notify(int kind, long argument)
    {
        if (IsHeld)
        {
            duties.Enqueue(kind);
        }
        else
        {
            Perform(kind);
        }
    }

    /// <inheritdoc/>
    public void Deliver(NetworkMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (IsHeld)
        {
            messages.Enqueue(message);
        }
        else
        {
            Take(message);
        }
    }

    /// <summary>Holds it; it may be held before it starts.</summary>
    public void Hold()
    {
        if (!IsHeld)
        {
            IsHeld = true;
            heldAt = Port is null ? 0 : Port.Now;
        }
    }

    /// <summary>Lets it go on: for the probe no time has passed.</summary>
    public void Release()
    {
        if (!IsHeld)
        {
            return;
        }

        IsHeld = false;
        if (!hasBegun)
        {
            hasBegun = true;
            Begin();
            return;
        }

        Meter.Skip(Port.Now - heldAt);
        Skip(Port.Now - heldAt);
        while (messages.TryDequeue(out var message))
        {
            Take(message);
        }

        while (duties.TryDequeue(out var duty))
        {
            Perform(duty);
        }
    }

    /// <summary>It is about to be removed: whoever it is connected with is told.</summary>
    public void Leave()
    {
        if (hasBegun)
        {
            End();
        }
    }

    /// <inheritdoc/>
    public void Save(StateWriter state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.Boolean("isHeld", IsHeld);
        state.Boolean("hasBegun", hasBegun);
        state.Int64("heldAt", heldAt);
        state.List("duties", duties, static (to, duty) => to.Int64("duty", duty));
        state.List("messages", messages, static (to, message) => message.Save(to));
        Meter.Save(state);
        SaveWork(state);
    }

    /// <inheritdoc/>
    public void Restore(StateReader state)
    {
        ArgumentNullException.ThrowIfNull(state);
        IsHeld = state.Boolean("isHeld");
        hasBegun = state.Boolean("hasBegun");
        heldAt = state.Int64("heldAt", 0, Port.Now);
        duties.Clear();
        state.List("duties", WaitingMax, (from, _) => duties.Enqueue(from.Int32("duty", 1, DutyMax)));
        messages.Clear();
        state.List("messages", WaitingMax, (from, _) => messages.Enqueue(NetworkMessage.Restore(from)));
        Meter.Restore(state);
        RestoreWork(state);
    }

    /// <summary>The last kind of notice that it asks for.</summary>
    private protected abstract int DutyMax { get; }

    /// <summary>It begins to ask.</summary>
    private protected abstract void Begin();

    /// <summary>It ends what it has begun.</summary>
    private protected virtual void End()
    {
    }

    /// <summary>Something is due that it asked for.</summary>
    private protected abstract void Perform(int duty);

    /// <summary>Takes a message.</summary>
    private protected abstract void Take(NetworkMessage message);

    /// <summary>Time has passed that does not count: what it meant to do before, it meant to do later.</summary>
    private protected abstract void Skip(long duration);

    private protected abstract void SaveWork(StateWriter state);

    private protected abstract void RestoreWork(StateReader state);

    /// <summary>Moves intended times.</summary>
    private protected static void SkipIn(Queue<long> times, long duration)
    {
        for (var left = times.Count; left > 0; left--)
        {
            times.Enqueue(VirtualTime.After(times.Dequeue(), duration));
        }
    }
}
