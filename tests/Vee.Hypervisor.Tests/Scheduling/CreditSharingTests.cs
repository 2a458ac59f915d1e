using Vee.Hypervisor.Events;
using Vee.Hypervisor.Scheduling.Credit;
using Xunit;

namespace Vee.Hypervisor.Tests.Scheduling;

/// <summary>Long-run shares.</summary>
public sealed class CreditSharingTests
{
    private const long Duration = 120 * VirtualTime.Second;

    public static TheoryData<string, int, int> Machines
    {
        get
        {
            var data = new TheoryData<string, int, int>();
            foreach (var vintage in new[] { "credit", "credit-2009" })
            {
                data.Add(vintage, 1, 3);
                data.Add(vintage, 2, 3);
                data.Add(vintage, 2, 5);
                data.Add(vintage, 4, 6);
                data.Add(vintage, 4, 16);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void Equal_weights_share_equally(string vintage, int coreCount, int vcpuCount)
    {
        var bench = Bench(vintage, coreCount);
        for (var index = 0; index < vcpuCount; index++)
        {
            bench.Add(new Busy());
        }

        bench.Run(Duration);
        var fair = (double)Duration * coreCount / vcpuCount;
        Assert.All(bench.Vcpus, vcpu => Assert.InRange(vcpu.Ran(bench.Now) / fair, 0.99, 1.01));
    }

    [Theory]
    [InlineData("credit", 1)]
    [InlineData("credit", 2)]
    [InlineData("credit", 4)]
    [InlineData("credit-2009", 1)]
    [InlineData("credit-2009", 2)]
    [InlineData("credit-2009", 4)]
    public void Weights_of_two_to_one_share_two_to_one(string vintage, int coreCount)
    {
        var bench = Bench(vintage, coreCount);
        for (var index = 0; index < coreCount * 2; index++)
        {
            bench.Add(bench.AddDomain(weight: 512), new Busy());
            bench.Add(bench.AddDomain(weight: 256), new Busy());
        }

        bench.Run(Duration);
        foreach (var vcpu in bench.Vcpus)
        {
            var fair = (double)Duration / 2 * vcpu.Vcpu.Domain.Weight / 768;
            Assert.InRange(vcpu.Ran(bench.Now) / fair, 0.99, 1.01);
        }
    }

    [Theory]
    [InlineData("credit", 1, 1, 50)]
    [InlineData("credit", 4, 1, 50)]
    [InlineData("credit", 4, 4, 50)]
    [InlineData("credit", 4, 4, 150)]
    [InlineData("credit", 2, 2, 20)]
    [InlineData("credit-2009", 1, 1, 50)]
    [InlineData("credit-2009", 4, 1, 50)]
    [InlineData("credit-2009", 4, 4, 150)]
    public void A_cap_holds_on_a_machine_that_is_idle_otherwise(
        string vintage, int coreCount, int vcpuCount, int capPercent)
    {
        var bench = Bench(vintage, coreCount);
        var domain = bench.AddDomain(capPercent: capPercent);
        for (var number = 0; number < vcpuCount; number++)
        {
            bench.Add(domain, new Busy());
        }

        bench.Run(Duration);
        Assert.InRange(PercentOf(bench, bench.Vcpus), capPercent - 1, capPercent + 1);
    }

    [Theory]
    [InlineData("credit")]
    [InlineData("credit-2009")]
    public void A_cap_holds_beside_others_who_get_the_rest(string vintage)
    {
        var bench = Bench(vintage, 2);
        var capped = bench.Add(bench.AddDomain(capPercent: 50), new Busy());
        bench.Add(new Busy());
        bench.Add(new Busy());
        bench.Run(Duration);
        Assert.InRange(PercentOf(bench, [capped]), 49, 51);
        Assert.InRange(PercentOf(bench, bench.Vcpus), 199, 200);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    public void What_a_capped_vm_cannot_use_is_shared_by_weight(int othersLaterMs)
    {
        // The first to be accounted is the last to be given credits, until its place has been changed.
        var bench = Bench("credit", 2);
        bench.Add(bench.AddDomain(weight: 1024, capPercent: 20), new Busy());
        var heavy = bench.AddDomain(weight: 512);
        var light = bench.AddDomain(weight: 256);
        bench.Run(othersLaterMs * VirtualTime.Millisecond);
        for (var number = 0; number < 2; number++)
        {
            bench.Add(heavy, new Busy());
            bench.Add(light, new Busy());
        }

        bench.Run(Duration);
        Assert.InRange(PercentOf(bench, bench.Vcpus.Where(v => v.Vcpu.Domain == heavy)), 119, 121);
        Assert.InRange(PercentOf(bench, bench.Vcpus.Where(v => v.Vcpu.Domain == light)), 59, 61);
    }

    [Fact]
    public void A_weight_that_changes_counts_from_the_next_accounting()
    {
        var bench = Bench("credit", 1);
        var first = bench.Add(new Busy());
        var second = bench.Add(new Busy());
        bench.Run(Duration);
        var (before, other) = (first.Ran(bench.Now), second.Ran(bench.Now));
        first.Vcpu.Domain.Weight = 512;
        bench.Run(Duration);
        Assert.InRange((double)(first.Ran(bench.Now) - before) / Duration, 0.66, 0.675);
        Assert.InRange((double)(second.Ran(bench.Now) - other) / Duration, 0.325, 0.34);
    }

    /// <summary>Shares of a core that differ much lose credits at +300 and are forgiven some at -300.</summary>
    [Fact]
    public void Weights_of_three_to_one_on_one_core_share_five_to_two_because_credits_are_bounded()
    {
        var bench = Bench("credit", 1);
        var heavy = bench.Add(bench.AddDomain(weight: 768), new Busy());
        bench.Add(new Busy());
        bench.Run(Duration);
        Assert.InRange((double)heavy.Ran(bench.Now) / Duration, 0.71, 0.72);
    }

    [Fact]
    public void A_cap_that_is_lifted_lets_its_vcpu_run_again()
    {
        var bench = Bench("credit", 1);
        var capped = bench.Add(bench.AddDomain(capPercent: 10), new Busy());
        bench.Run(Duration);
        var before = capped.Ran(bench.Now);
        capped.Vcpu.Domain.CapPercent = 0;
        bench.Run(Duration);
        Assert.InRange((double)(capped.Ran(bench.Now) - before) / Duration, 0.99, 1);
    }

    [Theory]
    [InlineData("credit", 1.0 / 3)]
    [InlineData("credit-2009", 0.5)]
    public void A_weight_is_that_of_each_vcpu_or_of_the_vm(string vintage, double expected)
    {
        // A VM with one vCPU beside a VM with two.
        var bench = Bench(vintage, 1);
        var pair = bench.AddDomain();
        bench.Add(pair, new Busy());
        bench.Add(pair, new Busy());
        var single = bench.Add(new Busy());
        bench.Run(Duration);
        Assert.InRange((double)single.Ran(bench.Now) / Duration, expected - 0.01, expected + 0.01);
    }

    [Theory]
    [InlineData("credit")]
    [InlineData("credit-2009")]
    public void Who_is_added_later_gets_its_share_and_who_goes_leaves_it(string vintage)
    {
        var bench = Bench(vintage, 2);
        var first = bench.Add(new Busy());
        bench.Add(new Busy());
        bench.Run(VirtualTime.Second);
        var late = bench.Add(new Busy());
        var late2 = bench.Add(new Busy());
        bench.Run(Duration);
        Assert.InRange((double)late.Ran(bench.Now) / Duration, 0.49, 0.51);
        bench.Remove(late);
        bench.Remove(late2);
        var before = first.Ran(bench.Now);
        bench.Run(Duration);
        Assert.InRange((double)(first.Ran(bench.Now) - before) / Duration, 0.99, 1);
    }

    [Fact]
    public void Affinity_holds_and_splits_what_its_cores_have()
    {
        var bench = Bench("credit", 3);
        BenchVcpu[] pinned =
            [bench.Add(bench.AddDomain(), new Busy(), [0]), bench.Add(bench.AddDomain(), new Busy(), [0])];
        var free = bench.Add(bench.AddDomain(), new Busy(), [1, 2]);
        bench.AfterStep = () => Assert.All(
            bench.Cores, core => Assert.True(core.Running is null || core.Running.MayRunOn(core.Index)));
        bench.Run(Duration);
        Assert.All(pinned, vcpu => Assert.InRange((double)vcpu.Ran(bench.Now) / Duration, 0.49, 0.51));
        Assert.InRange((double)free.Ran(bench.Now) / Duration, 0.99, 1);
    }

    private static SchedulerBench Bench(string vintage, int coreCount)
    {
        var options = vintage == "credit" ? CreditOptions.Modern : CreditOptions.Of2009;
        Assert.Equal(vintage, options.Name);
        return new SchedulerBench(new CreditScheduler(options), coreCount) { IsTracing = false };
    }

    private static double PercentOf(SchedulerBench bench, IEnumerable<BenchVcpu> vcpus) =>
        100.0 * vcpus.Sum(vcpu => vcpu.Ran(bench.Now)) / bench.Now;
}
