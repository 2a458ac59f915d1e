using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Randomness;
using Vee.Hypervisor.Scheduling;
using Vee.Hypervisor.Tests.Hosts;
using Xunit;

namespace Vee.Hypervisor.Tests.Scheduling;

public sealed class FirstComeSchedulerTests
{
    [Fact]
    public void Whoever_has_used_up_a_slice_goes_to_the_end()
    {
        var host = TestHost.Of(TestHost.Cores(1), new FirstComeScheduler(10 * TestHost.Millisecond));
        for (var i = 0; i < 4; i++)
        {
            host.Add($"g{i}", new SpinningGuest(1), new GuestShare { Weight = 100 * (i + 1) });
        }

        host.RunUntil(400 * TestHost.Millisecond);

        Assert.All(host.Guests, guest => Assert.Equal(
            100 * TestHost.Millisecond, guest.Vcpus[0].TimeIn(RunState.Running, host.Now)));
    }

    [Fact]
    public void Whoever_wakes_preempts_nobody()
    {
        var host = TestHost.Of(TestHost.Cores(1), new FirstComeScheduler(30 * TestHost.Millisecond));
        host.Add("hog", new SpinningGuest(1), new GuestShare());
        var server = new JobServer(1, [new JobSource
        {
            Name = "j",
            Arrivals = new Arrivals.At([5 * TestHost.Millisecond]),
            Phases = [new JobPhase.Cpu(TestHost.Constant(1))],
        }]);
        host.Add("g", server, new GuestShare());
        host.RunUntil(TestHost.Second);
        Assert.Equal(26 * TestHost.Millisecond, server.Classes[0].Response.Max);
    }

    /// <summary>At no instant does a core idle beside somebody who may run on it and waits.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void No_core_idles_beside_work(int seed)
    {
        var random = new Random(seed);
        var coreCount = random.Next(1, 6);
        var slice = random.Next(2) == 0 ? long.MaxValue : random.Next(1, 20) * TestHost.Millisecond;
        var host = TestHost.Of(TestHost.Cores(coreCount), new FirstComeScheduler(slice), (ulong)seed);
        for (var i = 0; i < 8; i++)
        {
            var cores = Enumerable.Range(0, coreCount).Where(_ => random.Next(2) == 0)
                .DefaultIfEmpty(random.Next(coreCount)).ToList();
            host.Add($"g{i}", i == 0 ? new SpinningGuest(1) : new JobServer(2,
                [TestHost.Closed("c", 3, TestHost.Exponential(8), new Distribution.Uniform(0, 6_000_000))]),
                new GuestShare { Affinity = [cores] });
        }

        for (var step = 0; step < 20_000; step++)
        {
            host.RunUntil(host.NextTime + 1);
            foreach (var vcpu in host.Guests.SelectMany(g => g.Vcpus).Where(v => v.State == RunState.Runnable))
            {
                Assert.DoesNotContain(
                    host.Cores, c => c.Current is null && vcpu.Scheduled.MayRunOn(c.Scheduled.Index));
            }
        }

        TestHost.AssertConserved(host);
    }
}
