using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Scheduling;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Hypervisor.Tests.State;
using Xunit;

namespace Vee.Hypervisor.Tests.Guests;

public sealed class MachineGuestTests
{
    [Fact]
    public void A_program_runs_to_its_end()
    {
        var console = new TestConsole();
        var host = TestHost.Of(TestHost.Cores(1));
        using var guest = TestMachine.Guest("bin/hello", console);
        var endings = 0;
        guest.Ended = _ => endings++;
        host.Add("vm", guest, new GuestShare());
        host.RunUntil(TestHost.Second);
        Assert.StartsWith("Hello, world", console.Output, StringComparison.Ordinal);
        Assert.Equal((1, 0), (endings, guest.Machine.Ending!.Status));
        Assert.Equal(RunState.Blocked, host.Guests[0].Vcpus[0].State);
        TestHost.AssertConserved(host);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(4, 2)]
    [InlineData(4, 4)]
    public void Harts_are_vcpus_and_threads_get_along(int harts, int cores)
    {
        var console = new TestConsole();
        var host = TestHost.Of(TestHost.Cores(cores), new FirstComeScheduler(3 * TestHost.Millisecond));
        using var guest = TestMachine.Guest("bin/threads", console, harts: harts, arguments: ["--rounds", "200"]);
        host.Add("vm", guest, new GuestShare());
        host.RunUntil(20 * TestHost.Second);
        Assert.True(guest.Machine.Ending is { Status: 0 }, $"{guest.Machine.Ending}: {console.Output}");
        TestHost.AssertConserved(host);
    }

    [Fact]
    public void Slices_of_any_size_and_a_checkpoint_change_nothing()
    {
        var whole = Threads(long.MaxValue);
        whole.Host.RunUntil(3 * TestHost.Second);
        var sliced = Threads(777);
        sliced.Host.RunUntil(3 * TestHost.Second);
        Assert.Equal(whole.Host.Hashes, sliced.Host.Hashes);
        Assert.Equal(whole.Console.Output, sliced.Console.Output);

        var first = Threads(long.MaxValue);
        first.Host.RunUntil(5 * TestHost.Millisecond);
        var state = MemoryState.Of(first.Host.Save);
        var second = Threads(12_345);
        MemoryState.Read(state, second.Host.Restore);
        second.Host.RunUntil(3 * TestHost.Second);
        Assert.Equal(whole.Host.Hashes, second.Host.Hashes);
        Assert.Equal(whole.Host.EventCount, second.Host.EventCount);
        Assert.Equal(whole.Console.Output, first.Console.Output + second.Console.Output);
    }

    [Fact]
    public void Two_busy_machines_on_a_core_take_twice_as_long_and_see_it()
    {
        var alone = Busy(1);
        var shared = Busy(2);
        // `vee run --stats` counts 175,560,210 cycles, which is this at 1 GHz.
        Assert.Equal(0.1756, alone, 4);
        Assert.InRange(shared / alone, 1.99, 2.01);
    }

    /// <summary>Virtual seconds until all of some busy machines have ended.</summary>
    private static double Busy(int count)
    {
        var host = TestHost.Of(TestHost.Cores(1), new FirstComeScheduler(10 * TestHost.Millisecond));
        var last = 0L;
        var guests = Enumerable.Range(0, count).Select(n =>
        {
            var guest = TestMachine.Guest("bench/bin/integer", new TestConsole());
            guest.Ended = _ => last = host.Now;
            host.Add($"vm{n}", guest, new GuestShare());
            return guest;
        }).ToList();
        host.RunUntil(TestHost.Second);
        Assert.All(guests, g => Assert.Equal(0, g.Machine.Ending!.Status));
        guests.ForEach(g => g.Dispose());
        return last / 1e9;
    }

    private static (Host Host, TestConsole Console) Threads(long slice)
    {
        var console = new TestConsole();
        var host = TestHost.Of(TestHost.Cores((1, 1024), (1, 700)), new FirstComeScheduler(2 * TestHost.Millisecond));
        host.HashEachSecond();
        var guest = TestMachine.Guest("bin/threads", console, harts: 3, slice: slice, arguments: ["--rounds", "100"]);
        host.Add("vm", guest, new GuestShare());
        var jobs = new JobServer(1, [TestHost.Open("j", TestHost.Exponential(2), TestHost.Exponential(1))]);
        host.Add("jobs", jobs, new GuestShare());
        return (host, console);
    }
}
