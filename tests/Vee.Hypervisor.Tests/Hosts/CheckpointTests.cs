using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Probes;
using Vee.Hypervisor.Scheduling;
using Vee.Hypervisor.Tests.Guests;
using Vee.Hypervisor.Tests.State;
using Vee.Machines.Networking;
using Vee.Machines.State;
using Xunit;

namespace Vee.Hypervisor.Tests.Hosts;

public sealed class CheckpointTests
{
    [Fact]
    public void A_checkpoint_keeps_the_weight_and_the_cap_of_the_hosts_work()
    {
        var whole = Build(out var work);
        whole.RunUntil(TestHost.Second);
        work.CapPercent = 10;
        var state = MemoryState.Of(whole.Save);
        var second = Build(out _);
        MemoryState.Read(state, second.Restore);
        whole.RunUntil(3 * TestHost.Second);
        second.RunUntil(3 * TestHost.Second);
        Assert.Equal(whole.Hash(), second.Hash());

        static Host Build(out HostWork work)
        {
            var kind = SchedulerKinds.Named("credit")!;
            var host = TestHost.Of(
                TestHost.Cores(1), kind.Create(kind.Options.ToDictionary(o => o.Name, o => o.Standard)));
            work = HostWork.AddTo(host, 1, new GuestShare());
            work.Queue(100 * TestHost.Second);
            host.Add("hog", new SpinningGuest(1), new GuestShare());
            return host;
        }
    }

    [Fact]
    public void What_a_probe_saves_can_be_restored()
    {
        var host = Build();
        host.RunUntil(1_100_000_000);
        var state = MemoryState.Of(host.Save);
        MemoryState.Read(state, Build().Restore);

        static Host Build()
        {
            var host = TestHost.Of(TestHost.Cores(1));
            host.Add("probe", new UdpProbe(
                TestMachine.Address(1), new EndPoint4(TestMachine.Address(2), 7), 8, 900, 2 * TestHost.Second),
                new GuestShare());
            return host;
        }
    }

    /// <summary>A checkpoint in which one number is another, with right checksums, is refused or goes on.</summary>
    [Theory]
    [InlineData("time", 0, 5)]
    [InlineData("kind", 0, 99)]
    [InlineData("argument", 0, 2000)]
    [InlineData("target", 0, 2)]
    [InlineData("target", 0, 3)]
    [InlineData("phase", 0, 1000)]
    [InlineData("current", 0, 0)]
    [InlineData("stepEnd", 0, 0)]
    [InlineData("state", 0, 2)]
    [InlineData("min", 0, long.MaxValue)]
    [InlineData("presentSum", 0, -1)]
    [InlineData("now", 0, long.MaxValue - 1)]
    [InlineData("place", 0, 0)]
    [InlineData("vcpu", 0, 7)]
    public void Damage_is_refused_when_it_is_restored(string field, int which, long value)
    {
        var host = Build();
        host.RunUntil(10 * TestHost.Millisecond);
        var bytes = MemoryState.Of(host.Save);
        var number = 0;
        for (var at = 0; ; at++)
        {
            var damaged = (byte[])bytes.Clone();
            if (!StateDamage.Change(damaged, field, which + at, value))
            {
                break;
            }

            number++;
            if (at > 0 && field is not ("place" or "argument" or "kind" or "state"))
            {
                break;
            }

            var second = Build();
            try
            {
                MemoryState.Read(damaged, second.Restore);
            }
            catch (StateRefusedException)
            {
                continue;
            }

            Assert.True(second.NextTime >= second.Now, $"{field}[{which + at}] = {value}: something is due before now");
            var before = second.Now;
            var error = Record.Exception(() => second.RunUntil(Math.Max(second.Now, 20 * TestHost.Millisecond)));
            Assert.True(error is null, $"{field}[{which + at}] = {value} was accepted, then: {error}");
            Assert.True(second.Now >= before, "time went back");
            var leastTime = (error, second.Guests[1].Program as JobServer) is (null, { } server)
                ? server.Classes[0].Meter.Present : 0;
            Assert.True(leastTime >= 0, $"{field}[{which + at}] = {value}: {leastTime} are present");
        }

        Assert.NotEqual(0, number);
    }

    private static Host Build()
    {
        var host = TestHost.Of(TestHost.Cores(1), new FirstComeScheduler(TestHost.Millisecond));
        host.Add("hog", new SpinningGuest(1), new GuestShare());
        host.Add("jobs", new JobServer(2,
        [
            new JobSource
            {
                Name = "io",
                Arrivals = new Arrivals.Closed(4, TestHost.Exponential(1)),
                Phases = [new JobPhase.Cpu(TestHost.Exponential(1)), new JobPhase.Disk(100_000)],
            },
        ]), new GuestShare());
        return host;
    }
}
