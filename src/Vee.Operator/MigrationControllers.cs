using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Vee.Api.Migrations;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Clients;
using Vee.ControllerRuntime.Controllers;
using Vee.ControllerRuntime.Hosting;
using Vee.ControllerRuntime.Informers;
using Vee.ControllerRuntime.Queues;
using Vee.ControllerRuntime.Status;
using Vee.Operator.Acting;
using Vee.Operator.Agents;
using Vee.Operator.Controllers;
using Vee.Operator.Gathering;
using Vee.Operator.Images;

namespace Vee.Operator;

/// <summary>The controllers of migrations, put together.</summary>
internal sealed class MigrationControllers(
    ControllerHost host, KubernetesConnection connection, MigrationStores stores, AgentDirectory agents, string byUid)
{
    private const int MigrationsAtOnce = 4;

    /// <summary>
    /// How long machines and migrations wait after failures: an outage of the API server, or writes that it refuses,
    /// make that grow, and what agents have done meanwhile is to be said within seconds of the end.
    /// </summary>
    public static RateLimitOptions Retries { get; } = new() { FailureDelayMax = TimeSpan.FromSeconds(3) };

    /// <summary>Adds all of them.</summary>
    /// <param name="images">Finds programs.</param>
    /// <param name="claims">What has been claimed.</param>
    /// <param name="fieldManager">The one writer of statuses.</param>
    /// <param name="isNews">Whether a change of a host matters to anybody but those who read what it tells.</param>
    /// <param name="logs">Makes the loggers.</param>
    public void Add(
        ImageResolver images, ClaimLedger claims, string fieldManager,
        Func<InformerEvent<SimulatedHost>, bool> isNews, ILoggerFactory logs)
    {
        var time = connection.Services.Time;
        var conditions = new ConditionList(time);
        AddMigrations(
            new MigrationReconciliation(
                new MigrationGatherer(stores, agents, images, claims, time), agents, stores.Hosts,
                new MigrationStatuses(
                    new StatusWriter<VirtualMachineMigration>(
                        connection.Resource<VirtualMachineMigration>(), fieldManager),
                    new StatusWriter<VirtualMachine>(connection.Resource<VirtualMachine>(), fieldManager), conditions),
                claims, host.Events, logs.CreateLogger<MigrationReconciliation>()),
            isNews);
        AddRelocations(isNews);
        host.AddController<MigrationPolicy>("migrationpolicy")
            .For()
            .Watches<VirtualMachine>(m => PoliciesIn(m.Metadata.NamespaceProperty))
            .Watches<MigrationPolicy>(p => PoliciesIn(p.Metadata.NamespaceProperty))
            .Reconcile(new MigrationPolicyController(new PolicyReconciliation(
                stores, new StatusWriter<MigrationPolicy>(connection.Resource<MigrationPolicy>(), fieldManager),
                conditions)));
    }

    /// <summary>The machine that a migration is about.</summary>
    public static ObjectKey MachineOf(VirtualMachineMigration migration) =>
        new(migration.Metadata.NamespaceProperty, migration.Spec.VirtualMachineName);

    private void AddMigrations(
        MigrationReconciliation reconciliation, Func<InformerEvent<SimulatedHost>, bool> isNews) =>
        host.AddController<VirtualMachineMigration>("virtualmachinemigration")
            .For()
            .Watches<VirtualMachine>(m => Open(o => MachineOf(o) == m.Metadata.Key), when: Changes.Any)
            .Watches<SimulatedHost>(_ => Open(IsPending), when: isNews)
            .Watches<MigrationPolicy>(
                p => Open(m => IsPending(m) && m.Metadata.NamespaceProperty == p.Metadata.NamespaceProperty))
            .WatchesKeys(KeysAsync)
            .MaxConcurrentReconciles(MigrationsAtOnce)
            .RateLimit(Retries)
            .Reconcile(new VirtualMachineMigrationController(reconciliation));

    private void AddRelocations(Func<InformerEvent<SimulatedHost>, bool> isNews) =>
        host.AddController<VirtualMachine>("relocation")
            .For(when: Changes.Any)
            .Owns<VirtualMachineMigration>()
            .Watches<VirtualMachineMigration>(m => [MachineOf(m)], when: Changes.Any)
            .Watches<SimulatedHost>(MachinesOn, when: isNews)
            .Reconcile(new RelocationController(new RelocationReconciliation(
                stores, connection.Resource<VirtualMachineMigration>(), connection.Services.Time)));

    private IEnumerable<ObjectKey> MachinesOn(SimulatedHost changed) => stores.Machines.List()
        .Where(m => m.Status?.HostName == changed.Metadata.Name).Select(m => m.Metadata.Key);

    private IEnumerable<ObjectKey> PoliciesIn(string space) => stores.Policies.List()
        .Where(p => p.Metadata.NamespaceProperty == space).Select(p => p.Metadata.Key);

    private IEnumerable<ObjectKey> Open(Func<VirtualMachineMigration, bool> predicate) => stores.Migrations.List()
        .Where(m => !MigrationPhases.IsFinal(m.Status?.Phase) && predicate(m)).Select(m => m.Metadata.Key);

    private static bool IsPending(VirtualMachineMigration migration) =>
        migration.Status?.Phase is null or MigrationPhases.Pending;

    /// <summary>What an agent tells of a machine matters to its migrations; a silence matters to all.</summary>
    private async IAsyncEnumerable<ObjectKey> KeysAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var change in agents.ChangesAsync(cancellation))
        {
            var machines = change.MachineUid is { } uid
                ? stores.Machines.ByIndex(byUid, uid).Select(m => m.Metadata.Key).ToHashSet() : null;
            foreach (var key in Open(m => machines is null || machines.Contains(MachineOf(m))))
            {
                yield return key;
            }
        }
    }
}
