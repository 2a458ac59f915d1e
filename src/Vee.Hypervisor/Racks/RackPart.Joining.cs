using System.Collections.ObjectModel;
using Vee.Hypervisor.Network;
using Vee.Machines.Networking;

namespace Vee.Hypervisor.Racks;

/// <summary>Where hosts go on when they become a rack, or another one than before.</summary>
public sealed record RackStart
{
    /// <summary>Virtual time: how far the furthest of all hosts has come.</summary>
    public long Now { get; init; }

    /// <summary>Counts how often it was agreed on: what is random on links is so anew each time.</summary>
    public long Epoch { get; init; }

    /// <summary>The other parts, each with its hosts.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Parts { get; init; } =
        ReadOnlyDictionary<string, IReadOnlyList<string>>.Empty;

    /// <summary>Where addresses are, and have been for all that is still under way.</summary>
    public IReadOnlyList<Placement> Placements { get; init; } = [];

    /// <summary>What was on its way to other parts that may not have heard of it.</summary>
    public IReadOnlyList<UnderWay> UnderWay { get; init; } = [];
}

/// <summary>A message between two hosts, whatever rack they are in.</summary>
/// <param name="From">Name of the host that has sent it.</param>
/// <param name="To">Name of the host that it goes to.</param>
/// <param name="ArrivesAt">Virtual time, or as soon as it can.</param>
/// <param name="Message">What arrives.</param>
public sealed record UnderWay(string From, string To, long ArrivesAt, NetworkMessage Message);

// Becoming a rack. Hosts that are behind let time pass to where the others are; guests that are not held meanwhile live
// through it at once.
public sealed partial class RackPart
{
    /// <summary>What leaves for other parts and nobody has been told of; none of it is told any more.</summary>
    /// <param name="untaken">Of what was reported, what may not have come to the others.</param>
    public IReadOnlyList<UnderWay> Dissolve(IEnumerable<Arrival> untaken)
    {
        UnderWay[] messages =
        [
            .. untaken.Concat(leaving).Select(a =>
                new UnderWay(plan.SenderOf(a.Link), plan.ReceiverOf(a.Link), a.ArrivesAt, a.Message)),
        ];
        leaving.Clear();
        return messages;
    }

    private void Join(RackStart start)
    {
        Now = start.Now;
        foreach (var placement in start.Placements)
        {
            addresses.Add(placement with { From = 0 }, 0);
        }

        var sent = new List<Arrival>();
        foreach (var host in hosts.Values)
        {
            host.Uplink = sent.Add;
            host.RunUntil(Now);
            host.Uplink = Take;
        }

        // What has come or gone meanwhile is so for everybody from here on: what was sent meanwhile may arrive at once.
        for (var index = 0; index < moved.Count; index++)
        {
            moved[index] = moved[index] with { From = Now };
        }

        foreach (var message in start.UnderWay.Where(m => links.ContainsKey(m.From)))
        {
            // Whoever it went to may have gone: then it is lost with it.
            if (links[message.From].GetValueOrDefault(message.To) is { } link)
            {
                sent.Add(link.Forward(message.Message, message.ArrivesAt));
            }
        }

        foreach (var arrival in sent)
        {
            Take(arrival with { ArrivesAt = Math.Max(Now, arrival.ArrivesAt) });
        }
    }
}
