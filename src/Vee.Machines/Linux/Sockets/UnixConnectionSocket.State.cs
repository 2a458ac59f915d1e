using Vee.Machines.Linux.Files;
using Vee.Machines.Networking;
using Vee.Machines.State;

namespace Vee.Machines.Linux.Sockets;

// Saving; sockets and files are named by id and found again in a second phase.
internal sealed partial class UnixConnectionSocket
{
    private long peerToLink;
    private long[] readyToLink = [];

    internal override void Save(StateWriter state)
    {
        state.UInt64("type", (ulong)Type);
        SaveBase(state);
        bytes.Save("bytes", state);
        rights.Save(state);
        packets.Save(state);
        state.Boolean("connected", isConnected);
        state.Boolean("listening", isListening);
        state.Boolean("waitingAtListener", isWaitingAtListener);
        state.Int64("backlog", backlog);
        state.Text("peerName", peerName ?? "");
        state.Text("listenerName", ListenerName ?? "");
        state.Int64("peer", peer?.Id ?? 0);
        state.List("ready", ready, (writer, socket) => writer.Int64("id", socket.Id));
    }

    internal static OpenFile Restore(Process process, StateReader state)
    {
        var type = (SocketType)state.UInt64("type", (ulong)SocketType.SeqPacket);
        if (type is not (SocketType.Stream or SocketType.SeqPacket))
        {
            throw state.Refuse("type", "neither stream nor seqpacket");
        }

        var socket = new UnixConnectionSocket(process, type);
        socket.RestoreFields(state);
        return socket;
    }

    internal override void Link()
    {
        rights.Link(LinkFiles);
        packets.Link(LinkFiles);
        peer = Linked<UnixConnectionSocket>(peerToLink);
        if (peer is not null && peer.peerToLink != Id)
        {
            throw new StateRefusedException(Name, $"open file {peerToLink} is not its peer");
        }

        foreach (var id in readyToLink)
        {
            var waiting = Linked<UnixConnectionSocket>(id)!;
            FileTable.AddReference(waiting);
            ready.Enqueue(waiting);
        }

        readyToLink = [];
    }

    private void RestoreFields(StateReader state)
    {
        RestoreBase(state);
        bytes.Restore("bytes", state, 2 * SocketOptions.BufferBytesDefault);
        Process.Sockets.UnixBytes += bytes.Count;
        rights.Restore(state);
        packets.Restore(state);
        isConnected = state.Boolean("connected");
        isListening = state.Boolean("listening");
        isWaitingAtListener = state.Boolean("waitingAtListener");
        backlog = state.Int32("backlog", 0, StreamListener.BacklogMax);
        var name = state.Text("peerName");
        peerName = name.Length == 0 ? null : name;
        name = state.Text("listenerName");
        ListenerName = name.Length == 0 ? null : name;
        peerToLink = state.Int64("peer", 0);
        List<long> ids = [];
        state.List("ready", StreamListener.BacklogMax + 1, (reader, _) => ids.Add(reader.Int64("id", 1)));
        readyToLink = [.. ids];
    }
}
