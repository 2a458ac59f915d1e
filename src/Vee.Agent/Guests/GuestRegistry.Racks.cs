using Vee.Agent.Racks;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Scheduling;
using Vee.Protocol;

namespace Vee.Agent.Guests;

// Which hosts share a line of time. Each begins in a rack of its own; a plan gives hosts to a rack with others.
internal sealed partial class GuestRegistry
{
    // The newest plan of each rack: it goes when no host of this agent is in it any more.
    private readonly Dictionary<string, Rack> racks = new(StringComparer.Ordinal);

    // The generation of the newest plan that was here, as long as there is room: no older one comes back.
    private readonly Dictionary<string, long> generations = new(StringComparer.Ordinal);

    // Whose host each will be when all that is under way is done: a rack takes its time to give its hosts away.
    private readonly Dictionary<Rack, List<HostLine>> assigned = [];

    /// <summary>Gives hosts to a rack.</summary>
    /// <param name="members">The plan.</param>
    /// <param name="uids">The hosts of this agent, each with the name that the plan knows it by.</param>
    /// <exception cref="Grpc.Core.RpcException">STALE_RACK, UNKNOWN_HOST, or a plan that is impossible.</exception>
    internal void SetRack(RackMembers members, IReadOnlyDictionary<string, string> uids)
    {
        lock (gate)
        {
            ThrowIfClosed_NeedsLock();
            var newest = generations.GetValueOrDefault(members.Uid);
            if (newest > members.Generation)
            {
                throw Refused.Precondition(
                    Refusal.StaleRack, $"plan {members.Generation} of rack {members.Uid} is over: {newest} was here");
            }

            if (newest == members.Generation && racks.ContainsKey(members.Uid))
            {
                return;
            }

            SimulatedHost[] chosen = [.. uids.Select(host => FindForRack_NeedsLock(host.Key, host.Value))];
            if (chosen.Select(host => host.Spec.Mode).Distinct().Count() > 1)
            {
                throw Refused.Invalid("hosts of one rack are all paced or all free-running");
            }

            Remember_NeedsLock(members);
            racks.TryGetValue(members.Uid, out var before);
            var rack = new Rack(members, chosen.Length, rackParts);
            var heirs = chosen.ToDictionary(host => host.Line, _ => rack);
            foreach (var (old, inherited) in ListRacksOf_NeedsLock(before, chosen))
            {
                foreach (var host in inherited.Where(host => !heirs.ContainsKey(host)))
                {
                    heirs.Add(host, Alone(host));
                }

                old.Dissolve(inherited.ToDictionary(host => host, host => heirs[host]));
                assigned.Remove(old);
                ForgetName_NeedsLock(old);
            }

            foreach (var group in heirs.GroupBy(heir => heir.Value, heir => heir.Key))
            {
                assigned[group.Key] = [.. group];
            }

            if (chosen.Length > 0)
            {
                racks[members.Uid] = rack;
                rackParts.Network.Open(rack);
            }
            else
            {
                racks.Remove(members.Uid);
            }
        }
    }

    /// <summary>A host, for a call about it.</summary>
    /// <exception cref="Grpc.Core.RpcException">UNKNOWN_HOST.</exception>
    internal SimulatedHost FindHost(string uid)
    {
        lock (gate)
        {
            return hosts.TryGetValue(uid, out var host)
                ? host
                : throw Refused.NotFound(Refusal.UnknownHost, $"there is no host {uid} here");
        }
    }

    private void ForgetName_NeedsLock(Rack rack)
    {
        foreach (var (uid, _) in racks.Where(named => named.Value == rack).ToArray())
        {
            racks.Remove(uid);
        }
    }

    private void Remember_NeedsLock(RackMembers members)
    {
        if (generations.Count >= options.TombstoneCountMax && !generations.ContainsKey(members.Uid))
        {
            generations.Remove(generations.Keys.First(uid => !racks.ContainsKey(uid)));
        }

        generations[members.Uid] = members.Generation;
    }

    private SimulatedHost Begin(HostSpec spec)
    {
        var kind = SchedulerKinds.Named(spec.Scheduler)!;
        var line = new Host(spec.Name, spec.Hardware, kind.Create(spec.SchedulerOptions), spec.Seed);
        if (spec.HashesEachSecond)
        {
            line.HashEachSecond();
        }

        var host = new SimulatedHost(spec, new HostLine(spec.Uid, line, spec.Mode == TimeMode.Paced));
        var rack = Alone(host.Line);
        host.Line.Rack = rack;
        assigned.Add(rack, [host.Line]);
        rack.Give([host.Line], []);
        return host;
    }

    private Rack Alone(HostLine line) => new(RackMembers.Alone(line.Host.Name), 1, rackParts);

    private SimulatedHost FindForRack_NeedsLock(string uid, string name)
    {
        if (!hosts.TryGetValue(uid, out var host))
        {
            throw Refused.NotFound(Refusal.UnknownHost, $"there is no host {uid} here");
        }

        return host.Spec.Name == name
            ? host
            : throw Refused.Invalid($"host {uid} is called '{host.Spec.Name}' here, not '{name}'");
    }

    private List<(Rack Rack, HostLine[] Hosts)> ListRacksOf_NeedsLock(
        Rack? before, IReadOnlyList<SimulatedHost> chosen) =>
    [
        .. assigned.Where(rack =>
                rack.Key == before || rack.Value.Exists(line => chosen.Any(host => host.Line == line)))
            .Select(rack => (rack.Key, rack.Value.ToArray())),
    ];

    private void EndRackOf_NeedsLock(SimulatedHost host)
    {
        var (rack, others) = assigned.First(rack => rack.Value.Contains(host.Line));
        assigned.Remove(rack);
        ForgetName_NeedsLock(rack);
        others.Remove(host.Line);
        var heirs = others.ToDictionary(other => other, Alone);
        foreach (var (other, heir) in heirs)
        {
            assigned[heir] = [other];
        }

        rack.Dissolve(heirs);
    }
}
