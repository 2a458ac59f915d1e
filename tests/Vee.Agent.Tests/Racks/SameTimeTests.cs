using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Xunit;
using static Vee.Agent.Tests.Support.MachineCalls;

namespace Vee.Agent.Tests.Racks;

/// <summary>A rack that is simulated here and there, slowly and beside other work, comes to the same.</summary>
public sealed class SameTimeTests
{
    private const long Second = 1_000_000_000;
    private const long End = 2 * Second;

    private static readonly LinkProfile Wire = new()
    {
        BitsPerSecond = 100_000_000,
        LatencyVirtualNs = 500_000,
        JitterVirtualNs = 100_000,
        Loss = 0.02,
    };

    [Fact]
    public async Task Where_hosts_are_simulated_changes_nothing()
    {
        await using var rack = new TestRack();
        var alone = await rack.StartAsync("alone");
        var together = await PlayAsync(1, alone, alone);

        var first = await rack.StartProcessAsync("first");
        var second = await rack.StartProcessAsync("second");
        Assert.Equal(together, await PlayAsync(1, first, second));

        using (var slow = new CancellationTokenSource())
        {
            var slowing = second.Process!.SlowDownAsync(slow.Token);
            Assert.Equal(together, await PlayAsync(2, first, second));
            await slow.CancelAsync();
            await slowing;
        }

        using var load = new CancellationTokenSource();
        var loading = Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => Task.Factory.StartNew(
            () => Spin(load.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))
            .ToArray();
        Assert.Equal(together, await PlayAsync(3, first, second));
        await load.CancelAsync();
        await Task.WhenAll(loading);
    }

    private static void Spin(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Thread.SpinWait(1000);
        }
    }

    /// <summary>
    /// Two streams in opposite directions between two hosts, each with a busy machine and one with a log on the
    /// disk beside.
    /// </summary>
    /// <returns>The hashes of both hosts, their events, and what the receivers say.</returns>
    private static async Task<string> PlayAsync(
        int round, TestRack.Member left, TestRack.Member right)
    {
        await CreateHostAsync(left, "a");
        await CreateHostAsync(right, "b");
        string[] receives = ["--receive", "5000", "--count", "100", "--idle-ms", "400"];
        string[] sends = ["--count", "100", "--rate", "100", "--bytes", "4000", "--to"];
        await AddAsync(round, left, "receiver-a", 11, "streamer", receives);
        await AddAsync(round, right, "receiver-b", 21, "streamer", receives);
        await AddAsync(round, left, "sender-a", 12, "streamer", [.. sends, "10.0.0.21:5000"]);
        await AddAsync(round, right, "sender-b", 22, "streamer", [.. sends, "10.0.0.11:5000"]);
        await AddAsync(round, left, "busy-a", 13, "threads", ["--rounds", "50"]);
        await AddAsync(round, right, "busy-b", 23, "threads", ["--rounds", "50"]);
        string[] appends = ["--records", "300", "--batch", "3", "--rate", "100"];
        await AddAsync(round, left, "journal-a", 14, "journal", appends);
        await AddAsync(round, right, "journal-b", 24, "journal", appends);
        var isOne = left == right;
        var plan = isOne
            ? TestRack.PlanOf(1, Wire, (left.Name, left.Address, ["a", "b"]))
            : TestRack.PlanOf(1, Wire, (left.Name, left.Address, ["a"]), (right.Name, right.Address, ["b"]));
        plan.Uid = $"rack-{Guid.NewGuid()}";
        await left.Client.SetRackAsync(plan, cancellationToken: TestAgent.Token);
        await right.Client.SetRackAsync(plan, cancellationToken: TestAgent.Token);
        foreach (var (member, host) in new[] { (left, "a"), (right, "b") })
        {
            await member.Client.AdvanceTimeAsync(
                new AdvanceTimeRequest { HostUid = host, UntilVirtualNs = End }, cancellationToken: TestAgent.Token);
        }

        await TestRack.AwaitTimeAsync(left.Client, "a", End);
        await TestRack.AwaitTimeAsync(right.Client, "b", End);
        var result = string.Join(
            '\n',
            await TellAsync(left, "a"), await TellAsync(right, "b"),
            await left.Client.LogAsync("receiver-a"), await right.Client.LogAsync("receiver-b"),
            await left.Client.LogAsync("journal-a"), await right.Client.LogAsync("journal-b"));
        await RemoveAsync(round, left, "a");
        await RemoveAsync(round, right, "b");
        Assert.Contains("received", result, StringComparison.Ordinal);
        Assert.Equal(2, result.Split("wrong 0").Length - 1);
        // How long the disk let each wait, to the microsecond.
        Assert.Equal(2, result.Split("syncs: 100").Length - 1);
        return result;
    }

    private static async Task<string> TellAsync(TestRack.Member member, string host)
    {
        var inspection = await TestRack.InspectAsync(member.Client, host);
        Assert.Equal(2, inspection.Hashes.Count);
        return $"{host}: {inspection.Events} events, {string.Join(", ", inspection.Hashes)}";
    }

    private static async Task CreateHostAsync(TestRack.Member member, string name) =>
        await member.Client.CreateHostAsync(
            new CreateHostRequest
            {
                Uid = name,
                Name = name,
                MemoryBytes = 1024 * MebiByte,
                Cores = { new CoreGroup { Name = "all", Count = 2, FrequencyMhz = 200 } },
                TimeMode = TimeMode.FreeRunning,
                Seed = 7,
                HashEachSecond = true,
            },
            cancellationToken: TestAgent.Token);

    private static async Task AddAsync(
        int round, TestRack.Member member, string uid, byte address, string program, string[] arguments)
    {
        var image = Repository.Guest(program);
        await member.Client.UploadAsync(image);
        var request = RequestFor(image, uid, round);
        request.HostUid = uid[^1..];
        request.NetworkAddress = 0x0A000000u | address;
        request.MemoryBytes = 32 * MebiByte;
        request.Arguments.AddRange(arguments);
        await member.Client.CreateAsync(request);
        await member.Client.StartAsync(uid, round);
    }

    private static async Task RemoveAsync(int round, TestRack.Member member, string host)
    {
        foreach (var kind in new[] { "receiver", "sender", "busy", "journal" })
        {
            await member.Client.DeleteAsync($"{kind}-{host}", round);
        }

        await member.Client.DeleteHostAsync(host);
    }
}
