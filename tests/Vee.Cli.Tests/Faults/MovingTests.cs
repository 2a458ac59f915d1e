using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Vee.Api.Migrations;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime;
using Xunit;

namespace Vee.Cli.Tests.Faults;

/// <summary>A store that moves between two agents, as objects say, while a client from outside writes to it.</summary>
public sealed class MovingTests(ITestOutputHelper output)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_store_follows_its_placement_and_a_migration_back_and_no_acknowledged_write_is_lost()
    {
        await using var cluster = await FaultCluster.StartAsync(operatorCount: 1, seed: 11);
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

    private async Task RunAsync(FaultCluster cluster)
    {
        await cluster.CreateHostAsync("left", new LinkSpec { To = "right", Latency = "1ms" });
        await cluster.CreateHostAsync("right");
        await CreateStoreAsync(cluster);
        var there = await cluster.AwaitAsync<VirtualMachine>(
            "default", "store", m => m.Status?.Ports?.Count == 1);
        using var client = await ConnectAsync(there.Status!.Ports![0].Address!);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var writing = WriteAsync(client, over.Token);

        await cluster.PatchSpecAsync<VirtualMachine>(
            new ObjectKey("default", "store"),
            new JsonObject { ["placement"] = new JsonObject { ["hostName"] = "right" } });
        var moved = await cluster.AwaitAsync<VirtualMachine>(
            "default", "store",
            m => m.Status is { HostName: "right", Migration: null, PrintableStatus: "Running" });
        Assert.True(moved.Status!.Instance > there.Status.Instance);

        await cluster.PatchSpecAsync<VirtualMachine>(
            new ObjectKey("default", "store"), new JsonObject { ["placement"] = null });
        await cluster.Connection.Resource<VirtualMachineMigration>().CreateAsync(
            new VirtualMachineMigration
            {
                Metadata = new V1ObjectMeta { Name = "back", NamespaceProperty = "default" },
                Spec = new VirtualMachineMigrationSpec
                {
                    VirtualMachineName = "store",
                    Target = new PlacementSpec { HostName = "left" },
                },
            },
            Token);
        var back = await cluster.AwaitAsync<VirtualMachineMigration>(
            "default", "back", m => m.Status?.Result is not null);
        Assert.Equal(MigrationPhases.Succeeded, back.Status!.Phase);
        output.WriteLine(KubernetesJson.Serialize(back.Status.Result));

        await over.CancelAsync();
        var written = await writing;
        output.WriteLine($"{written} acknowledged writes");
        Assert.True(written > 10);
        var home = await cluster.AwaitAsync<VirtualMachine>(
            "default", "store",
            m => m.Status is { HostName: "left", Migration: null, PrintableStatus: "Running" });
        using var another = await ConnectAsync(home.Status!.Ports![0].Address!);
        var count = int.Parse(await AskAsync(another, "INCR writes"), CultureInfo.InvariantCulture);
        Assert.InRange(count, written + 1, written + 2);
    }

    /// <summary>Writes one after another over one connection until it is told to end.</summary>
    /// <returns>The writes that were acknowledged.</returns>
    private static async Task<int> WriteAsync(TcpClient client, CancellationToken over)
    {
        var count = 0;
        while (!over.IsCancellationRequested)
        {
            Assert.Equal($"{count + 1}", await AskAsync(client, "INCR writes"));
            count++;
            await Task.Delay(5, Token);
        }

        return count;
    }

    private static async Task<TcpClient> ConnectAsync(string address)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(System.Net.IPEndPoint.Parse(address), Token);
        return client;
    }

    /// <summary>Asks for a number.</summary>
    private static async Task<string> AskAsync(TcpClient client, string command)
    {
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"), Token);
        var answer = new StringBuilder();
        var one = new byte[1];
        while (one[0] != (byte)'\n')
        {
            await stream.ReadExactlyAsync(one, Token).AsTask()
                .WaitAsync(ClusterObjects.Patience, TimeProvider.System, Token);
            answer.Append((char)one[0]);
        }

        return $"{answer}".Trim('\r', '\n', ':');
    }

    private static Task<VirtualMachine> CreateStoreAsync(FaultCluster cluster) =>
        cluster.Connection.Resource<VirtualMachine>().CreateAsync(
            new VirtualMachine
            {
                Metadata = new V1ObjectMeta { Name = "store", NamespaceProperty = "default" },
                Spec = new VirtualMachineSpec
                {
                    Source = new SourceSpec { Image = new ImageSpec { Builtin = "kvstore" } },
                    Memory = new MemorySpec { Size = "64Mi" },
                    Placement = new PlacementSpec { HostName = "left" },
                    Ports = [new PortSpec { Name = "redis", Port = 6379 }],
                },
            },
            Token);
}
