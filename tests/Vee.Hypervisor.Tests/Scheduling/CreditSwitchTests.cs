using Vee.Hypervisor.Events;
using Vee.Hypervisor.Scheduling;
using Vee.Hypervisor.Scheduling.Credit;
using Xunit;

namespace Vee.Hypervisor.Tests.Scheduling;

/// <summary>Each switch by itself, from the modern set or from that of 2009.</summary>
public sealed class CreditSwitchTests
{
    private const long Millisecond = VirtualTime.Millisecond;
    private const long Tick = 10 * Millisecond;

    public static TheoryData<string, bool, double> Thieves => new()
    {
        { "modern", true, 0.5 },

        // The rate limit keeps it waiting for a while after each tick.
        { "modern but ticks pay", false, 0.9 },
        { "2009", false, 0.95 },
        { "2009 but exact", true, 0.5 },
    };

    [Theory]
    [MemberData(nameof(Thieves))]
    public void A_thief_that_sleeps_over_each_tick_gets_what_it_does_not_pay_for(
        string from, bool debitsExactly, double share)
    {
        var options = From(from) with { DebitsExactly = debitsExactly };
        var bench = new SchedulerBench(new CreditScheduler(options), 1) { IsTracing = false };
        var victim = bench.Add(new Busy());
        var thief = bench.Add(new TickThief(Tick, Millisecond / 4, 40 * Millisecond));
        bench.Run(VirtualTime.Second);
        var (victimBefore, thiefBefore) = (victim.Ran(bench.Now), thief.Ran(bench.Now));
        bench.Run(60 * VirtualTime.Second);
        var stolen = thief.Ran(bench.Now) - thiefBefore;
        Assert.InRange((double)stolen / (60 * VirtualTime.Second), share - 0.02, share + 0.02);
        Assert.InRange(
            (double)(stolen + victim.Ran(bench.Now) - victimBefore) / (60 * VirtualTime.Second), 0.999, 1);
    }

    /// <summary>Whom no tick ever finds pays exactly, and nobody looks, unless its debt is reason enough.</summary>
    [Theory]
    [InlineData(false, 0.9)]
    [InlineData(true, 0.5)]
    public void A_thief_that_no_tick_has_ever_found_steals_until_debtors_are_accounted(bool accounted, double share)
    {
        var scheduler = new CreditScheduler(CreditOptions.Modern with { AccountsDebtors = accounted });
        var bench = new SchedulerBench(scheduler, 1);
        bench.Add(new Busy());
        bench.Run(15 * Millisecond);
        var thief = bench.Add(new TickThief(Tick, Millisecond / 4, workBefore: 0));
        bench.Run(60 * VirtualTime.Second);
        Assert.InRange((double)thief.Ran(bench.Now) / bench.Now, share - 0.01, share + 0.01);
        Assert.Equal(accounted, scheduler.StateOf(thief.Vcpu).IsActive);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 3)]
    public void A_vcpu_that_wakes_at_a_busy_core_tickles_one_idle_core_or_all(bool all, int count)
    {
        var scheduler = new CreditScheduler(CreditOptions.Modern with { TicklesAllIdlers = all });
        var bench = new SchedulerBench(scheduler, 4);
        bench.Add(new Busy());
        bench.Run(Millisecond);
        var waker = bench.Add(new OnDemand(Millisecond));
        bench.Run(Millisecond);
        scheduler.StateOf(waker.Vcpu).Core = scheduler.Cores[0];
        bench.Poke(waker);
        Assert.Equal(count, Count(bench, SchedulingEvent.Tickle, waker));
        Assert.Equal(1, Count(bench, SchedulingEvent.Stolen, waker));
        Assert.Equal([0L], waker.WakeLatencies);
    }

    /// <summary>A host may answer at the end of an instant, after several wakes.</summary>
    [Fact]
    public void Who_wakes_while_the_only_idle_core_is_asked_already_preempts()
    {
        var scheduler = new CreditScheduler(CreditOptions.Modern);
        var bench = new SchedulerBench(scheduler, 2);
        bench.Add(bench.AddDomain(), new Busy(), [0]);
        bench.Run(32 * Millisecond);
        var wakers = new[] { bench.Add(new OnDemand(Millisecond)), bench.Add(new OnDemand(Millisecond)) };
        bench.Run(0);
        foreach (var waker in wakers)
        {
            scheduler.StateOf(waker.Vcpu).Core = scheduler.Cores[0];
        }

        bench.Poke(wakers);
        Assert.All(wakers, waker => Assert.True(waker.Vcpu.IsRunning));
    }

    [Theory]
    [InlineData(true, 160)]
    [InlineData(false, 0)]
    public void Who_has_more_credits_than_a_slice_is_accounted_no_longer_and_keeps_half_or_none(
        bool halves, long credits)
    {
        var scheduler = new CreditScheduler(CreditOptions.Modern with { HalvesCreditOnLeaving = halves });
        var bench = new SchedulerBench(scheduler, 1);
        bench.Add(new Busy());
        var light = bench.Add(new OnDemand(30 * Millisecond));
        bench.Run(31 * Millisecond);
        bench.Poke(light);
        bench.Run(40 * Millisecond);
        Assert.True(scheduler.StateOf(light.Vcpu).IsActive);
        Assert.False(light.Vcpu.IsRunnable);
        bench.Run(500 * Millisecond);
        var known = scheduler.StateOf(light.Vcpu);
        Assert.False(known.IsActive);
        Assert.Equal(CreditPriority.Under, known.Priority);
        Assert.InRange(known.Credit, credits - 10, credits + 70);
        if (!halves)
        {
            Assert.Equal(0, known.Credit);
        }

        Assert.Equal(1, Count(bench, SchedulingEvent.AccountStop, light));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void A_yield_lets_one_pass_that_has_no_credits_or_changes_nothing(bool goesBack, bool otherRuns)
    {
        var options = CreditOptions.Modern with { YieldsBehindNext = goesBack, RateLimitNanoseconds = 0 };
        var (bench, scheduler, yielding, over) = YieldBench(options);
        bench.Run(4 * Millisecond);
        Assert.Equal(otherRuns, over.Ran(bench.Now) > 0);
        Assert.Equal(!otherRuns, yielding.Vcpu.IsRunning);
        Assert.True(Count(bench, SchedulingEvent.Yield, yielding) > 0);
        Assert.Equal(otherRuns, scheduler.StateOf(yielding.Vcpu).HasYielded);
    }

    [Fact]
    public void A_yield_goes_one_place_back_and_no_further()
    {
        var queue = new CreditQueue();
        var vcpus = Vcpus(CreditPriority.Under, CreditPriority.Over, CreditPriority.Over, CreditPriority.Under);
        queue.Insert(vcpus[0]);
        queue.Insert(vcpus[1]);
        queue.Insert(vcpus[2]);
        vcpus[3].HasYielded = true;
        queue.Insert(vcpus[3]);
        Assert.Equal([0, 1, 3, 2], Order(queue));
    }

    [Fact]
    public void Who_yields_is_not_held_by_the_rate_limit()
    {
        var (bench, _, _, over) = YieldBench(CreditOptions.Modern);
        bench.Run(Millisecond - 1);
        Assert.True(over.Vcpu.IsRunning);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1_000_000, 700_000)]
    public void The_rate_limit_lets_a_vcpu_run_on_for_a_while(long limit, long latency)
    {
        var scheduler = new CreditScheduler(CreditOptions.Modern with { RateLimitNanoseconds = limit });
        var bench = new SchedulerBench(scheduler, 1);
        bench.Add(new Busy());
        bench.Add(new Busy());
        var light = bench.Add(new OnDemand(Millisecond / 10));
        bench.Run((30 * Millisecond) + 300_000);
        bench.Poke(light);
        bench.Run(5 * Millisecond);
        Assert.Equal([latency], light.WakeLatencies);
        Assert.Equal(limit > 0, bench.Records.Any(r => r.Event == SchedulingEvent.RateLimit && r.Value == 300_000));
    }

    [Theory]
    [InlineData(false, CreditPriority.Under)]
    [InlineData(true, CreditPriority.Boost)]
    public void Who_is_moved_by_a_tick_is_boosted_or_not(bool boosts, object priority)
    {
        var scheduler = new CreditScheduler(CreditOptions.Modern with { BoostsAfterMigration = boosts });
        var bench = new SchedulerBench(scheduler, 2);
        var moved = bench.Add(new Busy());
        var waker = bench.Add(bench.AddDomain(), new OnDemand(VirtualTime.Second), [1]);
        bench.Run(15 * Millisecond);

        // As if another had come to wait here while core 1 was busy.
        var other = bench.Add(bench.AddDomain(), new Busy(), [0]);
        scheduler.StateOf(other.Vcpu).Priority = CreditPriority.Over;
        bench.Run(0);
        Assert.Equal(0, moved.Vcpu.LastCore);
        var known = scheduler.StateOf(moved.Vcpu);
        bench.Run(5 * Millisecond);
        Assert.Equal(1, moved.Vcpu.LastCore);
        Assert.Equal((CreditPriority)priority, known.Priority);
        Assert.True(other.Vcpu.IsRunning);
        Assert.False(waker.Vcpu.IsRunnable);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_core_that_has_one_runnable_vcpu_is_stolen_from_or_not(bool skips, bool isStolen)
    {
        var scheduler = new CreditScheduler(CreditOptions.Modern with { SkipsLightQueues = skips });
        var bench = new SchedulerBench(scheduler, 2);
        var parked = bench.Add(new Busy());
        bench.Run(Millisecond);
        var waiting = bench.Add(bench.AddDomain(), new Busy(), [0, 1]);
        scheduler.StateOf(waiting.Vcpu).Core = scheduler.Cores[0];

        // Core 0 runs one that may not run any more, and has not decided yet: it has one for itself.
        scheduler.StateOf(parked.Vcpu).IsParked = true;
        bench.AfterStep = () => bench.AfterStep = null;
        bench.Run(0);
        Assert.Equal(isStolen ? 1 : 0, Count(bench, SchedulingEvent.Stolen, waiting));
    }

    [Theory]
    [InlineData(0, 1_500, 10_000)]
    [InlineData(1_000_000, 100, 1_000)]
    public void A_core_that_has_something_to_run_does_not_look_elsewhere_all_the_time(
        long interval, int least, int most)
    {
        var scheduler = new CreditScheduler(CreditOptions.Modern with { BalanceIntervalNanoseconds = interval });
        var bench = new SchedulerBench(scheduler, 2);
        for (var index = 0; index < 6; index++)
        {
            // The heavy ones are given the credits, so the light ones have none left.
            bench.Add(bench.AddDomain(weight: 10_000), new Busy(), [0]);
            bench.Add(bench.AddDomain(weight: 1), new Periodic(100_000, 100_000), [1]);
        }

        bench.Run(VirtualTime.Second);
        var looks = bench.Records.Count(r => r.Event == SchedulingEvent.StealCheck && r.Core == 1);
        Assert.InRange(looks, least, most);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(5_000_000, 1)]
    public void Who_ran_lately_is_not_stolen(long delay, int stays)
    {
        var scheduler = new CreditScheduler(CreditOptions.Modern with
        {
            MigrationDelayNanoseconds = delay,
            BalanceIntervalNanoseconds = 0,
        });
        var bench = new SchedulerBench(scheduler, 2);
        bench.Add(bench.AddDomain(), new Busy(), [0]);
        var waker = bench.Add(bench.AddDomain(), new Periodic(Millisecond, Millisecond), [0, 1]);
        bench.Run((long)1.5 * Millisecond);
        scheduler.StateOf(waker.Vcpu).Core = scheduler.Cores[0];
        bench.Records.Clear();
        bench.Run(2 * Millisecond);
        Assert.Equal(1 - stays, Count(bench, SchedulingEvent.Stolen, waker));
    }

    [Fact]
    public void A_light_vcpu_beside_hogs_waits_no_longer_than_the_rate_limit()
    {
        var latencies = LightLatencies(CreditOptions.Modern);
        Assert.True(latencies.Count > 8000);
        Assert.InRange(latencies.Skip(10).Max(), 0, Millisecond);
    }

    /// <summary>It pays 100 credits for a tick that finds it, and whatever it had saved is taken from it.</summary>
    [Fact]
    public void A_light_vcpu_beside_hogs_loses_its_boost_for_long_in_2009()
    {
        var latencies = LightLatencies(CreditOptions.Of2009);
        Assert.True(latencies.Count(latency => latency == 0) > latencies.Count * 0.9);
        Assert.InRange(latencies.Skip(10).Max(), 30 * Millisecond, VirtualTime.Second);
    }

    private static List<long> LightLatencies(CreditOptions options)
    {
        var bench = new SchedulerBench(new CreditScheduler(options), 1) { IsTracing = false };
        for (var index = 0; index < 4; index++)
        {
            bench.Add(new Busy());
        }

        var light = bench.Add(new Periodic(100_000, 7_130_000));
        bench.Run(60 * VirtualTime.Second);
        return light.WakeLatencies;
    }

    private static CreditOptions From(string name) => name.StartsWith("2009", StringComparison.Ordinal)
        ? CreditOptions.Of2009
        : CreditOptions.Modern;

    private static (SchedulerBench Bench, CreditScheduler Scheduler, BenchVcpu Yielding, BenchVcpu Over) YieldBench(
        CreditOptions options)
    {
        var scheduler = new CreditScheduler(options);
        var bench = new SchedulerBench(scheduler, 1);
        var yielding = bench.Add(new Yielding(Millisecond / 2));
        var over = bench.Add(new Busy());
        scheduler.StateOf(over.Vcpu).Priority = CreditPriority.Over;
        return (bench, scheduler, yielding, over);
    }

    private static CreditVcpu[] Vcpus(params CreditPriority[] priorities)
    {
        var bench = new SchedulerBench(new CreditScheduler(CreditOptions.Modern), 1);
        var core = new CreditCore(bench.Cores[0]);
        var domain = new CreditDomain(bench.AddDomain());
        return [.. priorities.Select((priority, index) =>
            new CreditVcpu(new SchedulerVcpu(index, domain.Domain, index), domain, core) { Priority = priority })];
    }

    private static IEnumerable<int> Order(CreditQueue queue)
    {
        for (var vcpu = queue.First; vcpu is not null; vcpu = vcpu.Next)
        {
            yield return vcpu.Vcpu.Index;
        }
    }

    private static int Count(SchedulerBench bench, SchedulingEvent happened, BenchVcpu vcpu) =>
        bench.Records.Count(record => record.Event == happened && record.Vcpu == vcpu.Vcpu.Index);
}
