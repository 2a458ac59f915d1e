using System.Diagnostics;
using Xunit;

namespace Vee.Cli.Tests.Faults;

/// <summary>What faults leave behind in an operator: nothing.</summary>
public sealed class MemoryTests(ITestOutputHelper output)
{
    private static readonly TimeSpan FaultSpan = TimeSpan.FromSeconds(5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_operator_alone_lives_through_faults_with_its_memory_flat()
    {
        await using var cluster = await FaultCluster.StartAsync(operatorCount: 1, seed: 3);
        var random = new Random(3);
        var fleet = new Fleet(cluster, random);
        await fleet.MakeHostsAsync(2);
        var sizes = new List<long>();
        for (var round = 0; round < 4; round++)
        {
            cluster.Apis[0].IsFaulty = true;
            var watch = Stopwatch.StartNew();
            while (watch.Elapsed < FaultSpan)
            {
                await fleet.ChangeAsync();
                await Task.Delay(random.Next(100), Token);
            }

            cluster.Apis[0].IsFaulty = false;
            await fleet.SettleAsync(output);
            sizes.Add(cluster.Operators[0].ResidentBytes ?? 0);
        }

        output.WriteLine($"{fleet.Changes} changes; resident {string.Join(' ', sizes.Select(s => $"{s >> 20} MiB"))}");
        output.WriteLine(cluster.Apis[0].Counts);
        Assert.Equal((1, 0), (cluster.Operators[0].Starts, cluster.Operators[0].OwnEnds));
        Assert.InRange(sizes[^1], 1, sizes[1] + (48 << 20));
    }
}
