using Vee.Hypervisor.Events;
using Vee.Hypervisor.Network;
using Vee.Hypervisor.Randomness;
using Vee.Machines.Networking;
using Vee.Machines.State;

namespace Vee.Hypervisor.Hosts;

// The host's switch: from a guest to a guest of the same host, or through the card and a link to another host; and from
// links through the card to guests.
public sealed partial class Host
{
    /// <summary>What the switch of a host takes for a message between two of its guests.</summary>
    internal const long SwitchLatency = 5 * VirtualTime.Microsecond;

    private const int MessagesMax = 1 << 20;

    private readonly Dictionary<uint, INetworkGuest> addresses = [];
    private readonly Dictionary<long, NetworkMessage> ownMessages = [];
    private readonly SortedDictionary<(int Link, ulong Number), NetworkMessage> arrivals = [];
    private readonly SortedDictionary<int, Link> links = [];

    // The links that it had, by their other ends: what was sent over them is still under way.
    private readonly Dictionary<string, Link> formerLinks = [];
    private long lastMessage;

    private enum NetworkEvent
    {
        /// <summary>A guest sends.</summary>
        Departure = 1,

        /// <summary>A guest gets what another guest of this host has sent, or what the card has taken in.</summary>
        Delivery,

        /// <summary>Something arrives over a link; the argument is the link and the number.</summary>
        Arrival,

        /// <summary>Something arrives that was sent over a link which the host had before.</summary>
        Landing,
    }

    /// <summary>Finds the link to whoever has an address; null for nobody. Set by the rack.</summary>
    public Func<uint, Link?> Route { get; set; } = _ => null;

    /// <summary>Takes what leaves for other hosts. Set by the rack.</summary>
    public Action<Arrival> Uplink { get; set; } = _ => { };

    /// <summary>The card's way out.</summary>
    public FifoStation NicOut { get; } = new();

    /// <summary>The card's way in.</summary>
    public FifoStation NicIn { get; } = new();

    /// <summary>Messages that found no room in the card's queue.</summary>
    public long NicDrops { get; private set; }

    /// <summary>Messages for addresses that nobody has here.</summary>
    public long Strays { get; private set; }

    /// <summary>Messages that are known to be on their way to it over links.</summary>
    public int ArrivalsUnderWay => arrivals.Count;

    /// <summary>Adds a direction of a link, simulated here.</summary>
    internal Link AddLink(int number, string peer, LinkProfile profile, long epoch)
    {
        var stream = epoch == 0 ? $"{Name}/links/{peer}" : $"{Name}/links/{peer}/{epoch}";
        var link = new Link(
            number, peer, profile, new RandomStream(seed, stream), formerLinks.GetValueOrDefault(peer));
        links.Add(number, link);
        return link;
    }

    /// <summary>
    /// Gives up the links that it had; what is on its way to it arrives as it would have, whatever links come to have
    /// their numbers.
    /// </summary>
    internal void KeepArrivals()
    {
        foreach (var link in links.Values)
        {
            formerLinks[link.Peer] = link;
        }

        links.Clear();
        foreach (var (time, happening) in events.TakeArrivals())
        {
            arrivals.Remove(Unpacked(happening.Argument), out var message);
            Keep(message!, time, NetworkEvent.Landing);
        }
    }

    /// <summary>Takes what comes over a link; it is delivered when its time has come.</summary>
    internal void Receive(Arrival arrival)
    {
        if (arrival.ArrivesAt < Now)
        {
            throw new InvalidOperationException(
                $"{Name}: a message arrives at {arrival.ArrivesAt} and it is {Now}: the sender broke its promise");
        }

        if (arrival.ArrivesAt >= VirtualTime.Never)
        {
            return;
        }

        arrivals.Add((arrival.Link, arrival.Number), arrival.Message);
        events.AddArrival(
            arrival.ArrivesAt, arrival.Link, arrival.Number,
            new HostEvent(NetworkTarget, (int)NetworkEvent.Arrival, Packed(arrival.Link, arrival.Number)));
    }

    /// <summary>
    /// Is told which address has come to this host or gone, at that instant; says from when on everybody knows. Set by
    /// the rack.
    /// </summary>
    internal Func<uint, bool, long> AddressMoved { get; set; } = (_, _) => 0;

    /// <summary>The addresses of its guests.</summary>
    internal IEnumerable<uint> Addresses => addresses.Keys;

    /// <summary>The address of a guest is here from now on.</summary>
    internal void Own(INetworkGuest guest)
    {
        addresses[guest.Address] = guest;
        departures.Remove(guest.Address);
        AddressMoved(guest.Address, true);
    }

    /// <returns>Virtual time from which on everybody knows that the address is not here.</returns>
    private long Disown(INetworkGuest guest)
    {
        addresses.Remove(guest.Address);
        return AddressMoved(guest.Address, false);
    }

    private static long Packed(int link, ulong number) => checked(((long)link << 46) | (long)number);

    private static (int Link, ulong Number) Unpacked(long argument) =>
        ((int)(argument >> 46), (ulong)argument & ((1UL << 46) - 1));

    private bool HasRoute(uint address) => addresses.ContainsKey(address) || LinkTowards(address) is not null;

    private void Depart(NetworkMessage message, long at) => Keep(message, at, NetworkEvent.Departure);

    private void Keep(NetworkMessage message, long at, NetworkEvent what)
    {
        ownMessages.Add(++lastMessage, message);
        events.Add(at, new HostEvent(NetworkTarget, (int)what, lastMessage));
    }

    private void HandleNetwork(NetworkEvent what, long argument)
    {
        if (what == NetworkEvent.Arrival)
        {
            arrivals.Remove(Unpacked(argument), out var arrived);
            TakeIn(arrived!);
            return;
        }

        ownMessages.Remove(argument, out var message);
        switch (what)
        {
            case NetworkEvent.Departure:
                Forward(message!);
                break;
            case NetworkEvent.Landing:
                TakeIn(message!);
                break;
            default:
                Deliver(message!);
                break;
        }
    }

    private void Forward(NetworkMessage message)
    {
        var destination = message.Destination.Address;
        if (addresses.GetValueOrDefault(message.Source.Address)?.Outside is { } outside
            && outside.HasRoute(destination))
        {
            outside.Send(message);
        }
        else if (addresses.ContainsKey(destination))
        {
            Keep(message, VirtualTime.After(Now, SwitchLatency), NetworkEvent.Delivery);
        }
        else if (LinkTowards(destination) is { } link)
        {
            SendOut(message, link);
        }
        else
        {
            Refuse(message, RefusalReason.NoHost, Now);
        }
    }

    private void SendOut(NetworkMessage message, Link link)
    {
        var bytes = FrameSize.Of(message);
        var bandwidth = Hardware.Nic.BandwidthBitsPerSecond;
        var waiting = Math.Max(0, NicOut.FreeAt - Now);
        var queued = (long)((Int128)waiting * bandwidth / 8 / VirtualTime.Second);
        // A stream's sender would send it again until there is room, and keeps to its windows.
        if (message.Kind == NetworkMessageKind.Datagram && queued + bytes > Hardware.Nic.QueueBytes)
        {
            NicDrops++;
            return;
        }

        var sentAt = NicOut.Pass(Now, bytes, Link.TransmissionTime(bytes, bandwidth));
        if (link.Send(sentAt, message, out var givenUpAt) is { } arrival)
        {
            Uplink(arrival);
        }
        else if (message.Kind == NetworkMessageKind.Host)
        {
            // Its channel is told where what comes over the link would be.
            Keep(message with { Payload = default, Reason = RefusalReason.Timeout }, givenUpAt, NetworkEvent.Delivery);
        }
        else if (message.Kind != NetworkMessageKind.Datagram)
        {
            Refuse(message, RefusalReason.Timeout, givenUpAt);
        }
    }

    private void TakeIn(NetworkMessage message)
    {
        var bytes = FrameSize.Of(message);
        var takenAt = NicIn.Pass(Now, bytes, Link.TransmissionTime(bytes, Hardware.Nic.BandwidthBitsPerSecond));
        Keep(message, takenAt, NetworkEvent.Delivery);
    }

    private void Deliver(NetworkMessage message)
    {
        if (message.Kind == NetworkMessageKind.Host)
        {
            DeliverToChannel(message);
        }
        else if (addresses.TryGetValue(message.Destination.Address, out var guest))
        {
            guest.Deliver(message);
        }
        else if (LinkTowards(message.Destination.Address) is { } link)
        {
            // The address has moved on while this was on its way.
            SendOut(message, link);
        }
        else
        {
            Strays++;
            Refuse(message, RefusalReason.NoHost, Now);
        }
    }

    /// <summary>Tells a sender that nobody will answer, as its own network would.</summary>
    private void Refuse(NetworkMessage message, RefusalReason reason, long at)
    {
        if (message.Kind is NetworkMessageKind.Refuse or NetworkMessageKind.Reset)
        {
            return;
        }

        var isNew = message.Kind is NetworkMessageKind.Connect or NetworkMessageKind.Datagram;
        var refusal = new NetworkMessage
        {
            Kind = isNew ? NetworkMessageKind.Refuse : NetworkMessageKind.Reset,
            Source = message.Destination,
            Destination = message.Source,
            Connection = message.Connection,
            Reason = isNew ? reason : RefusalReason.None,
        };
        Keep(refusal, at, NetworkEvent.Departure);
    }

    private void SaveNetwork(StateWriter state, bool withArrivals)
    {
        NicOut.Save(state, Now);
        NicIn.Save(state, Now);
        state.Int64("nicDrops", NicDrops);
        state.Int64("strays", Strays);
        state.Int64("lastMessage", lastMessage);
        state.List("ownMessages", [.. ownMessages.OrderBy(m => m.Key)], static (to, item) =>
        {
            to.Int64("number", item.Key);
            item.Value.Save(to);
        });
        SaveDepartures(state);
        foreach (var link in links.Values)
        {
            link.Save(state);
        }

        state.List("arrivals", arrivals.Where(_ => withArrivals).ToList(), static (to, item) =>
        {
            to.Int64("link", item.Key.Link);
            to.UInt64("number", item.Key.Number);
            item.Value.Save(to);
        });
    }

    private void RestoreNetwork(StateReader state)
    {
        NicOut.Restore(state);
        NicIn.Restore(state);
        NicDrops = state.Int64("nicDrops", 0);
        Strays = state.Int64("strays", 0);
        lastMessage = state.Int64("lastMessage", 0);
        ownMessages.Clear();
        state.List("ownMessages", MessagesMax, (from, _) =>
            ownMessages.Add(from.Int64("number", 1, lastMessage), NetworkMessage.Restore(from)));
        RestoreDepartures(state);
        foreach (var link in links.Values)
        {
            link.Restore(state);
        }

        arrivals.Clear();
        state.List("arrivals", MessagesMax, (from, _) => arrivals.Add(
            (from.Int32("link", 1, ushort.MaxValue), from.UInt64("number")), NetworkMessage.Restore(from)));
    }
}
