using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Network;
using Vee.Hypervisor.Probes;
using Vee.Hypervisor.Racks;
using Vee.Hypervisor.Scheduling;
using Vee.Hypervisor.Tests.Guests;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Hypervisor.Tests.State;
using Vee.Machines.Networking;
using Vee.Machines.State;
using Xunit;

namespace Vee.Hypervisor.Tests.Racks;

/// <summary>An address that moves from host to host while a third, and a guest of each, talk to it over TCP.</summary>
public sealed class MovingAddressTests
{
    private static readonly uint Moving = TestMachine.Address(9);

    // The way from the client to the first host and on is much longer than that to the second: messages overtake.
    private static readonly RackPlan Plan = new(["a", "b", "c"],
    [
        new RackLink("a", "b", new LinkProfile { LatencyNanoseconds = 300_000, JitterNanoseconds = 50_000 }),
        new RackLink("a", "c", new LinkProfile { LatencyNanoseconds = 2_000_000 }),
        new RackLink("b", "c", new LinkProfile { LatencyNanoseconds = 100_000, JitterNanoseconds = 20_000 }),
    ]);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Nobody_who_talks_to_it_misses_anything_wherever_hosts_are_simulated(int seed)
    {
        var together = new World(isSplit: false);
        together.Run(seed);
        var apart = new World(isSplit: true);
        apart.Run(seed);

        together.AssertNothingMissed();
        Assert.Equal(together.Hashes(), apart.Hashes());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_rack_that_is_saved_while_it_moves_goes_on_as_it_would_have(int seed)
    {
        var whole = new World(isSplit: false);
        whole.Run(seed);
        var saved = new World(isSplit: false) { SavesEachTime = true };
        saved.Run(seed);

        Assert.Equal(whole.Hashes(), saved.Hashes());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Nobody_misses_anything_when_hosts_become_another_rack_meanwhile(int seed)
    {
        var world = new World(isSplit: true) { JoinsAnew = true };
        world.Run(seed);
        world.AssertNothingMissed();
    }

    /// <summary>A machine with a stack of its own, moved as it is while it waits for somebody to ask.</summary>
    [Fact]
    public void Connections_of_a_machine_that_moves_live_on()
    {
        Host[] hosts = [.. Plan.Hosts.Select(
            name => new Host(name, TestHost.Cores(1), new FirstComeScheduler(), 1))];
        var probes = hosts.Select(host => new TcpProbe(new TcpProbeOptions
        {
            Address = TestMachine.Address((byte)(20 + host.Name[0])),
            Target = new EndPoint4(Moving, 6379),
            Request = "PING\r\n"u8.ToArray(),
            AnswerBytes = "+PONG\r\n"u8.Length,
            Interval = 2 * TestHost.Millisecond,
        })).ToArray();
        var store = TestMachine.Guest("bin/kvstore", new TestConsole(), Moving);
        var there = hosts[0].Add("store", store, new GuestShare());
        foreach (var (host, probe) in hosts.Zip(probes))
        {
            host.Add("probe", probe, new GuestShare());
        }

        var part = new RackPart(
            "all", Plan, hosts, new RackStart { Placements = [.. hosts.SelectMany(RackPart.PlacementsOf)] });
        part.RunUntil(100 * TestHost.Millisecond);
        var breaks = probes.Sum(probe => probe.Breaks);
        for (var round = 0; round < 20; round++)
        {
            while (there.Vcpus.Any(vcpu => vcpu.State != RunState.Blocked))
            {
                part.RunUntil(part.Now + 10_000);
            }

            var (from, to) = (hosts[round % 2], hosts[1 - (round % 2)]);
            var saved = MemoryState.Of(store.Save);
            store.Dispose();
            store = TestMachine.Guest("bin/kvstore", new TestConsole(), Moving);
            var next = to.Add("store", store, new GuestShare());
            MemoryState.Read(saved, store.Restore);
            from.MoveAway(there, to.Name);
            there = next;
            part.RunUntil(part.Now + (7 * TestHost.Millisecond) + (round * 100_000));
        }

        part.RunUntil(part.Now + (100 * TestHost.Millisecond));
        Assert.Equal(breaks, probes.Sum(probe => probe.Breaks));
        Assert.Equal(0, probes.Sum(probe => probe.Meter.Lost));
        Assert.All(probes, probe => Assert.InRange(probe.Present, 0, 4));
        store.Dispose();
    }

    [Fact]
    public void What_has_no_address_or_no_way_does_not_move()
    {
        var world = new World(isSplit: false);
        var work = world.Hosts[0].Add("work", new HostWorkStub(), new GuestShare());
        Assert.Throws<ArgumentException>(() => world.Hosts[0].MoveAway(work, "b"));
        Assert.Throws<ArgumentException>(() => world.Hosts[0].MoveAway(world.Mirror, "d"));
        Assert.True(world.Mirror.IsHere);
    }

    [Fact]
    public void After_a_while_the_old_host_knows_nothing_of_it()
    {
        var world = new World(isSplit: false);
        world.Go(10 * TestHost.Millisecond);
        world.Move();
        world.Go(TestHost.Millisecond);
        Assert.Equal("b", world.Hosts[0].Route(Moving)?.Peer);
        world.Hosts[1].Remove(world.Mirror);
        world.Go(100 * TestHost.Millisecond);
        Assert.All(world.Hosts, host => Assert.Null(host.Route(Moving)));
        Assert.True(world.Probes[0].Refusals > 0);
    }

    private sealed class World
    {
        private readonly bool isSplit;
        private readonly List<ulong> pastHashes = [];
        private RackPart[] parts;
        private int place;
        private int epoch;

        internal World(bool isSplit)
        {
            this.isSplit = isSplit;
            Hosts = NewHosts();
            Mirror = AddMirror(0);
            AddProbes();
            parts = Join(0, []);
        }

        internal bool SavesEachTime { get; init; }

        internal bool JoinsAnew { get; init; }

        internal Host[] Hosts { get; private set; }

        internal HostGuest Mirror { get; private set; }

        internal TcpProbe[] Probes { get; private set; } = [];

        internal void Run(int seed)
        {
            Array.ForEach(Hosts, host => host.HashEachSecond());
            var random = new Random(seed);
            for (var round = 0; round < 60; round++)
            {
                Go(random.NextInt64(1, 30 * TestHost.Millisecond));
                Move();
                if (SavesEachTime)
                {
                    SaveAndRestore();
                }

                // Soon it may move again, or back, before all have heard of it; between a host and its next there is
                // time for what was sent to be passed on.
                Go(random.NextInt64(1, 3 * TestHost.Millisecond));
                if (JoinsAnew)
                {
                    var untaken = parts.SelectMany(part => part.Report().Arrivals).ToArray();
                    UnderWay[] left = [.. parts[0].Dissolve(untaken), .. parts[1].Dissolve([])];
                    parts = Join(++epoch, left);
                }
            }

            Go(TestHost.Second);
        }

        internal void Go(long duration)
        {
            var horizon = parts[0].Now + duration;
            while (parts[0].Now < horizon)
            {
                RackReport[] reports = [.. parts.Select(part => part.Report())];
                Array.ForEach(parts, part => part.Advance(reports, horizon));
            }
        }

        internal void Move()
        {
            var (from, to) = (Hosts[place], Hosts[1 - place]);
            var next = AddMirror(1 - place);
            from.MoveAway(Mirror, to.Name);
            (Mirror, place) = (next, 1 - place);
        }

        internal void AssertNothingMissed()
        {
            foreach (var probe in Probes)
            {
                Assert.Equal((0, 0, 0), (probe.Breaks, probe.Refusals, (int)probe.Meter.Lost));
                Assert.InRange(probe.Meter.Answered, 3000, long.MaxValue);
                Assert.InRange(probe.Present, 0, 20);
            }
        }

        internal IEnumerable<ulong> Hashes() =>
            pastHashes.Concat(Hosts.SelectMany(host => host.Hashes)).Order().Concat(Hosts.Select(host => host.Hash()));

        private static Host[] NewHosts() => [.. Plan.Hosts.Select(
            name => new Host(name, TestHost.Cores(1), new FirstComeScheduler(), 1))];

        private void AddProbes()
        {
            Probes = [.. Hosts.Select((host, index) => new TcpProbe(new TcpProbeOptions
            {
                Address = TestMachine.Address((byte)(20 + index)),
                Target = new EndPoint4(Moving, 7),
                Request = new byte[100],
                AnswerBytes = 100,
                Interval = (TestHost.Millisecond / 2) + 1,
            }))];
            foreach (var (host, probe) in Hosts.Zip(Probes))
            {
                host.Add("probe", probe, new GuestShare());
            }
        }

        private RackPart[] Join(int number, UnderWay[] left)
        {
            var start = new RackStart
            {
                Now = Hosts.Max(host => host.Now),
                Epoch = number,
                UnderWay = left,
                Placements = [.. Hosts.SelectMany(RackPart.PlacementsOf)],
            };
            return isSplit
                ?
                [
                    new RackPart("x", Plan, [Hosts[0], Hosts[2]], start with { Parts = RackTests.PartsOf("y=b") }),
                    new RackPart("y", Plan, [Hosts[1]], start with { Parts = RackTests.PartsOf("x=ac") }),
                ]
                : [new RackPart("all", Plan, Hosts, start)];
        }

        private void SaveAndRestore()
        {
            var saved = MemoryState.Of(parts[0].Save);
            pastHashes.AddRange(Hosts.SelectMany(host => host.Hashes));
            Hosts = NewHosts();
            // Guests have the places that they had; the address has been on both hosts.
            HostGuest[] mirrors = [AddMirror(0), null!];
            AddProbes();
            mirrors[1] = AddMirror(1);
            Hosts[1 - place].Remove(mirrors[1 - place]);
            Mirror = mirrors[place];
            parts = Join(0, []);
            Array.ForEach(Hosts, host => host.HashEachSecond());
            MemoryState.Read(saved, parts[0].Restore);
        }

        private HostGuest AddMirror(int index) =>
            Hosts[index].Add("mirror", new Reflector(Moving), new GuestShare());
    }

    private sealed class HostWorkStub : IGuest
    {
        public IReadOnlyList<IVcpu> Vcpus => [];

        public void Start(IGuestPort port)
        {
        }

        public void Notify(int kind, long argument)
        {
        }

        public void Save(StateWriter state)
        {
        }

        public void Restore(StateReader state)
        {
        }
    }
}
