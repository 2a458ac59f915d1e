using System.Collections.Concurrent;
using k8s.Models;
using Vee.ControllerRuntime.Clients;
using Vee.ControllerRuntime.Leadership;
using Vee.ControllerRuntime.Tests.Server;
using Vee.ControllerRuntime.Tests.Time;
using Xunit;

namespace Vee.ControllerRuntime.Tests.Leadership;

public sealed class LeaderElectionTests(ITestOutputHelper output)
{
    private static readonly ObjectKey Lease = new("default", "op");

    [Fact]
    public async Task The_first_leads_the_second_waits_and_takes_over_at_once_after_a_release()
    {
        await using var bench = await Bench.StartAsync();
        var term = await Elector(bench.Connection, "one").AcquireAsync(Bench.Token);
        Assert.Equal(1, await bench.MetricAsync("leader_election_master_status"));
        using var other = bench.Connect(2, TimeProvider.System);
        var second = Elector(other, "two").AcquireAsync(Bench.Token);
        await Eventually.NeverAsync(() => second.IsCompleted, "two leaders", TimeSpan.FromSeconds(1.5));
        Assert.False(term.Lost.IsCancellationRequested);
        var begin = TimeProvider.System.GetTimestamp();
        await term.ReleaseAsync();
        await term.DisposeAsync();
        Assert.Equal(0, await bench.MetricAsync("leader_election_master_status"));
        await using var next = await second;
        Assert.True(TimeProvider.System.GetElapsedTime(begin) < TimeSpan.FromSeconds(0.8), "no wait for the lease");
        var lease = await bench.Connection.Resource<V1Lease>().GetAsync(Lease, Bench.Token);
        Assert.Equal(
            ("two", 1, 1),
            (lease.Spec.HolderIdentity, lease.Spec.LeaseTransitions, lease.Spec.LeaseDurationSeconds));
        await next.ReleaseAsync();
        Assert.Null((await bench.Connection.Resource<V1Lease>().GetAsync(Lease, Bench.Token)).Spec.HolderIdentity);
    }

    [Fact]
    public async Task A_lease_that_is_not_given_back_runs_out()
    {
        await using var bench = await Bench.StartAsync();
        await (await Elector(bench.Connection, "one").AcquireAsync(Bench.Token)).DisposeAsync();
        using var other = bench.Connect(2, TimeProvider.System);
        var begin = TimeProvider.System.GetTimestamp();
        await using var term = await Elector(other, "two").AcquireAsync(Bench.Token);
        Assert.InRange(TimeProvider.System.GetElapsedTime(begin).TotalSeconds, 0.95, 4);
    }

    [Fact]
    public async Task Errors_are_absorbed_until_the_deadline_and_not_longer()
    {
        await using var bench = await Bench.StartAsync();
        await using var term = await Elector(bench.Connection, "one").AcquireAsync(Bench.Token);
        var kinds = new[] { FaultKind.Reset, FaultKind.InternalError, FaultKind.BadGateway, FaultKind.TooManyRequests };
        var requests = 0;
        bench.Server.RetryAfterSeconds = 0;
        bench.Server.Fault = _ => kinds[Interlocked.Increment(ref requests) % kinds.Length];
        await Task.Delay(350, Bench.Token);
        Assert.False(term.Lost.IsCancellationRequested);
        Assert.True(requests > 1);
        bench.Server.Fault = _ => FaultKind.None;
        await Eventually.NeverAsync(() => term.Lost.IsCancellationRequested, "it recovered", TimeSpan.FromSeconds(1));
        bench.Server.Fault = _ => FaultKind.Hang;
        var begin = TimeProvider.System.GetTimestamp();
        await Eventually.TrueAsync(() => term.Lost.IsCancellationRequested, "lost");
        Assert.InRange(TimeProvider.System.GetElapsedTime(begin).TotalSeconds, 0.3, 1.0);
        Assert.Equal(0, await bench.MetricAsync("leader_election_master_status"));
    }

    [Fact]
    public async Task Somebody_who_takes_the_lease_by_force_ends_the_term()
    {
        await using var bench = await Bench.StartAsync();
        await using var term = await Elector(bench.Connection, "one").AcquireAsync(Bench.Token);
        await bench.Connection.Resource<V1Lease>().PatchAsync(
            Lease, ResourcePatch.Merge(new { metadata = new { labels = new { touched = "yes" } } }), null, Bench.Token);
        await Eventually.NeverAsync(
            () => term.Lost.IsCancellationRequested, "a label is no loss", TimeSpan.FromSeconds(0.8));
        await bench.Connection.Resource<V1Lease>().PatchAsync(
            Lease, ResourcePatch.Merge(new { spec = new { holderIdentity = "thief" } }), null, Bench.Token);
        await Eventually.TrueAsync(() => term.Lost.IsCancellationRequested, "lost");
    }

    [Fact]
    public async Task A_loser_does_not_release_what_is_no_longer_his()
    {
        await using var bench = await Bench.StartAsync();
        await using var term = await Elector(bench.Connection, "one").AcquireAsync(Bench.Token);
        await bench.Connection.Resource<V1Lease>().PatchAsync(
            Lease, ResourcePatch.Merge(new { spec = new { holderIdentity = "thief" } }), null, Bench.Token);
        await term.ReleaseAsync();
        Assert.Equal(
            "thief", (await bench.Connection.Resource<V1Lease>().GetAsync(Lease, Bench.Token)).Spec.HolderIdentity);
    }

    [Theory]
    [InlineData(20261125)]
    [InlineData(3)]
    public async Task Two_instances_never_both_act_whatever_the_clocks_and_the_network_do(int seed)
    {
        output.WriteLine($"seed {seed}");
        await using var bench = await Bench.StartAsync(seed);
        bench.Server.SlowDelay = TimeSpan.FromMilliseconds(200);
        bench.Server.RetryAfterSeconds = 0;
        var faults = new Random(seed);
        FaultKind[] kinds =
        [
            FaultKind.None, FaultKind.None, FaultKind.None, FaultKind.Slow, FaultKind.Slow, FaultKind.Hang,
            FaultKind.Reset, FaultKind.ResetAfter, FaultKind.InternalError, FaultKind.TooManyRequests,
        ];
        var storms = new Dictionary<string, long>(StringComparer.Ordinal);
        bench.Server.Fault = request =>
        {
            lock (faults)
            {
                // Now and then an instance is cut off for a while, so that it loses its lease and others get it.
                var now = Environment.TickCount64;
                if (faults.Next(40) == 0)
                {
                    storms[request.Client] = now + 1500;
                }

                return now < storms.GetValueOrDefault(request.Client)
                    ? FaultKind.Hang
                    : kinds[faults.Next(kinds.Length)];
            }
        };
        var acts = new ConcurrentQueue<(long At, int Term)>();
        var terms = 0;
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(7));
        TimeProvider[] clocks =
        [
            TimeProvider.System,
            new SkewedTime(TimeSpan.FromHours(-3), 1.15),
            new SkewedTime(TimeSpan.FromDays(400), 0.9),
        ];
        await Task.WhenAll(clocks.Select((clock, i) => CompeteAsync(i, clock)));

        var ordered = acts.OrderBy(a => a.At).ToList();
        var spans = ordered.GroupBy(a => a.Term).Select(g => (g.Key, First: g.Min(a => a.At), Last: g.Max(a => a.At)))
            .OrderBy(s => s.First).ToList();
        output.WriteLine($"{terms} terms, {ordered.Count} acts");
        Assert.True(spans.Count >= 2, "the lease never changed hands");
        Assert.All(
            spans.Zip(spans.Skip(1)),
            p => Assert.True(p.First.Last < p.Second.First, $"{p.First} and {p.Second}"));

        async Task CompeteAsync(int index, TimeProvider clock)
        {
            using var connection = bench.Connect(seed + index, clock);
            var random = new Random(seed + (100 * index));
            while (!end.IsCancellationRequested)
            {
                try
                {
                    var elector = Elector(connection, $"{index}-{random.Next()}");
                    await using var term = await elector.AcquireAsync(end.Token);
                    var number = Interlocked.Increment(ref terms);
                    var until = TimeProvider.System.GetTimestamp() + (random.Next(500, 5000) * (long)1e6);
                    while (!end.IsCancellationRequested)
                    {
                        // The time is taken before the question, so that a pause in between proves nothing wrong.
                        var now = TimeProvider.System.GetTimestamp();
                        if (term.Lost.IsCancellationRequested || now > until)
                        {
                            break;
                        }

                        acts.Enqueue((now, number));
                        await Task.Delay(2, CancellationToken.None);
                    }

                    if (random.Next(2) == 0)
                    {
                        await term.ReleaseAsync();
                    }
                }
                catch (OperationCanceledException) when (end.IsCancellationRequested)
                {
                    // The test is over.
                }
            }
        }
    }

    [Fact]
    public void Spans_that_would_let_two_lead_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Check(Options("x", 1) with { RenewDeadline = TimeSpan.FromSeconds(1) }));
        Assert.Throws<ArgumentException>(() => Check(Options("x", 1) with { RetryPeriod = TimeSpan.FromSeconds(1) }));
        Assert.Throws<ArgumentException>(
            () => Check(Options("x", 1) with { LeaseDuration = TimeSpan.FromSeconds(1.5) }));
    }

    private static object? Check(LeaderElectionOptions options)
    {
        options.Check();
        return null;
    }

    private static LeaderElector Elector(KubernetesConnection connection, string identity) =>
        new(connection, Options(identity, 1));

    private static LeaderElectionOptions Options(string identity, int seconds) => new()
    {
        Namespace = Lease.Namespace,
        Name = Lease.Name,
        Identity = identity,
        LeaseDuration = TimeSpan.FromSeconds(seconds),
        RenewDeadline = TimeSpan.FromSeconds(seconds * 0.6),
        RetryPeriod = TimeSpan.FromSeconds(seconds * 0.1),
    };
}
