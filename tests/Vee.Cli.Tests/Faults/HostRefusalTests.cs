using System.Diagnostics;
using System.Text.Json.Nodes;
using k8s.Models;
using Vee.Api;
using Vee.Api.SimulatedHosts;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Clients;
using Xunit;

namespace Vee.Cli.Tests.Faults;

/// <summary>What no schema can check, the agent refuses; its sentence is the condition's, and a mended spec is taken.
/// </summary>
public sealed class HostRefusalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_impossible_host_says_what_is_wrong_until_its_spec_is_mended()
    {
        await using var cluster = await FaultCluster.StartAsync(operatorCount: 1, seed: 7);
        var hosts = cluster.Connection.Resource<SimulatedHost>();
        await hosts.CreateAsync(
            new SimulatedHost
            {
                Metadata = new V1ObjectMeta { Name = "odd" },
                Spec = new SimulatedHostSpec
                {
                    Hardware = new HardwareSpec
                    {
                        Cores = [new CoreGroup { Name = "all", Count = 1 }],
                        Memory = new HostMemory { Size = "64Mi" },
                    },
                    Scheduler = new SchedulerSpec { Options = new Dictionary<string, string> { ["burst"] = "10ms" } },
                },
            },
            Token);

        var refused = await AwaitAsync(cluster, ready => ready.Reason == Reasons.AgentRefused);
        Assert.Contains("scheduler 'credit' has no option 'burst'; it has", refused.Message, StringComparison.Ordinal);

        Assert.Null((await hosts.GetAsync(new ObjectKey("", "odd"), Token)).Status!.Agent);
        var mended = ResourcePatch.Merge(
            JsonNode.Parse("""{"spec":{"scheduler":{"options":{"burst":null,"slice":"10ms"}}}}""")!);
        await hosts.PatchAsync(new ObjectKey("", "odd"), mended, subresource: null, Token);
        await AwaitAsync(cluster, ready => ready.Status == "True");
    }

    private static async Task<V1Condition> AwaitAsync(FaultCluster cluster, Func<V1Condition, bool> isRight)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var host = await cluster.Connection.Resource<SimulatedHost>().GetAsync(new ObjectKey("", "odd"), Token);
            var ready = host.Status?.Conditions?.FirstOrDefault(c => c.Type == ConditionTypes.Ready);
            if (ready is not null && isRight(ready))
            {
                return ready;
            }

            Assert.True(watch.Elapsed < Patience, $"Ready is {ready?.Status} {ready?.Reason} '{ready?.Message}'");
            await Task.Delay(50, Token);
        }
    }
}
