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
        var patch = ResourcePatch.Merge(new { spec = new { size = 5 } });
        await bench.Widgets.PatchAsync(new("default", "a"), patch, subresource: null, Bench.Token);
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
        var patch = ResourcePatch.Merge(new { spec = new { size = 5 } });
        await bench.Widgets.PatchAsync(new("default", "a"), patch, subresource: null, Bench.Token);
        await Task.Delay(2500, Bench.Token);

        // After 0.1, 0.3, 0.7 and 1.5 s.
        Assert.InRange(await bench.MetricAsync("informer_watch_stalls_total"), 2, 4);
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

    /// <summary>By a new watch from where the dead one was, not by a list.</summary>
    private async Task FoundOutAsync()
    {
        Assert.Equal(1, await bench.MetricAsync("informer_watch_stalls_total"));
        Assert.Equal(1, await bench.MetricAsync("informer_lists_total"));
    }
}
