using Vee.ControllerRuntime.Clients;
using Vee.ControllerRuntime.Controllers;
using Vee.ControllerRuntime.Tests.Hosting;
using Vee.ControllerRuntime.Tests.Server;
using Xunit;

namespace Vee.ControllerRuntime.Tests.Controllers;

public sealed class FinalizerTests
{
    private const string Name = "example.dev/cleanup";
    private static readonly ObjectKey A = new("default", "a");

    [Fact]
    public async Task A_finalizer_is_on_the_server_before_the_first_visit_and_others_keep_theirs()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("a");
        await bench.Widgets.PatchAsync(
            A, ResourcePatch.Merge(new { metadata = new { finalizers = new[] { "other.dev/x" } } }), null, Bench.Token);
        await using var host = new HostBench(bench.Connection);
        var onServer = "";
        var inEntity = "";
        var script = new ScriptedController
        {
            OnReconcile = (w, _) =>
            {
                inEntity = string.Join(' ', w.Metadata.Finalizers);
                Volatile.Write(ref onServer, Finalizers(bench));
                return Task.FromResult(ReconcileResult.Done);
            },
        };
        host.Host.AddController<Widget>("widget").For().Finalizer(Name, script).Reconcile(script);
        host.Start();
        await Eventually.TrueAsync(() => Volatile.Read(ref onServer).Length > 0, "a visit");
        Assert.Equal($"other.dev/x {Name}", onServer);
        Assert.Equal(onServer, inEntity);
        await bench.Widgets.DeleteAsync(A, new(), Bench.Token);
        await Eventually.TrueAsync(() => Finalizers(bench) == "other.dev/x", "ours is gone, the other stays");
        Assert.Equal(1, script.CountOf("finalize a"));
    }

    [Fact]
    public async Task An_object_goes_when_the_finalizer_is_done_and_not_before()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("a");
        await using var host = new HostBench(bench.Connection);
        var isDone = false;
        var script = new ScriptedController
        {
            OnFinalize = (_, _) => Task.FromResult(
                Volatile.Read(ref isDone)
                    ? ReconcileResult.Done
                    : ReconcileResult.RequeueAfter(TimeSpan.FromMilliseconds(20))),
        };
        host.Host.AddController<Widget>("widget").For().Finalizer(Name, script).Reconcile(script);
        host.Start();
        await Eventually.TrueAsync(() => !script.Visits.IsEmpty, "a visit");
        await bench.Widgets.DeleteAsync(A, new(), Bench.Token);
        await Eventually.TrueAsync(() => script.CountOf("finalize a") >= 3, "tried again");
        Assert.NotNull(bench.Server.Store.Get("widgets", "default", "a"));
        Volatile.Write(ref isDone, true);
        await Eventually.TrueAsync(() => bench.Server.Store.Get("widgets", "default", "a") is null, "gone");
        await Eventually.TrueAsync(() => script.CountOf("deleted a") > 0, "told");
        Assert.DoesNotContain(
            script.Visits.SkipWhile(v => v != "finalize a"), v => v.StartsWith("reconcile", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_object_that_is_deleted_before_anybody_saw_it_is_never_reconciled()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("a");
        await bench.Widgets.PatchAsync(
            A, ResourcePatch.Merge(new { metadata = new { finalizers = new[] { "other.dev/x" } } }), null, Bench.Token);
        await bench.Widgets.DeleteAsync(A, new(), Bench.Token);
        bench.Put("b");
        await using var host = new HostBench(bench.Connection);
        var script = new ScriptedController();
        host.Host.AddController<Widget>("widget").For().Finalizer(Name, script).Reconcile(script);
        host.Start();
        await Eventually.TrueAsync(() => script.CountOf("reconcile b 1") > 0, "b is visited");
        await Eventually.NeverAsync(
            () => script.Visits.Any(v => v.EndsWith(" a", StringComparison.Ordinal)), "a is not",
            TimeSpan.FromMilliseconds(200));
        Assert.Equal("other.dev/x", Finalizers(bench));
    }

    /// <summary>
    /// A process dies at the n-th thing that it does, for every n, and another takes over. The thing outside exists
    /// only while the object's finalizer does, and in the end neither is there.
    /// </summary>
    [Fact]
    public async Task Whenever_a_process_dies_nothing_outside_is_left_behind()
    {
        var diedAt = 0;
        for (var step = 1; step <= 12; step++)
        {
            await using var bench = await Bench.StartAsync(step);
            var outside = new Outside(bench, step);
            bench.Put("a");
            var isDead = false;
            while (!await RunOnceAsync(bench, outside))
            {
                isDead = true;
            }

            diedAt += isDead ? 1 : 0;
            Assert.Empty(outside.Violations);
            Assert.False(outside.Exists);
            Assert.Null(bench.Server.Store.Get("widgets", "default", "a"));
            Assert.True(outside.WasMade, "the controller did its work");
        }

        Assert.InRange(diedAt, 6, 11);
    }

    /// <returns>False when the process died.</returns>
    private static async Task<bool> RunOnceAsync(Bench bench, Outside outside)
    {
        using var connection = bench.Connect(1, TimeProvider.System);
        await using var host = new HostBench(connection, o => o with
        {
            DrainTimeout = TimeSpan.FromMilliseconds(20),
            CancelTimeout = TimeSpan.FromMilliseconds(20),
            FlushTimeout = TimeSpan.FromMilliseconds(20),
        });
        var script = new ScriptedController
        {
            OnReconcile = async (_, cancellation) =>
            {
                await outside.MakeAsync(cancellation);
                await bench.Widgets.DeleteAsync(A, new(), cancellation);
                return ReconcileResult.Done;
            },
            OnFinalize = async (_, cancellation) =>
            {
                await outside.RemoveAsync(cancellation);
                return ReconcileResult.Done;
            },
        };
        host.Host.AddController<Widget>("widget").For().Finalizer(Name, script).Reconcile(script);
        host.Start();
        await Eventually.TrueAsync(
            () => outside.TakeDeath() || bench.Server.Store.Get("widgets", "default", "a") is null, "an end");
        return bench.Server.Store.Get("widgets", "default", "a") is null;
    }

    private static string Finalizers(Bench bench) => string.Join(
        ' ',
        bench.Server.Store.Get("widgets", "default", "a")?["metadata"]?["finalizers"]?.AsArray()
            .Select(f => (string)f!) ?? []);

    /// <summary>A thing outside Kubernetes, and the death of whoever works on it.</summary>
    private sealed class Outside
    {
        private readonly Bench bench;
        private readonly int deadlyStep;
        private int steps;
        private int isDying;

        internal Outside(Bench bench, int deadlyStep)
        {
            this.bench = bench;
            this.deadlyStep = deadlyStep;

            // Half of the deaths come before a write reaches the server, half before its answer comes back.
            bench.Server.Fault = r => r.Method == "GET" ? FaultKind.None
                : Dies() ? deadlyStep % 2 == 0 ? FaultKind.Hang : FaultKind.HangAfter
                : FaultKind.None;
        }

        internal List<string> Violations { get; } = [];

        internal bool Exists { get; private set; }

        internal bool WasMade { get; private set; }

        internal bool TakeDeath() => Interlocked.Exchange(ref isDying, 0) == 1;

        internal async Task MakeAsync(CancellationToken cancellation)
        {
            await StepAsync(cancellation);
            if (Finalizers(bench) != Name)
            {
                Violations.Add("made without a finalizer");
            }

            Exists = true;
            WasMade = true;
            await StepAsync(cancellation);
        }

        internal async Task RemoveAsync(CancellationToken cancellation)
        {
            await StepAsync(cancellation);
            if (Finalizers(bench) != Name)
            {
                Violations.Add("the finalizer went before the thing");
            }

            Exists = false;
            await StepAsync(cancellation);
        }

        private Task StepAsync(CancellationToken cancellation) =>
            Dies() ? Task.Delay(Timeout.Infinite, cancellation) : Task.CompletedTask;

        private bool Dies()
        {
            if (Interlocked.Increment(ref steps) != deadlyStep)
            {
                return false;
            }

            Volatile.Write(ref isDying, 1);
            return true;
        }
    }
}
