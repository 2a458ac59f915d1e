using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using k8s.Models;
using Vee.Api.Migrations;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Clients;
using Vee.Protocol;
using Xunit;

namespace Vee.Cli.Tests.Faults;

/// <summary>Two linked hosts on two agents, and a store on one of them that is about to move to the other.</summary>
public sealed class MovingStore : IAsyncLifetime
{
    private const string Space = "default";
    private const long MemoryBytes = 64 << 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private int number;

    /// <summary>What agents and the operator find in theirs beside the test's.</summary>
    internal IReadOnlyDictionary<string, string>? Environment { get; init; }

    internal FaultCluster Cluster { get; private set; } = null!;

    /// <summary>The store as it was when all was well.</summary>
    internal VirtualMachine Machine { get; private set; } = null!;

    internal ObjectKey Key { get; private set; }

    internal string Uid => Machine.Metadata.Uid;

    /// <summary>Number of the agent that has it.</summary>
    internal int SourceAgent => Machine.Status!.Agent!.Name == "agent-a" ? 0 : 1;

    internal int TargetAgent => 1 - SourceAgent;

    internal string TargetHost => Machine.Status!.HostName == "left" ? "right" : "left";

    private ResourceClient<VirtualMachine> Machines => Cluster.Connection.Resource<VirtualMachine>();

    private ResourceClient<VirtualMachineMigration> Migrations =>
        Cluster.Connection.Resource<VirtualMachineMigration>();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Cluster = await FaultCluster.StartAsync(operatorCount: 1, seed: 7, Environment);
        await Cluster.CreateHostAsync("left", new LinkSpec { To = "right", Latency = "50ms" });
        await Cluster.CreateHostAsync("right");
    }

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();

    /// <summary>Makes another store and waits until it runs; the one before goes, if its row has not come so far.
    /// </summary>
    internal async Task CreateAsync()
    {
        if (number > 0)
        {
            await DeleteAsync();
            await AwaitGoneAsync();
        }

        Key = new ObjectKey(Space, string.Create(CultureInfo.InvariantCulture, $"store{++number}"));
        await Machines.CreateAsync(
            new VirtualMachine
            {
                Metadata = new V1ObjectMeta { Name = Key.Name, NamespaceProperty = Space },
                Spec = new VirtualMachineSpec
                {
                    Source = new SourceSpec { Image = new ImageSpec { Builtin = "kvstore" } },
                    Memory = new MemorySpec { Size = "64Mi" },
                    Ports = [new PortSpec { Name = "redis", Port = 6379 }],
                },
            },
            Token);
        await SettleAsync();
    }

    /// <summary>Waits until the store runs and does not move, and something else is so.</summary>
    internal async Task SettleAsync(Func<VirtualMachine, bool>? isSo = null) =>
        Machine = await Cluster.AwaitAsync<VirtualMachine>(
            Space, Key.Name,
            m => m.Status is { Migration: null, PrintableStatus: "Running", Ports: [{ Address: not null }, ..] }
                && (isSo is null || isSo(m)));

    internal StoreWriter Write(string prefix) => new(Cluster, Key, prefix);

    /// <summary>Asks that it goes to the other host, so slowly that each phase can be hit, and only once.</summary>
    /// <param name="mode">One of <see cref="MigrationModes"/>.</param>
    /// <param name="isCompared">Whether the source waits for what the target says before it gives the machine away.
    /// </param>
    /// <returns>The migration's name.</returns>
    internal Task<string> MigrateSlowlyAsync(string mode, bool isCompared = false) => MigrateAsync(
        "slow",
        new MigrationSettings
        {
            Mode = mode,
            Bandwidth = "4Mbit",
            Retry = new RetrySpec { Attempts = 1 },
            Without = new AblationSpec { GrantAhead = isCompared },
        });

    /// <summary>Asks that it goes to the other host.</summary>
    internal Task<string> MigrateAsync() =>
        MigrateAsync("next", new MigrationSettings { Retry = new RetrySpec { Attempts = 3, BackOffWallSeconds = 1 } });

    /// <summary>Waits until the machine's status has the record of its migration.</summary>
    internal Task AwaitRecordAsync() => UntilAsync(
        async () => (await Machines.GetAsync(Key, Token)).Status!.Migration is not null, "there is no record");

    /// <summary>Waits until a migration is over.</summary>
    internal async Task<VirtualMachineMigration> AwaitEndAsync(string name)
    {
        VirtualMachineMigration migration = null!;
        await UntilAsync(
            async () => MigrationPhases.IsFinal(
                (migration = await Migrations.GetAsync(new ObjectKey(Space, name), Token)).Status?.Phase),
            $"{name} is not over");
        return migration;
    }

    internal Task AbortAsync(string name) => Cluster.PatchSpecAsync<VirtualMachineMigration>(
        new ObjectKey(Space, name), new JsonObject { ["abort"] = true });

    /// <summary>Deletes the store, if it is there.</summary>
    internal Task DeleteAsync() => Machines.DeleteAsync(Key, new DeleteOptions(), Token);

    /// <summary>Waits until there is no such object.</summary>
    internal Task AwaitGoneAsync() => UntilAsync(
        async () => !await Machines.ListAsync(ResourceScope.All, Token).AnyAsync(m => m.Metadata.Uid == Uid, Token),
        "it is still there");

    /// <summary>Waits until the time of both hosts stands.</summary>
    internal Task AwaitStandstillAsync() => UntilAsync(
        async () => (await InventoriesAsync()).All(i => i.Hosts.All(h => h.Time.Phase == TimePhase.Stands)),
        "time goes on");

    /// <summary>Waits until nothing is reserved at agents but for the machine where it is.</summary>
    /// <param name="agent">Number of the agent that has it; null for none.</param>
    internal Task AwaitRoomAsync(int? agent) => UntilAsync(
        async () => (await InventoriesAsync()).Select(i => i.Hosts.Sum(h => h.MemoryBytesAllocated))
            .SequenceEqual(Enumerable.Range(0, Cluster.Agents.Count).Select(a => a == agent ? MemoryBytes : 0)),
        "memory is held for a machine that is not there");

    /// <summary>Waits until an event tells that the machine was lost.</summary>
    internal Task AwaitLossToldAsync() => UntilAsync(
        async () => await Cluster.Connection.Resource<Eventsv1Event>().ListAsync(ResourceScope.All, Token)
            .AnyAsync(e => e.Regarding?.Uid == Uid && e.Reason == "Lost", Token),
        "no event tells of the loss");

    private async Task<string> MigrateAsync(string prefix, MigrationSettings policy)
    {
        var name = $"{prefix}-{Key.Name}";
        await Migrations.CreateAsync(
            new VirtualMachineMigration
            {
                Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = Space },
                Spec = new VirtualMachineMigrationSpec
                {
                    VirtualMachineName = Key.Name,
                    Target = new PlacementSpec { HostName = TargetHost },
                    Policy = policy,
                },
            },
            Token);
        return name;
    }

    private async Task<IEnumerable<Inventory>> InventoriesAsync() =>
        (await Task.WhenAll(Enumerable.Range(0, Cluster.Agents.Count).Select(Cluster.InventoryAsync)))
            .Select(i => i ?? new Inventory());

    private static async Task UntilAsync(Func<Task<bool>> isSo, string otherwise)
    {
        var watch = Stopwatch.StartNew();
        while (!await isSo())
        {
            Assert.True(watch.Elapsed < ClusterObjects.Patience, otherwise);
            await Task.Delay(Pause, TimeProvider.System, Token);
        }
    }
}
