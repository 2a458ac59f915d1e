using Vee.Hypervisor.Events;
using Vee.Hypervisor.Scheduling.Credit;
using Xunit;

namespace Vee.Hypervisor.Tests.Scheduling;

public sealed class CreditOptionsTests
{
    [Fact]
    public void The_constants_are_those_of_the_credit_scheduler()
    {
        var options = CreditOptions.Modern;
        Assert.Equal(30 * VirtualTime.Millisecond, options.SliceNanoseconds);
        Assert.Equal(10 * VirtualTime.Millisecond, options.TickNanoseconds);
        Assert.Equal((300, 100), (options.CreditsPerSlice, options.CreditsPerTick));
        Assert.Equal(VirtualTime.Millisecond, options.RateLimitNanoseconds);
        Assert.Equal(VirtualTime.Millisecond, options.BalanceIntervalNanoseconds);
        Assert.Equal(0, options.MigrationDelayNanoseconds);
    }

    [Fact]
    public void The_two_sets_differ_in_these_switches()
    {
        var modern = CreditOptions.Modern;
        Assert.Equal(modern, CreditOptions.Of2009 with
        {
            Name = "credit",
            DebitsExactly = true,
            TicklesAllIdlers = false,
            AccountsDebtors = true,
            HalvesCreditOnLeaving = true,
            WeighsVcpus = true,
            YieldsBehindNext = true,
            RateLimitNanoseconds = 1_000_000,
            BoostsAfterMigration = false,
            SkipsLightQueues = true,
            BalanceIntervalNanoseconds = 1_000_000,
        });
        Assert.Equal("credit-2009", new CreditScheduler(CreditOptions.Of2009).Name);
    }

    [Fact]
    public void A_short_slice_has_one_tick()
    {
        var options = CreditOptions.Modern with { SliceNanoseconds = VirtualTime.Millisecond };
        Assert.Equal(VirtualTime.Millisecond, options.TickNanoseconds);
        Assert.Equal((10, 10), (options.CreditsPerSlice, options.CreditsPerTick));
    }

    [Fact]
    public void Values_out_of_range_are_refused()
    {
        var modern = CreditOptions.Modern;
        Refused(() => modern with { SliceNanoseconds = VirtualTime.Millisecond - 1 });
        Refused(() => modern with { SliceNanoseconds = VirtualTime.Second + 1 });
        Refused(() => modern with { TicksPerSlice = 0 });
        Refused(() => modern with { CreditsPerMillisecond = 0 });
        Refused(() => modern with { RateLimitNanoseconds = 99_999 });
        Refused(() => modern with { RateLimitNanoseconds = 500_000_001 });
        Refused(() => modern with { BalanceIntervalNanoseconds = -1 });
        Refused(() => modern with { MigrationDelayNanoseconds = 100_000_001 });
        Assert.Throws<ArgumentException>(() => new CreditScheduler(modern with
        {
            SliceNanoseconds = VirtualTime.Millisecond,
            RateLimitNanoseconds = 2 * VirtualTime.Millisecond,
        }));

        static void Refused(Func<CreditOptions> make) => Assert.Throws<ArgumentOutOfRangeException>(make);
    }
}
