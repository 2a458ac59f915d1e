using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Randomness;
using Vee.Hypervisor.Scheduling;
using Vee.Hypervisor.Tests.State;
using Xunit;

namespace Vee.Hypervisor.Tests.Hosts;

public sealed class HostTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_restored_checkpoint_goes_on_bit_for_bit(int seed)
    {
        var straight = Mixed((ulong)seed);
        straight.HashEachSecond();
        straight.RunUntil(6 * TestHost.Second);

        var first = Mixed((ulong)seed);
        // Not at a full second, and between events.
        first.RunUntil((2 * TestHost.Second) + 123_456_789);
        var state = MemoryState.Of(first.Save);
        var second = Mixed((ulong)seed);
        MemoryState.Read(state, second.Restore);
        second.HashEachSecond();
        second.RunUntil(6 * TestHost.Second);

        Assert.Equal(straight.Hashes.Skip(2), second.Hashes);
        Assert.Equal(straight.EventCount, second.EventCount);
        TestHost.AssertConserved(second);
    }

    [Fact]
    public void How_the_caller_cuts_time_changes_nothing()
    {
        var whole = Mixed(7);
        whole.HashEachSecond();
        whole.RunUntil(3 * TestHost.Second);
        var cut = Mixed(7);
        cut.HashEachSecond();
        var random = new Random(7);
        while (cut.Now < 3 * TestHost.Second)
        {
            cut.RunUntil(Math.Min(3 * TestHost.Second, cut.Now + random.NextInt64(1, 20_000_000)));
        }

        Assert.Equal(whole.Hashes, cut.Hashes);
        Assert.Equal(3, cut.Hashes.Count);
    }

    [Fact]
    public void Another_seed_is_another_run()
    {
        var (one, other) = (Mixed(1), Mixed(2));
        one.RunUntil(TestHost.Second);
        other.RunUntil(TestHost.Second);
        Assert.NotEqual(one.Hash(), other.Hash());
    }

    [Fact]
    public void A_slow_core_takes_longer_for_the_same_work()
    {
        var host = TestHost.Of(TestHost.Cores((1, 512)));
        var server = new JobServer(1, [TestHost.Closed("c", 1, TestHost.Constant(0), TestHost.Constant(3))]);
        host.Add("g", server, new GuestShare());
        host.RunUntil(60 * TestHost.Millisecond);
        Assert.Equal(9, server.Classes[0].Completions);
        Assert.Equal(6 * TestHost.Millisecond, server.Classes[0].Response.Max);
    }

    [Fact]
    public void Turning_to_another_vcpu_costs_what_the_profile_says()
    {
        var hardware = TestHost.Cores(1) with
        {
            Costs = new CostProfile { ContextSwitch = new Cost(100_000, "test") },
        };
        var host = TestHost.Of(hardware, new FirstComeScheduler(10 * TestHost.Millisecond));
        host.Add("a", new SpinningGuest(1), new GuestShare());
        host.Add("b", new SpinningGuest(1), new GuestShare());
        host.RunUntil(TestHost.Second);
        var lost = host.Guests.Sum(g => g.Vcpus[0].SwitchTime);
        // A turn each 10 ms; what the last one costs is counted when it ends.
        Assert.Equal(99 * 100_000, lost);
        TestHost.AssertConserved(host);
    }

    [Fact]
    public void The_disk_serves_one_after_another_and_its_latency_overlaps()
    {
        var hardware = TestHost.Cores(4) with
        {
            Disk = new DiskProfile
            {
                BytesPerSecond = 1_000_000,
                OperationsPerSecond = 1_000,
                LatencyNanoseconds = 5 * TestHost.Millisecond,
            },
        };
        var host = TestHost.Of(hardware);
        var server = new JobServer(4, [new JobSource
        {
            Name = "reads",
            Arrivals = new Arrivals.At([0, 0, 0]),
            Phases = [new JobPhase.Disk(10_000), new JobPhase.Disk(1)],
        }]);
        host.Add("g", server, new GuestShare());
        host.RunUntil(TestHost.Second);
        // Served until 10, 20 and 30 ms, answered 5 ms later. The first asks again at 15, behind the third, and is
        // served from 30 to 31; the third asks at 35 and finds nobody.
        var response = server.Classes[0].Response;
        Assert.Equal((3, 36 * TestHost.Millisecond), (response.Count, response.Min));
        Assert.Equal(41 * TestHost.Millisecond, response.Max);
        TestHost.AssertConserved(host);
    }

    [Fact]
    public void A_guest_that_never_yields_does_not_stop_time()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        host.Add("spins", new SpinningGuest(1), new GuestShare());
        var waiting = new JobServer(1, [TestHost.Open("jobs", TestHost.Constant(1), TestHost.Constant(1))]);
        host.Add("waits", waiting, new GuestShare());
        host.RunUntil(TestHost.Second);
        Assert.Equal(TestHost.Second, host.Now);
        Assert.Equal((999, 0), (waiting.Classes[0].Meter.Present, waiting.Classes[0].Completions));
        Assert.Equal(999 * TestHost.Millisecond, host.Guests[1].Vcpus[0].TimeIn(RunState.Runnable, host.Now));
    }

    [Fact]
    public void Time_ends_after_292_years_and_nothing_breaks()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        var year = 365L * 24 * 3600 * TestHost.Second;
        var server = new JobServer(1, [TestHost.Open(
            "jobs", new Distribution.Constant(year), TestHost.Constant(1))]);
        host.Add("g", server, new GuestShare());
        host.RunUntil(Vee.Hypervisor.Events.VirtualTime.Never);
        Assert.Equal(292, server.Classes[0].Completions);
        Assert.Equal(Vee.Hypervisor.Events.VirtualTime.Never, host.NextTime);
    }

    [Fact]
    public void A_core_that_has_decided_millions_of_times_goes_on()
    {
        var host = TestHost.Of(TestHost.Cores(1), new FirstComeScheduler(1_000));
        host.Add("a", new SpinningGuest(1), new GuestShare());
        host.Add("b", new SpinningGuest(1), new GuestShare());
        host.RunUntil(2_500 * TestHost.Millisecond);
        // 2^21 slices and more: their number shares an event's argument with the core's.
        Assert.Equal(1_250 * TestHost.Millisecond, host.Guests[0].Vcpus[0].TimeIn(RunState.Running, host.Now));
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(65_536, 1, 1)]
    [InlineData(1024, 1, 1_000)]
    public void What_takes_longer_than_time_lasts_is_never_done_and_breaks_nothing(
        int capacity, long diskBytesPerSecond, long bandwidth)
    {
        var hardware = TestHost.Cores((1, capacity)) with
        {
            Disk = new DiskProfile { BytesPerSecond = diskBytesPerSecond },
            Nic = new NicProfile { BandwidthBitsPerSecond = bandwidth },
        };
        var host = TestHost.Of(hardware);
        var year = new Distribution.Constant(365L * 24 * 3600 * TestHost.Second);
        host.Add("g", new JobServer(1,
        [
            TestHost.Open("long", TestHost.Constant(1), year),
            new JobSource
            {
                Name = "disk",
                Arrivals = new Arrivals.Periodic(TestHost.Second, 0),
                Phases = [new JobPhase.Disk(1L << 40), new JobPhase.Disk(1L << 50)],
            },
        ]), new GuestShare());
        host.RunUntil(60 * TestHost.Second);
        Assert.Equal(60 * TestHost.Second, host.Now);
        TestHost.AssertConserved(host);
    }

    [Fact]
    public void A_vcpu_that_finds_its_core_as_it_left_it_pays_for_no_switch()
    {
        var hardware = TestHost.Cores(1) with
        {
            Costs = new CostProfile { ContextSwitch = new Cost(100_000, "test") },
        };
        var host = TestHost.Of(hardware);
        var alone = new JobServer(1, [TestHost.Open("j", TestHost.Constant(10), TestHost.Constant(3))]);
        host.Add("g", alone, new GuestShare());
        host.RunUntil(TestHost.Second);
        Assert.Equal(100_000, host.Guests[0].Vcpus[0].SwitchTime);
        Assert.Equal(3 * TestHost.Millisecond, alone.Classes[0].Response.Min);
    }

    [Fact]
    public void Impossible_hardware_is_refused_with_every_reason()
    {
        var hardware = TestHost.Cores((0, 1024)) with
        {
            MemoryBytes = 0,
            Nic = new NicProfile { BandwidthBitsPerSecond = -1 },
        };
        var refusal = Assert.Throws<ArgumentException>(() => TestHost.Of(hardware));
        Assert.Contains("cores[0].count: 0, must be 1 to 2048", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("memoryBytes: 0", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("nic.bandwidthBitsPerSecond: -1", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>Guests of every kind on too few cores, with costs.</summary>
    private static Host Mixed(ulong seed)
    {
        var hardware = TestHost.Cores((2, 1024), (1, 700)) with
        {
            Costs = new CostProfile
            {
                ContextSwitch = new Cost(2_000, "test"),
                VcpuMigration = new Cost(20_000, "test"),
            },
        };
        var host = TestHost.Of(hardware, new FirstComeScheduler(7 * TestHost.Millisecond), seed);
        host.Add("spin", new SpinningGuest(1), new GuestShare());
        host.Add("thief", new TickThief(10 * TestHost.Millisecond, 500_000), new GuestShare());
        host.Add("jobs", new JobServer(2,
        [
            TestHost.Open("open", TestHost.Exponential(3), TestHost.Exponential(1)),
            new JobSource
            {
                Name = "mixed",
                Arrivals = new Arrivals.Closed(4, TestHost.Exponential(5)),
                Phases =
                [
                    new JobPhase.Cpu(new Distribution.LogNormal(300_000, 1)),
                    new JobPhase.Disk(65_536),
                    new JobPhase.Sleep(TestHost.Exponential(2)),
                    new JobPhase.Cpu(new Distribution.BoundedPareto(1.2, 10_000, 10_000_000)),
                ],
            },
            new JobSource
            {
                Name = "ticks",
                Arrivals = new Arrivals.Periodic(20 * TestHost.Millisecond, 3 * TestHost.Millisecond),
                Phases = [new JobPhase.Cpu(TestHost.Constant(1))],
                Deadline = 4 * TestHost.Millisecond,
            },
        ]), new GuestShare());
        return host;
    }
}
