using Vee.Machines.State;

namespace Vee.Machines.Networking;

/// <summary>What a machine's network stack has counted since the machine started.</summary>
public sealed record NetworkCounters
{
    /// <summary>Messages handed to the network.</summary>
    public ulong Sent { get; internal set; }

    /// <summary>Messages that the network delivered, good or bad.</summary>
    public ulong Received { get; internal set; }

    /// <summary>Messages looped back, without the stream bytes that a loopback connection copies directly.</summary>
    public ulong LoopedBack { get; internal set; }

    /// <summary>Delivered messages that no correct network sends: unknown kind, foreign address, too long.</summary>
    public ulong Malformed { get; internal set; }

    /// <summary>Messages for a connection that does not exist.</summary>
    public ulong UnknownConnection { get; internal set; }

    /// <summary>Stream messages ahead of their turn, which were kept until it came.</summary>
    public ulong Early { get; internal set; }

    /// <summary>Stream messages beyond the window, or that contradict others; they were ignored.</summary>
    public ulong OutOfWindow { get; internal set; }

    /// <summary>Stream messages that had been received before; they were ignored.</summary>
    public ulong Repeated { get; internal set; }

    /// <summary>Datagrams dropped because the receiver's queue was full.</summary>
    public ulong DatagramsDropped { get; internal set; }

    /// <summary>Connections and datagrams that were refused because nobody listens.</summary>
    public ulong Refused { get; internal set; }

    /// <summary>Connections refused because the listener's queues were full.</summary>
    public ulong ListenOverflows { get; internal set; }

    internal void Save(StateWriter state)
    {
        state.UInt64("sent", Sent);
        state.UInt64("received", Received);
        state.UInt64("loopedBack", LoopedBack);
        state.UInt64("malformed", Malformed);
        state.UInt64("unknownConnection", UnknownConnection);
        state.UInt64("early", Early);
        state.UInt64("outOfWindow", OutOfWindow);
        state.UInt64("repeated", Repeated);
        state.UInt64("datagramsDropped", DatagramsDropped);
        state.UInt64("refused", Refused);
        state.UInt64("listenOverflows", ListenOverflows);
    }

    internal void Restore(StateReader state)
    {
        Sent = state.UInt64("sent");
        Received = state.UInt64("received");
        LoopedBack = state.UInt64("loopedBack");
        Malformed = state.UInt64("malformed");
        UnknownConnection = state.UInt64("unknownConnection");
        Early = state.UInt64("early");
        OutOfWindow = state.UInt64("outOfWindow");
        Repeated = state.UInt64("repeated");
        DatagramsDropped = state.UInt64("datagramsDropped");
        Refused = state.UInt64("refused");
        ListenOverflows = state.UInt64("listenOverflows");
    }
}
