using Vee.Hypervisor.Events;
using Vee.Hypervisor.Scheduling;
using Vee.Hypervisor.Scheduling.Credit;
using Xunit;

namespace Vee.Hypervisor.Tests.Scheduling;

/// <summary>What accounting hands out.</summary>
public sealed class CreditAccountingTests
{
    private const long Millisecond = VirtualTime.Millisecond;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void The_credits_handed_out_are_those_of_the_cores_but_for_divisions(int seed)
    {
        var random = new Random(seed);
        var coreCount = random.Next(1, 5);
        var scheduler = new CreditScheduler(CreditOptions.Modern);
        var bench = new SchedulerBench(scheduler, coreCount) { IsTracing = false };
        var domainCount = random.Next(2, 6);
        for (var index = 0; index < domainCount; index++)
        {
            var domain = bench.AddDomain(weight: random.Next(100, 400));
            for (var number = 0; number < coreCount; number++)
            {
                bench.Add(domain, new Busy());
            }
        }

        // All are active once a tick has found each of them.
        bench.Run(VirtualTime.Second + (6 * Millisecond));
        for (var slice = 0; slice < 200; slice++)
        {
            bench.Run((30 * Millisecond) - (bench.Now % (30 * Millisecond)) + (5 * Millisecond) - 1);
            var before = Credits(bench, scheduler);
            var debt = -Math.Min(0, scheduler.Balance);
            bench.Run(1);
            var after = Credits(bench, scheduler);
            if (after.Any(c => c <= -300) || bench.Vcpus.Any(v => !scheduler.StateOf(v.Vcpu).IsActive))
            {
                continue;
            }

            var handedOut = after.Sum() - before.Sum();
            var available = (300 * coreCount) + debt;
            Assert.InRange(handedOut, available, available + (2 * domainCount) + bench.Vcpus.Count);
        }
    }

    [Theory]
    [InlineData("credit")]
    [InlineData("credit-2009")]
    public void Credits_are_within_a_slice_of_nothing_after_each_accounting(string vintage)
    {
        var scheduler = new CreditScheduler(vintage == "credit" ? CreditOptions.Modern : CreditOptions.Of2009);
        var bench = new SchedulerBench(scheduler, 2) { IsTracing = false };
        for (var index = 0; index < 8; index++)
        {
            bench.Add(bench.AddDomain(weight: 64 << index), new RandomSteps(7, $"vcpu-{index}"));
        }

        for (var slice = 0; slice < 1000; slice++)
        {
            bench.Run((slice == 0 ? 35 : 30) * Millisecond);
            Assert.All(
                bench.Vcpus.Select(vcpu => scheduler.StateOf(vcpu.Vcpu)).Where(vcpu => vcpu.IsActive),
                vcpu => Assert.InRange(vcpu.Credit, -300, 300));
        }
    }

    [Fact]
    public void Who_runs_for_less_than_a_credit_at_a_time_pays_for_it_all()
    {
        var scheduler = new CreditScheduler(CreditOptions.Modern with { AccountsDebtors = false });
        var bench = new SchedulerBench(scheduler, 1) { IsTracing = false };
        bench.Run(50_000);
        var light = bench.Add(new Periodic(33_333, 66_667));
        bench.Run(1000 * 100_000);
        Assert.Equal(33_333_000, light.Ran(bench.Now));
        Assert.Equal(-333, scheduler.StateOf(light.Vcpu).Credit);
        Assert.Equal(330_000, scheduler.StateOf(light.Vcpu).Residue);
    }

    [Fact]
    public void A_host_without_work_has_no_timers()
    {
        var bench = new SchedulerBench(new CreditScheduler(CreditOptions.Modern), 4);
        var light = bench.Add(new OnDemand(15 * Millisecond));
        bench.Run(VirtualTime.Second);
        bench.Poke(light);
        bench.Run(VirtualTime.Second);
        Assert.False(light.Vcpu.IsRunnable);
        var before = bench.HandledCount;
        bench.Run(1000 * VirtualTime.Second);
        Assert.Equal(before, bench.HandledCount);
        Assert.Contains(bench.Records, r => r.Event == SchedulingEvent.AccountStop && r.Vcpu == light.Vcpu.Index);
    }

    [Fact]
    public void Parked_vcpus_are_told_of_and_boosted_by_nothing()
    {
        var scheduler = new CreditScheduler(CreditOptions.Modern);
        var bench = new SchedulerBench(scheduler, 1);
        var capped = bench.Add(bench.AddDomain(capPercent: 25), new Busy());
        bench.AfterStep = () => CreditInvariants.Check(bench, scheduler, mayWait: false);
        bench.Run(10 * VirtualTime.Second);
        var parks = bench.Records.Count(r => r.Event == SchedulingEvent.Park);
        var unparks = bench.Records.Count(r => r.Event == SchedulingEvent.Unpark);
        Assert.InRange(parks, 50, 100);
        Assert.InRange(parks - unparks, 0, 1);
        Assert.Equal(1, bench.Records.Count(r => r.Event == SchedulingEvent.BoostStart));
        Assert.Equal(CreditPriority.Under, Unparked());

        CreditPriority Unparked()
        {
            while (scheduler.StateOf(capped.Vcpu).IsParked)
            {
                bench.Run(Millisecond);
            }

            return scheduler.StateOf(capped.Vcpu).Priority == CreditPriority.Boost
                ? CreditPriority.Boost
                : CreditPriority.Under;
        }
    }

    [Fact]
    public void Sorting_moves_who_has_credits_before_who_has_not_and_changes_no_other_order()
    {
        var bench = new SchedulerBench(new CreditScheduler(CreditOptions.Modern), 1);
        var core = new CreditCore(bench.Cores[0]);
        var domain = new CreditDomain(bench.AddDomain());
        var queue = new CreditQueue();
        var random = new Random(1);
        for (var round = 0; round < 1000; round++)
        {
            var vcpus = new List<CreditVcpu>();
            for (var index = 0; index < random.Next(9); index++)
            {
                vcpus.Add(new CreditVcpu(new SchedulerVcpu(index, domain.Domain, index), domain, core)
                {
                    Priority = (CreditPriority)random.Next(-2, 1),
                });
                queue.Append(vcpus[^1]);
            }

            queue.Sort();
            var expected = vcpus.OrderBy(vcpu => vcpu.Priority == CreditPriority.Over).ToList();
            var vcpuAt = queue.First;
            foreach (var vcpu in expected)
            {
                Assert.Same(vcpu, vcpuAt);
                vcpuAt = vcpuAt!.Next;
            }

            Assert.Null(vcpuAt);
            queue.Clear();
            Assert.Equal(0, queue.Count);
        }
    }

    private static List<long> Credits(SchedulerBench bench, CreditScheduler scheduler) =>
        [.. bench.Vcpus.Select(vcpu => scheduler.StateOf(vcpu.Vcpu).Credit)];
}
