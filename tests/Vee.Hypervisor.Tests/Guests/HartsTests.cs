using System.Globalization;
using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Scheduling;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Hypervisor.Tests.State;
using Xunit;

namespace Vee.Hypervisor.Tests.Guests;

/// <summary>Machines with several harts: each has its own time, and threads go from one to another.</summary>
public sealed class HartsTests
{
    private const long Microsecond = 1_000;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Harts_execute_while_they_are_busy(int harts)
    {
        var host = TestHost.Of(TestHost.Cores(harts));
        using var guest = TestMachine.Of("yielders", new TestConsole(), harts);
        host.Add("vm", guest, new GuestShare());
        host.RunUntil(300 * TestHost.Millisecond);
        Assert.InRange(Executed(host, guest), 0.99, 1.01);
        // None has idled: there are more threads than harts.
        Assert.All(host.Guests[0].Vcpus, v => Assert.True(v.TimeIn(RunState.Running, host.Now) > host.Now * 0.999));
        TestHost.AssertConserved(host);
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(2, 1)]
    [InlineData(4, 3)]
    public void Harts_execute_while_they_are_busy_with_threads_that_agree(int harts, int cores)
    {
        var host = TestHost.Of(TestHost.Cores(cores), new FirstComeScheduler(3 * TestHost.Millisecond));
        using var guest = TestMachine.Guest("bin/threads", new TestConsole(), harts: harts);
        host.Add("vm", guest, new GuestShare());
        host.RunUntil(20 * TestHost.Second);
        Assert.Equal(0, guest.Machine.Ending?.Status);
        Assert.InRange(Executed(host, guest), 0.97, 1.01);
    }

    [Fact]
    public void A_thread_that_sleeps_beside_one_that_computes_wakes_in_time()
    {
        var console = new TestConsole();
        var host = TestHost.Of(TestHost.Cores(2));
        using var guest = TestMachine.Of("sleeper", console, harts: 2);
        host.Add("vm", guest, new GuestShare());
        host.RunUntil(TestHost.Second);
        Assert.Equal(0, guest.Machine.Ending?.Status);
        Assert.All(Numbers(console), late => Assert.InRange(late, 0, 5 * Microsecond));
    }

    [Fact]
    public void A_thread_that_waits_for_what_another_has_set_up_wakes_in_time()
    {
        var console = new TestConsole();
        var host = TestHost.Of(TestHost.Cores(2));
        using var guest = TestMachine.Of("alarm", console, harts: 2);
        host.Add("vm", guest, new GuestShare());
        host.RunUntil(TestHost.Second);
        Assert.Equal(0, guest.Machine.Ending?.Status);
        // The alarm is set up to three calls after the clock is read.
        Assert.InRange(Assert.Single(Numbers(console)), 0, 5 * Microsecond);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void The_end_is_told_when_the_hart_that_ends_has_come_so_far(int harts)
    {
        var console = new TestConsole();
        var host = TestHost.Of(TestHost.Cores(harts));
        using var guest = TestMachine.Of("ender", console, harts);
        var told = new List<long>();
        guest.Ended = ending =>
        {
            Assert.Equal(3, ending.Status);
            told.Add(host.Now);
        };
        host.Add("vm", guest, new GuestShare());
        // Whatever comes from outside meanwhile does not hear of it earlier either.
        for (var time = 0L; time < 2 * TestHost.Millisecond; time += 10 * Microsecond)
        {
            host.RunUntil(time);
            guest.ConsoleChanged();
        }

        // The clock counts from 10 s before the start; printing and ending take two calls.
        var at = Assert.Single(told);
        Assert.InRange(at - (Assert.Single(Numbers(console)) - (10 * TestHost.Second)), 300, 3 * Microsecond);
        Assert.Contains(at, Enumerable.Range(0, harts).Select(guest.Machine.TimeOf));
    }

    [Fact]
    public void Harts_that_wake_each_other_do_so_when_they_do()
    {
        var console = new TestConsole();
        var host = TestHost.Of(TestHost.Cores(2));
        using var guest = TestMachine.Of("ping-pong", console, harts: 2);
        host.Add("vm", guest, new GuestShare());
        host.RunUntil(TestHost.Second);
        // Four calls of 300 cycles, and twice 200 rounds of a loop of which most is executed at the same time.
        Assert.InRange(Assert.Single(Numbers(console)), 1 * Microsecond, 4 * Microsecond);
        Assert.All(guest.Machine.Harts, hart => Assert.InRange(
            (double)hart.Retired / guest.Machine.Harts.Sum(h => (double)h.Retired), 0.25, 0.75));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Slices_and_checkpoints_change_nothing_for_threads_that_wake_each_other(int harts)
    {
        var whole = Ring(harts, long.MaxValue);
        whole.Host.RunUntil(TestHost.Second);
        Assert.Equal(2, Numbers(whole.Console).Count);

        foreach (var slice in new[] { 7L, 5_001 })
        {
            var sliced = Ring(harts, slice);
            sliced.Host.RunUntil(TestHost.Second);
            Assert.Equal(whole.Console.Output, sliced.Console.Output);
            Assert.Equal(whole.Host.Hash(), sliced.Host.Hash());
        }

        foreach (var at in new[] { 1L, 1_234_567, 2_020_202, 3_000_001, 7_654_321 })
        {
            var first = Ring(harts, 1_000);
            first.Host.RunUntil(at);
            var second = Ring(harts, long.MaxValue);
            MemoryState.Read(MemoryState.Of(first.Host.Save), second.Host.Restore);
            second.Host.RunUntil(TestHost.Second);
            Assert.Equal(whole.Console.Output, first.Console.Output + second.Console.Output);
            Assert.Equal(whole.Host.Hash(), second.Host.Hash());
            Assert.Equal(whole.Host.EventCount, second.Host.EventCount);
        }
    }

    [Fact]
    public void No_thread_sees_the_clock_go_back_behind_what_another_has_read()
    {
        var console = new TestConsole();
        var host = TestHost.Of(TestHost.Cores(2));
        using var guest = TestMachine.Of("clocks", console, harts: 2);
        host.Add("vm", guest, new GuestShare());
        host.RunUntil(TestHost.Second);
        Assert.Equal(0, Assert.Single(Numbers(console)));
    }

    private static (Host Host, TestConsole Console) Ring(int harts, long slice)
    {
        var console = new TestConsole();
        var host = TestHost.Of(
            TestHost.Cores((1, 1024), (harts - 1, 700)), new FirstComeScheduler(2 * TestHost.Millisecond));
        host.Add("vm", TestMachine.Of("ring", console, harts, slice), new GuestShare());
        var jobs = new JobServer(1, [TestHost.Open("j", TestHost.Exponential(2), TestHost.Exponential(1))]);
        host.Add("jobs", jobs, new GuestShare());
        return (host, console);
    }

    /// <summary>What part of the time that harts were charged for they executed, at 1 GHz.</summary>
    private static double Executed(Host host, MachineGuest guest) =>
        guest.Machine.ReadStatistics().Cycles
        / (double)host.Guests[0].Vcpus.Sum(v => v.TimeIn(RunState.Running, host.Now) - v.SwitchTime);

    private static List<long> Numbers(TestConsole console) =>
        [.. console.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => long.Parse(line, CultureInfo.InvariantCulture))];
}
