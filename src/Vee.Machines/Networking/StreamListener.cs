using Vee.Machines.State;

namespace Vee.Machines.Networking;

/// <summary>
/// A TCP port that a socket has taken, listening or not, with the connections that wait to be accepted: granted
/// ones up to the backlog, and beyond it requests that are granted when room appears (Linux's two queues).
/// </summary>
internal sealed class StreamListener(EndPoint4 local) : NetworkEndPoint(local)
{
    /// <summary>The longest backlog (net.core.somaxconn).</summary>
    internal const int BacklogMax = 4096;

    /// <summary>Requests that wait for room in the backlog.</summary>
    internal const int WaitingMax = 1024;

    internal override EndPointKind Kind => EndPointKind.Listener;

    internal bool IsListening { get; set; }

    /// <summary>Granted connections that may wait for accept(2).</summary>
    internal int Backlog { get; set; }

    /// <summary>Receive buffer of accepted connections, in bytes.</summary>
    internal int CapacityBytes { get; set; } = StreamConnection.CapacityBytesDefault;

    /// <summary>Connections to accept, oldest first.</summary>
    internal Queue<StreamConnection> Ready { get; } = [];

    /// <summary>Requests that have not been granted yet, oldest first.</summary>
    internal Queue<NetworkMessage> Waiting { get; } = [];

    /// <summary>Linux lets one more than the backlog wait (sk_acceptq_is_full).</summary>
    internal bool HasRoom => Ready.Count <= Backlog;

    internal override void Save(StateWriter state)
    {
        state.Boolean("listening", IsListening);
        state.Int64("backlog", Backlog);
        state.Int64("capacityBytes", CapacityBytes);
        state.List("waiting", Waiting, (writer, message) => message.Save(writer));
    }

    internal override void Restore(StateReader state)
    {
        IsListening = state.Boolean("listening");
        Backlog = state.Int32("backlog", 0, BacklogMax);
        CapacityBytes = state.Int32("capacityBytes", 1, ByteRing.BytesMax);
        state.List("waiting", WaitingMax, (reader, _) => Waiting.Enqueue(NetworkMessage.Restore(reader)));
    }
}
