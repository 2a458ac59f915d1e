using System.Diagnostics;
using Xunit;

namespace Vee.Cli.Tests.Faults;

/// <summary>Operator and agent are both there, and not for each other.</summary>
public sealed class PartitionTests(ITestOutputHelper output)
{
    /// <summary>Until an agent that does not answer is known to be unreachable.</summary>
    private static readonly TimeSpan Unreachable = TimeSpan.FromSeconds(15);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Machines_of_an_agent_that_cannot_be_reached_run_on_there_and_nowhere_else()
    {
        await using var cluster = await FaultCluster.StartAsync(operatorCount: 1, seed: 2);
        var fleet = new Fleet(cluster, new Random(2));
        await fleet.MakeHostsAsync(2);
        await fleet.CreateAsync("machine-0");
        await fleet.SettleAsync(output);
        var before = await fleet.GetAsync("machine-0");
        await using var guard = new DoubleRunGuard(cluster);
        var link = cluster.Links[before.Status!.Agent!.Name == "agent-a" ? 0 : 1];
        link.Cut();
        var watch = Stopwatch.StartNew();
        while ((await fleet.GetAsync("machine-0")).Status!.PrintableStatus != "Unknown")
        {
            Assert.True(watch.Elapsed < Unreachable, "nobody noticed");
            await Task.Delay(100, Token);
        }

        output.WriteLine($"noticed after {watch.Elapsed.TotalSeconds:0.0} s");
        for (watch.Restart(); watch.Elapsed < Unreachable;)
        {
            Assert.Equal("+PONG", await Fleet.AnswerAsync(before));
            await Task.Delay(200, Token);
        }

        link.Mend();
        await fleet.SettleAsync(output);
        await guard.CheckAsync();
        var after = await fleet.GetAsync("machine-0");
        Assert.Equal((before.Status.Instance, before.Status.Agent), (after.Status!.Instance, after.Status.Agent));
    }
    [Fact]
    public async Task An_agent_that_comes_back_although_its_host_was_out_of_service_gives_up_what_runs_elsewhere()
    {
        await using var cluster = await FaultCluster.StartAsync(operatorCount: 1, seed: 5);
        var fleet = new Fleet(cluster, new Random(5));
        await fleet.MakeHostsAsync(2);
        await fleet.CreateAsync("machine-0");
        await fleet.SettleAsync(output);
        var before = await fleet.GetAsync("machine-0");
        var number = before.Status!.Agent!.Name == "agent-a" ? 0 : 1;
        cluster.Links[number].Cut();
        await fleet.SetOutOfServiceAsync(before.Status.HostName!, isOut: true);
        await fleet.AwaitInstanceAsync("machine-0", 2);
        Assert.NotNull(await HeldAsync());

        cluster.Links[number].Mend();
        var watch = Stopwatch.StartNew();
        while (await HeldAsync() is not null)
        {
            Assert.True(watch.Elapsed < Unreachable, "it still executes the old instance");
            await Task.Delay(100, Token);
        }

        await fleet.SetOutOfServiceAsync(before.Status.HostName!, isOut: false);
        await fleet.SettleAsync(output);
        Assert.Equal(2, (await fleet.GetAsync("machine-0")).Status!.Instance);

        async Task<object?> HeldAsync() => (await cluster.InventoryAsync(number))!.Machines
            .FirstOrDefault(m => m.Uid == before.Metadata.Uid);
    }

    [Fact]
    public async Task A_machine_leaves_a_host_that_is_out_of_service_before_it_starts_elsewhere()
    {
        await using var cluster = await FaultCluster.StartAsync(operatorCount: 1, seed: 6);
        var fleet = new Fleet(cluster, new Random(6));
        await fleet.MakeHostsAsync(2);
        await fleet.CreateAsync("machine-0");
        await fleet.SettleAsync(output);
        await using var guard = new DoubleRunGuard(cluster);
        var before = (await fleet.GetAsync("machine-0")).Status!;
        await fleet.SetOutOfServiceAsync(before.HostName!, isOut: true);
        await fleet.AwaitInstanceAsync("machine-0", 2);
        await guard.CheckAsync();
        Assert.NotEqual(before.HostName, (await fleet.GetAsync("machine-0")).Status!.HostName);
    }
}
