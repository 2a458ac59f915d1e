namespace Vee.Machines.Networking;

// UDP: send, receive, refuse.
public sealed partial class NetworkStack
{
    /// <summary>The address that something sent from an end point to another machine or this one carries.</summary>
    internal EndPoint4 SourceFor(EndPoint4 local, EndPoint4 remote) => local.Address != EndPoint4.Any
        ? local
        : local with { Address = remote.IsLoopback ? EndPoint4.Loopback : Address };

    /// <summary>Whether an end point's address can reach another: loopback addresses stay inside.</summary>
    internal bool CanReach(EndPoint4 local, EndPoint4 remote) => !local.IsLoopback || IsLocal(remote.Address);

    /// <summary>Sends a datagram; the caller has checked its length and the route.</summary>
    internal void Send(DatagramEndPoint from, EndPoint4 remote, ReadOnlySpan<byte> payload)
    {
        Post(new NetworkMessage
        {
            Kind = NetworkMessageKind.Datagram,
            Source = SourceFor(from.Local, remote),
            Destination = remote,
            Payload = payload.ToArray(),
        });
        Drain();
    }

    /// <summary>Gives a UDP port back.</summary>
    internal void Close(DatagramEndPoint endPoint)
    {
        committedBytes -= endPoint.QueuedBytes;
        Forget(endPoint);
    }

    /// <summary>Removes the oldest datagram of a port.</summary>
    internal void Skip(DatagramEndPoint endPoint)
    {
        var before = endPoint.QueuedBytes;
        endPoint.Skip();
        committedBytes -= before - endPoint.QueuedBytes;
    }

    private void HandleDatagram(NetworkMessage message)
    {
        DatagramEndPoint? best = null;
        var bestFitness = 0;
        var shared = 0;
        foreach (var user in PortUsers(datagramPorts, message.Destination.Port))
        {
            var candidate = (DatagramEndPoint)user;
            var fitness = candidate.Fitness(message.Source, message.Destination);
            if (fitness == 0 || fitness < bestFitness)
            {
                continue;
            }

            // Equals share the senders among them when they said SO_REUSEPORT; otherwise the latest takes all.
            shared = fitness == bestFitness ? shared + 1 : 1;
            if (shared == 1 || !candidate.ReusePort || SenderHash(message) % shared == 0)
            {
                best = candidate;
            }

            bestFitness = fitness;
        }

        if (best is not null)
        {
            var before = best.QueuedBytes;
            var taken = best.Take(
                new ReceivedDatagram(message.Source, message.Payload), committedBytes < BufferBytesMax);
            committedBytes += best.QueuedBytes - before;
            Counters.DatagramsDropped += taken ? 0UL : 1;
        }
        else if (IsLocal(message.Destination.Address))
        {
            Refuse(message, RefusalReason.Closed);
        }
    }

    private void HandleDatagramRefusal(NetworkMessage message)
    {
        foreach (var user in PortUsers(datagramPorts, message.Destination.Port))
        {
            if (user is DatagramEndPoint endPoint && endPoint.Remote == message.Source)
            {
                endPoint.IsRefused = true;
                endPoint.Changed();
                return;
            }
        }
    }

    private void Refuse(NetworkMessage message, RefusalReason reason)
    {
        Counters.Refused++;
        Post(new NetworkMessage
        {
            Kind = NetworkMessageKind.Refuse,
            Source = message.Destination,
            Destination = message.Source,
            Connection = message.Connection,
            Reason = reason,
        });
    }

    private static int SenderHash(NetworkMessage message) =>
        (int)((message.Source.Packed * 0x9E3779B97F4A7C15UL) >> 33);
}
