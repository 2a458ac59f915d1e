using System.Collections.Concurrent;
using Prometheus;
using Vee.ControllerRuntime.Queues;
using Vee.ControllerRuntime.Tests.Time;
using Xunit;

namespace Vee.ControllerRuntime.Tests.Queues;

public sealed class WorkQueueTests(ITestOutputHelper output)
{
    private static readonly ObjectKey A = new("", "a");
    private static readonly ObjectKey B = new("", "b");

    private readonly FakeTime time = new();

    [Fact]
    public async Task A_key_added_twice_comes_once()
    {
        using var queue = Make();
        queue.Add(A);
        queue.Add(A);
        queue.Add(B);
        Assert.Equal(A, await queue.TakeAsync(Bench.Token));
        Assert.Equal(B, await queue.TakeAsync(Bench.Token));
        Assert.Equal(0, queue.Depth);
    }

    [Fact]
    public async Task A_key_added_while_a_worker_has_it_comes_again_after_that_worker()
    {
        using var queue = Make();
        queue.Add(A);
        await queue.TakeAsync(Bench.Token);
        queue.Add(A);
        Assert.Equal(0, queue.Depth);
        var next = queue.TakeAsync(Bench.Token);
        Assert.False(next.IsCompleted);
        queue.Done(A);
        Assert.Equal(A, await next);
    }

    [Fact]
    public async Task A_waiting_worker_that_is_cancelled_takes_no_key_with_it()
    {
        using var queue = Make();
        using var cancel = new CancellationTokenSource();
        var cancelled = queue.TakeAsync(cancel.Token);
        await cancel.CancelAsync();
        queue.Add(A);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.Equal(A, await queue.TakeAsync(Bench.Token));
    }

    [Fact]
    public void Of_several_times_the_earliest_counts()
    {
        using var queue = Make();
        queue.AddAfter(A, TimeSpan.FromSeconds(10));
        queue.AddAfter(A, TimeSpan.FromSeconds(3));
        queue.AddAfter(A, TimeSpan.FromSeconds(5));
        Assert.Equal(1, queue.DelayedCount);
        time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.Equal(0, queue.Depth);
        time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(1, queue.Depth);
        Assert.Equal(0, queue.DelayedCount);
    }

    [Fact]
    public void Asking_for_ever_earlier_times_holds_one_entry_a_key()
    {
        using var queue = Make();
        for (var i = 10_000; i > 0; i--)
        {
            queue.AddAfter(A, TimeSpan.FromSeconds(i));
        }

        Assert.Equal(1, queue.DelayedCount);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, queue.Depth);
        time.Advance(TimeSpan.FromHours(10));
        Assert.Equal(1, queue.Depth);
    }

    [Fact]
    public async Task Failures_of_a_key_wait_twice_as_long_each_time_until_it_is_forgotten()
    {
        using var queue = Make();
        var waits = new List<double>();
        for (var i = 0; i < 20; i++)
        {
            queue.AddRateLimited(A);
            var begin = time.Elapsed;
            while (queue.Depth == 0)
            {
                time.Advance(TimeSpan.FromMilliseconds(5));
            }

            waits.Add((time.Elapsed - begin).TotalMilliseconds);
            await queue.TakeAsync(Bench.Token);
            queue.Done(A);
        }

        Assert.Equal([5, 10, 20, 40, 80], waits.Take(5));
        Assert.Equal(30_000, waits[^1]);
        Assert.Equal(20, queue.FailuresOf(A));
        queue.Forget(A);
        queue.AddRateLimited(A);
        time.Advance(TimeSpan.FromMilliseconds(5));
        Assert.Equal(1, queue.Depth);
    }

    [Fact]
    public void Failures_of_all_keys_together_are_limited_after_a_burst()
    {
        using var queue = Make();
        for (var i = 0; i < 130; i++)
        {
            queue.AddRateLimited(new("", $"k{i}"));
        }

        time.Advance(TimeSpan.FromMilliseconds(6));
        Assert.Equal(100, queue.Depth);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(110, queue.Depth);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(130, queue.Depth);
    }

    [Fact]
    public async Task A_stopped_queue_gives_nothing_and_drains_when_the_workers_are_done()
    {
        using var queue = Make();
        queue.Add(A);
        queue.Add(B);
        queue.AddAfter(A, TimeSpan.FromSeconds(1));
        await queue.TakeAsync(Bench.Token);
        queue.Stop();
        Assert.Null(await queue.TakeAsync(Bench.Token));
        queue.Add(new("", "c"));
        queue.AddRateLimited(A);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, queue.Depth);
        var drained = queue.WhenDrainedAsync();
        Assert.False(drained.IsCompleted);
        queue.Done(A);
        await drained.WaitAsync(Bench.Token);
        Assert.Null(await queue.TakeAsync(Bench.Token));
    }

    [Fact]
    public async Task The_seven_metrics_tell_what_the_queue_does()
    {
        var registry = Metrics.NewCustomRegistry();
        using var queue = new WorkQueue(new(), new QueueMetrics(Metrics.WithCustomRegistry(registry), "q"), time);
        queue.Add(A);
        queue.Add(B);
        time.Advance(TimeSpan.FromSeconds(2));
        await queue.TakeAsync(Bench.Token);
        time.Advance(TimeSpan.FromSeconds(3));
        queue.Measure();
        queue.AddRateLimited(A);
        using var buffer = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(buffer, Bench.Token);
        var text = System.Text.Encoding.UTF8.GetString(buffer.ToArray());
        Assert.Contains("workqueue_depth{name=\"q\",controller=\"q\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("workqueue_adds_total{name=\"q\",controller=\"q\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("workqueue_retries_total{name=\"q\",controller=\"q\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "workqueue_queue_duration_seconds_sum{name=\"q\",controller=\"q\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "workqueue_unfinished_work_seconds{name=\"q\",controller=\"q\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "workqueue_longest_running_processor_seconds{name=\"q\",controller=\"q\"} 3\n",
            text,
            StringComparison.Ordinal);
        queue.Done(A);
        using var after = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(after, Bench.Token);
        Assert.Contains(
            "workqueue_work_duration_seconds_sum{name=\"q\",controller=\"q\"} 3\n",
            System.Text.Encoding.UTF8.GetString(after.ToArray()),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20261125)]
    [InlineData(987654)]
    public async Task Whatever_happens_no_two_workers_have_one_key_and_no_key_is_lost(int seed)
    {
        output.WriteLine($"seed {seed}");
        using var queue = new WorkQueue(
            new() { FailureDelayMin = TimeSpan.FromMilliseconds(1), RetriesPerSecond = 100_000, Burst = 100_000 },
            new QueueMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()), "q"),
            TimeProvider.System);
        var wanted = new int[20];
        var seen = new int[20];
        var inside = new int[20];
        var violations = new ConcurrentQueue<string>();
        var workers = Enumerable.Range(0, 6)
            .Select(w => Task.Run(() => WorkAsync(new Random(seed + w)), Bench.Token)).ToList();
        var adders = Enumerable.Range(0, 4)
            .Select(p => Task.Run(() => AddAsync(new Random(seed + 100 + p)), Bench.Token));
        await Task.WhenAll(adders);

        // A worker reads what is wanted when it begins: the last reading must be of the last wish.
        await Eventually.TrueAsync(
            () => Enumerable.Range(0, 20).All(i => Volatile.Read(ref seen[i]) == Volatile.Read(ref wanted[i])),
            "every wish is seen");
        queue.Stop();
        await queue.WhenDrainedAsync();
        await Task.WhenAll(workers);
        Assert.Empty(violations);
        Assert.True(wanted.Sum() > 3000);

        async Task AddAsync(Random random)
        {
            for (var i = 0; i < 1000; i++)
            {
                var key = random.Next(20);
                Interlocked.Increment(ref wanted[key]);
                if (random.Next(5) == 0)
                {
                    queue.AddAfter(new("", $"{key}"), TimeSpan.FromMilliseconds(random.Next(1, 5)));
                }
                else
                {
                    queue.Add(new("", $"{key}"));
                }

                if (random.Next(20) == 0)
                {
                    await Task.Yield();
                }
            }
        }

        async Task WorkAsync(Random random)
        {
            while (await queue.TakeAsync(CancellationToken.None) is { } taken)
            {
                var key = int.Parse(taken.Name, System.Globalization.CultureInfo.InvariantCulture);
                if (Interlocked.Increment(ref inside[key]) != 1)
                {
                    violations.Enqueue($"two workers have {key}");
                }

                var now = Volatile.Read(ref wanted[key]);
                if (random.Next(10) == 0)
                {
                    await Task.Delay(1, CancellationToken.None);
                }

                Interlocked.Decrement(ref inside[key]);
                if (random.Next(4) == 0)
                {
                    // It failed: what it saw does not count, and it comes again.
                    queue.AddRateLimited(taken);
                }
                else
                {
                    queue.Forget(taken);
                    Volatile.Write(ref seen[key], now);
                }

                queue.Done(taken);
            }
        }
    }

    private WorkQueue Make() =>
        new(new(), new QueueMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()), "q"), time);
}
