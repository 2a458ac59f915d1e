using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Tests.Hosts;
using Xunit;

namespace Vee.Hypervisor.Tests.Guests;

/// <summary>A vCPU dirties as many pages as it may, and waits no longer than that takes.</summary>
public sealed class DirtyQuotaTests
{
    private const long Quantum = 50_000;

    [Theory]
    [InlineData(1_000, 1)]
    [InlineData(50_000, 7)]
    [InlineData(256, 20)]
    public void Pages_of_a_long_time_are_what_the_limit_says(long limit, int pagesOfQuantum)
    {
        var quota = new DirtyQuota();
        quota.Restrict(limit);
        var (now, executed) = (0L, 0L);
        while (now < 100 * TestHost.Second)
        {
            if (quota.TryWait(now))
            {
                now = quota.DueAt;
                quota.EndWait(now);
            }

            quota.Add(pagesOfQuantum, now, now + Quantum);
            now += Quantum;
            executed += Quantum;
        }

        var mean = quota.Pages * (double)TestHost.Second / now;
        var share = (double)executed / now;
        Assert.True(
            share < 0.0101 ? mean >= limit : Math.Abs(mean - limit) < 0.01 * limit,
            $"{mean} pages a second of {limit}");
        Assert.True(share >= 0.0099, $"it executes for {share} of the time");
        Assert.Equal(now - executed, quota.WaitTime(now));
    }

    [Fact]
    public void A_few_pages_at_a_time_cost_nothing()
    {
        var quota = new DirtyQuota();
        quota.Restrict(1_000);
        for (var now = 0L; now < TestHost.Second; now += 20 * TestHost.Millisecond)
        {
            Assert.False(quota.TryWait(now));
            quota.Add(10, now, now + TestHost.Millisecond);
        }

        // What is more than that is waited for.
        quota.Add(50, TestHost.Second, TestHost.Second + TestHost.Millisecond);
        Assert.True(quota.TryWait(TestHost.Second + TestHost.Millisecond));
    }

    [Fact]
    public void Without_a_limit_nobody_waits()
    {
        var quota = new DirtyQuota();
        quota.Add(1_000_000, 0, Quantum);
        Assert.False(quota.TryWait(Quantum));
        Assert.Equal(1_000_000, quota.Pages);
    }
}
