using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Network;
using Vee.Hypervisor.Probes;
using Vee.Hypervisor.Racks;
using Vee.Hypervisor.Scheduling;
using Vee.Hypervisor.Tests.Guests;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Machines.Networking;
using Xunit;

namespace Vee.Hypervisor.Tests.Racks;

/// <summary>Hosts that become a rack, and another one, while they run.</summary>
public sealed class JoiningTests
{
    private static readonly LinkProfile Wire = new() { LatencyNanoseconds = 2 * TestHost.Millisecond };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Nothing_is_lost_when_the_plan_changes(int seed)
    {
        var random = new Random(seed);
        var (hosts, probe, store) = Hosts();
        hosts[1].RunUntil(777_777_777);
        var (part, other) = Plan(hosts, 0, hosts[1].Now, []);
        for (var epoch = 1; epoch < 40; epoch++)
        {
            Run(part, other, part.Now + random.NextInt64(1, 30 * TestHost.Millisecond));
            // What was reported at the end may have come to the other part or not: it is told again.
            var untaken = part.Report().Arrivals.Concat(other?.Report().Arrivals ?? []);
            UnderWay[] left = [.. part.Dissolve(untaken), .. other?.Dissolve([]) ?? []];
            (part, other) = Plan(hosts, epoch, part.Now, left);
        }

        Run(part, other, part.Now + TestHost.Second);

        Assert.Equal(0, probe.Breaks);
        Assert.Equal(0, probe.Meter.Lost);
        Assert.InRange(probe.Meter.Sent - probe.Meter.Answered, 0, 6);
        Assert.InRange(probe.Meter.Answered, 900, long.MaxValue);
        store.Dispose();
    }

    [Fact]
    public void A_host_that_is_behind_comes_to_where_the_others_are()
    {
        var (hosts, _, store) = Hosts();
        store.Hold();
        hosts[1].RunUntil(5 * TestHost.Second);
        store.Release();
        var age = store.Age;

        var part = new RackPart(
            "all", new RackPlan(["a", "b"], [new RackLink("a", "b", Wire)]), [hosts[0], hosts[1]],
            new RackStart { Now = 5 * TestHost.Second });

        Assert.Equal((5 * TestHost.Second, 5 * TestHost.Second, 5 * TestHost.Second),
            (part.Now, hosts[0].Now, hosts[1].Now));
        Assert.Equal((0, 0), (age, store.Age));
        store.Dispose();
    }

    [Fact]
    public void Who_comes_and_goes_is_known_to_others_a_lookahead_later_however_windows_are_cut()
    {
        foreach (var cut in new[] { 100_000L, 777_777, TestHost.Second })
        {
            var (hosts, probe, store) = Hosts();
            var part = new RackPart("all", new RackPlan(["a", "b"], [new RackLink("a", "b", Wire)]),
                [hosts[0], hosts[1]]);
            part.RunUntil(3 * TestHost.Millisecond);
            var reflector = hosts[1].Add("reflector", new Reflector(TestMachine.Address(30)), new GuestShare());
            Assert.Equal("b", RouteAt(part, hosts[0], 30, (5 * TestHost.Millisecond) + 1, cut));
            hosts[1].Remove(reflector);
            Assert.Equal("b", RouteAt(part, hosts[0], 30, 7 * TestHost.Millisecond, cut));
            Assert.Null(RouteAt(part, hosts[0], 30, (7 * TestHost.Millisecond) + 1, cut));
            store.Dispose();
        }

        static string? RouteAt(RackPart part, Host host, byte address, long time, long cut)
        {
            while (part.Now < time)
            {
                part.RunUntil(Math.Min(time, part.Now + cut));
            }

            return host.Route(TestMachine.Address(address))?.Peer;
        }
    }

    /// <summary>Three hosts: a client that asks all the time on the first, what it asks on the second.</summary>
    internal static (Host[] Hosts, TcpProbe Probe, MachineGuest Store) Hosts()
    {
        Host[] hosts = [.. new[] { "a", "b", "c" }.Select(
            name => new Host(name, TestHost.Cores(1), new FirstComeScheduler(), 1))];
        var store = TestMachine.Guest("bin/kvstore", new TestConsole(), TestMachine.Address(9));
        hosts[1].Add("store", store, new GuestShare());
        var probe = new TcpProbe(new TcpProbeOptions
        {
            Address = TestMachine.Address(1),
            Target = new EndPoint4(TestMachine.Address(9), 6379),
            Request = "PING\r\n"u8.ToArray(),
            AnswerBytes = "+PONG\r\n"u8.Length,
            Interval = TestHost.Millisecond + 1,
        });
        hosts[0].Add("probe", probe, new GuestShare());
        return (hosts, probe, store);
    }

    /// <summary>Alternately two hosts in one part, and three in two, so that links have other numbers.</summary>
    private static (RackPart Part, RackPart? Other) Plan(Host[] hosts, int epoch, long now, UnderWay[] left)
    {
        var start = new RackStart
        {
            Now = now,
            Epoch = epoch,
            UnderWay = left,
            Placements = [new(TestMachine.Address(1), "a", now), new(TestMachine.Address(9), "b", now)],
        };
        if (epoch % 2 == 0)
        {
            var pair = new RackPart(
                "x", new RackPlan(["a", "b"], [new RackLink("a", "b", Wire)]), [hosts[0], hosts[1]], start);
            return (pair, null);
        }

        var plan = new RackPlan(["a", "b", "c"],
            [new RackLink("a", "b", Wire), new RackLink("a", "c", Wire), new RackLink("b", "c", Wire)]);
        var one = new RackPart("x", plan, [hosts[0]], start with { Parts = RackTests.PartsOf("y=bc") });
        var two = new RackPart("y", plan, [hosts[1], hosts[2]], start with { Parts = RackTests.PartsOf("x=a") });
        return (one, two);
    }

    private static void Run(RackPart part, RackPart? other, long horizon)
    {
        while (part.Now < horizon)
        {
            RackReport[] reports = other is null ? [part.Report()] : [part.Report(), other.Report()];
            part.Advance(reports, horizon);
            other?.Advance(reports, horizon);
        }
    }
}
