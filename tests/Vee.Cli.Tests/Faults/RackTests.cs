using System.Diagnostics;
using k8s.Models;
using Vee.Api;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime;
using Xunit;

namespace Vee.Cli.Tests.Faults;

/// <summary>Two hosts on two agents, linked by what their specs say.</summary>
public sealed class RackTests(ITestOutputHelper output)
{
    private const string Receiver = "10.0.7.7";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Machines_on_two_agents_stream_to_each_other_until_one_agent_is_gone_and_the_other_goes_on()
    {
        await using var cluster = await FaultCluster.StartAsync(operatorCount: 1, seed: 5);
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
        await cluster.CreateHostAsync("left", new LinkSpec { To = "right", Latency = "5ms", Jitter = "1ms" });
        await AwaitAsync(cluster, "left", ConditionTypes.Linked, Reasons.LinkPending, "there is no host right");
        await cluster.CreateHostAsync("right");
        await AwaitAsync(cluster, "left", ConditionTypes.Linked, Reasons.AsSpecified, "shares its time with right");
        await AwaitAsync(cluster, "right", ConditionTypes.Linked, Reasons.AsSpecified, "shares its time with left");
        var (left, right) = (await HostAsync(cluster, "left"), await HostAsync(cluster, "right"));
        Assert.NotEqual(left.Status!.Agent!.Name, right.Status!.Agent!.Name);
        Assert.Equal((left.Metadata.Uid, left.Status.Rack), (left.Status.Rack!.Uid, right.Status.Rack));

        await CreateMachineAsync(cluster, "receiver", "right", Receiver, "--receive", "5004", "--count", "200");
        await CreateMachineAsync(cluster, "sender", "left", null, "--to", $"{Receiver}:5004", "--rate", "200");
        var received = await AwaitMachineAsync(cluster, "receiver", s => s.PrintableStatus is "Succeeded" or "Failed");
        Assert.Equal(("Succeeded", Receiver), (received.PrintableStatus, received.Network?.Address));
        var sender = await AwaitMachineAsync(cluster, "sender", s => s.PrintableStatus == "Running");
        Assert.Equal("10.64.0.1", sender.Network?.Address);

        cluster.Agents[right.Status.Agent.Name == "agent-a" ? 0 : 1].KillForGood();
        await AwaitAsync(cluster, "left", ConditionTypes.TimeLag, Reasons.Stands, $"'{right.Status.Agent.Name}'");
        await AwaitMachineAsync(cluster, "sender", s => s.Conditions!.Any(
            c => c.Type == ConditionTypes.Ready && c.Reason == Reasons.TimeStands));

        await new Fleet(cluster, new Random(5)).SetOutOfServiceAsync("right", isOut: true);
        await AwaitAsync(cluster, "left", ConditionTypes.TimeLag, Reasons.KeepsUp, "");
        await AwaitAsync(
            cluster, "left", ConditionTypes.Linked, Reasons.LinkPending, "no agent simulates host right any more");
        await AwaitMachineAsync(cluster, "sender", s => s.Conditions!.Any(
            c => c.Type == ConditionTypes.Ready && c.Reason == Reasons.Running));
        var alone = (await HostAsync(cluster, "left")).Status!.Rack!;
        Assert.Equal((left.Metadata.Uid, 1), (alone.Uid, alone.Hosts));
        Assert.True(alone.Generation > left.Status.Rack.Generation);
    }

    private static Task<SimulatedHost> HostAsync(FaultCluster cluster, string name) =>
        cluster.Connection.Resource<SimulatedHost>().GetAsync(new ObjectKey("", name), Token);

    private static Task<VirtualMachine> CreateMachineAsync(
        FaultCluster cluster, string name, string host, string? address, params string[] arguments) =>
        cluster.Connection.Resource<VirtualMachine>().CreateAsync(
            new VirtualMachine
            {
                Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default" },
                Spec = new VirtualMachineSpec
                {
                    RunStrategy = RunStrategies.Once,
                    Source = new SourceSpec { Image = new ImageSpec { Builtin = "streamer" } },
                    Memory = new MemorySpec { Size = "16Mi" },
                    Placement = new PlacementSpec { HostName = host },
                    Workload = new WorkloadSpec { Args = arguments },
                    Network = address is null ? null : new NetworkSpec { Address = address },
                },
            },
            Token);

    private static async Task AwaitAsync(
        FaultCluster cluster, string name, string type, string reason, string message)
    {
        V1Condition? condition = null;
        var watch = Stopwatch.StartNew();
        while (condition?.Reason != reason || !condition.Message.Contains(message, StringComparison.Ordinal))
        {
            Assert.True(
                watch.Elapsed < ClusterObjects.Patience,
                $"{type} of {name} is {condition?.Status} {condition?.Reason} '{condition?.Message}', not {reason}");
            await Task.Delay(50, Token);
            condition = (await HostAsync(cluster, name)).Status?.Conditions?.FirstOrDefault(c => c.Type == type);
        }
    }

    private static async Task<VirtualMachineStatus> AwaitMachineAsync(
        FaultCluster cluster, string name, Func<VirtualMachineStatus, bool> isRight)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var machine = await cluster.Connection.Resource<VirtualMachine>().GetAsync(
                new ObjectKey("default", name), Token);
            if (machine.Status is { } status && isRight(status))
            {
                return status;
            }

            Assert.True(
                watch.Elapsed < ClusterObjects.Patience,
                $"{name} is {machine.Status?.PrintableStatus}: " + string.Join(
                    "; ", (machine.Status?.Conditions ?? []).Select(c => $"{c.Type} {c.Status} {c.Message}")));
            await Task.Delay(50, Token);
        }
    }
}
