using System.Buffers.Binary;
using System.Diagnostics;
using Grpc.Core;
using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Xunit;
using static Vee.Agent.Tests.Support.MachineCalls;

namespace Vee.Agent.Tests;

/// <summary>Virtual time against the wall's.</summary>
public sealed class PacingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public async Task Busy_guest_on_a_slow_core_keeps_pace_and_never_runs_ahead(int megahertz)
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.CreateHostAsync(megahertz: megahertz);
        var image = Programs.Spins();
        await agent.Operator.UploadAsync(image);
        await agent.Operator.CreateAsync(RequestFor(image));
        var watch = Stopwatch.StartNew();
        await agent.Operator.StartAsync();

        for (var look = 0; look < 5; look++)
        {
            await Task.Delay(50, TestAgent.Token);
            var statistics = await agent.Operator.MeasureAsync("vm-1");

            Assert.InRange(statistics.VirtualTimeNs, 0, (long)watch.Elapsed.TotalNanoseconds);

            // A jump costs two cycles.
            Assert.InRange(statistics.RetiredInstructions, 0, statistics.VirtualTimeNs * megahertz / 2000);
        }

        await Wait.ForAsync(
            async () =>
            {
                var before = watch.Elapsed.TotalNanoseconds;
                return (await agent.Operator.MeasureAsync("vm-1")).VirtualTimeNs > before * 0.8;
            },
            "it keeps pace");
    }

    [Fact]
    public async Task Paused_guest_sees_no_jump()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.RunAsync(Programs.Ticks(TimeSpan.FromMilliseconds(5)));
        using var log = agent.Operator.ReadLog(
            new ReadLogRequest { Uid = "vm-1", Follow = true }, cancellationToken: TestAgent.Token);
        var ticks = new TickReader(log.ResponseStream);
        await ticks.NextAsync();
        await agent.Operator.PauseAsync();
        var atPause = await agent.Operator.MeasureAsync("vm-1");

        await Task.Delay(1500, TestAgent.Token);
        var stillPaused = await agent.Operator.MeasureAsync("vm-1");
        await agent.Operator.ResumeAsync();
        var now = 0L;
        for (var tick = 0; tick < 60; tick++)
        {
            now = await ticks.NextAsync();
        }

        Assert.Equal(atPause.VirtualTimeNs, stillPaused.VirtualTimeNs);
        Assert.Equal(atPause.RetiredInstructions, stillPaused.RetiredInstructions);
        Assert.InRange(ticks.LongestStep, 5_000_000, 1_000_000_000);
        Assert.True(now > 0);
    }

    [Fact]
    public async Task Sleeping_guest_wakes_when_the_wall_says_so()
    {
        await using var agent = await TestAgent.StartAsync();
        // However late its ticks are read, it has not begun before.
        var watch = Stopwatch.StartNew();
        await agent.Operator.RunAsync(Programs.Ticks(TimeSpan.FromMilliseconds(20)));
        using var log = agent.Operator.ReadLog(
            new ReadLogRequest { Uid = "vm-1", Follow = true }, cancellationToken: TestAgent.Token);
        var ticks = new TickReader(log.ResponseStream);

        for (var tick = 0; tick < 50; tick++)
        {
            await ticks.NextAsync();
        }

        Assert.InRange(watch.ElapsedMilliseconds, 49 * 20, 10_000);
    }

    [Fact]
    public async Task Idle_guests_use_no_processor()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.CreateHostAsync();
        var image = Programs.Waits();
        await agent.Operator.UploadAsync(image);
        for (var index = 0; index < 200; index++)
        {
            var request = RequestFor(image, $"vm-{index}");
            request.MemoryBytes = MebiByte;
            await agent.Operator.CreateAsync(request);
            await agent.Operator.StartAsync(request.Uid);
        }

        await Wait.ForAsync(async () => await BusyAsync(agent) == await BusyAsync(agent), "all have gone to sleep");
        var busy = await BusyAsync(agent);
        await Task.Delay(1000, TestAgent.Token);

        Assert.Equal(busy, await BusyAsync(agent));
    }

    [Fact]
    public async Task Busy_guests_share_the_cores_evenly_and_their_lag_is_told()
    {
        await using var agent = await TestAgent.StartAsync(options => options with { CoreCount = 1 });
        await agent.Operator.CreateHostAsync(megahertz: 10_000);
        var image = Programs.Spins();
        await agent.Operator.UploadAsync(image);
        for (var index = 0; index < 4; index++)
        {
            await agent.Operator.CreateAsync(RequestFor(image, $"vm-{index}"));
        }

        for (var index = 0; index < 4; index++)
        {
            await agent.Operator.StartAsync($"vm-{index}");
        }

        await Task.Delay(1000, TestAgent.Token);
        var busy = new List<long>();
        for (var index = 0; index < 4; index++)
        {
            var statistics = await agent.Operator.MeasureAsync($"vm-{index}");
            busy.Add(statistics.RetiredInstructions);
            Assert.InRange(statistics.LagWallNs, 1, long.MaxValue);
        }

        Assert.True(busy.Min() * 2 > busy.Max(), string.Join(", ", busy));

        // Four that never wait do not keep a fifth waiting.
        var watch = Stopwatch.StartNew();
        await agent.Operator.RunOnAsync(Programs.Exits(1), "vm-5");
        await agent.Operator.AwaitEndAsync("vm-5");
        Assert.InRange(watch.ElapsedMilliseconds, 0, 5_000);
    }

    private static async Task<long> BusyAsync(TestAgent agent)
    {
        using var watch = agent.Operator.Watch(
            new WatchRequest { StatisticsIntervalWallMs = 100 }, cancellationToken: TestAgent.Token);
        await foreach (var report in watch.ResponseStream.ReadAllAsync(TestAgent.Token))
        {
            if (report.Statistics is { } statistics)
            {
                return statistics.Machines.Sum(machine => machine.BusyWallNs);
            }
        }

        return -1;
    }

    /// <summary>Reads the guest's clock from what <see cref="Programs.Ticks"/> writes.</summary>
    private sealed class TickReader(IAsyncStreamReader<ConsoleOutput> log)
    {
        private readonly List<byte> bytes = [];
        private long last;

        /// <summary>The longest time between two ticks, in virtual nanoseconds.</summary>
        internal long LongestStep { get; private set; }

        internal async Task<long> NextAsync()
        {
            while (bytes.Count < 16)
            {
                Assert.True(await log.MoveNext(TestAgent.Token));
                bytes.AddRange(log.Current.Data.Data);
            }

            var words = bytes[..16].ToArray();
            bytes.RemoveRange(0, 16);
            var now = (BinaryPrimitives.ReadInt64LittleEndian(words) * 1_000_000_000)
                + BinaryPrimitives.ReadInt64LittleEndian(words.AsSpan(8));
            LongestStep = last == 0 ? 0 : Math.Max(LongestStep, now - last);
            last = now;
            return now;
        }
    }
}
