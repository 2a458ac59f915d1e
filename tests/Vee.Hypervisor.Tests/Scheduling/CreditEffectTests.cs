using Vee.Hypervisor.Events;
using Vee.Hypervisor.Scheduling;
using Vee.Hypervisor.Scheduling.Credit;
using Xunit;

namespace Vee.Hypervisor.Tests.Scheduling;

/// <summary>What the credit scheduler does that other schedulers want to do better; it has to stay as it is.</summary>
public sealed class CreditEffectTests
{
    private const long Millisecond = VirtualTime.Millisecond;

    public static TheoryData<string> Vintages => ["credit", "credit-2009"];

    [Theory]
    [MemberData(nameof(Vintages))]
    public void T1_who_wakes_without_credits_is_not_boosted_and_waits_for_the_slice(string vintage)
    {
        var (bench, scheduler) = Bench(vintage, 1);
        bench.Add(new Busy());
        var light = bench.Add(new OnDemand(Millisecond));
        bench.Run(65 * Millisecond);
        var known = scheduler.StateOf(light.Vcpu);
        known.Priority = CreditPriority.Over;
        bench.Poke(light);
        Assert.Equal(CreditPriority.Over, known.Priority);
        Assert.False(light.Vcpu.IsRunning);
        bench.Run(200 * Millisecond);
        Assert.True(light.WakeLatencies.Count == 0 || light.WakeLatencies[0] >= 25 * Millisecond, "it ran too soon");
        Assert.Equal(0, Count(bench, SchedulingEvent.BoostStart, light));
    }

    [Theory]
    [InlineData("credit", 0)]
    [InlineData("credit-2009", 0)]
    public void T1_who_wakes_with_credits_is_boosted_and_runs_at_once(string vintage, long latency)
    {
        var (bench, scheduler) = Bench(vintage, 1);
        bench.Add(new Busy());
        var light = bench.Add(new OnDemand(Millisecond));
        bench.Run(65 * Millisecond);
        bench.Poke(light);
        Assert.Equal(CreditPriority.Boost, scheduler.StateOf(light.Vcpu).Priority);
        Assert.True(light.Vcpu.IsRunning);
        Assert.Equal([latency], light.WakeLatencies);
        Assert.Equal(1, Count(bench, SchedulingEvent.BoostStart, light));
    }

    [Theory]
    [MemberData(nameof(Vintages))]
    public void T2_boost_does_not_preempt_boost_and_who_loses_it_keeps_its_slice(string vintage)
    {
        var (bench, scheduler) = Bench(vintage, 1);
        bench.Add(new Busy());
        var first = bench.Add(new OnDemand(VirtualTime.Second));
        var second = bench.Add(new OnDemand(Millisecond));
        bench.Run(62 * Millisecond);
        bench.Poke(first);
        Assert.True(first.Vcpu.IsRunning);
        bench.Run(3 * Millisecond);
        bench.Poke(second);
        Assert.Equal(CreditPriority.Boost, scheduler.StateOf(second.Vcpu).Priority);
        bench.Run(6 * Millisecond);
        Assert.Equal(CreditPriority.Under, scheduler.StateOf(first.Vcpu).Priority);
        Assert.True(first.Vcpu.IsRunning, "it has no boost any more and its slice still");
        bench.Run(30 * Millisecond);
        Assert.Equal([27 * Millisecond], second.WakeLatencies);
    }

    [Theory]
    [MemberData(nameof(Vintages))]
    public void T2_boost_preempts_who_has_lost_it(string vintage)
    {
        var (bench, _) = Bench(vintage, 1);
        bench.Add(new Busy());
        var first = bench.Add(new OnDemand(VirtualTime.Second));
        var second = bench.Add(new OnDemand(Millisecond));
        bench.Run(62 * Millisecond);
        bench.Poke(first);
        bench.Run(9 * Millisecond);
        bench.Poke(second);
        Assert.True(second.Vcpu.IsRunning);
    }

    public static TheoryData<string, string, string, bool> Thefts
    {
        get
        {
            var data = new TheoryData<string, string, string, bool>();
            foreach (var vintage in new[] { "credit", "credit-2009" })
            {
                data.Add(vintage, nameof(CreditPriority.Under), nameof(CreditPriority.Under), false);
                data.Add(vintage, nameof(CreditPriority.Under), nameof(CreditPriority.Boost), false);
                data.Add(vintage, nameof(CreditPriority.Over), nameof(CreditPriority.Over), false);
                data.Add(vintage, nameof(CreditPriority.Over), nameof(CreditPriority.Under), true);
                data.Add(vintage, nameof(CreditPriority.Over), nameof(CreditPriority.Boost), true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Thefts))]
    public void T3_queued_work_is_stolen_by_a_core_that_would_run_who_has_no_credits(
        string vintage, string next, string waiting, bool isStolen)
    {
        var (bench, scheduler) = Bench(vintage, 2);
        var domain = bench.AddDomain();
        var here = new[] { bench.Add(domain, new Busy(), [0]), bench.Add(domain, new Busy(), [0]) };
        var there = bench.Add(domain, new Busy(), [1]);
        var queued = bench.Add(domain, new OnDemand(VirtualTime.Second), [0, 1]);
        bench.Run(31 * Millisecond);
        Assert.Same(bench.Cores[1], scheduler.StateOf(queued.Vcpu).Core.Core);

        // It has to wait on core 1, where a boosted one runs.
        scheduler.StateOf(there.Vcpu).Priority = CreditPriority.Boost;
        bench.Poke(queued);
        Assert.False(queued.Vcpu.IsRunning);
        scheduler.StateOf(queued.Vcpu).Priority = Enum.Parse<CreditPriority>(waiting);
        foreach (var vcpu in here)
        {
            scheduler.StateOf(vcpu.Vcpu).Priority = Enum.Parse<CreditPriority>(next);
        }

        var (chosen, _) = bench.Scheduler.Schedule(0);
        Assert.Equal(isStolen, chosen == queued.Vcpu);
        Assert.Equal(isStolen ? 1 : 0, Count(bench, SchedulingEvent.Stolen, queued));
    }

    [Theory]
    [MemberData(nameof(Vintages))]
    public void T3_queued_work_is_stolen_by_a_core_that_would_idle(string vintage)
    {
        var (bench, _) = Bench(vintage, 2);
        bench.Add(new Busy());
        var other = bench.Add(new OnDemand(40 * Millisecond));
        var waiting = bench.Add(new Busy());
        bench.Run(5 * Millisecond);
        bench.Poke(other);
        bench.Run(120 * Millisecond);
        var before = waiting.Ran(bench.Now);
        bench.Run(100 * Millisecond);
        Assert.InRange(waiting.Ran(bench.Now) - before, 99 * Millisecond, 100 * Millisecond);
    }

    [Theory]
    [MemberData(nameof(Vintages))]
    public void T4_a_vcpu_stays_on_a_slow_core_while_a_fast_one_idles(string vintage)
    {
        var scheduler = new CreditScheduler(Options(vintage));
        var bench = new SchedulerBench(scheduler, [1024, 256]);
        var first = bench.Add(new Periodic(40 * Millisecond, VirtualTime.Second));
        var second = bench.Add(new Busy());
        bench.Run(500 * Millisecond);
        Assert.False(first.Vcpu.IsRunnable);
        Assert.Null(bench.Cores[0].Running);
        Assert.Equal(256, bench.Cores[second.Vcpu.LastCore].Type.Capacity);
        Assert.True(Count(bench, SchedulingEvent.Picked, second) > 10, "a tick asks which core suits");
    }

    /// <summary>Only a tick finds an idle core for who shares its own.</summary>
    [Theory]
    [MemberData(nameof(Vintages))]
    public void A_tick_moves_who_shares_its_core_to_one_that_idles(string vintage)
    {
        var (bench, scheduler) = Bench(vintage, 2);
        var free = bench.Add(new Busy());
        var guest = bench.Add(bench.AddDomain(), new Busy(), [1]);
        bench.Run(35 * Millisecond);

        // Whoever wakes pinned to the core of another preempts it; that one waits, though a core idles.
        var pinned = bench.Add(bench.AddDomain(), new OnDemand(VirtualTime.Second), [0]);
        bench.Run(0);
        bench.Remove(guest);
        bench.Run(5 * Millisecond + 1);
        bench.Poke(pinned);
        Assert.True(pinned.Vcpu.IsRunning);
        Assert.Null(bench.Cores[1].Running);
        bench.Run(100 * Millisecond);
        Assert.True(free.Vcpu.IsRunning && pinned.Vcpu.IsRunning);
        Assert.Same(bench.Cores[1], scheduler.StateOf(free.Vcpu).Core.Core);
    }

    private static CreditOptions Options(string vintage) =>
        vintage == "credit" ? CreditOptions.Modern : CreditOptions.Of2009;

    private static (SchedulerBench Bench, CreditScheduler Scheduler) Bench(string vintage, int coreCount)
    {
        var scheduler = new CreditScheduler(Options(vintage));
        var bench = new SchedulerBench(scheduler, coreCount);
        bench.AfterStep = () => CreditInvariants.Check(bench, scheduler, mayWait: true);
        return (bench, scheduler);
    }

    private static int Count(SchedulerBench bench, SchedulingEvent happened, BenchVcpu vcpu) =>
        bench.Records.Count(record => record.Event == happened && record.Vcpu == vcpu.Vcpu.Index);
}
