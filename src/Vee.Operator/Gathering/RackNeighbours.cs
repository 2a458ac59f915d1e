using Vee.Api.SimulatedHosts;
using Vee.ControllerRuntime.Informers;

namespace Vee.Operator.Gathering;

/// <summary>Finds the hosts that a change of another one may matter to.</summary>
internal static class RackNeighbours
{
    /// <summary>
    /// Names of the hosts that are linked with it, over however many others, or were in its last rack.
    /// </summary>
    public static IReadOnlyCollection<string> Of(SimulatedHost changed, IStore<SimulatedHost> hosts)
    {
        var links = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        var all = hosts.List();
        foreach (var host in all.Append(changed).Where(h => h.Spec.Links is { Count: > 0 }))
        {
            foreach (var link in host.Spec.Links!)
            {
                Add(links, host.Metadata.Name, link.To);
                Add(links, link.To, host.Metadata.Name);
            }
        }

        var found = new HashSet<string>(StringComparer.Ordinal) { changed.Metadata.Name };
        if (changed.Status?.Rack is { } rack)
        {
            found.UnionWith(all.Where(h => h.Status?.Rack?.Uid == rack.Uid).Select(h => h.Metadata.Name));
        }

        var open = new Stack<string>(found);
        while (open.TryPop(out var next))
        {
            foreach (var peer in links.GetValueOrDefault(next) ?? [])
            {
                if (found.Add(peer))
                {
                    open.Push(peer);
                }
            }
        }

        found.Remove(changed.Metadata.Name);
        return found;
    }

    private static void Add(Dictionary<string, HashSet<string>> links, string from, string to)
    {
        if (!links.TryGetValue(from, out var peers))
        {
            links.Add(from, peers = new HashSet<string>(StringComparer.Ordinal));
        }

        peers.Add(to);
    }
}
