using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Scheduling;
using Vee.Hypervisor.Scheduling.Credit;
using Vee.Hypervisor.Tests.State;
using Xunit;

namespace Vee.Hypervisor.Tests.Hosts;

/// <summary>The credit scheduler on a host, with guests as experiments have them.</summary>
public sealed class CreditHostTests
{
    [Theory]
    [InlineData(false, 1, 1, 0.5)]
    [InlineData(true, 1, 1, 0.5)]
    [InlineData(false, 2, 1, 0.667)]
    [InlineData(true, 2, 1, 0.667)]
    public void Weights_are_shares(bool isOf2009, int first, int second, double share)
    {
        var host = TestHost.Of(TestHost.Cores(1), Credit(isOf2009));
        host.Add("a", new SpinningGuest(1), new GuestShare { Weight = 256 * first });
        host.Add("b", new SpinningGuest(1), new GuestShare { Weight = 256 * second });
        host.RunUntil(120 * TestHost.Second);
        Assert.InRange(ShareOf(host, 0), share - 0.01, share + 0.01);
        TestHost.AssertConserved(host);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_cap_of_50_holds_on_an_idle_host(bool isOf2009)
    {
        var host = TestHost.Of(TestHost.Cores(2), Credit(isOf2009));
        host.Add("a", new SpinningGuest(1), new GuestShare { CapPercent = 50 });
        host.RunUntil(60 * TestHost.Second);
        Assert.InRange(ShareOf(host, 0), 0.49, 0.51);
    }

    [Theory]
    [InlineData(true, 0.95)]
    [InlineData(false, 0.5)]
    public void A_thief_steals_from_who_looks_at_ticks_only(bool isOf2009, double share)
    {
        var host = TestHost.Of(TestHost.Cores(1), Credit(isOf2009));
        host.Add("victim", new SpinningGuest(1), new GuestShare());
        host.Add("thief", new TickThief(10 * TestHost.Millisecond, TestHost.Millisecond / 4), new GuestShare());
        host.RunUntil(60 * TestHost.Second);
        Assert.InRange(ShareOf(host, 1), share - 0.02, share + 0.02);
    }

    [Fact]
    public void Throttled_host_work_leaves_guests_their_time()
    {
        var host = TestHost.Of(TestHost.Cores(1), Credit(isOf2009: false));
        var work = HostWork.AddTo(host, 1, new GuestShare { Weight = 512 });
        host.Add("guest", new SpinningGuest(1), new GuestShare());
        void Again() => work.Queue(2 * TestHost.Millisecond, Again);
        Again();
        host.RunUntil(60 * TestHost.Second);
        Assert.InRange(ShareOf(host, 0), 0.65, 0.68);

        var before = host.Guests[0].Vcpus[0].TimeIn(RunState.Running, host.Now);
        work.CapPercent = 10;
        host.RunUntil(120 * TestHost.Second);
        var throttled = host.Guests[0].Vcpus[0].TimeIn(RunState.Running, host.Now) - before;
        Assert.InRange(throttled / (60.0 * TestHost.Second), 0.09, 0.12);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_checkpoint_goes_on_bit_for_bit(bool isOf2009)
    {
        var straight = Busy(isOf2009);
        straight.RunUntil(4 * TestHost.Second);
        var first = Busy(isOf2009);
        first.RunUntil(1_234_567_890);
        var second = Busy(isOf2009);
        MemoryState.Read(MemoryState.Of(first.Save), second.Restore);
        second.RunUntil(4 * TestHost.Second);
        Assert.Equal(straight.Hash(), second.Hash());
        TestHost.AssertConserved(second);
    }

    private static Host Busy(bool isOf2009)
    {
        var host = TestHost.Of(TestHost.Cores((2, 1024), (2, 512)), Credit(isOf2009));
        for (var i = 0; i < 6; i++)
        {
            host.Add($"g{i}", new JobServer(2,
                [TestHost.Closed("c", 3, TestHost.Exponential(8), TestHost.Exponential(4))]), new GuestShare());
        }

        return host;
    }

    private static CreditScheduler Credit(bool isOf2009) =>
        new(isOf2009 ? CreditOptions.Of2009 : CreditOptions.Modern);

    private static double ShareOf(Host host, int guest) =>
        host.Guests[guest].Vcpus[0].TimeIn(RunState.Running, host.Now) / (double)host.Now;
}
