using System.Text.Json.Nodes;
using Vee.ControllerRuntime.Clients;
using Vee.ControllerRuntime.Informers;
using Vee.ControllerRuntime.Tests.Server;
using Xunit;

namespace Vee.ControllerRuntime.Tests.Informers;

/// <summary>Random faults while objects change: afterwards the stores equal the server's, and nothing has
/// grown.</summary>
public sealed class FaultTests(ITestOutputHelper output)
{
    private const int ObjectsMax = 60;
    private static readonly TimeSpan FaultSpan = TimeSpan.FromSeconds(4);

    private static readonly FaultKind[] OfWatches =
    [
        FaultKind.None, FaultKind.None, FaultKind.Gone, FaultKind.GoneEvent, FaultKind.CutInObject, FaultKind.BlackHole,
        FaultKind.EmptyClose, FaultKind.Bookmarks, FaultKind.Garbage, FaultKind.ShortWatch, FaultKind.InternalError,
        FaultKind.BadGateway, FaultKind.Reset, FaultKind.Undecodable, FaultKind.Slow, FaultKind.Unavailable,
    ];

    private static readonly FaultKind[] OfLists =
    [
        FaultKind.InternalError, FaultKind.Reset, FaultKind.ResetAfter, FaultKind.Gone,
        FaultKind.Slow, FaultKind.BadGateway, FaultKind.TooManyRequests,
    ];

    [Theory]
    [InlineData(20261125)]
    [InlineData(7)]
    [InlineData(4711)]
    public async Task Stores_equal_the_servers_objects_after_random_faults(int seed)
    {
        output.WriteLine($"seed {seed}");
        await using var bench = await Bench.StartAsync(seed);
        bench.Server.RetryAfterSeconds = 0;
        bench.Server.WatchSpanMax = TimeSpan.FromMilliseconds(150);
        bench.Server.SlowDelay = TimeSpan.FromMilliseconds(50);
        await using var informers = new RunningInformers(
            bench.Connection, Bench.FastInformers with { StallTimeout = TimeSpan.FromMilliseconds(150) });
        var widgets = informers.Set.Of<Widget>();
        widgets.AddIndexer("size", w => [$"{w.Spec!.Size % 5}"]);
        var mirror = new Mirror();
        widgets.AddHandler(mirror.Take);
        var faults = new Random(seed);
        bench.Server.Fault = request =>
        {
            lock (faults)
            {
                // A list has many pages, and one page that fails is enough to begin it anew.
                return request.IsWatch ? OfWatches[faults.Next(OfWatches.Length)]
                    : faults.Next(8) == 0 ? OfLists[faults.Next(OfLists.Length)]
                    : FaultKind.None;
            }
        };
        await informers.StartAsync();

        var changes = new Random(seed + 1);
        var begin = TimeProvider.System.GetTimestamp();
        var changeCount = 0;
        while (TimeProvider.System.GetElapsedTime(begin) < FaultSpan)
        {
            Step(bench, changes);
            changeCount++;
            if (changes.Next(200) == 0)
            {
                bench.Server.Store.Compact();
            }

            await Task.Delay(changes.Next(3), Bench.Token);
        }

        // Undecodable objects are skipped until they are seen again whole: a list without faults shows all.
        bench.Server.Fault = r => r.IsWatch ? FaultKind.Gone : FaultKind.None;
        var lists = await bench.MetricAsync("informer_lists_total");
        while (await bench.MetricAsync("informer_lists_total") <= lists + 1)
        {
            await Task.Delay(5, Bench.Token);
        }

        bench.Server.Fault = _ => FaultKind.None;
        await Eventually.TrueAsync(() => Differences(bench, widgets.Store).Count == 0, "the store equals the server's");
        Assert.Equal("", string.Join('\n', Differences(bench, widgets.Store)));
        Assert.Equal(Text(widgets.Store.List()), mirror.Text());
        Assert.Equal(
            widgets.Store.Count, Enumerable.Range(0, 5).Sum(i => widgets.Store.ByIndex("size", $"{i}").Count));
        output.WriteLine(
            $"{changeCount} changes, {await bench.MetricAsync("informer_watches_total")} watches, "
            + $"{await bench.MetricAsync("informer_lists_total")} lists, "
            + $"{await bench.MetricAsync("informer_watch_stalls_total")} stalls, "
            + $"{await bench.MetricAsync("informer_decode_errors_total")} undecodable");
        Assert.True(changeCount > 100);
        Assert.True(await bench.MetricAsync("informer_watch_stalls_total") > 0, "no watch was black-holed");
        Assert.True(await bench.MetricAsync("informer_decode_errors_total") > 0, "everything could be decoded");
    }

    [Fact]
    public async Task Memory_stays_flat_through_watches_that_break_again_and_again()
    {
        await using var bench = await Bench.StartAsync();
        await using var informers = new RunningInformers(
            bench.Connection,
            Bench.FastInformers with
            {
                BackoffMin = TimeSpan.FromMilliseconds(1),
                BackoffMax = TimeSpan.FromMilliseconds(1),
            });
        var widgets = informers.Set.Of<Widget>();
        bench.Put("big");
        var payload = new string('x', 50_000);
        bench.Server.Fault = r => r.IsWatch ? FaultKind.ShortWatch : FaultKind.None;
        await informers.StartAsync();
        var sizes = new List<long>();
        for (var round = 0; round < 6; round++)
        {
            for (var i = 0; i < 100; i++)
            {
                var size = (round * 100) + i + 2;
                bench.Server.Store.Change("widgets", "default", "big", w =>
                {
                    w["spec"] = new JsonObject { ["size"] = size, ["color"] = payload };
                    return w;
                });
                await Task.Delay(1, Bench.Token);
            }

            await Eventually.TrueAsync(
                () => widgets.Store.Get(new("default", "big"))!.Spec!.Size == (round * 100) + 101, "caught up");
            bench.Server.Store.Compact();
            bench.Server.Requests.Clear();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            sizes.Add(GC.GetTotalMemory(forceFullCollection: true));
        }

        output.WriteLine(string.Join(' ', sizes.Select(s => $"{s >> 10} KiB")));
        Assert.True(await bench.MetricAsync("informer_watches_total") > 50);

        // A leak of one event in a hundred would be 50 KB a round; other tests run beside this one.
        Assert.InRange(sizes[^1] - sizes[1], long.MinValue, 16 << 20);
    }

    private static void Step(Bench bench, Random random)
    {
        var name = $"w{random.Next(ObjectsMax)}";
        if (random.Next(4) == 0 && bench.Server.Store.Get("widgets", "default", name) is not null)
        {
            bench.Server.Store.Delete("widgets", "default", name);
        }
        else
        {
            bench.Put(name, random.Next(1000));
        }
    }

    private static List<string> Differences(Bench bench, IStore<Widget> store)
    {
        var here = store.List().ToDictionary(
            w => w.Metadata.Name, w => w.Metadata.ResourceVersion + w.Spec!.Size, StringComparer.Ordinal);
        var there = bench.Server.Store.List("widgets", "").Items.ToDictionary(
            w => (string)w["metadata"]!["name"]!,
            w => (string)w["metadata"]!["resourceVersion"]! + (int)w["spec"]!["size"]!,
            StringComparer.Ordinal);
        return [.. here.Except(there).Select(e => $"store: {e}"), .. there.Except(here).Select(e => $"server: {e}")];
    }

    private static string Text(IEnumerable<Widget> widgets) =>
        string.Join('\n', widgets.Select(w => $"{w.Metadata.Key} {w.Metadata.Uid} {w.Metadata.ResourceVersion}")
            .Order(StringComparer.Ordinal));

    /// <summary>What somebody knows who only listens to events.</summary>
    private sealed class Mirror
    {
        private readonly Dictionary<ObjectKey, Widget> known = [];

        internal void Take(InformerEvent<Widget> change)
        {
            lock (known)
            {
                // Every event must fit what was told before it.
                var isKnown = known.TryGetValue(change.Key, out var before);
                Assert.Equal(change.Kind != InformerEventKind.Added, isKnown);
                if (change.Kind == InformerEventKind.Deleted)
                {
                    Assert.Equal(before!.Metadata.Uid, change.Object.Metadata.Uid);
                    known.Remove(change.Key);
                    return;
                }

                known[change.Key] = change.Object;
            }
        }

        internal string Text()
        {
            lock (known)
            {
                return FaultTests.Text(known.Values);
            }
        }
    }
}
