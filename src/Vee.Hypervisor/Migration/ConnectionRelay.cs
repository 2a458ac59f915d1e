using Vee.Hypervisor.Events;
using Vee.Hypervisor.Hosts;
using Vee.Machines.Networking;
using Vee.Machines.State;

namespace Vee.Hypervisor.Migration;

/// <summary>
/// One end of what joins a machine that has moved to those outside who were connected with it before: their connections
/// end at the host that it left, and their messages go over the link between the two hosts.
/// </summary>
public sealed class ConnectionRelay : IGuest, IDisposable
{
    // It may be there for days and have nothing to do.
    private const long TickInterval = VirtualTime.Second;
    private const uint Version = 1;

    // A message as it is sent has a head, and fits into one of the link.
    private const int PieceBytes = NetworkMessage.PayloadBytesMax / 2;

    // A channel of its own beside the migration's.
    private const ulong ChannelOf = 0x8000_0000_0000_0000;

    private readonly Host host;
    private readonly string peer;
    private readonly ulong migration;
    private readonly Action<NetworkMessage> take;
    private readonly Func<long, bool> isOver;
    private IGuestPort port = null!;
    private ReliableChannel? channel;

    private ConnectionRelay(
        Host host, string peer, ulong migration, Action<NetworkMessage> take, Func<long, bool> isOver)
    {
        this.host = host;
        this.peer = peer;
        this.migration = migration;
        this.take = take;
        this.isOver = isOver;
    }

    /// <inheritdoc/>
    public IReadOnlyList<IVcpu> Vcpus => [];

    /// <summary>Opens this host's end.</summary>
    /// <param name="host">This host.</param>
    /// <param name="peer">Name of the host at the other end.</param>
    /// <param name="migration">Number of the migration, the same at both ends.</param>
    /// <param name="take">Takes what comes from the other end.</param>
    /// <param name="isOver">Whether it is not needed any more; asked every now and then with the time since it was
    /// opened, nanoseconds.</param>
    public static ConnectionRelay Open(
        Host host, string peer, ulong migration, Action<NetworkMessage> take, Func<long, bool> isOver)
    {
        ArgumentNullException.ThrowIfNull(host);
        var relay = new ConnectionRelay(host, peer, migration, take, isOver);
        host.Add($"relay-{migration:x16}", relay, new GuestShare());
        return relay;
    }

    /// <summary>Told when this end is not needed any more.</summary>
    public Action? Closed { get; set; }

    /// <summary>Sends a message to the other end.</summary>
    public void Send(NetworkMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        // Bytes of a stream may be cut anywhere; nothing else of a connection is long.
        while (message.Payload.Length > PieceBytes)
        {
            SendPiece(message with { Payload = message.Payload[..PieceBytes] });
            message = message with
            {
                Payload = message.Payload[PieceBytes..],
                Sequence = message.Sequence + PieceBytes,
            };
        }

        SendPiece(message);
    }

    /// <inheritdoc/>
    public void Start(IGuestPort port)
    {
        ArgumentNullException.ThrowIfNull(port);
        this.port = port;
        channel = new ReliableChannel(host, peer, migration ^ ChannelOf, Take);
        port.SetTimer(VirtualTime.After(port.Now, TickInterval), 0, port.Now);
    }

    /// <inheritdoc/>
    public void Notify(int kind, long argument)
    {
        if (channel is null)
        {
            return;
        }

        if (isOver(port.Now - argument) || host.LinkTo(peer) is null)
        {
            // The other end is not needed any more either.
            channel.Send(ReadOnlyMemory<byte>.Empty);
            Close();
            return;
        }

        channel.Look();
        port.SetTimer(VirtualTime.After(port.Now, TickInterval), 0, argument);
    }

    /// <summary>What it knows matters to hashes; it does not go on after a restore.</summary>
    public void Save(StateWriter state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.Int64("bytesSent", channel?.BytesSent ?? 0);
    }

    /// <inheritdoc/>
    public void Restore(StateReader state)
    {
        ArgumentNullException.ThrowIfNull(state);
        throw state.Refuse("bytesSent", "connections that are relayed do not go on");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        channel?.Dispose();
        channel = null;
    }

    private void SendPiece(NetworkMessage message)
    {
        if (channel is not null)
        {
            var bytes = new MessageBytes();
            var state = new StateWriter(bytes);
            state.Section("message", Version, message.Save);
            state.Complete();
            channel.Send(bytes.ToArray());
        }
    }

    private void Close()
    {
        Dispose();
        port.Leave(port.Now);
        Closed?.Invoke();
    }

    private void Take(ulong number, ReadOnlyMemory<byte> content)
    {
        channel!.Acknowledge(number);
        if (content.IsEmpty)
        {
            Close();
            return;
        }

        NetworkMessage? message = null;
        try
        {
            var state = new StateReader(new MessageBytes(content));
            state.Section("message", Version, from => message = NetworkMessage.Restore(from));
            state.Complete();
        }
        catch (StateRefusedException)
        {
            // Another host says what cannot be: as on a network, it is dropped.
            return;
        }

        take(message!);
    }
}
