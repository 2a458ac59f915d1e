using System.Diagnostics;
using System.Text.Json.Nodes;
using k8s.Models;
using Vee.Api;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Clients;
using Xunit;

namespace Vee.Cli.Tests.Faults;

/// <summary>Probes and work of hosts, from a spec to what their agents tell, over the death of an agent.</summary>
public sealed class EquipmentTests(ITestOutputHelper output)
{

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_probe_waits_for_its_machine_tells_what_it_sees_and_comes_back_with_its_agent()
    {
        await using var cluster = await FaultCluster.StartAsync(operatorCount: 1, seed: 6);
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
        await cluster.CreateHostAsync("store", spec => spec with
        {
            Links = [new LinkSpec { To = "watch", Latency = "5ms" }],
            HostWork = new HostWorkSpec { Tasks = [new HostTaskSpec { Name = "scrub", Pause = "10ms", Cpu = "1ms" }] },
        });
        await cluster.CreateHostAsync("watch", spec => spec with
        {
            Unschedulable = true,
            Probes =
            [
                new ProbeSpec
                {
                    Name = "kv",
                    Address = "10.0.0.250",
                    Target = new ProbeTarget
                    {
                        Machine = new MachineTarget { Namespace = "default", Name = "kv" }, Port = 6379,
                    },
                    Tcp = new TcpProbeSpec(),
                },
            ],
        });
        await AwaitAsync(cluster, "watch", h => Equipped(h) is { Reason: Reasons.TargetPending } condition
            && condition.Message.Contains("default/kv", StringComparison.Ordinal));

        await CreateMachineAsync(cluster);
        var seen = await AwaitAsync(cluster, "watch", h => h.Status?.Probes is [{ Answered: > 0 }]);
        Assert.Equal(("True", Reasons.AsSpecified), (Equipped(seen)?.Status, Equipped(seen)?.Reason));
        // There and back over the link.
        Assert.InRange(seen.Status!.Probes![0].ResponseP50VirtualUs, 10_000, 1_000_000);
        await AwaitAsync(cluster, "store", h => h.Status?.Tasks is [{ Name: "scrub", Done: > 10 }]);

        // Whoever answers for the host is gone and comes back with nothing: it is told again, and the probe is new.
        var agent = cluster.Agents[seen.Status.Agent!.Name == "agent-a" ? 0 : 1];
        var incarnation = seen.Status.Agent.Incarnation;
        agent.Kill();
        var back = await AwaitAsync(
            cluster, "watch", h => h.Status?.Agent is { } a && a.Incarnation != incarnation);
        await AwaitAsync(
            cluster, "watch", h => h.Status?.Probes is [{ Answered: > 0 } again] && again != back.Status!.Probes?[0]);

        var without = ResourcePatch.Merge(JsonNode.Parse("""{"spec":{"probes":null}}""")!);
        await cluster.Connection.Resource<SimulatedHost>().PatchAsync(
            new ObjectKey("", "watch"), without, subresource: null, Token);
        await AwaitAsync(cluster, "watch", h => h.Status is { Probes: null });
    }

    private static V1Condition? Equipped(SimulatedHost host) =>
        host.Status?.Conditions?.FirstOrDefault(c => c.Type == ConditionTypes.Equipped);

    private static Task<VirtualMachine> CreateMachineAsync(FaultCluster cluster) =>
        cluster.Connection.Resource<VirtualMachine>().CreateAsync(
            new VirtualMachine
            {
                Metadata = new V1ObjectMeta { Name = "kv", NamespaceProperty = "default" },
                Spec = new VirtualMachineSpec
                {
                    RunStrategy = RunStrategies.Always,
                    Source = new SourceSpec { Image = new ImageSpec { Builtin = "kvstore" } },
                    Memory = new MemorySpec { Size = "64Mi" },
                    Placement = new PlacementSpec { HostName = "store" },
                },
            },
            Token);

    private static async Task<SimulatedHost> AwaitAsync(
        FaultCluster cluster, string name, Func<SimulatedHost, bool> isRight)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var host = await cluster.Connection.Resource<SimulatedHost>().GetAsync(new ObjectKey("", name), Token);
            if (isRight(host))
            {
                return host;
            }

            Assert.True(
                watch.Elapsed < ClusterObjects.Patience,
                $"{name}: {Equipped(host)?.Reason} '{Equipped(host)?.Message}', "
                + $"{string.Join("; ", host.Status?.Probes ?? [])} {string.Join("; ", host.Status?.Tasks ?? [])}");
            await Task.Delay(100, Token);
        }
    }
}
