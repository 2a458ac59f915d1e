using Vee.Machines.State;

namespace Vee.Machines.Networking;

// Saving: end points by id, in order; sockets, which are saved with the open files, name theirs by that id.
public sealed partial class NetworkStack
{
    private const uint SectionVersion = 2;

    internal void Save(StateWriter state) => state.Section("network", SectionVersion, SaveFields);

    /// <summary>Restores a stack that has just been made. The sockets claim their end points afterwards.</summary>
    internal void Restore(StateReader state) => state.Section("network", SectionVersion, RestoreFields);

    /// <summary>Hands an end point to the socket that a saved machine says is its owner.</summary>
    internal T Reclaim<T>(StateReader state, string field, long id, IEndPointOwner owner)
        where T : NetworkEndPoint
    {
        if (Find(id) is not T { Owner: null } endPoint || endPoint is StreamConnection { ListenerId: not 0 })
        {
            throw state.Refuse(field, $"end point {id} does not exist or belongs to another socket");
        }

        endPoint.Owner = owner;
        return endPoint;
    }

    private void SaveFields(StateWriter state)
    {
        state.UInt64("address", Address);
        state.Int64("lastEndPoint", lastEndPoint);
        state.UInt64("lastConnection", lastConnection);
        state.Int64("nextStreamPort", nextStreamPort);
        state.Int64("nextDatagramPort", nextDatagramPort);
        Counters.Save(state);
        state.List("endPoints", endPoints.Values, (writer, endPoint) =>
        {
            writer.UInt64("kind", (ulong)endPoint.Kind);
            writer.Int64("id", endPoint.Id);
            writer.UInt64("local", endPoint.Local.Packed);
            if (endPoint is StreamConnection connection)
            {
                writer.UInt64("remote", connection.Remote.Packed);
                writer.UInt64("connection", connection.Key.Connection);
            }

            writer.Boolean("reuseAddress", endPoint.ReuseAddress);
            writer.Boolean("reusePort", endPoint.ReusePort);
            endPoint.Save(writer);
        });
        List<StreamConnection> ready = [];
        foreach (var endPoint in endPoints.Values)
        {
            ready.AddRange(endPoint is StreamListener listener ? listener.Ready : []);
        }

        // In the order in which they are to be accepted, which ids do not tell after a grant was delayed.
        state.List("ready", ready, (writer, connection) => writer.Int64("id", connection.Id));
        state.List("queue", queue, (writer, message) => message.Save(writer));
    }

    private void RestoreFields(StateReader state)
    {
        Address = (uint)state.UInt64("address", uint.MaxValue);
        lastEndPoint = state.Int64("lastEndPoint", 0);
        lastConnection = state.UInt64("lastConnection");
        nextStreamPort = (ushort)state.Int32("nextStreamPort", EphemeralFirst, EphemeralLast);
        nextDatagramPort = (ushort)state.Int32("nextDatagramPort", EphemeralFirst, EphemeralLast);
        Counters.Restore(state);
        state.List("endPoints", EndPointsMax, (reader, _) => RestoreEndPoint(reader));
        state.List("ready", EndPointsMax, (reader, _) => RestoreReady(reader));
        state.List("queue", EndPointsMax, (reader, _) => queue.Enqueue(NetworkMessage.Restore(reader)));
    }

    private void RestoreEndPoint(StateReader state)
    {
        var kind = (EndPointKind)state.UInt64("kind", (ulong)EndPointKind.Connection);
        var id = state.Int64("id", 1, lastEndPoint);
        var local = EndPoint4.Unpack(state.UInt64("local"));
        NetworkEndPoint endPoint = kind switch
        {
            EndPointKind.Datagram => new DatagramEndPoint(local),
            EndPointKind.Listener => new StreamListener(local),
            EndPointKind.Connection => new StreamConnection(new ConnectionKey(
                local, EndPoint4.Unpack(state.UInt64("remote")), state.UInt64("connection"))),
            _ => throw state.Refuse("kind", "not an end point"),
        };
        endPoint.Id = id;
        endPoint.ReuseAddress = state.Boolean("reuseAddress");
        endPoint.ReusePort = state.Boolean("reusePort");
        endPoint.Restore(state);
        if (!endPoints.TryAdd(id, endPoint)
            || (endPoint is StreamConnection { State: not StreamState.Closed } connection
                && !connections.TryAdd(connection.Key, connection)))
        {
            throw state.Refuse("id", $"end point {id} occurs twice");
        }

        committedBytes += endPoint switch
        {
            StreamConnection stream => stream.CommittedBytes,
            DatagramEndPoint port => port.QueuedBytes,
            _ => 0,
        };
        Claim(endPoint);
    }

    private void RestoreReady(StateReader state)
    {
        var id = state.Int64("id", 1, lastEndPoint);
        if (Find(id) is not StreamConnection connection
            || Find(connection.ListenerId) is not StreamListener listener
            || listener.Ready.Contains(connection))
        {
            throw state.Refuse("id", $"end point {id} does not wait to be accepted");
        }

        listener.Ready.Enqueue(connection);
    }
}
