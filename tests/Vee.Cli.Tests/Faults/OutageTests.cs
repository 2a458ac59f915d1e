using System.Diagnostics;
using Xunit;

namespace Vee.Cli.Tests.Faults;

/// <summary>The API server is away for longer than a leader leads without it.</summary>
public sealed class OutageTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_minute_without_the_API_server_passes_unnoticed_by_guests_and_is_made_up_for()
    {
        await using var cluster = await FaultCluster.StartAsync(operatorCount: 2, seed: 1);
        var fleet = new Fleet(cluster, new Random(1));
        await fleet.MakeHostsAsync(2);
        string[] names = ["machine-0", "machine-1", "machine-2"];
        foreach (var name in names)
        {
            await fleet.CreateAsync(name);
        }

        await fleet.SettleAsync(output);
        await using var guard = new DoubleRunGuard(cluster);
        var machine = await fleet.GetAsync(names[0]);
        cluster.Apis.ForEach(a => a.Vanish());
        await fleet.DeleteAsync(names[1]);
        await fleet.PatchAsync(names[2], """{"spec":{"paused":true}}""");
        await fleet.CreateAsync("machine-3");
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < Outage)
        {
            Assert.Equal("+PONG", await Fleet.AnswerAsync(machine));
            await Task.Delay(500, Token);
        }

        cluster.Apis.ForEach(a => a.Return());
        await fleet.SettleAsync(output);
        await guard.CheckAsync();
        var after = await fleet.GetAsync(names[0]);
        Assert.Equal(machine.Status!.Instance, after.Status!.Instance);
    }
}
