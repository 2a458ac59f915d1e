using Vee.Api;
using Vee.Api.Migrations;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Informers;
using Vee.Operator.Agents;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Equipment;
using Vee.Operator.Decisions.Machines;
using Vee.Operator.Decisions.Migrations;
using Vee.Operator.Decisions.Racks;
using Vee.Operator.Images;

namespace Vee.Operator.Gathering;

/// <summary>Gathers what a decision about a migration rests on.</summary>
internal sealed class MigrationGatherer(
    MigrationStores stores, AgentDirectory agents, ImageResolver images, ClaimLedger claims, TimeProvider time)
{
    private const int ProbesMax = 32;

    private readonly HostCandidates candidates = new(stores.Hosts, agents);

    /// <summary>Everything as it is now.</summary>
    /// <param name="migration">As last read or written.</param>
    /// <param name="isExpected">Whether the agent that the machine moves to has just said that it expects it.</param>
    public MigrationInput Gather(VirtualMachineMigration migration, bool isExpected)
    {
        var machine = MachineOf(migration);
        var others = stores.Machines.List().Where(m => m.Metadata.Uid != machine?.Metadata.Uid)
            .Select(claims.Newest).ToList();
        var status = migration.Status;
        return new MigrationInput
        {
            Migration = migration,
            Now = time.GetUtcNow(),
            Machine = machine,
            StartSpec = machine is null ? null : SpecOf(machine),
            Policies = [.. stores.Policies.List().Where(
                p => p.Metadata.NamespaceProperty == migration.Metadata.NamespaceProperty)],
            Hosts = candidates.Beside(others),
            LinkedHosts = LinkedWith(machine?.Status?.HostName),
            HostsBeingLeft = [.. others.Where(m => m.Status?.Migration is not null)
                .Select(m => m.Status!.HostName).OfType<string>()],
            HostsToBeLeft = ToBeLeft(migration),
            Source = Find(SourceOf(status, machine?.Status)),
            IsSourceOutOfService = status?.Source?.HostName is { } left
                && stores.Hosts.Get(new ObjectKey("", left))?.Spec.OutOfService == true,
            Target = Find(machine?.Status?.Migration?.Agent ?? status?.Target?.Agent),
            IsExpected = isExpected,
            Probes = machine is null ? [] : Blackouts(machine),
        };
    }

    /// <summary>The machine that a migration names, as last written.</summary>
    public VirtualMachine? MachineOf(VirtualMachineMigration migration) =>
        stores.Machines.Get(new ObjectKey(migration.Metadata.NamespaceProperty, migration.Spec.VirtualMachineName))
            is { } machine ? claims.Newest(machine) : null;

    /// <summary>The agent that the machine is to leave; once it has left, the one that it did leave.</summary>
    private static AgentReference? SourceOf(VirtualMachineMigrationStatus? status, VirtualMachineStatus? machine) =>
        status?.Phase is null or MigrationPhases.Pending || machine?.Migration is not null
            ? machine?.Agent : status.Source?.Agent;

    private AgentView? Find(AgentReference? agent) => agent is null ? null : agents.Find(agent.Name);

    private StartSpec? SpecOf(VirtualMachine machine) =>
        images.Resolve(machine).Image is { } image
            ? StartSpec.Of(machine.Spec, image.Digest, image.ProgramName) : null;

    private IReadOnlySet<string> LinkedWith(string? hostName) =>
        hostName is not null && stores.Hosts.Get(new ObjectKey("", hostName)) is { } host
        && RackPlan.Of(host, stores.Hosts.List()) is { } plan
            ? plan.LinkedWith(host) : new HashSet<string>(StringComparer.Ordinal);

    /// <summary>The hosts that migrations which wait for their turn, and are older, are to leave.</summary>
    private List<string> ToBeLeft(VirtualMachineMigration migration) =>
    [
        .. stores.Migrations.List()
            .Where(m => m.Metadata.Uid != migration.Metadata.Uid && IsWaiting(m) && IsBefore(m, migration))
            .Select(m => MachineOf(m)?.Status is { Migration: null, HostName: { } host } ? host : null)
            .OfType<string>(),
    ];

    private static bool IsWaiting(VirtualMachineMigration migration) =>
        migration.Metadata.DeletionTimestamp is null && migration.Status?.Phase == MigrationPhases.Pending
        && migration.Status.Conditions?.Any(
            c => c.Type == ConditionTypes.Ready && c.Reason == Reasons.WaitsForTurn) == true;

    private static bool IsBefore(VirtualMachineMigration left, VirtualMachineMigration right)
    {
        var order = Nullable.Compare(left.Metadata.CreationTimestamp, right.Metadata.CreationTimestamp);
        return order < 0 || (order == 0 && string.CompareOrdinal(left.Metadata.Uid, right.Metadata.Uid) < 0);
    }

    private List<ProbeBlackout> Blackouts(VirtualMachine machine) =>
    [
        .. (from host in stores.Hosts.List()
            where EquipmentDecision.Asks(host, machine)
            orderby host.Metadata.Name
            from probe in host.Spec.Probes!
            where EquipmentDecision.IsTarget(probe, machine)
            from reading in host.Status?.Probes ?? []
            where reading.Name == probe.Name
            select new ProbeBlackout
            {
                HostName = host.Metadata.Name,
                Name = probe.Name,
                LongestSilenceVirtualUs = reading.LongestSilenceVirtualUs,
            }).Take(ProbesMax),
    ];
}

/// <summary>The objects that migrations have to do with.</summary>
internal sealed record MigrationStores(
    IStore<VirtualMachine> Machines, IStore<SimulatedHost> Hosts, IStore<VirtualMachineMigration> Migrations,
    IStore<MigrationPolicy> Policies);
