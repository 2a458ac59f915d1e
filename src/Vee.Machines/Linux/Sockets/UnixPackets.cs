using Vee.Machines.Linux.Files;
using Vee.Machines.State;

namespace Vee.Machines.Linux.Sockets;

/// <summary>A message between Unix sockets.</summary>
/// <param name="Payload">Its bytes.</param>
/// <param name="Source">The sender's name; null for none.</param>
/// <param name="Files">SCM_RIGHTS; null for none.</param>
internal readonly record struct UnixPacket(byte[] Payload, string? Source, OpenFile[]? Files);

/// <summary>The messages that wait at a Unix socket, bounded by whoever adds them.</summary>
internal sealed class UnixPackets(SocketTable sockets)
{
    /// <summary>What each message costs beside its bytes.</summary>
    internal const int OverheadBytes = 256;

    private const int PacketsMax = 4096;

    private readonly Queue<UnixPacket> queue = [];
    private List<long[]>? filesToLink;

    internal int Count => queue.Count;

    /// <summary>Bytes, overhead included.</summary>
    internal long Bytes { get; private set; }

    internal bool TryPeek(out UnixPacket packet) => queue.TryPeek(out packet);

    internal void Add(in UnixPacket packet)
    {
        queue.Enqueue(packet);
        Bytes += packet.Payload.Length + OverheadBytes;
        sockets.UnixBytes += packet.Payload.Length + OverheadBytes;
    }

    internal UnixPacket Take()
    {
        var packet = queue.Dequeue();
        Bytes -= packet.Payload.Length + OverheadBytes;
        sockets.UnixBytes -= packet.Payload.Length + OverheadBytes;
        return packet;
    }

    internal static void SaveFiles(StateWriter state, OpenFile[]? files) =>
        state.List("files", files ?? [], (writer, file) => writer.Int64("id", file.Id));

    internal static long[] RestoreFiles(StateReader state)
    {
        List<long> ids = [];
        state.List("files", SocketLimits.RightsMax, (reader, _) => ids.Add(reader.Int64("id", 1)));
        return [.. ids];
    }

    internal void Save(StateWriter state) => state.List("packets", queue, (writer, packet) =>
    {
        writer.Bytes("payload", packet.Payload);
        writer.Boolean("named", packet.Source is not null);
        writer.Text("source", packet.Source ?? "");
        SaveFiles(writer, packet.Files);
    });

    internal void Restore(StateReader state)
    {
        filesToLink = [];
        state.List("packets", PacketsMax, (reader, _) =>
        {
            var payload = reader.Bytes("payload", 2 * SocketOptions.BufferBytesDefault);
            var isNamed = reader.Boolean("named");
            var source = reader.Text("source");
            Add(new UnixPacket(payload, isNamed ? source : null, null));
            filesToLink.Add(RestoreFiles(reader));
        });
    }

    /// <summary>Finds the files of restored messages.</summary>
    internal void Link(Func<long[], OpenFile[]?> find)
    {
        foreach (var ids in filesToLink ?? [])
        {
            var packet = queue.Dequeue();
            queue.Enqueue(packet with { Files = find(ids) });
        }

        filesToLink = null;
    }
}
