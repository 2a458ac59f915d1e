using System.Diagnostics;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime;
using Xunit;

namespace Vee.Cli.Tests.Faults;

/// <summary>
/// Whatever happens between operator and API server, and whoever is killed: guests run on, what users asked for comes
/// true in the end, and no machine executes twice.
/// </summary>
public sealed class FaultTests(ITestOutputHelper output)
{
    private static readonly TimeSpan FaultSpan = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(60);

    /// <summary>Until an agent that does not answer is known to be unreachable.</summary>
    private static readonly TimeSpan Unreachable = TimeSpan.FromSeconds(15);

    /// <summary>
    /// A lease that nobody gave back (15 s), the longest request (30 s), and a watch that is dead without a sign (90 s).
    /// </summary>
    private static readonly TimeSpan Convergence = TimeSpan.FromSeconds(150);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(20261126)]
    [InlineData(42)]
    public async Task All_comes_right_after_random_faults_deaths_and_sleeps_of_two_operators_and_two_agents(int seed)
    {
        output.WriteLine($"seed {seed}");
        await using var cluster = await FaultCluster.StartAsync(operatorCount: 2, seed);
        var random = new Random(seed);
        var fleet = new Fleet(cluster, random);
        await fleet.MakeHostsAsync(4);
        await using var guard = new DoubleRunGuard(cluster);
        cluster.Apis.ForEach(a => a.IsFaulty = true);
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < FaultSpan)
        {
            await fleet.ChangeAsync();
            Hurt(cluster.Operators[random.Next(2)], random);
            Hurt(cluster.Agents[random.Next(2)], random);
            Hurt(cluster.Links[random.Next(2)], random);
            await Task.Delay(random.Next(400), Token);
        }

        cluster.Apis.ForEach(a => a.IsFaulty = false);
        cluster.Links.ForEach(l => l.Mend());
        cluster.Operators.Concat(cluster.Agents).ToList().ForEach(p => p.Thaw());
        await ConvergedAsync(cluster, fleet);
        await guard.CheckAsync();
        output.WriteLine($"{fleet.Changes} changes, looked {guard.Rounds} times; agents started "
            + $"{string.Join(" and ", cluster.Agents.Select(a => a.Starts))} times, operators "
            + $"{string.Join(" and ", cluster.Operators.Select(o => $"{o.Starts} ({o.OwnEnds} ends of their own)"))}");
        cluster.Apis.ForEach(a => output.WriteLine(a.Counts));
        Assert.True(fleet.Changes > 50 && guard.Rounds > 50);
    }

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

        await ConvergedAsync(cluster, fleet);
        await using var guard = new DoubleRunGuard(cluster);
        var machine = await GetAsync(cluster, names[0]);
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
        await ConvergedAsync(cluster, fleet);
        await guard.CheckAsync();
        var after = await GetAsync(cluster, names[0]);
        Assert.Equal(machine.Status!.Instance, after.Status!.Instance);
    }

    [Fact]
    public async Task Machines_of_an_agent_that_cannot_be_reached_run_on_there_and_nowhere_else()
    {
        await using var cluster = await FaultCluster.StartAsync(operatorCount: 1, seed: 2);
        var fleet = new Fleet(cluster, new Random(2));
        await fleet.MakeHostsAsync(2);
        await fleet.CreateAsync("machine-0");
        await ConvergedAsync(cluster, fleet);
        var before = await GetAsync(cluster, "machine-0");
        await using var guard = new DoubleRunGuard(cluster);
        var link = cluster.Links[before.Status!.Agent!.Name == "agent-a" ? 0 : 1];
        link.Cut();
        var watch = Stopwatch.StartNew();
        while ((await GetAsync(cluster, "machine-0")).Status!.PrintableStatus != "Unknown")
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
        await ConvergedAsync(cluster, fleet);
        await guard.CheckAsync();
        var after = await GetAsync(cluster, "machine-0");
        Assert.Equal((before.Status.Instance, before.Status.Agent), (after.Status!.Instance, after.Status.Agent));
    }

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
            while (watch.Elapsed < FaultSpan / 8)
            {
                await fleet.ChangeAsync();
                await Task.Delay(random.Next(100), Token);
            }

            cluster.Apis[0].IsFaulty = false;
            await ConvergedAsync(cluster, fleet);
            sizes.Add(cluster.Operators[0].ResidentBytes ?? 0);
        }

        output.WriteLine($"{fleet.Changes} changes; resident {string.Join(' ', sizes.Select(s => $"{s >> 20} MiB"))}");
        output.WriteLine(cluster.Apis[0].Counts);
        Assert.Equal((1, 0), (cluster.Operators[0].Starts, cluster.Operators[0].OwnEnds));
        Assert.InRange(sizes[^1], 1, sizes[1] + (48 << 20));
    }

    /// <summary>Mostly nothing; else death, or a sleep from which it wakes with what it knew before.</summary>
    private static void Hurt(KeptProcess process, Random random)
    {
        switch (random.Next(100))
        {
            case < 2:
                process.Kill();
                break;
            case < 5:
                process.Freeze();
                break;
            case < 15:
                process.Thaw();
                break;
            default:
                break;
        }
    }

    private static Task<VirtualMachine> GetAsync(FaultCluster cluster, string name) =>
        cluster.Connection.Resource<VirtualMachine>().GetAsync(new ObjectKey("default", name), Token);

    private static void Hurt(TcpLink link, Random random)
    {
        switch (random.Next(100))
        {
            case < 4:
                link.Cut();
                break;
            case < 6:
                link.Mend();
                break;
            default:
                break;
        }
    }

    private async Task ConvergedAsync(FaultCluster cluster, Fleet fleet)
    {
        var watch = Stopwatch.StartNew();
        IReadOnlyList<string> differences;
        while ((differences = await fleet.DifferencesAsync()).Count > 0)
        {
            if (watch.Elapsed > Convergence)
            {
                output.WriteLine(cluster.Logs());
                Assert.Fail($"after {Convergence.TotalSeconds} s:\n{string.Join('\n', differences)}");
            }

            await Task.Delay(200, Token);
        }

        output.WriteLine($"as wanted after {watch.Elapsed.TotalSeconds:0.0} s");
    }
}
