using Vee.Api.Migrations;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Informers;
using Vee.Operator.Agents;
using Vee.Operator.Decisions.Machines;
using Vee.Operator.Images;

namespace Vee.Operator.Gathering;

/// <summary>Gathers what a decision about a machine rests on.</summary>
internal sealed class MachineGatherer(
    IStore<VirtualMachine> machines, IStore<SimulatedHost> hosts, IStore<VirtualMachineMigration> migrations,
    AgentDirectory agents, ImageResolver images, ClaimLedger claims, TimeProvider time)
{
    private readonly HostCandidates candidates = new(hosts, agents);


    /// <summary>Everything as it is now.</summary>
    /// <param name="machine">The machine as last read or written, which may be newer than the store's.</param>
    /// <param name="news">What an agent has just said.</param>
    public MachineInput Gather(VirtualMachine machine, AgentNews news)
    {
        var others = machines.List().Where(m => m.Metadata.Uid != machine.Metadata.Uid).Select(claims.Newest).ToList();
        return Gather(machine, news, others);
    }

    /// <summary>Whether a migration of a machine has yet to be told of to the end, under that number.</summary>
    public bool IsOpen(VirtualMachine machine, long number) => migrations.List().Any(
        m => m.Spec.VirtualMachineName == machine.Metadata.Name
            && m.Metadata.NamespaceProperty == machine.Metadata.NamespaceProperty
            && m.Status?.Number == number && !MigrationPhases.IsFinal(m.Status.Phase));

    private MachineInput Gather(VirtualMachine machine, AgentNews news, List<VirtualMachine> others) => new()
    {
        Machine = machine,
        Now = time.GetUtcNow(),
        Image = images.Resolve(machine),
        Hosts = candidates.Beside(others),
        Addresses = others.Where(m => m.Status?.Network?.Address is not null)
            .Select(m => (Address: m.Status!.Network!.Address!, Owner: $"machine {NameOf(m)}"))
            .Concat(hosts.List().SelectMany(h => (h.Spec.Probes ?? [])
                .Where(p => p.Address != machine.Status?.Network?.Address).Select(
                p => (p.Address, Owner: $"probe '{p.Name}' of host {h.Metadata.Name}"))))
            .DistinctBy(taken => taken.Address, StringComparer.Ordinal)
            .ToDictionary(taken => taken.Address, taken => taken.Owner, StringComparer.Ordinal),
        AskedAddresses = others.Select(m => m.Spec.Network?.Address).OfType<string>().ToHashSet(StringComparer.Ordinal),
        Agent = machine.Status?.Agent is { } claim ? agents.Find(claim.Name) : null,
        IsHostOutOfService = HostOf(machine.Status?.HostName)?.Spec.OutOfService == true,
        IsHostMissing = machine.Status?.HostName is not null && HostOf(machine.Status.HostName) is null,
        DeletedInstance = news.DeletedInstance,
        Target = machine.Status?.Migration is { } record ? agents.Find(record.Agent.Name) : null,
        IsTargetOutOfService = HostOf(machine.Status?.Migration?.HostName)?.Spec.OutOfService == true,
        IsSourceUnaware = news.IsSourceUnaware,
        IsTargetUnaware = news.IsTargetUnaware,
        Migration = machine.Status?.Migration is { } moving
            ? migrations.Get(new ObjectKey(machine.Metadata.NamespaceProperty, moving.Name)) : null,
    };

    private SimulatedHost? HostOf(string? host) => host is null ? null : hosts.Get(new ObjectKey("", host));

    private static string NameOf(VirtualMachine machine) =>
        $"{machine.Metadata.NamespaceProperty}/{machine.Metadata.Name}";
}
