using System.Diagnostics;
using System.Text.Json.Nodes;
using k8s.Models;
using Vee.Api;
using Vee.Api.Migrations;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Clients;
using Xunit;

namespace Vee.Cli.Tests.Faults;

/// <summary>What the operator says and makes of migrations while no link leads to another host.</summary>
public sealed class MigrationTests(ITestOutputHelper output)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_machine_that_no_link_leads_away_from_stays_and_its_migrations_say_why()
    {
        await using var cluster = await FaultCluster.StartAsync(operatorCount: 1, seed: 7);
        try
        {
            await RunAsync(cluster);
        }
        catch (Exception) when (!Token.IsCancellationRequested)
        {
            output.WriteLine(cluster.Logs());
            throw;
        }
    }

    private static async Task RunAsync(FaultCluster cluster)
    {
        await cluster.CreateHostAsync("left");
        await CreateMachineAsync(cluster);
        await cluster.AwaitAsync<VirtualMachine>(
            "default", "stays", m => m.Status?.PrintableStatus == "Running");
        await cluster.CreateHostAsync("right");
        await cluster.Connection.Resource<MigrationPolicy>().CreateAsync(
            new MigrationPolicy
            {
                Metadata = new V1ObjectMeta { Name = "all", NamespaceProperty = "default" },
            },
            Token);
        var policy = await cluster.AwaitAsync<MigrationPolicy>(
            "default", "all", p => p.Status?.MatchedMachines == 1);
        Assert.Equal("stays", Assert.Single(policy.Status!.Machines!));

        await cluster.Connection.Resource<VirtualMachineMigration>().CreateAsync(
            new VirtualMachineMigration
            {
                Metadata = new V1ObjectMeta { Name = "by-hand", NamespaceProperty = "default" },
                Spec = new VirtualMachineMigrationSpec { VirtualMachineName = "stays" },
            },
            Token);
        await cluster.AwaitAsync<VirtualMachineMigration>(
            "default", "by-hand", m => MessageOf(m).Contains(
            "right has no link from host left", StringComparison.Ordinal));
        await cluster.PatchSpecAsync<VirtualMachineMigration>(
            new ObjectKey("default", "by-hand"), new JsonObject { ["abort"] = true });
        await cluster.AwaitAsync<VirtualMachineMigration>(
            "default", "by-hand", m => m.Status?.Phase == MigrationPhases.Aborted);

        await cluster.PatchSpecAsync<SimulatedHost>(
            new ObjectKey("", "left"), new JsonObject { ["unschedulable"] = true });
        var made = await AwaitMadeAsync(cluster, count: 1);
        Assert.Equal(Labels.CauseEvacuation, made[0].Metadata.Labels[Labels.MigrationCause]);
        await cluster.PatchSpecAsync<SimulatedHost>(
            new ObjectKey("", "left"), new JsonObject { ["unschedulable"] = false });
        await AwaitMadeAsync(cluster, count: 0);

        var machine = await cluster.Connection.Resource<VirtualMachine>().GetAsync(
            new ObjectKey("default", "stays"), Token);
        Assert.Equal(
            ("left", 1L, (MigrationRecord?)null),
            (machine.Status!.HostName, machine.Status.Instance, machine.Status.Migration));
    }

    private static string MessageOf(VirtualMachineMigration migration) => migration.Status?.Conditions
        ?.FirstOrDefault(c => c.Type == ConditionTypes.Ready)?.Message ?? "";

    private static Task<VirtualMachine> CreateMachineAsync(FaultCluster cluster) =>
        cluster.Connection.Resource<VirtualMachine>().CreateAsync(
            new VirtualMachine
            {
                Metadata = new V1ObjectMeta { Name = "stays", NamespaceProperty = "default" },
                Spec = new VirtualMachineSpec
                {
                    Source = new SourceSpec { Image = new ImageSpec { Builtin = "kvstore" } },
                    Memory = new MemorySpec { Size = "64Mi" },
                },
            },
            Token);

    /// <summary>The migrations that the operator has made, once there are so many.</summary>
    private static async Task<List<VirtualMachineMigration>> AwaitMadeAsync(FaultCluster cluster, int count)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var made = new List<VirtualMachineMigration>();
            await foreach (var migration in cluster.Connection.Resource<VirtualMachineMigration>().ListAsync(
                ResourceScope.All, Token))
            {
                if (migration.Metadata.Labels?.ContainsKey(Labels.MigrationCause) == true)
                {
                    made.Add(migration);
                }
            }

            if (made.Count == count)
            {
                return made;
            }

            Assert.True(
                watch.Elapsed < ClusterObjects.Patience,
                $"there are {made.Count} migrations of the operator's, not {count}");
            await Task.Delay(50, Token);
        }
    }
}
