using System.Collections.Concurrent;
using System.Net;
using Vee.ControllerRuntime.Controllers;
using Vee.ControllerRuntime.Events;
using Vee.ControllerRuntime.Hosting;
using Vee.ControllerRuntime.Tests.Controllers;
using Vee.ControllerRuntime.Tests.Server;
using Xunit;

namespace Vee.ControllerRuntime.Tests.Hosting;

public sealed class ControllerHostTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_stop_lets_visits_end_takes_no_more_flushes_events_and_then_gives_the_lease_back()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("a");
        bench.Put("b");
        await using var host = new HostBench(
            bench.Connection, o => o with { LeaderElection = HostBench.Election("one") });
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var holderAtTheEnd = "";
        var script = new ScriptedController
        {
            OnReconcile = async (w, cancellation) =>
            {
                await release.Task.WaitAsync(cancellation);
                host.Host.Events.Record(w, EventType.Normal, "Worked", "Work", "done");
                holderAtTheEnd = Holder(bench);
                return ReconcileResult.Done;
            },
        };
        host.Host.AddController<Widget>("widget").For().Reconcile(script);
        host.Start();
        await Eventually.TrueAsync(() => script.Visits.Count == 1, "a visit under way");
        Assert.True(host.Host.IsReady);
        var stopping = host.StopAsync();
        await Eventually.TrueAsync(() => !host.Host.IsReady, "unready");
        bench.Put("c");
        await Eventually.NeverAsync(
            () => stopping.IsCompleted || Holder(bench) != "one", "an early end", TimeSpan.FromSeconds(1.5));
        release.SetResult();
        Assert.Equal(HostExit.Stopped, await stopping);
        Assert.Equal("one", holderAtTheEnd);
        Assert.Equal("", Holder(bench));
        Assert.Single(script.Visits);
        Assert.Single(bench.Server.Store.List("events", "").Items);
    }

    [Fact]
    public async Task A_visit_that_outlasts_the_deadline_is_cancelled()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("a");
        await using var host = new HostBench(
            bench.Connection,
            o => o with { DrainTimeout = TimeSpan.FromMilliseconds(100), LeaderElection = HostBench.Election("one") });
        var wasCancelled = false;
        var script = new ScriptedController
        {
            OnReconcile = async (_, cancellation) =>
            {
                try
                {
                    await Task.Delay(Timeout.Infinite, cancellation);
                }
                finally
                {
                    wasCancelled = cancellation.IsCancellationRequested;
                }

                return ReconcileResult.Done;
            },
        };
        host.Host.AddController<Widget>("widget").For().Reconcile(script);
        host.Start();
        await Eventually.TrueAsync(() => script.Visits.Count == 1, "a visit under way");
        Assert.Equal(HostExit.DrainTimedOut, await host.StopAsync());
        Assert.True(wasCancelled);
        Assert.Equal("", Holder(bench));
    }

    [Fact]
    public async Task A_visit_that_cannot_be_ended_keeps_the_lease()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("a");
        await using var host = new HostBench(bench.Connection, o => o with
        {
            DrainTimeout = TimeSpan.FromMilliseconds(50),
            CancelTimeout = TimeSpan.FromMilliseconds(50),
            LeaderElection = HostBench.Election("one"),
        });
        var never = new TaskCompletionSource<ReconcileResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        var script = new ScriptedController { OnReconcile = (_, _) => never.Task };
        host.Host.AddController<Widget>("widget").For().Reconcile(script);
        host.Start();
        await Eventually.TrueAsync(() => script.Visits.Count == 1, "a visit under way");
        Assert.Equal(HostExit.DrainTimedOut, await host.StopAsync());
        Assert.Equal("one", Holder(bench));
        never.SetResult(ReconcileResult.Done);
    }

    [Fact]
    public async Task A_standby_is_ready_with_warm_stores_and_acts_when_the_leader_is_gone()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("a");
        using var other = bench.Connect(2, TimeProvider.System);
        await using var one = new HostBench(
            bench.Connection, o => o with { LeaderElection = HostBench.Election("one") });
        await using var two = new HostBench(other, o => o with { LeaderElection = HostBench.Election("two") });
        var (first, second) = (new ScriptedController(), new ScriptedController());
        one.Host.AddController<Widget>("widget").For().Reconcile(first);
        two.Host.AddController<Widget>("widget").For().Reconcile(second);
        one.Start();
        await Eventually.TrueAsync(() => one.Host.IsLeader && first.Visits.Count == 1, "one leads");
        two.Start();
        await Eventually.TrueAsync(() => two.Host.IsReady, "two is ready");
        bench.Put("b");
        await Eventually.TrueAsync(() => two.Host.Informers.Of<Widget>().Store.Count == 2, "two hears of b");
        Assert.Empty(second.Visits);
        Assert.False(two.Host.IsLeader);
        Assert.Equal(HostExit.Stopped, await one.StopAsync());
        await Eventually.TrueAsync(() => second.Visits.Count == 2, "two visits everything");
    }

    [Fact]
    public async Task A_lost_lease_stops_visits_and_requeues_and_ends_the_host()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("slow");
        bench.Put("often");
        await using var host = new HostBench(
            bench.Connection, o => o with { LeaderElection = HostBench.Election("one") });
        var wasCancelled = false;
        var script = new ScriptedController
        {
            OnReconcile = async (w, cancellation) =>
            {
                if (w.Metadata.Name == "often")
                {
                    return ReconcileResult.RequeueAfter(TimeSpan.FromMilliseconds(5));
                }

                using var registration = cancellation.Register(() => wasCancelled = true);
                await Task.Delay(Timeout.Infinite, cancellation);
                return ReconcileResult.Done;
            },
        };
        host.Host.AddController<Widget>("widget").For().MaxConcurrentReconciles(2).Reconcile(script);
        var taskEnded = false;
        host.Host.AddLeaderTask("task", async cancellation =>
        {
            await Task.Delay(Timeout.Infinite, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            taskEnded = true;
        });
        host.Start();
        await Eventually.TrueAsync(() => script.Visits.Count > 5, "at work");
        bench.Server.Fault = r => r.Plural == "leases" ? FaultKind.Hang : FaultKind.None;
        var exit = await host.Running.WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System, Bench.Token);
        Assert.Equal(HostExit.LeadershipLost, exit);
        Assert.True(wasCancelled);
        Assert.True(taskEnded);
        var count = script.Visits.Count;
        await Eventually.NeverAsync(() => script.Visits.Count > count, "a requeue", TimeSpan.FromMilliseconds(300));
    }

    [Theory]
    [InlineData(20261125)]
    public async Task Two_hosts_never_both_visit_while_leadership_flaps(int seed)
    {
        output.WriteLine($"seed {seed}");
        await using var bench = await Bench.StartAsync(seed);
        for (var i = 0; i < 5; i++)
        {
            bench.Put($"w{i}");
        }

        var random = new Random(seed);
        var storms = new Dictionary<string, long>(StringComparer.Ordinal);
        bench.Server.Fault = r =>
        {
            lock (random)
            {
                var now = Environment.TickCount64;
                if (r.Plural == "leases" && random.Next(30) == 0)
                {
                    storms[r.Client] = now + 1500;
                }

                return r.Plural != "leases" ? FaultKind.None
                    : now < storms.GetValueOrDefault(r.Client) ? FaultKind.Hang
                    : random.Next(6) == 0 ? FaultKind.Reset
                    : FaultKind.None;
            }
        };
        var acts = new ConcurrentQueue<(long At, int Run)>();
        var runs = 0;
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(7));
        await Task.WhenAll(RunAsync(1), RunAsync(2));
        var spans = acts.GroupBy(a => a.Run).Select(g => (g.Key, First: g.Min(a => a.At), Last: g.Max(a => a.At)))
            .OrderBy(s => s.First).ToList();
        output.WriteLine($"{runs} runs, {spans.Count} of them led, {acts.Count} acts");
        Assert.True(spans.Count >= 2, "the lease never changed hands");
        Assert.All(spans.Zip(spans.Skip(1)), p => Assert.True(p.First.Last < p.Second.First, $"{p.First} {p.Second}"));

        async Task RunAsync(int index)
        {
            while (!end.IsCancellationRequested)
            {
                var run = Interlocked.Increment(ref runs);
                using var connection = bench.Connect(seed + run, TimeProvider.System);
                await using var host = new HostBench(
                    connection, o => o with { LeaderElection = HostBench.Election($"{index}-{run}") });
                var script = new ScriptedController
                {
                    OnReconcile = (_, cancellation) =>
                    {
                        var now = TimeProvider.System.GetTimestamp();
                        if (!cancellation.IsCancellationRequested)
                        {
                            acts.Enqueue((now, run));
                        }

                        return Task.FromResult(ReconcileResult.RequeueAfter(TimeSpan.FromMilliseconds(2)));
                    },
                };
                host.Host.AddController<Widget>("widget").For().MaxConcurrentReconciles(3).Reconcile(script);
                host.Start();
                await Task.WhenAny(host.Running, Task.Delay(4000, end.Token));
            }
        }
    }

    [Fact]
    public async Task Health_readiness_and_metrics_answer_on_loopback()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("a");
        var isBroken = true;
        bench.Server.Fault = _ => Volatile.Read(ref isBroken) ? FaultKind.InternalError : FaultKind.None;
        await using var host = new HostBench(bench.Connection, o => o with
        {
            HealthEndpoint = new IPEndPoint(IPAddress.Loopback, 0),
            Informers = o.Informers with { StaleAfter = TimeSpan.FromSeconds(1) },
        });
        var script = new ScriptedController();
        host.Host.AddController<Widget>("widget").For().Reconcile(script);
        host.Start();
        await Eventually.TrueAsync(() => host.Host.HealthAddress is not null, "served");
        using var http = new HttpClient { BaseAddress = host.Host.HealthAddress };
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync("/readyz", Bench.Token)).StatusCode);
        Volatile.Write(ref isBroken, false);
        await Eventually.TrueAsync(() => script.Visits.Count == 1, "a visit");
        Assert.Equal("ok\n", await http.GetStringAsync("/readyz", Bench.Token));
        Assert.Equal("ok\n", await http.GetStringAsync("/healthz", Bench.Token));
        var metrics = await http.GetStringAsync("/metrics", Bench.Token);
        foreach (var name in new[]
        {
            "controller_runtime_reconcile_total{controller=\"widget\",result=\"success\"} 1",
            "controller_runtime_reconcile_errors_total{controller=\"widget\"} 0",
            "controller_runtime_reconcile_time_seconds_count{controller=\"widget\"} 1",
            "controller_runtime_active_workers{controller=\"widget\"} 0",
            "controller_runtime_max_concurrent_reconciles{controller=\"widget\"} 1",
            "controller_runtime_reconcile_panics_total{controller=\"widget\"} 0",
            "workqueue_adds_total{name=\"widget\",controller=\"widget\"} 1",
            "rest_client_requests_total{code=\"200\",method=\"GET\"}",
        })
        {
            Assert.Contains(name, metrics, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/debug", Bench.Token)).StatusCode);
        bench.Server.Fault = _ => FaultKind.Hang;
        bench.Server.WatchSpanMax = TimeSpan.Zero;
        await Eventually.TrueAsync(
            () => host.Host.Informers.Stale.Count > 0, "the watch is stale");
        var health = await http.GetAsync("/healthz", Bench.Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        Assert.Contains("widgets", await health.Content.ReadAsStringAsync(Bench.Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_controller_that_was_not_finished_is_a_mistake_told_at_the_start()
    {
        await using var bench = await Bench.StartAsync();
        await using var host = new HostBench(bench.Connection);
        host.Host.AddController<Widget>("widget").For();
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.Host.RunAsync(Bench.Token));
        Assert.Throws<ArgumentException>(() => host.Host.AddController<Widget>("widget"));
    }

    private static string Holder(Bench bench) =>
        (string?)bench.Server.Store.Get("leases", "default", "op")?["spec"]?["holderIdentity"] ?? "";
}
