using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Vee.Machines.Networking;

namespace Vee.Agent.Gateways;

/// <summary>A port that a guest's clients use.</summary>
/// <param name="Name">Its name in the machine.</param>
/// <param name="Port">Port of the guest.</param>
/// <param name="AgentPort">Port of the agent; 0 asks for a free one.</param>
internal sealed record PublishedPort(string Name, int Port, int AgentPort);

/// <summary>
/// The way from outside to one machine: TCP ports of 127.0.0.1 whose connections end in the guest's network stack. To
/// the stack it is a peer machine with an address of its own. See docs/networking.md, "What plugs in".
/// </summary>
internal sealed class Gateway : INetwork, IAsyncDisposable
{
    /// <summary>The gateway's address in the guest's network: 10.0.0.1.</summary>
    internal const uint PeerAddress = 0x0A000001;

    /// <summary>Connections of one machine at once; further ones are reset.</summary>
    internal const int ConnectionsMax = 1024;

    private const int BacklogMax = 512;
    private const int InstanceShift = 32;
    private const ushort FirstPeerPort = 1024;

    // How long accepting pauses when the computer has no descriptors left.
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<ulong, GatewayConnection> connections = new();
    private readonly ConcurrentDictionary<Task, bool> conversations = new();
    private readonly CancellationTokenSource closing = new();
    private readonly Lazy<Task> disposal;
    private readonly List<Socket> listeners = [];
    private readonly List<Task> accepting = [];
    private readonly uint guestAddress;
    private readonly Action<NetworkMessage> deliver;
    private readonly Traffic traffic;
    private readonly TimeProvider time;
    private readonly ulong firstNumber;
    private ulong lastNumber;

    /// <param name="guestAddress">The machine's address.</param>
    /// <param name="instance">Its instance: no two number their connections alike.</param>
    /// <param name="deliver">Puts a message on its way to the machine; any thread may call it.</param>
    /// <param name="traffic">Counts.</param>
    /// <param name="time">Measures how long connections are held.</param>
    internal Gateway(
        uint guestAddress, long instance, Action<NetworkMessage> deliver, Traffic traffic, TimeProvider time)
    {
        firstNumber = lastNumber = unchecked((ulong)instance << InstanceShift);
        this.guestAddress = guestAddress;
        this.deliver = deliver;
        this.traffic = traffic;
        this.time = time;
        disposal = new Lazy<Task>(CloseAsync);
    }

    /// <summary>Takes what is for connections of a gateway before, at a host that the machine has left; null if there
    /// was none. Set and called in turns of the machine's rack.</summary>
    internal Action<NetworkMessage>? Former { get; set; }

    /// <summary>Connections that are open.</summary>
    internal int ConnectionCount => connections.Count;

    /// <summary>What is published, with the agent's ports that were found.</summary>
    internal IReadOnlyList<PublishedPort> Ports { get; private set; } = [];

    /// <summary>Listens on all ports or on none.</summary>
    /// <returns>The first port that somebody else has; null when all could be had.</returns>
    internal PublishedPort? TryOpen(IReadOnlyList<PublishedPort> ports)
    {
        var bound = new List<PublishedPort>();
        foreach (var port in ports)
        {
            var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listeners.Add(listener);
            try
            {
                listener.Bind(new IPEndPoint(IPAddress.Loopback, port.AgentPort));
                listener.Listen(BacklogMax);
            }
            catch (SocketException)
            {
                CloseListeners();
                return port;
            }

            bound.Add(port with { AgentPort = ((IPEndPoint)listener.LocalEndPoint!).Port });
        }

        Ports = bound;
        accepting.AddRange(listeners.Zip(bound, AcceptAsync));
        return null;
    }

    /// <inheritdoc/>
    public bool HasRoute(uint address) => address == PeerAddress;

    /// <inheritdoc/>
    public void Send(NetworkMessage message)
    {
        if (connections.TryGetValue(message.Connection, out var connection))
        {
            connection.Take(message);
            return;
        }

        if (message.Connection != 0 && message.Connection < firstNumber && Former is { } former)
        {
            former(message);
            return;
        }

        // Nobody is at home here but the clients of published ports.
        var isDatagram = message.Kind == NetworkMessageKind.Datagram;
        if (isDatagram || message.Kind is NetworkMessageKind.Connect)
        {
            Answer(message, NetworkMessageKind.Refuse, RefusalReason.Closed);
        }
        else if (message.Kind is NetworkMessageKind.Data or NetworkMessageKind.Accept)
        {
            Answer(message, NetworkMessageKind.Reset, RefusalReason.None);
        }
    }

    /// <summary>
    /// The guest is gone: no connection is taken any more, and clients get what it had sent and then its end.
    /// </summary>
    internal void EndWithGuest()
    {
        CloseListeners();
        foreach (var connection in connections.Values)
        {
            connection.EndWithGuest();
        }
    }

    /// <summary>Resets all connections and waits until they are gone.</summary>
    public ValueTask DisposeAsync() => new(disposal.Value);

    private async Task CloseAsync()
    {
        CloseListeners();
        await closing.CancelAsync();
        await Task.WhenAll(accepting);
        await Task.WhenAll(conversations.Keys);
        closing.Dispose();
    }

    /// <summary>Takes a number for a connection, under which its messages find it.</summary>
    internal ulong Register(GatewayConnection connection)
    {
        var number = Interlocked.Increment(ref lastNumber);
        connections[number] = connection;
        return number;
    }

    internal void Unregister(ulong number) => connections.TryRemove(number, out _);

    internal void Deliver(NetworkMessage message) => deliver(message);

    private void Answer(NetworkMessage message, NetworkMessageKind kind, RefusalReason reason) =>
        deliver(new NetworkMessage
        {
            Kind = kind,
            Source = message.Destination,
            Destination = message.Source,
            Connection = message.Connection,
            Reason = reason,
        });

    private async Task AcceptAsync(Socket listener, PublishedPort port)
    {
        while (!closing.IsCancellationRequested)
        {
            try
            {
                Serve(await listener.AcceptAsync(closing.Token), port);
            }
            catch (SocketException error) when (error.SocketErrorCode is SocketError.TooManyOpenSockets
                or SocketError.NoBufferSpaceAvailable or SocketError.ConnectionAborted)
            {
                await Task.Delay(AcceptPause, time, CancellationToken.None);
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException
                or OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Serve(Socket client, PublishedPort port)
    {
        client.NoDelay = true;
        if (connections.Count >= ConnectionsMax)
        {
            traffic.CountFailed();
            client.LingerState = new LingerOption(true, 0);
            client.Dispose();
            return;
        }

        // Ports come round again, numbers do not: the number tells connections apart.
        var peerPort = (ushort)(FirstPeerPort + (lastNumber % (ushort.MaxValue - FirstPeerPort)));
        var connection = new GatewayConnection(
            this, client, new EndPoint4(PeerAddress, peerPort), new EndPoint4(guestAddress, (ushort)port.Port),
            traffic, time);
        var conversation = connection.RunAsync(closing.Token);
        conversations[conversation] = true;
        _ = conversation.ContinueWith(
            (task, _) => conversations.TryRemove(task, out var _),
            null, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>No more clients are taken; those that are connected stay.</summary>
    internal void CloseListeners()
    {
        foreach (var listener in listeners)
        {
            listener.Dispose();
        }
    }
}
