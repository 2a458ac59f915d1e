using System.Collections.ObjectModel;
using k8s.Models;
using Vee.Api;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime.Informers;
using Vee.ControllerRuntime.Status;
using Vee.Operator.Agents;
using Vee.Operator.Decisions.Machines;

namespace Vee.Operator.Gathering;

/// <summary>Gathers the hosts that a machine could be placed on.</summary>
internal sealed class HostCandidates(IStore<SimulatedHost> hosts, AgentDirectory agents)
{
    /// <summary>Every host that stays, with what others have left of it.</summary>
    public IReadOnlyList<HostCandidate> Beside(IReadOnlyCollection<VirtualMachine> others) =>
        [.. hosts.List().Where(h => h.Metadata.DeletionTimestamp is null).Select(h => CandidateOf(h, others))];

    private HostCandidate CandidateOf(SimulatedHost host, IReadOnlyCollection<VirtualMachine> others)
    {
        var used = HostUse.Of(host.Metadata.Name, others);
        var cores = host.Spec.Hardware.Cores.Sum(c => c.Count);
        var memory = MemorySize.ToBytes(host.Spec.Hardware.Memory.Size);
        var agent = host.Status?.Agent;
        return new HostCandidate
        {
            Name = host.Metadata.Name,
            Uid = host.Metadata.Uid,
            Labels = host.Metadata.Labels?.AsReadOnly() ?? ReadOnlyDictionary<string, string>.Empty,
            NotReady = NotReady(host),
            IsComing = ReadyOf(host) is null or { Reason: Reasons.Starting },
            IsFreeRunning = host.Spec.Time?.Mode == TimeModes.FreeRunning,
            IsUnschedulable = host.Spec.Unschedulable ?? false,
            Agent = agent,
            MachineTypes = agent is null ? [] : agents.Find(agent.Name)?.MachineTypes ?? [],
            CoreCount = cores,
            FreeCoreCount = Math.Max(0, cores - used.Vcpus),
            MemoryBytes = memory,
            FreeMemoryBytes = Math.Max(0, memory - used.MemoryBytes),
        };
    }

    private static V1Condition? ReadyOf(SimulatedHost host) =>
        Conditions.Find(host.Status?.Conditions ?? [], ConditionTypes.Ready);

    /// <summary>The status of the host, and what is known of its agent by now.</summary>
    private string? NotReady(SimulatedHost host)
    {
        var ready = ReadyOf(host);
        if (ready?.Status != "True")
        {
            return ready is null ? "is not ready yet" : $"is not ready ({ready.Message})";
        }

        return host.Status?.Agent is { } claim && agents.ClientOf(claim.Name, claim.Incarnation) is null
            ? $"is not ready (agent {claim.Name} does not answer)" : null;
    }
}
