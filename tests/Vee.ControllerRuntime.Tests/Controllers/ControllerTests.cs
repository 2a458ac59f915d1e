using k8s.Models;
using Vee.ControllerRuntime.Clients;
using Vee.ControllerRuntime.Controllers;
using Vee.ControllerRuntime.Tests.Hosting;
using Vee.ControllerRuntime.Tests.Server;
using Xunit;

namespace Vee.ControllerRuntime.Tests.Controllers;

public sealed class ControllerTests
{
    private static readonly ObjectKey A = new("default", "a");

    [Fact]
    public async Task Every_object_is_visited_once_and_again_when_its_intent_changes()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("a");
        bench.Put("b");
        await using var host = new HostBench(bench.Connection);
        var script = new ScriptedController();
        host.Host.AddController<Widget>("widget").For().Reconcile(script);
        host.Start();
        await Eventually.TrueAsync(() => script.Visits.Count == 2, "first visits");
        Touch(bench, w => w["status"] = new System.Text.Json.Nodes.JsonObject { ["size"] = 1 });
        bench.Put("a", size: 2);
        await Eventually.TrueAsync(() => script.CountOf("reconcile a 2") == 1, "the generation");
        Touch(bench, w => FakeStore.Metadata(w)["labels"] = new System.Text.Json.Nodes.JsonObject { ["x"] = "y" });
        await Eventually.TrueAsync(() => script.CountOf("reconcile a 2") == 2, "the labels");
        bench.Server.Store.Delete("widgets", "default", "a");
        await Eventually.TrueAsync(() => script.CountOf("deleted a") == 1, "the deletion");
        Assert.Equal(1, script.CountOf("reconcile a 1"));
        Assert.Equal(HostExit(), await host.StopAsync());
        Assert.Equal(5, await bench.MetricAsync("controller_runtime_reconcile_total"));

        static ControllerRuntime.Hosting.HostExit HostExit() => ControllerRuntime.Hosting.HostExit.Stopped;
    }

    [Fact]
    public async Task What_throws_is_counted_and_visited_again_until_it_succeeds()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("a");
        await using var host = new HostBench(bench.Connection);
        var script = new ScriptedController();
        script.OnReconcile = (_, _) => script.Visits.Count switch
        {
            1 => throw new InvalidOperationException("a bug"),
            2 => throw new HttpRequestException("the world"),
            3 => Task.FromException<ReconcileResult>(new IOException("the world")),
            _ => Task.FromResult(ReconcileResult.Done),
        };
        host.Host.AddController<Widget>("widget").For().Reconcile(script);
        host.Start();
        await Eventually.TrueAsync(() => script.Visits.Count == 4, "four visits");
        await Eventually.NeverAsync(() => script.Visits.Count > 4, "no fifth", TimeSpan.FromMilliseconds(200));
        await host.StopAsync();
        Assert.Equal(3, await bench.MetricAsync("controller_runtime_reconcile_errors_total"));
        Assert.Equal(1, await bench.MetricAsync("controller_runtime_reconcile_panics_total"));
        Assert.Equal(3, await bench.MetricAsync("workqueue_retries_total"));
    }

    [Fact]
    public async Task A_result_says_when_the_key_comes_again()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("later");
        bench.Put("never");
        await using var host = new HostBench(bench.Connection);
        var script = new ScriptedController
        {
            OnReconcile = (w, _) => Task.FromResult(w.Metadata.Name == "later"
                ? ReconcileResult.RequeueAfter(TimeSpan.FromMilliseconds(50))
                : ReconcileResult.Terminal("BadSpec", "cannot be")),
        };
        host.Host.AddController<Widget>("widget").For().Reconcile(script);
        host.Start();
        await Eventually.TrueAsync(() => script.CountOf("reconcile later 1") >= 4, "again and again");
        Assert.Equal(1, script.CountOf("reconcile never 1"));
        bench.Put("never", size: 2);
        await Eventually.TrueAsync(() => script.CountOf("reconcile never 2") == 1, "a change helps");
        await host.StopAsync();
        Assert.Equal(2, await bench.MetricAsync("controller_runtime_terminal_reconcile_errors_total"));
    }

    [Fact]
    public async Task A_visit_that_takes_too_long_is_cancelled_and_retried()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("a");
        await using var host = new HostBench(bench.Connection);
        var script = new ScriptedController();
        script.OnReconcile = async (_, cancellation) =>
        {
            if (script.Visits.Count == 1)
            {
                await Task.Delay(Timeout.Infinite, cancellation);
            }

            return ReconcileResult.Done;
        };
        host.Host.AddController<Widget>("widget").For()
            .ReconcileTimeout(TimeSpan.FromMilliseconds(100)).Reconcile(script);
        host.Start();
        await Eventually.TrueAsync(() => script.Visits.Count == 2, "retried");
        await host.StopAsync();
        Assert.Equal(1, await bench.MetricAsync("controller_runtime_reconcile_errors_total"));
        Assert.Equal(0, await bench.MetricAsync("controller_runtime_reconcile_panics_total"));
    }

    [Fact]
    public async Task Children_and_other_objects_visit_the_objects_they_belong_to()
    {
        await using var bench = await Bench.StartAsync();
        var parent = bench.Put("a");
        bench.Put("b");
        await using var host = new HostBench(bench.Connection);
        var script = new ScriptedController();
        host.Host.AddController<Widget>("widget")
            .For()
            .Owns<V1ConfigMap>()
            .Watches<V1Secret>(s => s.Metadata.Labels?.TryGetValue("for", out var name) == true
                ? [new(s.Metadata.NamespaceProperty, name)]
                : [])
            .Reconcile(script);
        host.Start();
        await Eventually.TrueAsync(() => script.Visits.Count == 2, "first visits");
        var maps = bench.Connection.Resource<V1ConfigMap>();
        await maps.CreateAsync(Child((string)parent["metadata"]!["uid"]!, "a"), Bench.Token);
        await Eventually.TrueAsync(() => script.CountOf("reconcile a 1") == 2, "the child");
        var secrets = bench.Connection.Resource<V1Secret>();
        await secrets.CreateAsync(
            new()
            {
                Metadata = new()
                {
                    Name = "s",
                    NamespaceProperty = "default",
                    Labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["for"] = "b" },
                },
            },
            Bench.Token);
        await Eventually.TrueAsync(() => script.CountOf("reconcile b 1") == 2, "the secret");
        await secrets.PatchAsync(
            new("default", "s"),
            ResourcePatch.Merge(new { metadata = new { labels = new { @for = "a" } } }),
            null,
            Bench.Token);
        await Eventually.TrueAsync(
            () => script.CountOf("reconcile a 1") == 3 && script.CountOf("reconcile b 1") == 3,
            "the one that it belonged to and the one that it belongs to");
        await maps.DeleteAsync(new("default", "child"), new(), Bench.Token);
        await Eventually.TrueAsync(() => script.CountOf("reconcile a 1") == 4, "the child is gone");
    }

    [Fact]
    public async Task Keys_from_outside_are_visited()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("a");
        await using var host = new HostBench(bench.Connection);
        var keys = System.Threading.Channels.Channel.CreateUnbounded<ObjectKey>();
        var script = new ScriptedController();
        host.Host.AddController<Widget>("widget").For().WatchesKeys(c => keys.Reader.ReadAllAsync(c)).Reconcile(script);
        host.Start();
        await Eventually.TrueAsync(() => script.Visits.Count == 1, "the first visit");
        keys.Writer.TryWrite(A);
        await Eventually.TrueAsync(() => script.Visits.Count == 2, "the key");
        Assert.Equal(ControllerRuntime.Hosting.HostExit.Stopped, await host.StopAsync());
    }

    [Fact]
    public async Task A_controller_never_acts_on_a_store_older_than_its_own_writes()
    {
        await using var bench = await Bench.StartAsync();
        var parent = bench.Put("a");
        await using var host = new HostBench(
            bench.Connection, o => o with { Informers = o.Informers with { StallTimeout = TimeSpan.FromSeconds(1) } });
        var maps = bench.Connection.Resource<V1ConfigMap>();
        var children = host.Host.Informers.Of<V1ConfigMap>();
        var script = new ScriptedController
        {
            // Makes a child with a new name whenever the store shows none: a store that lags would make many.
            OnReconcile = async (w, cancellation) =>
            {
                if (children.Store.Count == 0)
                {
                    var child = Child(w.Metadata.Uid, w.Metadata.Name);
                    child.Metadata.Name = $"child-{Guid.NewGuid()}";
                    await maps.CreateAsync(child, cancellation);
                }

                return ReconcileResult.RequeueAfter(TimeSpan.FromMilliseconds(1));
            },
        };
        host.Host.AddController<Widget>("widget").For().Owns<V1ConfigMap>().Reconcile(script);
        bench.Server.Fault = r => r.IsWatch && r.Plural == "configmaps" ? FaultKind.BlackHole : FaultKind.None;
        host.Start();
        await Eventually.TrueAsync(() => bench.Server.Store.List("configmaps", "").Items.Count == 1, "one child");
        await Eventually.NeverAsync(
            () => bench.Server.Store.List("configmaps", "").Items.Count > 1, "a second", TimeSpan.FromSeconds(0.5));
        Assert.Equal(1, script.CountOf("reconcile a 1"));
        bench.Server.Fault = _ => FaultKind.None;
        await Eventually.TrueAsync(() => script.CountOf("reconcile a 1") > 5, "the store caught up");
        Assert.Single(bench.Server.Store.List("configmaps", "").Items);
        Assert.Equal((string)parent["metadata"]!["uid"]!, children.Store.List()[0].Metadata.ControllerUid);
    }

    [Fact]
    public async Task A_controller_reads_its_own_write_of_the_object_itself()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("a");
        await using var host = new HostBench(bench.Connection);
        var seen = new System.Collections.Concurrent.ConcurrentQueue<int>();
        var script = new ScriptedController
        {
            // Counts up: a stale read would write the same number twice.
            OnReconcile = async (w, cancellation) =>
            {
                seen.Enqueue(w.Status?.Size ?? 0);
                w.Status = new WidgetStatus { Size = (w.Status?.Size ?? 0) + 1 };
                await bench.Widgets.ApplyStatusAsync(w, new() { FieldManager = "t" }, cancellation);
                return ReconcileResult.RequeueAfter(TimeSpan.FromTicks(1));
            },
        };
        bench.Server.Fault = r => r.IsWatch ? FaultKind.BlackHole : FaultKind.None;
        host.Host.AddController<Widget>("widget").For().Reconcile(script);
        host.Start();
        await Eventually.TrueAsync(() => seen.Count == 1, "the first visit");
        await Eventually.NeverAsync(() => seen.Count > 1, "a visit on old news", TimeSpan.FromMilliseconds(300));
        bench.Server.WatchSpanMax = TimeSpan.FromMilliseconds(30);
        bench.Server.Fault = _ => FaultKind.None;
        await Eventually.TrueAsync(() => seen.Count >= 30, "thirty visits");
        Assert.Equal(Enumerable.Range(0, 30), seen.Take(30));
    }

    private static V1ConfigMap Child(string uid, string owner) => new()
    {
        Metadata = new()
        {
            Name = "child",
            NamespaceProperty = "default",
            OwnerReferences =
            [
                new() { ApiVersion = "example.dev/v1", Kind = "Widget", Name = owner, Uid = uid, Controller = true },
            ],
        },
    };

    private static void Touch(Bench bench, Action<System.Text.Json.Nodes.JsonObject> change) =>
        bench.Server.Store.Change("widgets", "default", "a", w =>
        {
            change(w);
            return w;
        });
}
