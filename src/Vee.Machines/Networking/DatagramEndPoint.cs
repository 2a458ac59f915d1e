using Vee.Machines.State;

namespace Vee.Machines.Networking;

/// <summary>A datagram that was received.</summary>
internal readonly record struct ReceivedDatagram(EndPoint4 Source, ReadOnlyMemory<byte> Payload);

/// <summary>A UDP port: a bounded queue that drops what does not fit (RFC 768 promises nothing more).</summary>
internal sealed class DatagramEndPoint(EndPoint4 local) : NetworkEndPoint(local)
{
    /// <summary>What each queued datagram costs beside its bytes, so that empty ones are bounded too.</summary>
    internal const int OverheadBytes = 256;

    private readonly Queue<ReceivedDatagram> queue = [];

    internal override EndPointKind Kind => EndPointKind.Datagram;

    /// <summary>Where connect(2) tied it to; null while anybody may send.</summary>
    internal EndPoint4? Remote { get; set; }

    /// <summary>Bytes, overhead included, that may wait: SO_RCVBUF.</summary>
    internal int CapacityBytes { get; set; } = 212992;

    /// <summary>
    /// Nobody takes datagrams where the last one went (an ICMP port unreachable); cleared when reported.
    /// </summary>
    internal bool IsRefused { get; set; }

    /// <summary>Datagrams dropped for want of room.</summary>
    internal ulong Dropped { get; private set; }

    internal int Count => queue.Count;

    /// <summary>Bytes that wait, overhead included.</summary>
    internal long QueuedBytes { get; private set; }

    /// <summary>The oldest datagram.</summary>
    internal bool TryPeek(out ReceivedDatagram datagram) => queue.TryPeek(out datagram);

    /// <summary>Removes the oldest datagram.</summary>
    internal void Skip() => QueuedBytes -= queue.Dequeue().Payload.Length + OverheadBytes;

    /// <summary>Takes a datagram.</summary>
    /// <param name="datagram">The datagram.</param>
    /// <param name="hasMemory">Whether the machine may still store any.</param>
    /// <returns>False when it was dropped.</returns>
    internal bool Take(in ReceivedDatagram datagram, bool hasMemory)
    {
        var cost = datagram.Payload.Length + OverheadBytes;
        if (!hasMemory || (QueuedBytes + cost > CapacityBytes && queue.Count > 0))
        {
            Dropped++;
            return false;
        }

        queue.Enqueue(datagram);
        QueuedBytes += cost;
        Changed();
        return true;
    }

    /// <summary>
    /// How well it fits a datagram: 0 not at all; a tie to the sender counts more than an exact address.
    /// </summary>
    internal int Fitness(EndPoint4 source, EndPoint4 destination)
    {
        var anyAddress = Local.Address == EndPoint4.Any;
        if ((!anyAddress && Local.Address != destination.Address) || (Remote is { } remote && remote != source))
        {
            return 0;
        }

        return 1 + (anyAddress ? 0 : 1) + (Remote is null ? 0 : 2);
    }

    internal override void Save(StateWriter state)
    {
        state.Boolean("connected", Remote is not null);
        state.UInt64("remote", Remote?.Packed ?? 0);
        state.Int64("capacityBytes", CapacityBytes);
        state.Boolean("refused", IsRefused);
        state.UInt64("dropped", Dropped);
        state.List("queue", queue, (writer, datagram) =>
        {
            writer.UInt64("source", datagram.Source.Packed);
            writer.Bytes("payload", datagram.Payload.Span);
        });
    }

    internal override void Restore(StateReader state)
    {
        var isConnected = state.Boolean("connected");
        var remote = EndPoint4.Unpack(state.UInt64("remote"));
        Remote = isConnected ? remote : null;
        CapacityBytes = state.Int32("capacityBytes", 1, ByteRing.BytesMax);
        IsRefused = state.Boolean("refused");
        Dropped = state.UInt64("dropped");
        state.List("queue", ByteRing.BytesMax / OverheadBytes, (reader, _) =>
        {
            var source = EndPoint4.Unpack(reader.UInt64("source"));
            var payload = reader.Bytes("payload", NetworkMessage.DatagramBytesMax);
            queue.Enqueue(new ReceivedDatagram(source, payload));
            QueuedBytes += payload.Length + OverheadBytes;
        });
    }
}
