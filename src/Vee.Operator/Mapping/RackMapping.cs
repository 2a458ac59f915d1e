using Vee.Api.SimulatedHosts;
using Vee.Operator.Decisions.Racks;
using Vee.Protocol;

namespace Vee.Operator.Mapping;

/// <summary>What an agent is told of a rack.</summary>
internal static class RackMapping
{
    public static SetRackRequest ToRequest(RackPlan plan, HostRack rack) => new()
    {
        Uid = rack.Uid,
        Generation = rack.Generation,
        Members =
        {
            plan.Members.GroupBy(h => h.Status!.Agent!.Name, StringComparer.Ordinal)
                .OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => new RackMember
                {
                    Agent = g.Key,
                    Address = g.First().Status!.Agent!.Address,
                    Hosts = { g.Select(h => new RackHost { Uid = h.Metadata.Uid, Name = h.Metadata.Name }) },
                }),
        },
        Links =
        {
            plan.Wires.Select(w => new RackLink
            {
                From = w.From,
                To = w.To,
                Forward = HostMapping.ToProtocol(w.Forward),
                Backward = HostMapping.ToProtocol(w.Backward),
            }),
        },
    };
}
