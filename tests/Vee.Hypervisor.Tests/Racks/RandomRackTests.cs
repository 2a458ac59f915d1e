using System.Text;
using Vee.Hypervisor.Events;
using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Network;
using Vee.Hypervisor.Probes;
using Vee.Hypervisor.Racks;
using Vee.Hypervisor.Scheduling;
using Vee.Hypervisor.Tests.Guests;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Hypervisor.Tests.State;
using Vee.Machines.Networking;
using Xunit;

namespace Vee.Hypervisor.Tests.Racks;

public sealed class RandomRackTests
{
    private const long End = 2 * TestHost.Second;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 6)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Parts_change_nothing(int seed)
    {
        var one = Hosts(seed, long.MaxValue);
        Part(seed, "all", one).RunUntil(End);
        var two = Hosts(seed, 501);
        Run([Part(seed, "x", [two[0], two[2]], "y=b"), Part(seed, "y", [two[1]], "x=ac")], 0, End);
        var three = Hosts(seed, 20_011);
        Run([Part(seed, "z", [three[2]], "x=a", "y=b"), Part(seed, "y", [three[1]], "x=a", "z=c"),
            Part(seed, "x", [three[0]], "y=b", "z=c")], 0, End);
        for (var host = 0; host < 3; host++)
        {
            Assert.Equal(one[host].Hashes, two[host].Hashes);
            Assert.Equal(one[host].Hashes, three[host].Hashes);
            Assert.Equal(one[host].EventCount, two[host].EventCount);
            TestHost.AssertConserved(one[host]);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Checkpoints_of_a_whole_rack_change_nothing(int seed)
    {
        var one = Hosts(seed, long.MaxValue);
        Part(seed, "all", one).RunUntil(End);
        var random = new Random(seed);
        var hosts = Hosts(seed, 3_001);
        var part = Part(seed, "all", hosts);
        var time = 0L;
        for (var cut = 0; cut < 3; cut++)
        {
            time += random.NextInt64(1, End / 4);
            part.RunUntil(time);
            var state = MemoryState.Of(part.Save);
            hosts = Hosts(seed, 3_001);
            part = Part(seed, "all", hosts);
            MemoryState.Read(state, part.Restore);
        }

        part.RunUntil(End);
        Assert.All(one.Zip(hosts), pair => Assert.Equal(pair.First.Hash(), pair.Second.Hash()));
    }

    /// <summary>What parts have sent each other and not yet taken in belongs to a checkpoint of the rack.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Checkpoints_of_parts_change_nothing(int seed)
    {
        var one = Hosts(seed, long.MaxValue);
        Part(seed, "all", one).RunUntil(End);
        var hosts = Hosts(seed, long.MaxValue);
        RackPart[] parts = [Part(seed, "x", [hosts[0], hosts[2]], "y=b"), Part(seed, "y", [hosts[1]], "x=ac")];
        const long Cut = 300_123_456;
        Run(parts, 0, Cut);
        byte[][] states = [.. parts.Select(p => MemoryState.Of(p.Save))];
        hosts = Hosts(seed, long.MaxValue);
        parts = [Part(seed, "x", [hosts[0], hosts[2]], "y=b"), Part(seed, "y", [hosts[1]], "x=ac")];
        MemoryState.Read(states[0], parts[0].Restore);
        MemoryState.Read(states[1], parts[1].Restore);
        Run(parts, Cut, End);
        Assert.All(one.Zip(hosts), pair => Assert.Equal(pair.First.Hash(), pair.Second.Hash()));
    }

    [Theory]
    [InlineData(2, 1UL, 2_500_000)] // Before what the same report calls the first that happens.
    [InlineData(99, 1UL, 6_000_000)] // No such link.
    [InlineData(1, 1UL, 6_000_000)] // A link that the other one sends on.
    [InlineData(2, 1UL << 47, 6_000_000)] // No such count.
    public void A_report_that_cannot_be_is_a_lie(int link, ulong number, long at)
    {
        var plan = new RackPlan(["a", "b"], [new RackLink("a", "b", new LinkProfile())]);
        var host = new Host("a", TestHost.Cores(1), new FirstComeScheduler(), 1);
        var part = new RackPart("a", plan, [host], new RackStart { Parts = RackTests.PartsOf("b=b") });
        var arrival = new Arrival(link, number, at, new NetworkMessage
        {
            Kind = NetworkMessageKind.Datagram,
            Source = new EndPoint4(TestMachine.Address(20), 1),
            Destination = new EndPoint4(TestMachine.Address(10), 1),
        });
        Assert.Throws<RackPromiseException>(() =>
        {
            part.Advance([part.Report(), new RackReport("b", 0, 5_000_000, [arrival])], 10_000_000);
            part.Advance([part.Report(), new RackReport("b", part.Now, VirtualTime.Never, [])], 10_000_000);
        });
    }

    [Fact]
    public void An_arrival_that_is_told_twice_is_a_lie()
    {
        var plan = new RackPlan(["a", "b"], [new RackLink("a", "b", new LinkProfile())]);
        var host = new Host("a", TestHost.Cores(1), new FirstComeScheduler(), 1);
        var part = new RackPart("a", plan, [host], new RackStart { Parts = RackTests.PartsOf("b=b") });
        var arrival = new Arrival(2, 1, 6_000_000, new NetworkMessage
        {
            Kind = NetworkMessageKind.Datagram,
            Source = new EndPoint4(TestMachine.Address(20), 1),
            Destination = new EndPoint4(TestMachine.Address(10), 1),
        });
        Assert.Throws<RackPromiseException>(() => part.Advance(
            [part.Report(), new RackReport("b", 0, 5_000_000, [arrival, arrival])], 10_000_000));
    }

    /// <summary>A connection to a host that has no such guest is refused, as it is from the same host.</summary>
    [Fact]
    public void A_connection_to_nobody_is_refused_from_everywhere()
    {
        var hosts = new[] { "a", "b" }
            .Select(n => new Host(n, TestHost.Cores(1), new FirstComeScheduler(), 1)).ToList();
        var part = new RackPart("all", new RackPlan(["a", "b"], [new RackLink("a", "b", new LinkProfile())]), hosts);
        part.Place(TestMachine.Address(9), "b");
        part.Place(TestMachine.Address(1), "a");
        part.Place(TestMachine.Address(2), "b");
        TcpProbe[] probes = [Probe(1), Probe(2)];
        hosts[0].Add("p", probes[0], new GuestShare());
        hosts[1].Add("p", probes[1], new GuestShare());
        part.RunUntil(TestHost.Second);
        Assert.NotEqual(0, probes[1].Breaks);
        Assert.NotEqual(0, probes[0].Breaks);
    }

    private static TcpProbe Probe(byte own, byte to = 9, long interval = 3 * TestHost.Millisecond) =>
        new(new TcpProbeOptions
    {
        Address = TestMachine.Address(own),
        Target = new EndPoint4(TestMachine.Address(to), 6379),
        Request = Encoding.ASCII.GetBytes("*1\r\n$4\r\nPING\r\n"),
        AnswerBytes = 7,
        Interval = interval,
    });

    private static void Run(RackPart[] parts, long from, long horizon)
    {
        for (var now = from; now < horizon; now = parts[0].Now)
        {
            RackReport[] reports = [.. parts.Select(p => p.Report())];
            foreach (var part in parts)
            {
                part.Advance(reports, horizon);
            }
        }
    }

    private static RackPart Part(int seed, string name, IReadOnlyList<Host> hosts, params string[] others)
    {
        var random = new Random(seed);
        LinkProfile Wire() => new()
        {
            BandwidthBitsPerSecond = random.NextInt64(2_000_000, 1_000_000_000),
            LatencyNanoseconds = random.NextInt64(50_000, 2_000_000),
            JitterNanoseconds = random.Next(2) * random.NextInt64(1, 1_000_000),
            Loss = random.Next(2) * 0.03,
        };
        var plan = new RackPlan(["a", "b", "c"],
        [
            new RackLink("a", "b", Wire(), Wire()), new RackLink("c", "a", Wire()),
            new RackLink("b", "c", Wire(), Wire()),
        ]);
        var part = new RackPart(name, plan, hosts, new RackStart { Parts = RackTests.PartsOf(others) });
        foreach (var (address, host) in new (byte, string)[]
            { (10, "a"), (20, "b"), (30, "c"), (40, "a"), (41, "b"), (42, "b"), (43, "c") })
        {
            part.Place(TestMachine.Address(address), host);
        }

        return part;
    }

    private static Host[] Hosts(int seed, long slice)
    {
        var random = new Random(seed + 1_000);
        IVcpuScheduler Scheduler()
        {
            var kind = SchedulerKinds.All[random.Next(SchedulerKinds.All.Count)];
            var options = kind.Options.ToDictionary(o => o.Name, o => o.Standard);
            if (options.ContainsKey("slice") && kind.Name == FirstComeScheduler.PolicyName)
            {
                options["slice"] = random.NextInt64(50_000, 3_000_000);
            }

            return kind.Create(options);
        }

        Vee.Hypervisor.Hardware.HardwareProfile Hardware() => TestHost.Cores(1) with
        {
            Cores =
            [
                new Vee.Hypervisor.Hardware.CoreClass { Name = "x", Count = random.Next(1, 3), FrequencyMHz = 1000 },
                new Vee.Hypervisor.Hardware.CoreClass
                {
                    Name = "y",
                    Count = 1,
                    Capacity = random.Next(300, 2000),
                    FrequencyMHz = 500,
                },
            ],
            Costs = new Vee.Hypervisor.Hardware.CostProfile
            {
                ContextSwitch = new Vee.Hypervisor.Hardware.Cost(random.Next(0, 3_000)),
                VcpuMigration = new Vee.Hypervisor.Hardware.Cost(random.Next(0, 5_000)),
            },
        };
        Host[] hosts = [.. new[] { "a", "b", "c" }.Select(n => new Host(n, Hardware(), Scheduler(), (ulong)seed))];
        hosts[0].Add("sender", TestMachine.Guest("bin/streamer", new TestConsole(), TestMachine.Address(10), 1, slice,
            "--to", "10.0.0.20:5000", "--count", "40", "--bytes", "3000", "--rate", "40"), new GuestShare());
        hosts[1].Add("receiver", TestMachine.Guest("bin/streamer", new TestConsole(), TestMachine.Address(20), 1, slice,
            "--receive", "5000", "--count", "40"), new GuestShare());
        hosts[2].Add("store", TestMachine.Guest("bin/kvstore", new TestConsole(), TestMachine.Address(30), 2, slice),
            new GuestShare());
        hosts[0].Add("probe", Probe(40, 30), new GuestShare());
        hosts[1].Add("probe", Probe(41, 30, 7_777_777), new GuestShare());
        hosts[1].Add("udp", new UdpProbe(
            TestMachine.Address(42), new EndPoint4(TestMachine.Address(43), 7), 400, 1_234_567), new GuestShare());
        hosts[2].Add("mirror", new Reflector(TestMachine.Address(43)), new GuestShare());
        foreach (var host in hosts)
        {
            host.HashEachSecond();
            host.Add("threads", TestMachine.Guest("bin/threads", new TestConsole(), 0, 2, slice, "--rounds", "20"),
                new GuestShare());
            host.Add("jobs", new JobServer(2,
            [
                TestHost.Open("o", TestHost.Exponential(3), TestHost.Exponential(1)),
                new JobSource
                {
                    Name = "io",
                    Arrivals = new Arrivals.Closed(2, TestHost.Exponential(3)),
                    Phases = [new JobPhase.Cpu(TestHost.Exponential(1)), new JobPhase.Disk(100_000)],
                },
            ],
            new DirtyProfile
            {
                FootprintPages = 5_000,
                WritesPerSecond = 10_000,
                HotShare = 0.1,
                HotWriteShare = 0.9,
            }),
                new GuestShare());
            host.Add("thief", new TickThief(10_000_000, 100_000), new GuestShare());
        }

        return hosts;
    }
}
