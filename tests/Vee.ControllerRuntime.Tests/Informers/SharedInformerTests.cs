using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Vee.ControllerRuntime.Clients;
using Vee.ControllerRuntime.Informers;
using Vee.ControllerRuntime.Tests.Server;
using Xunit;

namespace Vee.ControllerRuntime.Tests.Informers;

public sealed class SharedInformerTests
{
    [Fact]
    public async Task A_store_holds_what_was_there_page_by_page_and_follows_changes()
    {
        await using var bench = await Bench.StartAsync();
        for (var i = 0; i < 30; i++)
        {
            bench.Put($"w{i}");
        }

        await using var informers = new RunningInformers(bench.Connection);
        var widgets = informers.Set.Of<Widget>();
        await informers.StartAsync();
        Assert.True(widgets.HasSynced);
        Assert.Equal(30, widgets.Store.Count);
        Assert.Equal("Widget", widgets.Store.Get(new("default", "w3"))!.Kind);
        bench.Put("w3", size: 5);
        bench.Put("new");
        bench.Server.Store.Delete("widgets", "default", "w4");
        await Eventually.TrueAsync(
            () => widgets.Store.Get(new("default", "w3"))?.Spec?.Size == 5
                && widgets.Store.Get(new("default", "new")) is not null
                && widgets.Store.Get(new("default", "w4")) is null,
            "the store follows");
        Assert.Equal(5, bench.Server.Requests.Count(r => r is { Method: "GET", IsWatch: false }));
    }

    [Fact]
    public async Task One_informer_serves_everybody_who_asks_for_a_type_and_scope()
    {
        await using var bench = await Bench.StartAsync();
        await using var informers = new RunningInformers(bench.Connection);
        var all = informers.Set.Of<Widget>();
        Assert.Same(all, informers.Set.Of<Widget>(new ResourceScope()));
        var one = informers.Set.Of<Widget>(new ResourceScope { Namespace = "one" });
        Assert.NotSame(all, one);
        bench.Put("a", space: "one");
        bench.Put("b", space: "two");
        await informers.StartAsync();
        Assert.Equal(2, all.Store.Count);
        Assert.Equal(1, one.Store.Count);
        await Eventually.TrueAsync(() => bench.Server.OpenWatches == 2, "two watches");
    }

    [Fact]
    public async Task An_informer_asked_for_late_joins_in()
    {
        await using var bench = await Bench.StartAsync();
        await using var informers = new RunningInformers(bench.Connection);
        await informers.StartAsync();
        bench.Put("a");
        var widgets = informers.Set.Of<Widget>();
        await widgets.WaitForSyncAsync(Bench.Token);
        Assert.NotNull(widgets.Store.Get(new("default", "a")));
        Assert.Throws<InvalidOperationException>(() => widgets.AddIndexer("late", _ => []));
    }

    [Fact]
    public async Task Indexes_follow_the_objects()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("a", size: 1);
        bench.Put("b", size: 1);
        await using var informers = new RunningInformers(bench.Connection);
        var widgets = informers.Set.Of<Widget>();
        widgets.AddIndexer("size", w => [$"{w.Spec!.Size}"]);
        await informers.StartAsync();
        Assert.Equal("a b", Names("1"));
        bench.Put("b", size: 2);
        await Eventually.TrueAsync(() => Names("2") == "b" && Names("1") == "a", "moved");
        bench.Server.Store.Delete("widgets", "default", "a");
        await Eventually.TrueAsync(() => Names("1").Length == 0, "gone from the index");
        Assert.Throws<ArgumentException>(() => widgets.Store.ByIndex("none", "x"));

        string Names(string size) => string.Join(
            ' ', widgets.Store.ByIndex("size", size).Select(w => w.Metadata.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Handlers_get_old_and_new_and_one_that_comes_late_is_told_of_everything_there()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("a", size: 1);
        await using var informers = new RunningInformers(bench.Connection);
        var widgets = informers.Set.Of<Widget>();
        var seen = new ConcurrentQueue<string>();
        widgets.AddHandler(_ => throw new InvalidOperationException("a handler with a bug"));
        widgets.AddHandler(c => seen.Enqueue($"{c.Kind} {c.Old?.Spec!.Size} {c.New?.Spec!.Size}"));
        await informers.StartAsync();
        bench.Put("a", size: 2);
        await Eventually.TrueAsync(() => seen.Count == 2, "added and updated");
        bench.Server.Store.Delete("widgets", "default", "a");
        await Eventually.TrueAsync(() => seen.Count == 3, "deleted");
        Assert.Equal("Added  1, Updated 1 2, Deleted 2 ", string.Join(", ", seen));
        Assert.Equal(3, await bench.MetricAsync("informer_handler_errors_total"));
        bench.Put("b", size: 7);
        await Eventually.TrueAsync(() => widgets.Store.Count == 1, "b is there");
        var late = new ConcurrentQueue<string>();
        widgets.AddHandler(c => late.Enqueue($"{c.Kind} {c.Key}"));
        Assert.Equal("Added default/b", string.Join(", ", late));
    }

    [Theory]
    [InlineData(nameof(FaultKind.Gone))]
    [InlineData(nameof(FaultKind.GoneEvent))]
    public async Task A_position_too_old_lists_again_and_tells_of_deletions_that_were_missed(string kind)
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("stays");
        bench.Put("goes");
        bench.Put("reborn", size: 1);
        await using var informers = new RunningInformers(bench.Connection);
        var widgets = informers.Set.Of<Widget>();
        var deleted = new ConcurrentQueue<InformerEvent<Widget>>();
        widgets.AddHandler(c =>
        {
            if (c.Kind == InformerEventKind.Deleted)
            {
                deleted.Enqueue(c);
            }
        });
        var isBlind = true;
        bench.Server.Fault = r => r.IsWatch && isBlind ? FaultKind.BlackHole : FaultKind.None;
        await informers.StartAsync();
        bench.Server.Store.Delete("widgets", "default", "goes");
        bench.Server.Store.Delete("widgets", "default", "reborn");
        bench.Put("reborn", size: 2);
        bench.Server.Store.Compact();
        var gone = 0;
        bench.Server.Fault = r => r.IsWatch && Interlocked.Increment(ref gone) == 1
            ? Enum.Parse<FaultKind>(kind)
            : FaultKind.None;
        isBlind = false;
        await Eventually.TrueAsync(() => deleted.Count == 2, "both deletions are told of");
        Assert.All(deleted, c => Assert.True(c.IsFinalStateUnknown));
        Assert.Equal("goes reborn", string.Join(' ', deleted.Select(c => c.Key.Name).Order(StringComparer.Ordinal)));
        Assert.Equal(1, deleted.Single(c => c.Key.Name == "reborn").Object.Spec!.Size);
        await Eventually.TrueAsync(() => widgets.Store.Get(new("default", "reborn"))?.Spec!.Size == 2, "reborn");
        Assert.Equal(2, widgets.Store.Count);
    }

    [Fact]
    public async Task A_watch_that_falls_silent_is_cut_and_goes_on_from_where_it_was()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("a", size: 1);
        var watches = 0;
        bench.Server.Fault = r => r.IsWatch && Interlocked.Increment(ref watches) <= 2
            ? FaultKind.BlackHole
            : FaultKind.None;
        await using var informers = new RunningInformers(bench.Connection);
        var widgets = informers.Set.Of<Widget>();
        await informers.StartAsync();
        bench.Put("a", size: 2);
        await Eventually.TrueAsync(() => widgets.Store.Get(new("default", "a"))!.Spec!.Size == 2, "caught up");
        Assert.Equal(2, await bench.MetricAsync("informer_watch_stalls_total"));
        Assert.Equal(1, await bench.MetricAsync("informer_lists_total"));
    }

    [Fact]
    public async Task An_object_that_does_not_decode_is_counted_and_the_others_go_on()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("old", size: 1);
        await using var informers = new RunningInformers(bench.Connection);
        var widgets = informers.Set.Of<Widget>();
        await informers.StartAsync();
        Break("old");
        bench.Put("good", size: 3);
        await Eventually.TrueAsync(() => widgets.Store.Get(new("default", "good")) is not null, "the stream goes on");
        Assert.Equal(1, widgets.Store.Get(new("default", "old"))!.Spec!.Size);
        Assert.Equal(1, await bench.MetricAsync("informer_decode_errors_total"));
        Assert.Equal(1, await bench.MetricAsync("informer_lists_total"));
        bench.Server.Store.Delete("widgets", "default", "old");
        await Eventually.TrueAsync(() => widgets.Store.Get(new("default", "old")) is null, "deleted all the same");

        void Break(string name) => bench.Server.Store.Change("widgets", "default", name, w =>
        {
            w["spec"] = new JsonObject { ["size"] = "not a number" };
            return w;
        });
    }

    [Fact]
    public async Task A_list_with_an_object_that_does_not_decode_keeps_what_was_known_of_it()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("a", size: 1);
        bench.Server.Fault = r => r.IsWatch ? FaultKind.EmptyClose : FaultKind.None;
        await using var informers = new RunningInformers(bench.Connection);
        var widgets = informers.Set.Of<Widget>();
        await informers.StartAsync();
        bench.Server.Store.Change("widgets", "default", "a", w =>
        {
            w["spec"] = "nonsense";
            return w;
        });
        bench.Put("b", size: 2);
        bench.Server.Fault = r => r.IsWatch ? FaultKind.Gone : FaultKind.None;
        await Eventually.TrueAsync(() => widgets.Store.Get(new("default", "b")) is not null, "listed again");
        Assert.Equal(1, widgets.Store.Get(new("default", "a"))!.Spec!.Size);
    }

    [Fact]
    public async Task A_server_that_closes_every_watch_at_once_is_not_asked_without_a_pause()
    {
        await using var bench = await Bench.StartAsync();
        bench.Server.Fault = r => r.IsWatch ? FaultKind.EmptyClose : FaultKind.None;
        await using var informers = new RunningInformers(
            bench.Connection,
            new() { BackoffMin = TimeSpan.FromMilliseconds(100), BackoffMax = TimeSpan.FromSeconds(1) });
        informers.Set.Of<Widget>();
        await informers.StartAsync();
        await Task.Delay(1000, Bench.Token);
        Assert.InRange(bench.Server.Requests.Count(r => r.IsWatch), 2, 5);
        Assert.Equal(1, bench.Server.Requests.Count(r => !r.IsWatch));
    }

    [Fact]
    public async Task A_server_that_closes_every_watch_without_a_word_is_not_heard_of()
    {
        await using var bench = await Bench.StartAsync();
        bench.Server.Fault = r => r.IsWatch ? FaultKind.EmptyClose : FaultKind.None;
        await using var informers = new RunningInformers(
            bench.Connection, Bench.FastInformers with { StaleAfter = TimeSpan.FromSeconds(1) });
        informers.Set.Of<Widget>();
        await informers.StartAsync();
        await Eventually.TrueAsync(() => informers.Set.Stale.Count == 1, "stale");
        bench.Server.Fault = _ => FaultKind.None;
        await Eventually.TrueAsync(() => informers.Set.Stale.Count == 0, "well again");
    }

    [Fact]
    public async Task A_deletion_that_falls_into_a_list_is_not_waited_for()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("a");
        await using var informers = new RunningInformers(bench.Connection);
        var widgets = informers.Set.Of<Widget>();
        var (watches, lists) = (0, 0);
        bench.Server.SlowDelay = TimeSpan.FromSeconds(1);
        bench.Server.Fault = r => r switch
        {
            { IsWatch: true } => Interlocked.Increment(ref watches) == 1 ? FaultKind.Gone : FaultKind.None,
            { Method: "GET" } => Interlocked.Increment(ref lists) == 2 ? FaultKind.Slow : FaultKind.None,
            _ => FaultKind.None,
        };
        await informers.StartAsync();
        await Eventually.TrueAsync(() => Volatile.Read(ref lists) == 2, "the second list is on its way");
        await bench.Widgets.DeleteAsync(new("default", "a"), new(), Bench.Token);
        Assert.False(widgets.IsFresh(new("default", "a")));
        await Eventually.TrueAsync(() => widgets.Store.Count == 0, "the list is in");
        await Eventually.TrueAsync(() => widgets.IsFresh(new("default", "a")), "the deletion is in it", seconds: 2);
        Assert.Equal(2, await bench.MetricAsync("informer_lists_total"));
    }

    [Fact]
    public async Task A_resync_shows_everything_again_unchanged()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("a");
        await using var informers = new RunningInformers(
            bench.Connection, Bench.FastInformers with { ResyncPeriod = TimeSpan.FromMilliseconds(200) });
        var widgets = informers.Set.Of<Widget>();
        var resyncs = 0;
        widgets.AddHandler(c => resyncs += c.IsResync ? 1 : 0);
        await informers.StartAsync();
        await Eventually.TrueAsync(() => Volatile.Read(ref resyncs) >= 2, "resyncs");
    }

    [Fact]
    public async Task A_watch_that_hears_nothing_for_too_long_is_stale()
    {
        await using var bench = await Bench.StartAsync();
        var isBroken = false;
        bench.Server.Fault = _ => Volatile.Read(ref isBroken) ? FaultKind.Hang : FaultKind.None;
        await using var informers = new RunningInformers(
            bench.Connection, Bench.FastInformers with { StaleAfter = TimeSpan.FromSeconds(1) });
        informers.Set.Of<Widget>();
        await informers.StartAsync();
        Assert.Empty(informers.Set.Stale);
        Volatile.Write(ref isBroken, true);
        bench.Server.Store.Compact();
        await Eventually.TrueAsync(
            () =>
            {
                // Watches that are open go on until the server ends them.
                bench.Put("x");
                return bench.Server.Requests.Count(r => r.IsWatch) > 1;
            },
            "the watch is opened anew");
        await Eventually.TrueAsync(() => string.Join(' ', informers.Set.Stale) == "widgets", "stale");
        Volatile.Write(ref isBroken, false);
        await Eventually.TrueAsync(() => informers.Set.Stale.Count == 0, "well again");
    }
}
