using Vee.Agent.Racks;
using Vee.Hypervisor.Racks;
using Vee.Protocol;
using Net = Vee.Hypervisor.Network;

namespace Vee.Agent.Services;

/// <summary>From a message to a plan of a rack.</summary>
internal static class RackRequests
{
    private const int MembersMax = 64;
    private const int HostsMax = 4096;
    private const int LinksMax = 32_767;

    /// <returns>The plan, and the hosts of this agent: their names by their uids.</returns>
    internal static (RackMembers Members, Dictionary<string, string> Hosts) Plan(SetRackRequest request, string ownName)
    {
        Checked.Count("members", request.Members.Count, MembersMax);
        Checked.Count("links", request.Links.Count, LinksMax);
        Checked.Count("hosts", request.Members.Sum(member => member.Hosts.Count), HostsMax);
        if (request.Members.Select(member => member.Agent).Distinct(StringComparer.Ordinal).Count()
            != request.Members.Count)
        {
            throw Refused.Invalid("an agent is a member twice");
        }

        var own = request.Members.FirstOrDefault(member => member.Agent == ownName);
        RackPeer[] peers =
        [
            // Who has no host has nothing to say.
            .. request.Members.Where(member => member.Agent != ownName && member.Hosts.Count > 0)
                .Select((member, index) => new RackPeer(
                Checked.HostName($"members[{index}].agent", member.Agent),
                Checked.Text($"members[{index}].address", member.Address, Checked.NameCharactersMax),
                [.. member.Hosts.Select(host => host.Name)])),
        ];
        return (
            new RackMembers(
                Checked.Uid("uid", request.Uid), Checked.Range("generation", request.Generation, 1, int.MaxValue),
                ownName, peers, PlanOf(request)),
            (own?.Hosts ?? []).DistinctBy(host => host.Uid).ToDictionary(
                host => Checked.Uid("hosts.uid", host.Uid), host => Checked.HostName("hosts.name", host.Name)));
    }

    private static RackPlan PlanOf(SetRackRequest request)
    {
        try
        {
            return new RackPlan(
                [.. request.Members.SelectMany(member => member.Hosts).Select(host => host.Name)],
                [.. request.Links.Select(link => new Vee.Hypervisor.Racks.RackLink(
                    link.From, link.To, Profile(link.Forward) ?? new Net.LinkProfile(), Profile(link.Backward)))]);
        }
        catch (ArgumentException impossible)
        {
            throw Refused.Invalid($"such a rack is impossible: {impossible.Message}");
        }
    }

    private static Net.LinkProfile? Profile(LinkProfile? profile) => profile is null ? null : new Net.LinkProfile
    {
        BandwidthBitsPerSecond = profile.BitsPerSecond,
        LatencyNanoseconds = profile.LatencyVirtualNs,
        JitterNanoseconds = profile.JitterVirtualNs,
        Loss = profile.Loss,
    };
}
