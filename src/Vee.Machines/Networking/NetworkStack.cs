namespace Vee.Machines.Networking;

/// <summary>
/// The network side of one machine: its address, its ports, its connections. Sockets call it; the network
/// delivers to it. What a call causes is queued and carried out at the call's end, so nothing recurses.
/// </summary>
/// <remarks>
/// Not thread-safe: called by whoever runs the machine. A message that is handled causes at most one other, and
/// answers cause none, so the queue of a call drains.
/// </remarks>
public sealed partial class NetworkStack
{
    /// <summary>End points at most.</summary>
    internal const int EndPointsMax = 65536;

    /// <summary>
    /// Bytes that all receive buffers may come to hold: 512 MiB. Beyond it datagrams are dropped and connections are
    /// promised <see cref="WindowBytesMin"/> only, so that the whole stays within twice that.
    /// </summary>
    internal const long BufferBytesMax = 512L << 20;

    /// <summary>What a connection is promised even when memory is short, in bytes.</summary>
    internal const int WindowBytesMin = 4096;

    private readonly INetwork network;
    private readonly SortedDictionary<long, NetworkEndPoint> endPoints = [];
    private readonly Dictionary<ConnectionKey, StreamConnection> connections = [];
    private readonly Queue<NetworkMessage> queue = [];
    private long lastEndPoint;
    private ulong lastConnection;
    private long committedBytes;
    private bool isDraining;

    internal NetworkStack(uint address, INetwork network)
    {
        Address = address;
        this.network = network;
    }

    /// <summary>The machine's IPv4 address.</summary>
    public uint Address { get; private set; }

    /// <summary>What has been counted; the same object for the stack's life.</summary>
    public NetworkCounters Counters { get; } = new();

    /// <summary>Connections that are not closed.</summary>
    public int ConnectionCount => connections.Count;

    /// <summary>Takes a message from the network. Whatever it holds, it does no harm: bad ones are counted.</summary>
    /// <exception cref="ArgumentNullException">There is no message.</exception>
    public void Deliver(NetworkMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        Counters.Received++;
        if (!IsAcceptable(message))
        {
            Counters.Malformed++;
            return;
        }

        queue.Enqueue(message);
        Drain();
    }

    /// <summary>Bytes that receive buffers hold or have promised to hold.</summary>
    internal long CommittedBytes => committedBytes;

    /// <summary>Finds an end point by id; a restored socket finds its own this way.</summary>
    internal NetworkEndPoint? Find(long id) => endPoints.GetValueOrDefault(id);

    /// <summary>Whether an address is this machine's.</summary>
    internal bool IsLocal(uint address) => address == Address || address >> 24 == 127;

    /// <summary>Whether something sent to an address could arrive anywhere.</summary>
    internal bool HasRoute(uint address) => IsLocal(address) || network.HasRoute(address);

    private bool IsAcceptable(NetworkMessage message)
    {
        var isDatagram = message.Kind == NetworkMessageKind.Datagram;
        var mayCarry = isDatagram || message.Kind == NetworkMessageKind.Data;
        var toUs = message.Destination.Address == Address
            || (isDatagram && (message.Destination.Address == EndPoint4.Broadcast || message.Destination.IsMulticast));
        var needsConnection = !isDatagram && message.Kind != NetworkMessageKind.Refuse;
        return message.Kind is >= NetworkMessageKind.Datagram and <= NetworkMessageKind.Reset
            && message.Payload.Length <= (isDatagram ? NetworkMessage.DatagramBytesMax : NetworkMessage.PayloadBytesMax)
            && (mayCarry || message.Payload.IsEmpty)
            && toUs
            && !IsLocal(message.Source.Address)
            && message.Source.Address is not (EndPoint4.Any or EndPoint4.Broadcast)
            && !message.Source.IsMulticast
            && message.Source.Port != 0 && message.Destination.Port != 0
            && (!needsConnection || message.Connection != 0);
    }

    private void Post(NetworkMessage message) => queue.Enqueue(message);

    private void Drain()
    {
        if (isDraining)
        {
            return;
        }

        isDraining = true;
        try
        {
            while (queue.TryDequeue(out var message))
            {
                Dispatch(message);
            }
        }
        finally
        {
            isDraining = false;
        }
    }

    private void Dispatch(NetworkMessage message)
    {
        var destination = message.Destination.Address;
        var isFromUs = IsLocal(message.Source.Address);
        if (isFromUs && !IsLocal(destination))
        {
            Counters.Sent++;
            network.Send(message);
            return;
        }

        Counters.LoopedBack += isFromUs ? 1UL : 0;
        Handle(message);
    }

    private T Register<T>(T endPoint)
        where T : NetworkEndPoint
    {
        endPoint.Id = ++lastEndPoint;
        endPoints.Add(endPoint.Id, endPoint);
        Claim(endPoint);
        return endPoint;
    }

    private ulong Promise(StreamConnection connection)
    {
        var roomMax = Math.Max(WindowBytesMin, BufferBytesMax - committedBytes);
        committedBytes += connection.Promise(roomMax);
        return connection.ReceiveLimit;
    }

    private void Forget(NetworkEndPoint endPoint)
    {
        if (endPoints.Remove(endPoint.Id))
        {
            Unclaim(endPoint);
        }

        endPoint.Owner = null;
    }
}
