using Google.Protobuf;
using Vee.Hypervisor.Network;
using Vee.Hypervisor.Racks;
using Vee.Machines.Networking;
using Wire = Vee.Protocol;

namespace Vee.Agent.Racks;

/// <summary>What agents of a rack tell each other, as messages and back.</summary>
internal static class RackMessages
{
    // With what one more arrival takes, a message stays below what gRPC takes.
    private const int PieceBytes = 2 << 20;
    private const int ArrivalBytes = 128;

    // Generations and what they are counted on by, with room for more.
    private const long EpochMax = 1L << 60;

    internal static Wire.RackMessage Of(RackHello hello)
    {
        var message = new Wire.RackHello
        {
            Epoch = hello.Epoch,
            VirtualTimeNs = hello.Now,
            TimeMode = hello.IsPaced ? Wire.TimeMode.Paced : Wire.TimeMode.FreeRunning,
        };
        message.Placements.AddRange(hello.Placements.Select(Of));
        return new Wire.RackMessage { Hello = message };
    }

    /// <summary>A window as one message or, if much was sent, as several.</summary>
    internal static IEnumerable<Wire.RackMessage> Of(RackWindow window)
    {
        var message = NewMessage(window);
        message.Placements.AddRange(window.Report.Placements.Select(Of));
        var bytes = 0;
        foreach (var arrival in window.Report.Arrivals)
        {
            if (bytes >= PieceBytes)
            {
                message.Continues = true;
                yield return new Wire.RackMessage { Window = message };
                message = NewMessage(window);
                bytes = 0;
            }

            bytes += arrival.Message.Payload.Length + ArrivalBytes;
            message.Arrivals.Add(new Wire.RackArrival
            {
                Link = arrival.Link,
                Number = arrival.Number,
                ArrivesAtVirtualNs = arrival.ArrivesAt,
                Message = Of(arrival.Message),
            });
        }

        yield return new Wire.RackMessage { Window = message };
    }

    /// <exception cref="InvalidDataException">It says what cannot be.</exception>
    internal static RackHello Read(Wire.RackHello hello)
    {
        // A line that began today will not have come so far for a hundred years.
        Require(
            hello.Epoch is >= 0 and <= EpochMax && hello.VirtualTimeNs is >= 0 and < long.MaxValue / 2,
            "a time that cannot be");
        Require(hello.Placements.All(placement => !placement.HasLeft), "an address that is not there");
        return new RackHello(
            hello.Epoch, hello.VirtualTimeNs, hello.TimeMode == Wire.TimeMode.Paced,
            [.. hello.Placements.Select(Read)]);
    }

    /// <param name="window">What was sent.</param>
    /// <param name="sender">Name of the agent that sent it.</param>
    /// <exception cref="InvalidDataException">It says what cannot be.</exception>
    internal static RackWindow Read(Wire.RackWindow window, string sender)
    {
        Require(window.LimitVirtualNs >= 0, "a limit that cannot be");
        return new RackWindow(
            window.Epoch,
            window.Number,
            new RackReport(sender, window.VirtualTimeNs, window.BoundVirtualNs,
            [
                .. window.Arrivals.Select(arrival => new Arrival(
                    arrival.Link, arrival.Number, arrival.ArrivesAtVirtualNs, Read(arrival.Message))),
            ])
            {
                Placements = [.. window.Placements.Select(Read)],
            },
            window.LimitVirtualNs);
    }

    private static Wire.RackWindow NewMessage(RackWindow window) => new()
    {
        Epoch = window.Epoch,
        Number = window.Number,
        VirtualTimeNs = window.Report.Now,
        BoundVirtualNs = window.Report.Bound,
        LimitVirtualNs = window.Limit,
    };

    private static Wire.RackPlacement Of(Placement placement) =>
        new()
        {
            Address = placement.Address,
            Host = placement.Host,
            FromVirtualNs = placement.From,
            HasLeft = placement.HasLeft,
        };

    private static Placement Read(Wire.RackPlacement placement)
    {
        Require(placement.Host.Length > 0, "an address that is nowhere");
        Require(placement.FromVirtualNs >= 0, "an address that was somewhere before time began");
        return new Placement(placement.Address, placement.Host, placement.FromVirtualNs, placement.HasLeft);
    }

    private static Wire.GuestMessage Of(NetworkMessage message) => new()
    {
        Kind = (int)message.Kind,
        SourceAddress = message.Source.Address,
        SourcePort = message.Source.Port,
        DestinationAddress = message.Destination.Address,
        DestinationPort = message.Destination.Port,
        Connection = message.Connection,
        Sequence = message.Sequence,
        Window = message.Window,
        Reason = (int)message.Reason,
        // Messages are never changed once they are sent.
        Payload = UnsafeByteOperations.UnsafeWrap(message.Payload),
    };

    private static NetworkMessage Read(Wire.GuestMessage? message)
    {
        Require(
            message is { Kind: >= (int)NetworkMessageKind.Datagram and <= (int)NetworkMessageKind.Host }
            && message.Reason is >= 0 and <= (int)RefusalReason.Timeout
            && message.Payload.Length <= NetworkMessage.PayloadBytesMax
            && IsPort(message.SourcePort) && IsPort(message.DestinationPort),
            "a message between guests that cannot be");
        return new NetworkMessage
        {
            Kind = (NetworkMessageKind)message!.Kind,
            Source = new EndPoint4(message.SourceAddress, (ushort)message.SourcePort),
            Destination = new EndPoint4(message.DestinationAddress, (ushort)message.DestinationPort),
            Connection = message.Connection,
            Sequence = message.Sequence,
            Window = message.Window,
            Reason = (RefusalReason)message.Reason,
            Payload = message.Payload.Memory,
        };
    }

    private static bool IsPort(int port) => port is >= 0 and <= ushort.MaxValue;

    private static void Require(bool condition, string what)
    {
        if (!condition)
        {
            throw new InvalidDataException($"it tells of {what}");
        }
    }
}
