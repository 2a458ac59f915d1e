using System.Collections.ObjectModel;
using k8s.Models;
using Vee.Api;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Informers;
using Vee.ControllerRuntime.Status;
using Vee.Operator.Agents;
using Vee.Operator.Decisions.Machines;
using Vee.Operator.Images;

namespace Vee.Operator.Gathering;

/// <summary>Gathers what a decision about a machine rests on.</summary>
internal sealed class MachineGatherer(
    IStore<VirtualMachine> machines, IStore<SimulatedHost> hosts, AgentDirectory agents, ImageResolver images,
    ClaimLedger claims, TimeProvider time)
{
    /// <summary>Everything as it is now.</summary>
    /// <param name="machine">The machine as last read or written, which may be newer than the store's.</param>
    /// <param name="deletedInstance">The instance that its agent has just deleted.</param>
    public MachineInput Gather(VirtualMachine machine, long? deletedInstance)
    {
        var others = machines.List().Where(m => m.Metadata.Uid != machine.Metadata.Uid).Select(claims.Newest).ToList();
        return Gather(machine, deletedInstance, others);
    }

    private MachineInput Gather(VirtualMachine machine, long? deletedInstance, List<VirtualMachine> others) => new()
    {
        Machine = machine,
        Now = time.GetUtcNow(),
        Image = images.Resolve(machine),
        Hosts = Candidates(others),
        Addresses = others.Where(m => m.Status?.Network?.Address is not null)
            .Select(m => (Address: m.Status!.Network!.Address!, Owner: $"machine {NameOf(m)}"))
            .Concat(hosts.List().SelectMany(h => (h.Spec.Probes ?? [])
                .Where(p => p.Address != machine.Status?.Network?.Address).Select(
                p => (p.Address, Owner: $"probe '{p.Name}' of host {h.Metadata.Name}"))))
            .DistinctBy(taken => taken.Address, StringComparer.Ordinal)
            .ToDictionary(taken => taken.Address, taken => taken.Owner, StringComparer.Ordinal),
        AskedAddresses = others.Select(m => m.Spec.Network?.Address).OfType<string>().ToHashSet(StringComparer.Ordinal),
        Agent = machine.Status?.Agent is { } claim ? agents.Find(claim.Name) : null,
        IsHostOutOfService = HostOf(machine)?.Spec.OutOfService == true,
        IsHostMissing = machine.Status?.HostName is not null && HostOf(machine) is null,
        DeletedInstance = deletedInstance,
    };

    private SimulatedHost? HostOf(VirtualMachine machine) =>
        machine.Status?.HostName is { } host ? hosts.Get(new ObjectKey("", host)) : null;

    private static string NameOf(VirtualMachine machine) =>
        $"{machine.Metadata.NamespaceProperty}/{machine.Metadata.Name}";

    private List<HostCandidate> Candidates(List<VirtualMachine> others) =>
        [.. hosts.List().Where(h => h.Metadata.DeletionTimestamp is null).Select(h => CandidateOf(h, others))];

    private HostCandidate CandidateOf(SimulatedHost host, List<VirtualMachine> others)
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
