using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Probes;
using Vee.Hypervisor.Randomness;
using Vee.Hypervisor.Scheduling;
using Vee.Hypervisor.Tests.Guests;
using Vee.Hypervisor.Tests.State;
using Xunit;

namespace Vee.Hypervisor.Tests.Hosts;

public sealed class ComingAndGoingTests
{
    [Fact]
    public void A_guest_that_goes_leaves_its_core_to_others_at_once()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        var going = host.Add("going", new SpinningGuest(1), new GuestShare());
        host.Add("staying", new SpinningGuest(1), new GuestShare());
        host.RunUntil(300 * TestHost.Millisecond);

        host.Remove(going);
        host.RunUntil(TestHost.Second);

        var staying = Assert.Single(host.Guests);
        Assert.Equal(700 * TestHost.Millisecond, staying.Vcpus[0].TimeIn(RunState.Running, host.Now));
    }

    [Fact]
    public void What_a_guest_leaves_is_free_for_the_next()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        var name = "first";
        var reflector = new Reflector(TestMachine.Address(2));
        for (var round = 0; round < 1000; round++)
        {
            var guest = host.Add(name, reflector, new GuestShare());
            Assert.Equal(0, guest.Index);
            host.RunUntil(host.Now + TestHost.Millisecond);
            host.Remove(guest);
            reflector = new Reflector(TestMachine.Address(2));
        }

        var gone = host.Add("gone", reflector, new GuestShare());
        host.Remove(gone);
        Assert.Throws<ArgumentException>(() => host.Remove(gone));
    }

    [Fact]
    public void What_a_guest_had_asked_the_disk_for_is_not_told_its_successor()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        var source = new JobSource
        {
            Name = "disk",
            Arrivals = new Arrivals.Closed(4, TestHost.Constant(0)),
            Phases = [new JobPhase.Disk(400_000_000)],
        };
        var reader = host.Add("reader", new JobServer(1, [source]), new GuestShare());
        host.RunUntil(100 * TestHost.Millisecond);
        host.Remove(reader);
        var successor = new JobServer(1, [TestHost.Open("j", TestHost.Constant(10), TestHost.Constant(1))]);
        host.Add("successor", successor, new GuestShare());

        host.RunUntil(10 * TestHost.Second);

        Assert.Equal(0, host.Disk.MeterAt(host.Now).Present);
        var meter = successor.Classes[0].Meter;
        Assert.Equal(meter.Arrivals - meter.Departures, meter.Present);
        Assert.InRange(meter.Departures, 980, 991);
    }

    [Fact]
    public void Two_guests_of_a_host_have_addresses_of_their_own()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        host.Add("a", new Reflector(TestMachine.Address(2)), new GuestShare());

        Assert.Throws<ArgumentException>(() =>
            host.Add("b", new Reflector(TestMachine.Address(2)), new GuestShare()));

        Assert.Single(host.Guests);
    }

    [Theory]
    [InlineData("credit")]
    [InlineData("credit-2009")]
    [InlineData("first-come")]
    public void Whoever_comes_and_goes_time_is_conserved_and_a_checkpoint_changes_nothing(string policy)
    {
        for (var seed = 1UL; seed <= 20; seed++)
        {
            TestContext.Current.SendDiagnosticMessage($"{policy}, seed {seed}");
            Assert.Equal(Play(policy, seed, checkpoint: false), Play(policy, seed, checkpoint: true));
        }
    }

    private static ulong Play(string policy, ulong seed, bool checkpoint)
    {
        var random = new RandomStream(seed, "coming and going");
        var host = Build(policy, seed);
        var ran = 0L;
        var slotCount = 0;
        for (var step = 0; step < 60; step++)
        {
            host.RunUntil(host.Now + (long)random.Next(40 * (ulong)TestHost.Millisecond));
            if (host.Guests.Count > 0 && random.Next(5) < 2)
            {
                var guest = host.Guests[(int)random.Next((ulong)host.Guests.Count)];
                ran += guest.Vcpus.Sum(v => v.TimeIn(RunState.Running, host.Now));
                host.Remove(guest);
            }
            else
            {
                Add(host, $"vm{step}-{random.Next(3)}");
            }

            Assert.Equal(
                host.Cores.Sum(c => c.BusyTime(host.Now)),
                ran + host.Guests.SelectMany(g => g.Vcpus).Sum(v => v.TimeIn(RunState.Running, host.Now)));
            slotCount = Math.Max(slotCount, host.Guests.Count == 0 ? 0 : host.Guests[^1].Index + 1);
        }

        if (checkpoint)
        {
            var state = MemoryState.Of(host.Save);
            host = Rebuild(policy, seed, host, slotCount);
            MemoryState.Read(state, host.Restore);
        }

        host.RunUntil(host.Now + (5 * TestHost.Second));
        return host.Hash();
    }

    /// <summary>A host whose guests have the indexes that they have on another one.</summary>
    private static Host Rebuild(string policy, ulong seed, Host pattern, int slotCount)
    {
        var host = Build(policy, seed);
        var fillers = new List<HostGuest>();
        for (var index = 0; index < slotCount; index++)
        {
            if (pattern.Guests.FirstOrDefault(g => g.Index == index) is { } guest)
            {
                Add(host, guest.Domain.Name);
            }
            else
            {
                fillers.Add(host.Add($"filler{index}", new SpinningGuest(1), new GuestShare()));
            }
        }

        fillers.ForEach(host.Remove);
        return host;
    }

    private static Host Build(string policy, ulong seed)
    {
        var kind = SchedulerKinds.Named(policy)!;
        return TestHost.Of(
            TestHost.Cores(2), kind.Create(kind.Options.ToDictionary(o => o.Name, o => o.Standard)), seed);
    }

    private static void Add(Host host, string name)
    {
        IGuest program = name[^1] switch
        {
            '0' => new SpinningGuest(1),
            '1' => new JobServer(1, [TestHost.Open("j", TestHost.Exponential(3), TestHost.Exponential(1))]),
            _ => new JobServer(1, [TestHost.Closed("j", 2, TestHost.Exponential(5), TestHost.Exponential(2))]),
        };
        host.Add(name, program, new GuestShare());
    }
}
