using System.Net;
using System.Runtime.CompilerServices;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Vee.Api;
using Vee.Api.Migrations;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Clients;
using Vee.ControllerRuntime.Controllers;
using Vee.ControllerRuntime.Hosting;
using Vee.ControllerRuntime.Informers;
using Vee.ControllerRuntime.Leadership;
using Vee.ControllerRuntime.Status;
using Vee.Operator.Acting;
using Vee.Operator.Agents;
using Vee.Operator.Controllers;
using Vee.Operator.Decisions.Equipment;
using Vee.Operator.Gathering;
using Vee.Operator.Images;

namespace Vee.Operator;

/// <summary>The operator, put together: informers, agents, controllers.</summary>
public sealed class OperatorServer : IDisposable
{
    private const int MachinesAtOnce = 4;
    private const string FieldManager = "vee-operator";
    private const string LeaseName = "vee-operator";
    private const string ByUid = "uid";
    private const string ByAgent = "agent";

    private readonly ControllerHost host;
    private readonly AgentDirectory agents;
    private readonly MachineReconciliation reconciliation;
    private readonly ClaimLedger claims = new();
    private readonly IStore<VirtualMachine> machines;
    private readonly IStore<SimulatedHost> hosts;
    private readonly IStore<VirtualMachineMigration> migrations;

    /// <summary>Puts the operator together; nothing is sent before <see cref="RunAsync"/>.</summary>
    /// <param name="connection">The API server.</param>
    /// <param name="options">Agents, credentials and the like.</param>
    /// <param name="random">Seeded. For jitter of reconnections; shared with nobody.</param>
    /// <param name="logs">Makes the loggers.</param>
    public OperatorServer(
        KubernetesConnection connection, OperatorOptions options, Random random, ILoggerFactory logs)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(options);
        var time = connection.Services.Time;
        host = new ControllerHost(connection, HostOptions(options));
        agents = new AgentDirectory(options.AgentAddresses, options.Credentials, time, random, logs);
        var machineInformer = host.Informers.Of<VirtualMachine>();
        machineInformer.AddIndexer(ByUid, m => [m.Metadata.Uid]);
        machineInformer.AddIndexer(ByAgent, AgentsOf);
        machines = machineInformer.Store;
        hosts = host.Informers.Of<SimulatedHost>().Store;
        migrations = host.Informers.Of<VirtualMachineMigration>().Store;

        OperatorMetrics.Register(connection.Services.Registry, agents, machines, ByUid);
        var images = new ImageResolver(new BuiltinImages(), host.Informers.Of<V1ConfigMap>().Store);
        AddHosts(connection, new HostGatherer(machines, hosts, agents, claims, time), logs);
        reconciliation = new MachineReconciliation(
            new MachineGatherer(machines, hosts, migrations, agents, images, claims, time),
            new MachineActions(agents, hosts, images),
            new StatusWriter<VirtualMachine>(connection.Resource<VirtualMachine>(), FieldManager),
            new ConditionList(time), claims, host.Events, logs.CreateLogger<MachineReconciliation>());
        AddMachines();
        var stores = new MigrationStores(
            machines, hosts, migrations, host.Informers.Of<MigrationPolicy>().Store);
        new MigrationControllers(host, connection, stores, agents, ByUid)
            .Add(images, claims, FieldManager, IsMoreThanReadings, logs);
    }

    /// <summary>Whether all stores are filled and it is not stopping.</summary>
    public bool IsReady => host.IsReady;

    /// <summary>Whether it is the operator that acts.</summary>
    public bool IsLeader => host.IsLeader;

    /// <summary>Runs until stopped, or until another operator may act.</summary>
    public async Task<HostExit> RunAsync(CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var links = agents.RunAsync(ending.Token);
        try
        {
            await agents.WaitForFirstContactAsync(stop);
            return await host.RunAsync(stop);
        }
        finally
        {
            await ending.CancelAsync();
            await links;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => claims.Dispose();

    private static ControllerHostOptions HostOptions(OperatorOptions options) => new()
    {
        Name = $"{ApiGroup.Name}/operator",
        Instance = options.Instance,
        HealthEndpoint = new IPEndPoint(IPAddress.Loopback, options.HealthPort),
        HealthServed = options.HealthServed,
        // What this process has written is not visited before its watch shows it, so a watch that waits to be opened
        // again holds up whatever goes on; and a server that is not there yet is soon asked.
        Informers = new InformerOptions { BackoffMax = TimeSpan.FromSeconds(3) },
        LeaderElection = options.LeaseNamespace is { } space
            ? new LeaderElectionOptions { Namespace = space, Name = LeaseName, Identity = options.Instance } : null,
    };

    private void AddHosts(KubernetesConnection connection, HostGatherer gatherer, ILoggerFactory logs)
    {
        var statuses = new HostStatuses(
            new StatusWriter<SimulatedHost>(connection.Resource<SimulatedHost>(), FieldManager),
            new ConditionList(connection.Services.Time));
        var controller = new SimulatedHostController(new HostReconciliation(
            gatherer, agents, statuses,
            new RackReconciliation(hosts, agents, statuses, logs.CreateLogger<RackReconciliation>()),
            new EquipmentReconciliation(hosts, machines, agents, statuses, connection.Services.Time)));
        host.AddController<SimulatedHost>("simulatedhost")
            .For()
            .Watches<VirtualMachine>(HostsOf, when: Changes.Any)
            .Watches<SimulatedHost>(NeighboursOf, when: IsMoreThanReadings)
            .WatchesKeys(HostKeysAsync)
            .Finalizer(Labels.HostFinalizer, controller)
            .Reconcile(controller);
    }

    private void AddMachines()
    {
        var controller = new VirtualMachineController(reconciliation);
        host.AddController<VirtualMachine>("virtualmachine")
            .For()
            .Watches<SimulatedHost>(MachinesOf, when: IsMoreThanReadings)
            .Watches<VirtualMachine>(WaitingMachines, when: Changes.Any)
            .Watches<V1ConfigMap>(MachinesFrom, when: Changes.Any)
            .Watches<VirtualMachineMigration>(m => [MigrationControllers.MachineOf(m)], when: Changes.Any)
            .WatchesKeys(MachineKeysAsync)
            .MaxConcurrentReconciles(MachinesAtOnce)
            .RateLimit(MigrationControllers.Retries)
            .Finalizer(Labels.MachineFinalizer, controller)
            .Reconcile(controller);
    }

    /// <summary>The agent that has a machine, and the one that it moves to.</summary>
    private static IEnumerable<string> AgentsOf(VirtualMachine machine) =>
        new[] { machine.Status?.Agent?.Name, machine.Status?.Migration?.Agent.Name }.OfType<string>().Distinct();

    /// <summary>A machine that changed matters to its hosts, and to those whose probes ask it.</summary>
    private IEnumerable<ObjectKey> HostsOf(VirtualMachine machine) => hosts.List()
        .Where(h => h.Metadata.Name == machine.Status?.HostName
            || h.Metadata.Name == machine.Status?.Migration?.HostName || EquipmentDecision.Asks(h, machine))
        .Select(h => new ObjectKey("", h.Metadata.Name));

    /// <summary>What probes and tasks have seen is written each few seconds, and matters to nobody else.</summary>
    private static bool IsMoreThanReadings(InformerEvent<SimulatedHost> change) =>
        Changes.Intent(change) || SaidOf(change.Old) != SaidOf(change.New);

    private static string SaidOf(SimulatedHost? host) => host?.Status is { } status
        ? KubernetesJson.Serialize(status with { Probes = null, Tasks = null }) : "";

    /// <summary>A host that changed matters to those that share its time, or did.</summary>
    private IEnumerable<ObjectKey> NeighboursOf(SimulatedHost changed) =>
        RackNeighbours.Of(changed, hosts).Select(name => new ObjectKey("", name));

    /// <summary>A host that changed matters to its machines, and to those that have none yet.</summary>
    private IEnumerable<ObjectKey> MachinesOf(SimulatedHost changed) =>
        machines.List().Where(m => m.Status?.Agent is null || m.Status.HostName == changed.Metadata.Name).Select(KeyOf);

    /// <summary>A machine that gave up its host matters to those that wait for one.</summary>
    private IEnumerable<ObjectKey> WaitingMachines(VirtualMachine changed) => HostUse.Occupies(changed)
        ? []
        : machines.List()
            .Where(m => m.Status is { Agent: null, PrintableStatus: "Unschedulable" or Reasons.AddressTaken }
                && m.Metadata.Uid != changed.Metadata.Uid)
            .Select(KeyOf);

    private IEnumerable<ObjectKey> MachinesFrom(V1ConfigMap changed) =>
        machines.List()
            .Where(m => m.Metadata.NamespaceProperty == changed.Metadata.NamespaceProperty
                && m.Spec.Source.Image?.ConfigMap?.Name == changed.Metadata.Name)
            .Select(KeyOf);

    /// <summary>A change of an agent matters to its hosts, and to those that have none yet.</summary>
    private async IAsyncEnumerable<ObjectKey> HostKeysAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var change in agents.ChangesAsync(cancellation))
        {
            if (change.MachineUid is null)
            {
                foreach (var affected in hosts.List()
                    .Where(h => h.Status?.Agent is null || h.Status.Agent.Name == change.Agent))
                {
                    yield return new ObjectKey("", affected.Metadata.Name);
                }
            }
        }
    }

    private async IAsyncEnumerable<ObjectKey> MachineKeysAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var change in agents.ChangesAsync(cancellation))
        {
            foreach (var affected in change.MachineUid is { } uid
                ? machines.ByIndex(ByUid, uid) : machines.ByIndex(ByAgent, change.Agent).Concat(HeldBy(change.Agent)))
            {
                yield return KeyOf(affected);
            }
        }
    }

    /// <summary>What an agent holds, whoever claims it: it may have come back with what was given up.</summary>
    private IEnumerable<VirtualMachine> HeldBy(string agent) =>
        agents.Find(agent)?.Machines.Keys.SelectMany(uid => machines.ByIndex(ByUid, uid)) ?? [];

    private static ObjectKey KeyOf(VirtualMachine machine) =>
        new(machine.Metadata.NamespaceProperty, machine.Metadata.Name);
}
