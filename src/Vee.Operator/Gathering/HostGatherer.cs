using Vee.Api;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime.Informers;
using Vee.Operator.Agents;
using Vee.Operator.Decisions.Hosts;

namespace Vee.Operator.Gathering;

/// <summary>Gathers what a decision about a host rests on.</summary>
internal sealed class HostGatherer(
    IStore<VirtualMachine> machines, IStore<SimulatedHost> hosts, AgentDirectory agents, ClaimLedger claims,
    TimeProvider time)
{
    public HostInput Gather(SimulatedHost host)
    {
        var all = machines.List().Select(claims.Newest).ToList();
        return new HostInput
        {
            Host = host,
            Now = time.GetUtcNow(),
            Agents = agents.Views,
            BoundBytes = BoundBytes(host),
            Allocated = HostUse.Of(host.Metadata.Name, all),
            Machines =
            [
                .. all.Where(m => m.Status is { Agent: not null } status && (status.HostName == host.Metadata.Name
                        || status.Migration?.HostName == host.Metadata.Name))
                    .Select(m => $"{m.Metadata.NamespaceProperty}/{m.Metadata.Name}"),
            ],
        };
    }

    private Dictionary<string, long> BoundBytes(SimulatedHost host) =>
        hosts.List().Where(h => h.Metadata.Uid != host.Metadata.Uid && h.Status?.Agent is not null)
            .GroupBy(h => h.Status!.Agent!.Name)
            .ToDictionary(g => g.Key, g => g.Sum(h => MemorySize.ToBytes(h.Spec.Hardware.Memory.Size)));
}
