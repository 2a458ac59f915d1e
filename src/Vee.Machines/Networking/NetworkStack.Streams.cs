namespace Vee.Machines.Networking;

// TCP as sockets use it. Between two ends in this stack bytes and windows move directly, without messages.
public sealed partial class NetworkStack
{
    /// <summary>Asks for a connection; the caller has checked the route.</summary>
    /// <param name="local">Where from; port 0 takes a free one, address 0 the one that fits.</param>
    /// <param name="remote">Where to.</param>
    /// <param name="capacityBytes">Receive buffer, in bytes.</param>
    /// <param name="connection">The connection, not open yet unless it goes to this machine.</param>
    internal PortStatus Connect(
        EndPoint4 local, EndPoint4 remote, int capacityBytes, out StreamConnection? connection)
    {
        connection = null;
        if (endPoints.Count >= EndPointsMax)
        {
            return PortStatus.TooMany;
        }

        local = SourceFor(local, remote);
        if (local.Port == 0)
        {
            if (!TryNextEphemeral(streamPorts, ref nextStreamPort, out var port))
            {
                return PortStatus.NotAvailable;
            }

            local = local with { Port = port };
        }
        else if (IsConnected(local, remote))
        {
            return PortStatus.NotAvailable;
        }

        connection = new StreamConnection(new ConnectionKey(local, remote, ++lastConnection))
        {
            CapacityBytes = capacityBytes,
        };
        connections.Add(connection.Key, Register(connection));
        Post(MessageFrom(connection, NetworkMessageKind.Connect) with { Window = Promise(connection) });
        Drain();
        return PortStatus.Ok;
    }

    /// <summary>Takes the oldest connection that waits to be accepted.</summary>
    internal StreamConnection? Accept(StreamListener listener)
    {
        if (!listener.Ready.TryDequeue(out var connection))
        {
            return null;
        }

        connection.ListenerId = 0;
        Admit(listener);
        Drain();
        return connection;
    }

    /// <summary>Sends as many bytes as the peer has room for.</summary>
    /// <returns>Bytes taken; 0 when there is no room.</returns>
    internal int Write(StreamConnection connection, ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, connection.SendRoom)];
        if (IsLocal(connection.Remote.Address))
        {
            return WriteDirectly(connection, bytes);
        }

        for (var rest = bytes; !rest.IsEmpty;)
        {
            var part = rest[..Math.Min(rest.Length, NetworkMessage.PayloadBytesMax)];
            Post(MessageFrom(connection, NetworkMessageKind.Data) with
            {
                Sequence = connection.SendOffset,
                Payload = part.ToArray(),
            });
            connection.CountSent(part.Length);
            rest = rest[part.Length..];
        }

        Drain();
        return bytes.Length;
    }

    /// <summary>Removes bytes that were read; the peer hears of the room when it is worth a message.</summary>
    internal void Skip(StreamConnection connection, int count)
    {
        connection.Received.Skip(count);
        committedBytes -= count;
        if (!connection.ShouldPromise)
        {
            return;
        }

        var before = connection.ReceiveLimit;
        var limit = Promise(connection);
        if (limit == before)
        {
            return;
        }

        if (!IsLocal(connection.Remote.Address))
        {
            Post(MessageFrom(connection, NetworkMessageKind.Window) with { Window = limit });
            Drain();
        }
        else if (connections.TryGetValue(connection.PeerKey, out var peer))
        {
            peer.RaiseSendLimit(limit);
        }
    }

    /// <summary>Says that no more bytes follow (shutdown(SHUT_WR)).</summary>
    internal void Finish(StreamConnection connection)
    {
        if (connection.State == StreamState.Open && !connection.IsSendFinished)
        {
            connection.FinishSend();
            Post(MessageFrom(connection, NetworkMessageKind.Finish) with { Sequence = connection.SendOffset });
            Drain();
        }
    }

    /// <summary>
    /// The socket lets go: the peer gets a Finish, or a Reset when asked for or when bytes were not read
    /// (RFC 2525, section 2.17). Afterwards the stack knows nothing of the connection; bytes that still arrive are
    /// answered by a Reset.
    /// </summary>
    internal void Close(StreamConnection connection, bool abort)
    {
        if (connection.State == StreamState.Open && (abort || connection.Received.Count > 0))
        {
            Post(MessageFrom(connection, NetworkMessageKind.Reset));
        }
        else
        {
            Finish(connection);
        }

        connection.State = StreamState.Closed;
        connections.Remove(connection.Key);
        committedBytes -= connection.CommittedBytes;
        Forget(connection);
        Drain();
    }

    /// <summary>Gives a TCP port back, resetting the connections that nobody has accepted.</summary>
    internal void Close(StreamListener listener)
    {
        StopListening(listener);
        Forget(listener);
    }

    /// <summary>Stops listening but keeps the port, as shutdown(SHUT_RD) on a listening socket does.</summary>
    internal void StopListening(StreamListener listener)
    {
        listener.IsListening = false;
        while (listener.Waiting.TryDequeue(out var message))
        {
            Refuse(message, RefusalReason.Closed);
        }

        while (listener.Ready.TryDequeue(out var connection))
        {
            Close(connection, abort: true);
        }

        Drain();
        listener.Changed();
    }

    private int WriteDirectly(StreamConnection connection, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return 0;
        }

        if (!connections.TryGetValue(connection.PeerKey, out var peer))
        {
            // The peer's end is closed: the bytes are lost and the reset comes back at once.
            connection.CountSent(bytes.Length);
            EndByReset(connection);
            return bytes.Length;
        }

        bytes = bytes[..Math.Min(bytes.Length, peer.ReceiveRoom)];
        connection.CountSent(bytes.Length);
        if (!bytes.IsEmpty)
        {
            peer.Take(bytes);
        }

        return bytes.Length;
    }

    private bool IsConnected(EndPoint4 local, EndPoint4 remote)
    {
        foreach (var user in PortUsers(streamPorts, local.Port))
        {
            if (user is StreamConnection { State: not StreamState.Closed } other
                && other.Local == local && other.Remote == remote)
            {
                return true;
            }
        }

        return false;
    }

    private static NetworkMessage MessageFrom(StreamConnection connection, NetworkMessageKind kind) => new()
    {
        Kind = kind,
        Source = connection.Local,
        Destination = connection.Remote,
        Connection = connection.Key.Connection,
    };
}
