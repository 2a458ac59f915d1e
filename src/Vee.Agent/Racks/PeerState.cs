using Vee.Hypervisor.Network;
using Vee.Hypervisor.Racks;

namespace Vee.Agent.Racks;

/// <summary>A way to another agent of a rack. Used by one thread at a time; never waits.</summary>
internal interface IPeerConnection
{
    void Send(RackHello hello);

    void Send(RackWindow window);

    /// <summary>Ends it; who made it notices.</summary>
    void Close();
}

/// <summary>Reaches other agents.</summary>
internal interface IRackNetwork
{
    /// <summary>Connects a rack to its peers, again and again until it is closed.</summary>
    void Open(Rack rack);

    void Close(Rack rack);
}

/// <summary>What a rack knows of another agent.</summary>
internal sealed class PeerState(RackPeer peer)
{
    private readonly Queue<RackWindow> windows = new();

    internal RackPeer Peer { get; } = peer;

    internal IPeerConnection? Connection { get; set; }

    /// <summary>What it last said when it had stopped.</summary>
    internal RackHello? Hello { get; set; }

    /// <summary>Why there is no connection.</summary>
    internal string Trouble { get; set; } = "";

    /// <summary>Windows that have come and not been simulated.</summary>
    internal int WindowCount => windows.Count;

    internal void Add(RackWindow window) => windows.Enqueue(window);

    /// <summary>Whether it has said how far it was before a window.</summary>
    internal bool HasWindow(long number) => windows.TryPeek(out var next) && next.Number == number;

    internal RackWindow TakeWindow() => windows.Dequeue();

    internal void Forget() => windows.Clear();

    /// <summary>Whether something goes to one of its hosts.</summary>
    internal bool Takes(RackPlan plan, Arrival arrival) => Peer.Hosts.Contains(plan.ReceiverOf(arrival.Link));
}
