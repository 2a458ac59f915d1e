using Vee.ControllerRuntime.Clients;
using Vee.ControllerRuntime.Informers;
using Vee.ControllerRuntime.Tests.Server;
using Xunit;

namespace Vee.ControllerRuntime.Tests.Informers;

/// <summary>A dead watch is found out at once when something shows that it has not told all.</summary>
public sealed class DoubtTests : IAsyncLifetime
{
    private Bench bench = null!;
    private RunningInformers informers = null!;
    private IInformer<Widget> widgets = null!;

    public async ValueTask InitializeAsync()
    {
        bench = await Bench.StartAsync();
        bench.Put("a");
        informers = new RunningInformers(
            bench.Connection,
            Bench.FastInformers with
            {
                StallTimeout = TimeSpan.FromMinutes(10),
                WatchTimeout = TimeSpan.FromMinutes(10),
                DoubtTimeout = TimeSpan.FromMilliseconds(100),
            });
        widgets = informers.Set.Of<Widget>();
        bench.Server.Fault = r => r.IsWatch ? FaultKind.BlackHole : FaultKind.None;
        await informers.StartAsync();
        await Eventually.TrueAsync(() => bench.Server.Requests.Any(r => r.IsWatch), "the dead watch is open");
        bench.Server.Fault = _ => FaultKind.None;
    }

    [Fact]
    public async Task An_own_write_that_the_watch_does_not_tell()
    {
        await PatchAsync();
        await Eventually.TrueAsync(() => widgets.Store.Get(new("default", "a"))!.Spec!.Size == 5, "the write is seen");
        await FoundOutAsync();
    }

    [Fact]
    public async Task An_object_that_the_server_says_is_gone()
    {
        bench.Server.Store.Delete("widgets", "default", "a");
        var patch = ResourcePatch.Merge(new { spec = new { size = 5 } });
        await Assert.ThrowsAsync<KubernetesApiException>(
            () => bench.Widgets.PatchAsync(new("default", "a"), patch, subresource: null, Bench.Token));
        await Eventually.TrueAsync(() => widgets.Store.Count == 0, "the deletion is seen");
        await FoundOutAsync();
    }

    [Fact]
    public async Task An_object_that_the_server_says_has_changed()
    {
        var known = widgets.Store.Get(new("default", "a"))!;
        bench.Put("a", size: 7);
        await Assert.ThrowsAsync<KubernetesApiException>(() => bench.Widgets.UpdateAsync(known, Bench.Token));
        await Eventually.TrueAsync(() => widgets.Store.Get(new("default", "a"))!.Spec!.Size == 7, "the change is seen");
        await FoundOutAsync();
    }

    [Fact]
    public async Task News_that_no_watch_tells_is_asked_for_less_and_less_often()
    {
        bench.Server.Fault = r => r.IsWatch ? FaultKind.BlackHole : FaultKind.None;
        await PatchAsync();
        await Task.Delay(2500, Bench.Token);

        // After 0.1, 0.3, 0.7 and 1.5 s.
        Assert.InRange(await bench.MetricAsync("informer_watch_stalls_total"), 2, 4);
    }

    [Theory]
    [InlineData(nameof(FaultKind.OneEvent))]
    [InlineData(nameof(FaultKind.Stuck))]
    public async Task A_watch_that_tells_something_else_and_then_dies(string kind)
    {
        var watches = 0;
        bench.Server.Fault = r => r.IsWatch && Interlocked.Increment(ref watches) == 1
            ? Enum.Parse<FaultKind>(kind)
            : FaultKind.None;
        bench.Put("b");
        await PatchAsync();
        await Eventually.TrueAsync(() => widgets.Store.Get(new("default", "a"))!.Spec!.Size == 5, "the write is seen");
        Assert.Equal(2, await bench.MetricAsync("informer_watch_stalls_total"));
        Assert.Equal(1, await bench.MetricAsync("informer_lists_total"));
    }

    [Theory]
    [InlineData(nameof(FaultKind.BlackHole))]
    [InlineData(nameof(FaultKind.Stuck))]
    [InlineData(nameof(FaultKind.EmptyClose))]
    public async Task News_that_four_watches_in_a_row_do_not_tell_is_listed(string kind)
    {
        bench.Server.Fault = r => r.IsWatch ? Enum.Parse<FaultKind>(kind) : FaultKind.None;
        await PatchAsync();
        await Eventually.TrueAsync(() => widgets.Store.Get(new("default", "a"))!.Spec!.Size == 5, "the write is seen");
        await Eventually.TrueAsync(() => widgets.IsFresh(new("default", "a")), "nothing is waited for");
        Assert.Equal(2, await bench.MetricAsync("informer_lists_total"));
        Assert.InRange(bench.Server.Requests.Count(r => r.IsWatch), 4, 6);
    }

    [Fact]
    public async Task A_refusal_about_an_object_that_nobody_knows_is_no_reason()
    {
        var patch = ResourcePatch.Merge(new { spec = new { size = 5 } });
        await Assert.ThrowsAsync<KubernetesApiException>(
            () => bench.Widgets.PatchAsync(new("default", "b"), patch, subresource: null, Bench.Token));
        await Task.Delay(300, Bench.Token);
        Assert.Equal(0, await bench.MetricAsync("informer_watch_stalls_total"));
    }

    public async ValueTask DisposeAsync()
    {
        await informers.DisposeAsync();
        await bench.DisposeAsync();
    }

    private Task<Widget> PatchAsync() => bench.Widgets.PatchAsync(
        new("default", "a"),
        ResourcePatch.Merge(new { spec = new { size = 5 } }),
        subresource: null,
        Bench.Token);

    /// <summary>By a new watch from where the dead one was, not by a list.</summary>
    private async Task FoundOutAsync()
    {
        Assert.Equal(1, await bench.MetricAsync("informer_watch_stalls_total"));
        Assert.Equal(1, await bench.MetricAsync("informer_lists_total"));
    }
}
