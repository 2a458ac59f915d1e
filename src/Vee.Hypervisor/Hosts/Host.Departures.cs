using Vee.Hypervisor.Network;
using Vee.Machines.Networking;
using Vee.Machines.State;

namespace Vee.Hypervisor.Hosts;

// Addresses that have moved from this host to another. What others have sent before they were told still comes here,
// and is sent on.
public sealed partial class Host
{
    private const int DeparturesMax = 1 << 16;

    private readonly SortedDictionary<uint, Departure> departures = [];

    /// <summary>
    /// Removes a guest whose address another host has already: what comes for it here, from links and from guests, is
    /// sent on to that host, until everybody finds the address there or it comes back.
    /// </summary>
    /// <param name="guest">One of this host, with an address.</param>
    /// <param name="peer">Name of the host. It has the address at this instant at the latest: then nobody misses it
    /// when this host sends nothing on any more.</param>
    /// <param name="waiting">What has come for it here and follows it.</param>
    /// <exception cref="ArgumentException">The guest is not here or has no address, or no link leads to that host.
    /// </exception>
    public void MoveAway(HostGuest guest, string peer, IEnumerable<NetworkMessage> waiting)
    {
        ArgumentNullException.ThrowIfNull(waiting);
        MoveAway(guest, peer);
        foreach (var message in waiting)
        {
            Deliver(message);
        }
    }

    /// <inheritdoc cref="MoveAway(HostGuest, string, IEnumerable{NetworkMessage})"/>
    public void MoveAway(HostGuest guest, string peer)
    {
        ArgumentNullException.ThrowIfNull(guest);
        if (guest.Program is not INetworkGuest { Address: not 0 and var address })
        {
            throw new ArgumentException($"'{guest.Domain.Name}' has no address", nameof(guest));
        }

        if (LinkTo(peer) is null)
        {
            throw new ArgumentException($"there is no link to host '{peer}'", nameof(peer));
        }

        var knownFrom = TakeOut(guest);
        foreach (var over in departures.Where(known => known.Value.KnownFrom <= Now).ToArray())
        {
            departures.Remove(over.Key);
        }

        departures[address] = new Departure(peer, knownFrom);
    }

    /// <summary>The link to whoever has an address; null for nobody.</summary>
    private Link? LinkTowards(uint address)
    {
        // Until all know that it has left, the table may tell of the time before it came here, or of this host.
        var isLeaving = departures.TryGetValue(address, out var departure) && Now < departure.KnownFrom;
        return (isLeaving ? LinkTo(departure!.Peer) : null) ?? Route(address);
    }

    private void SaveDepartures(StateWriter state) => state.List("departures", departures, static (to, departure) =>
    {
        to.UInt64("address", departure.Key);
        to.Text("peer", departure.Value.Peer);
        to.Int64("knownFrom", departure.Value.KnownFrom);
    });

    private void RestoreDepartures(StateReader state)
    {
        departures.Clear();
        state.List("departures", DeparturesMax, (from, _) =>
        {
            var address = (uint)from.UInt64("address", uint.MaxValue);
            var departure = new Departure(from.Text("peer"), from.Int64("knownFrom", 0));
            if (addresses.ContainsKey(address) || !departures.TryAdd(address, departure))
            {
                throw from.Refuse("address", "a guest that is here has it, or it occurs twice");
            }
        });
    }

    /// <param name="Peer">The host that has the address.</param>
    /// <param name="KnownFrom">Virtual time from which on everybody knows that it is not here.</param>
    private sealed record Departure(string Peer, long KnownFrom);
}
