using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Scheduling;
using Vee.Hypervisor.Tests.Hosts;
using Xunit;

namespace Vee.Hypervisor.Tests.Guests;

public sealed class MachineQuantumTests
{
    private static HardwareProfile At(int megahertz, int cores = 1) => TestHost.Cores(cores) with
    {
        Cores = [new CoreClass { Name = "c", Count = cores, FrequencyMHz = megahertz }],
    };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void A_machine_that_is_stopped_goes_on_after_SIGCONT(int milliseconds)
    {
        var console = new TestConsole();
        var host = TestHost.Of(TestHost.Cores(1));
        using var guest = TestMachine.Guest("bin/threads", console, arguments: ["--rounds", "200"]);
        host.Add("vm", guest, new GuestShare());
        host.RunUntil((milliseconds * TestHost.Millisecond) + 100_000);
        guest.SendSignal(19);
        host.RunUntil(50 * TestHost.Millisecond);
        Assert.Equal(RunState.Blocked, host.Guests[0].Vcpus[0].State);
        guest.SendSignal(18);
        host.RunUntil(20 * TestHost.Second);
        Assert.True(guest.Machine.Ending is { Status: 0 }, $"{guest.Machine.WaitingThreadCount} threads wait for ever");
    }

    [Fact]
    public void A_machine_that_a_signal_ends_while_it_idles_says_so()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        using var guest = TestMachine.Guest("bin/kvstore", new TestConsole(), TestMachine.Address(9));
        var endings = 0;
        guest.Ended = _ => endings++;
        host.Add("vm", guest, new GuestShare());
        host.RunUntil(TestHost.Second);
        guest.SendSignal(9);
        host.RunUntil(2 * TestHost.Second);
        Assert.NotNull(guest.Machine.Ending);
        Assert.Equal(1, endings);
    }

    [Theory]
    [InlineData(1300)]
    [InlineData(2100)]
    [InlineData(3000)]
    public void Slices_change_nothing_at_any_frequency(int megahertz)
    {
        Assert.Equal(Retired(long.MaxValue), Retired(31));

        List<(ulong, long)> Retired(long slice)
        {
            var host = TestHost.Of(At(megahertz));
            using var guest = TestMachine.Guest("bench/bin/integer", new TestConsole(), slice: slice);
            host.Add("vm", guest, new GuestShare());
            var seen = new List<(ulong, long)>();
            for (var time = 50_000; time < 50_000_000; time += 50_000)
            {
                host.RunUntil(time);
                seen.Add((guest.Machine.Harts[0].Retired, guest.Machine.TimeOf(0)));
            }

            return seen;
        }
    }

    [Theory]
    [InlineData(10, 1_000)]
    [InlineData(1, 19_000)]
    public void Time_passes_on_a_slow_core(int megahertz, long quantum)
    {
        var run = Task.Run(() =>
        {
            var host = TestHost.Of(At(megahertz));
            var guest = TestMachine.InQuanta(quantum, "bench/bin/integer", new TestConsole());
            host.Add("vm", guest, new GuestShare());
            host.RunUntil(TestHost.Millisecond);
        }, TestContext.Current.CancellationToken);
#pragma warning disable xUnit1031
        Assert.True(run.Wait(3_000, TestContext.Current.CancellationToken), "time stands still");
#pragma warning restore xUnit1031
    }

    /// <summary>More than 2^20 quanta on a core: 52 s of virtual time of a busy machine.</summary>
    [Fact]
    public void A_core_may_take_more_than_a_million_steps()
    {
        var host = TestHost.Of(TestHost.Cores(1), new FirstComeScheduler(1_000));
        host.Add("hog", new SpinningGuest(1), new GuestShare());
        host.RunUntil(2 * TestHost.Second);
    }
}
