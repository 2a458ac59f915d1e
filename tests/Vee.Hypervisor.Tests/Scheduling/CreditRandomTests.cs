using System.Diagnostics;
using Vee.Hypervisor.Events;
using Vee.Hypervisor.Scheduling.Credit;
using Xunit;

namespace Vee.Hypervisor.Tests.Scheduling;

/// <summary>Everything at random, with what must hold looked at after each step.</summary>
public sealed class CreditRandomTests(ITestOutputHelper output)
{
    private const long Millisecond = VirtualTime.Millisecond;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 24)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Invariants_hold_whatever_happens(int seed)
    {
        var random = new Random(seed);
        var options = Options(random);
        output.WriteLine($"seed {seed}: {options}");
        var scheduler = new CreditScheduler(options);
        var bench = new SchedulerBench(scheduler, random.Next(1, 9)) { IsTracing = false };

        // Nobody is pinned or yields, and cores look for work whenever they have none: then none idles beside work.
        var mayWait = random.Next(2) == 0;
        var steps = 0;
        bench.AfterStep = () =>
        {
            steps++;
            CreditInvariants.Check(bench, scheduler, mayWait);
        };
        for (var round = 0; round < 150; round++)
        {
            Disturb(bench, random, mayWait);
            bench.Run((long)random.Next(1, 40) * random.Next(1, 1_000_000));
        }

        Assert.True(steps > 300, $"{steps} steps are few");

        CreditOptions Options(Random random) => new()
        {
            SliceNanoseconds = random.Next(1, 50) * Millisecond,
            DebitsExactly = random.Next(2) == 0,
            TicklesAllIdlers = random.Next(2) == 0,
            HalvesCreditOnLeaving = random.Next(2) == 0,
            AccountsDebtors = random.Next(2) == 0,
            WeighsVcpus = random.Next(2) == 0,
            YieldsBehindNext = false,
            RateLimitNanoseconds = random.Next(2) == 0 ? 0 : random.Next(100_000, 1_000_000),
            BoostsAfterMigration = random.Next(2) == 0,
            SkipsLightQueues = random.Next(2) == 0,
            BalanceIntervalNanoseconds = 0,
        };
    }

    [Theory]
    [InlineData("credit")]
    [InlineData("credit-2009")]
    public void Affinities_and_yields_and_limits_break_no_invariant(string vintage)
    {
        for (var seed = 100; seed < 112; seed++)
        {
            output.WriteLine($"seed {seed}");
            var random = new Random(seed);
            var scheduler = new CreditScheduler(vintage == "credit" ? CreditOptions.Modern : CreditOptions.Of2009);
            var bench = new SchedulerBench(scheduler, random.Next(2, 9)) { IsTracing = false };
            bench.AfterStep = () => CreditInvariants.Check(bench, scheduler, mayWait: true);
            for (var round = 0; round < 150; round++)
            {
                Disturb(bench, random, isPinned: true);
                bench.Run((long)random.Next(1, 40) * random.Next(1, 1_000_000));
            }
        }
    }

    /// <summary>Also with a limit on how often cores look for work: it is for those that have some.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1_000_000)]
    public void No_core_idles_beside_work(long interval)
    {
        var seen = 0L;
        for (var seed = 200; seed < 210; seed++)
        {
            var random = new Random(seed);
            var options = CreditOptions.Modern with { BalanceIntervalNanoseconds = interval };
            var scheduler = new CreditScheduler(options);
            var bench = new SchedulerBench(scheduler, 4) { IsTracing = false };
            for (var index = 0; index < 6; index++)
            {
                bench.Add(new Periodic(random.Next(1, 9_000_000), random.Next(1, 9_000_000)));
            }

            var since = -1L;
            bench.AfterStep = () =>
            {
                var idles = scheduler.Cores.Any(core => core.IsIdle) && scheduler.Cores.Any(c => c.Queue.Count > 0);
                if (!idles)
                {
                    since = -1;
                }
                else
                {
                    since = since < 0 ? bench.Now : since;
                    seen = Math.Max(seen, bench.Now - since);
                }
            };
            bench.Run(10 * VirtualTime.Second);
        }

        Assert.Equal(0, seen);
    }

    [Fact]
    public void A_decision_is_quick_and_allocates_nothing()
    {
        var bench = new SchedulerBench(new CreditScheduler(CreditOptions.Modern), 8) { IsTracing = false };
        for (var index = 0; index < 64; index++)
        {
            // Their latencies are kept in lists, which grow; whoever never sleeps has none.
            bench.Add(bench.AddDomain(weight: 100 + index), new Yielding(50_000 + (index * 1000)));
        }

        bench.Run(VirtualTime.Second);
        var (decisions, started) = (bench.DecisionCount, Stopwatch.GetTimestamp());
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        bench.Run(10 * VirtualTime.Second);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        decisions = bench.DecisionCount - decisions;
        output.WriteLine(
            $"{Stopwatch.GetElapsedTime(started).TotalNanoseconds / decisions:F0} ns for a decision and its events, "
            + $"{decisions} decisions");
        Assert.InRange(decisions, 100_000, long.MaxValue);
        Assert.Equal(0, allocated);
    }

    private static void Disturb(SchedulerBench bench, Random random, bool isPinned)
    {
        var action = bench.Vcpus.Count < 3 ? 0 : random.Next(6);
        switch (action)
        {
            case 0 when bench.Vcpus.Count < 24:
                var domain = bench.Vcpus.Count > 0 && random.Next(2) == 0
                    ? Any().Vcpu.Domain
                    : bench.AddDomain(random.Next(1, 1000));
                IVcpuScript script = random.Next(3) switch
                {
                    0 => new Busy(),
                    1 => new Periodic(random.Next(1, 9_000_000), random.Next(1, 9_000_000)),
                    _ => new RandomSteps((ulong)random.Next(), "vcpu"),
                };
                var cores = Enumerable.Range(0, bench.Cores.Count).Where(_ => random.Next(2) == 0).ToList();
                bench.Add(domain, script, isPinned && cores.Count > 0 ? cores : null);
                break;
            case 1:
                bench.Remove(Any());
                break;
            case 2:
                Any().Vcpu.Domain.Weight = random.Next(1, 65536);
                break;
            case 3:
                Any().Vcpu.Domain.CapPercent = random.Next(2) == 0 ? 0 : random.Next(1, 300);
                break;
            default:
                break;
        }

        BenchVcpu Any() => bench.Vcpus[random.Next(bench.Vcpus.Count)];
    }
}
