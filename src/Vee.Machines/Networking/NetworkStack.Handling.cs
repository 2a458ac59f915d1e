namespace Vee.Machines.Networking;

// What a message does. Each is checked against what its sender could have known; what does not fit is counted.
public sealed partial class NetworkStack
{
    private void Handle(NetworkMessage message)
    {
        switch (message.Kind)
        {
            case NetworkMessageKind.Datagram:
                HandleDatagram(message);
                return;
            case NetworkMessageKind.Refuse when message.Connection == 0:
                HandleDatagramRefusal(message);
                return;
            case NetworkMessageKind.Connect:
                HandleConnect(message);
                return;
        }

        if (!connections.TryGetValue(message.KeyAtDestination, out var connection))
        {
            HandleUnknown(message);
            return;
        }

        switch (message.Kind)
        {
            case NetworkMessageKind.Accept:
                HandleAccept(connection, message);
                break;
            case NetworkMessageKind.Refuse:
                HandleRefuse(connection, message);
                break;
            case NetworkMessageKind.Data:
                HandleData(connection, message);
                break;
            case NetworkMessageKind.Window:
                // It may have overtaken the Accept: nothing is sent before that.
                connection.RaiseSendLimit(message.Window);
                break;
            case NetworkMessageKind.Finish:
                HandleFinish(connection, message);
                break;
            case NetworkMessageKind.Reset:
                EndByReset(connection);
                break;
            default:
                Counters.OutOfWindow++;
                break;
        }
    }

    private void HandleUnknown(NetworkMessage message)
    {
        Counters.UnknownConnection++;
        if (message.Kind is NetworkMessageKind.Data or NetworkMessageKind.Accept)
        {
            // Its sender believes in a connection that is gone. What only ends or widens one needs no answer.
            Post(new NetworkMessage
            {
                Kind = NetworkMessageKind.Reset,
                Source = message.Destination,
                Destination = message.Source,
                Connection = message.Connection,
            });
        }
    }

    private void HandleConnect(NetworkMessage message)
    {
        if (connections.ContainsKey(message.KeyAtDestination))
        {
            Counters.Repeated++;
            return;
        }

        var listener = FindListener(message);
        if (listener is null)
        {
            Refuse(message, RefusalReason.Closed);
        }
        else if (listener.HasRoom && listener.Waiting.Count == 0)
        {
            Grant(listener, message);
        }
        else if (IsWaiting(listener, message))
        {
            Counters.Repeated++;
        }
        else if (listener.Waiting.Count < StreamListener.WaitingMax)
        {
            listener.Waiting.Enqueue(message);
        }
        else
        {
            Counters.ListenOverflows++;
            Refuse(message, RefusalReason.Closed);
        }
    }

    private static bool IsWaiting(StreamListener listener, NetworkMessage message)
    {
        foreach (var other in listener.Waiting)
        {
            if (other.KeyAtDestination == message.KeyAtDestination)
            {
                return true;
            }
        }

        return false;
    }

    private StreamListener? FindListener(NetworkMessage message)
    {
        StreamListener? best = null;
        var shared = 0;
        foreach (var user in PortUsers(streamPorts, message.Destination.Port))
        {
            if (user is not StreamListener { IsListening: true } candidate
                || (candidate.Local.Address != EndPoint4.Any && candidate.Local.Address != message.Destination.Address)
                || (candidate.Local.Address == EndPoint4.Any && best?.Local.Address > EndPoint4.Any))
            {
                continue;
            }

            // An exact address goes before 0.0.0.0; equals (SO_REUSEPORT) share the callers among them.
            shared = best is null || best.Local.Address != candidate.Local.Address ? 1 : shared + 1;
            if (SenderHash(message) % shared == 0)
            {
                best = candidate;
            }
        }

        return best;
    }

    private void Admit(StreamListener listener)
    {
        while (listener.HasRoom && listener.Waiting.TryDequeue(out var message))
        {
            Grant(listener, message);
        }
    }

    private void Grant(StreamListener listener, NetworkMessage request)
    {
        if (endPoints.Count >= EndPointsMax || connections.ContainsKey(request.KeyAtDestination))
        {
            Counters.ListenOverflows++;
            Refuse(request, RefusalReason.Closed);
            return;
        }

        var connection = new StreamConnection(request.KeyAtDestination)
        {
            State = StreamState.Open,
            IsAccepted = true,
            ListenerId = listener.Id,
            CapacityBytes = listener.CapacityBytes,
            ReuseAddress = listener.ReuseAddress,
            ReusePort = listener.ReusePort,
        };
        connections.Add(connection.Key, Register(connection));
        connection.RaiseSendLimit(request.Window);
        listener.Ready.Enqueue(connection);
        Post(MessageFrom(connection, NetworkMessageKind.Accept) with { Window = Promise(connection) });
        listener.Changed();
    }

    private void HandleAccept(StreamConnection connection, NetworkMessage message)
    {
        if (connection.State != StreamState.Connecting)
        {
            Counters.Repeated++;
            return;
        }

        connection.Open(message.Window);
    }

    private void HandleRefuse(StreamConnection connection, NetworkMessage message)
    {
        if (connection.State != StreamState.Connecting)
        {
            Counters.OutOfWindow++;
            return;
        }

        connections.Remove(connection.Key);
        connection.End(message.Reason switch
        {
            RefusalReason.NoHost => StreamFault.NoHost,
            RefusalReason.NoRoute => StreamFault.NoRoute,
            RefusalReason.Timeout => StreamFault.Timeout,
            _ => StreamFault.Refused,
        });
    }

    private void HandleData(StreamConnection connection, NetworkMessage message)
    {
        if (connection.State != StreamState.Open || message.Sequence > connection.ReceiveOffset)
        {
            KeepData(connection, message);
            return;
        }

        var payload = message.Payload.Span;
        var known = connection.ReceiveOffset - message.Sequence;
        if (known >= (ulong)payload.Length)
        {
            Counters.Repeated++;
            return;
        }

        payload = payload[(int)known..];
        if (payload.Length > connection.ReceiveRoom || connection.EndsWithin(payload.Length))
        {
            Counters.OutOfWindow++;
            return;
        }

        connection.Take(payload);
    }

    private void KeepData(StreamConnection connection, NetworkMessage message)
    {
        if (message.Sequence > connection.ReceiveLimit
            || (ulong)message.Payload.Length > connection.ReceiveLimit - message.Sequence
            || connection.IsReceiveFinished)
        {
            Counters.OutOfWindow++;
            return;
        }

        CountEarly(connection.Keep(message.Sequence, message.Payload.Span));
    }

    private void HandleFinish(StreamConnection connection, NetworkMessage message)
    {
        var isNext = message.Sequence == connection.ReceiveOffset;
        if (connection.IsReceiveFinished && isNext)
        {
            Counters.Repeated++;
        }
        else if (connection.IsReceiveFinished
            || message.Sequence < connection.ReceiveOffset || message.Sequence > connection.ReceiveLimit)
        {
            Counters.OutOfWindow++;
        }
        else if (isNext && connection is { State: StreamState.Open, HasEarly: false })
        {
            connection.FinishReceive();
        }
        else
        {
            CountEarly(connection.KeepFinish(message.Sequence));
        }
    }

    private void CountEarly(EarlyOutcome outcome)
    {
        Counters.Early += outcome == EarlyOutcome.Kept ? 1UL : 0;
        Counters.Repeated += outcome == EarlyOutcome.Repeated ? 1UL : 0;
        Counters.OutOfWindow += outcome == EarlyOutcome.Refused ? 1UL : 0;
    }

    private void EndByReset(StreamConnection connection)
    {
        connections.Remove(connection.Key);
        connection.End(connection switch
        {
            { State: StreamState.Connecting } => StreamFault.Refused,
            { IsReceiveFinished: true, IsSendFinished: false } => StreamFault.Broken,
            { IsReceiveFinished: true } => StreamFault.None,
            _ => StreamFault.Reset,
        });
    }
}
