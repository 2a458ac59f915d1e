using System.Diagnostics;
using Vee.Api;
using Vee.Api.SimulatedHosts;
using Vee.ControllerRuntime;
using Xunit;

namespace Vee.Cli.Tests.Faults;

/// <summary>An agent that does not come back.</summary>
public sealed class AgentDeathTests(ITestOutputHelper output)
{
    private static readonly TimeSpan NotReadyWithin = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Restraint = TimeSpan.FromSeconds(5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Its_machines_start_elsewhere_when_somebody_says_that_its_host_is_gone_and_not_before()
    {
        await using var cluster = await FaultCluster.StartAsync(operatorCount: 1, seed: 4);
        var fleet = new Fleet(cluster, new Random(4));
        await fleet.MakeHostsAsync(2);
        await fleet.CreateAsync("machine-0");
        await fleet.SettleAsync(output);
        await using var guard = new DoubleRunGuard(cluster);
        var before = (await fleet.GetAsync("machine-0")).Status!;
        var hosts = cluster.Connection.Resource<SimulatedHost>();
        var hostKey = new ObjectKey("", before.HostName!);

        cluster.Agents[before.Agent!.Name == "agent-a" ? 0 : 1].KillForGood();
        var watch = Stopwatch.StartNew();
        while ((await hosts.GetAsync(hostKey, Token)).Status!.Conditions!
            .Single(c => c.Type == ConditionTypes.Ready).Status == "True")
        {
            Assert.True(watch.Elapsed < NotReadyWithin, "the host is still Ready");
            await Task.Delay(50, Token);
        }

        output.WriteLine($"not ready after {watch.Elapsed.TotalSeconds:0.0} s");
        await Task.Delay(Restraint, TimeProvider.System, Token);
        var meanwhile = (await fleet.GetAsync("machine-0")).Status!;
        Assert.Equal(("Unknown", before.Instance), (meanwhile.PrintableStatus, meanwhile.Instance));

        await fleet.SetOutOfServiceAsync(before.HostName!, isOut: true);
        await fleet.AwaitInstanceAsync("machine-0", before.Instance + 1);
        var after = (await fleet.GetAsync("machine-0")).Status!;
        Assert.NotEqual(before.Agent.Name, after.Agent!.Name);
        Assert.Equal("+PONG", await Fleet.AnswerAsync(await fleet.GetAsync("machine-0")));
        await guard.CheckAsync();
    }
}
