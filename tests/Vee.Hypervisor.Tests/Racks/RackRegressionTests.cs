using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Network;
using Vee.Hypervisor.Probes;
using Vee.Hypervisor.Racks;
using Vee.Hypervisor.Tests.Guests;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Hypervisor.Tests.State;
using Vee.Machines.Networking;
using Xunit;

namespace Vee.Hypervisor.Tests.Racks;

/// <summary>What went wrong once in racks.</summary>
public sealed class RackRegressionTests
{
    private const long Latency = 2 * TestHost.Millisecond;

    /// <summary>
    /// RackPart.Join runs hosts to the start before anybody has placed an address: what leaves meanwhile finds nobody,
    /// and the stream is reset. One part is a window behind the other as agents are when they stop.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Nothing_is_lost_when_one_part_is_a_window_behind(int seed)
    {
        var random = new Random(seed);
        var (hosts, probe, store) = JoiningTests.Hosts();
        var wire = new LinkProfile { LatencyNanoseconds = Latency };
        var (one, two) = Plan(hosts, wire, 0, 0, []);
        for (var epoch = 1; epoch < 60; epoch++)
        {
            Run(one, two, one.Now + random.NextInt64(1, 30 * TestHost.Millisecond));
            RackReport[] reports = [one.Report(), two.Report()];
            two.Advance(reports, two.Now + TestHost.Millisecond);
            var late = two.Report();
            UnderWay[] left =
            [
                .. one.Dissolve(reports[0].Arrivals),
                .. two.Dissolve([.. reports[1].Arrivals, .. late.Arrivals]),
            ];
            (one, two) = Plan(hosts, wire, epoch, Math.Max(one.Now, two.Now), left);
        }

        Run(one, two, one.Now + TestHost.Second);
        Assert.Equal((0, 0), ((long)probe.Breaks, probe.Meter.Lost));
        store.Dispose();
    }

    /// <summary>
    /// A link that is made anew knows nothing of what is under way to the receiver already: what is sent next overtakes
    /// it, and bytes of a stream that are not next are dropped for good.
    /// </summary>
    [Theory]
    [InlineData(0.1, 0)]
    [InlineData(0, 5 * TestHost.Millisecond)]
    public void Nothing_overtakes_when_the_plan_changes(double loss, long jitter)
    {
        var random = new Random(1);
        var (hosts, probe, store) = JoiningTests.Hosts();
        var wire = new LinkProfile { LatencyNanoseconds = Latency, Loss = loss, JitterNanoseconds = jitter };
        var (one, two) = Plan(hosts, wire, 0, 0, []);
        for (var epoch = 1; epoch < 100; epoch++)
        {
            Run(one, two, one.Now + random.NextInt64(1, 30 * TestHost.Millisecond));
            var untaken = one.Report().Arrivals.Concat(two.Report().Arrivals).ToArray();
            UnderWay[] left = [.. one.Dissolve(untaken), .. two.Dissolve([])];
            (one, two) = Plan(hosts, wire, epoch, one.Now, left);
        }

        Run(one, two, one.Now + (60 * TestHost.Second));
        var before = probe.Meter.Answered;
        Run(one, two, one.Now + (10 * TestHost.Second));
        Assert.True(
            probe.Meter.Answered > before,
            $"no answer comes any more: {probe.Meter.Sent} sent, {before} answered, {probe.Breaks} breaks");
        Assert.Equal(0, (long)probe.Breaks);
        store.Dispose();
    }

    /// <summary>Who came and went within one instant is told as if it were there still.</summary>
    [Fact]
    public void Who_came_and_went_at_one_instant_is_not_there()
    {
        var (hosts, _, store) = JoiningTests.Hosts();
        var part = new RackPart(
            "all", new RackPlan(["a", "b"], [new RackLink("a", "b", new LinkProfile())]), [hosts[0], hosts[1]]);
        part.RunUntil(3 * TestHost.Millisecond);
        hosts[1].Remove(hosts[1].Add("r", new Reflector(TestMachine.Address(30)), new GuestShare()));
        part.RunUntil(30 * TestHost.Millisecond);
        Assert.Null(hosts[0].Route(TestMachine.Address(30))?.Peer);
        store.Dispose();
    }

    /// <summary>
    /// A machine that left its host while it was held leaves again when it is released: whoever has its place goes.
    /// </summary>
    [Fact]
    public void Who_has_left_does_not_take_another_with_it()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        using var guest = TestMachine.Guest("bin/hello", new TestConsole());
        using var ended = Leaving();
        host.Add("vm", ended, new GuestShare());
        while (ended.Machine.Ending is null)
        {
            host.RunUntil(host.Now + 1000);
        }

        ended.Hold();
        host.RunUntil(TestHost.Second);
        var other = host.Add("other", guest, new GuestShare());
        ended.Release();
        host.RunUntil(TestHost.Second + 1);
        Assert.True(other.IsHere);
    }

    /// <summary>A sender may be any host but those of the receiver: a member spoils another's numbers.</summary>
    [Fact]
    public void A_member_does_not_send_over_another_members_link()
    {
        var hosts = JoiningTests.Hosts().Hosts;
        var plan = new RackPlan(["a", "b", "c"],
            [new RackLink("a", "b", new LinkProfile()), new RackLink("a", "c", new LinkProfile())]);
        var part = new RackPart("A", plan, [hosts[0]], new RackStart { Parts = RackTests.PartsOf("B=b", "C=c") });
        var link = plan.LinksOf("c").Single().Number;
        var forged = new Arrival(link, 1000, TestHost.Second, new NetworkMessage
        {
            Kind = NetworkMessageKind.Datagram,
            Source = new EndPoint4(1, 1),
            Destination = new EndPoint4(2, 2),
        });
        var thrown = Assert.Throws<RackPromiseException>(() => part.Advance(
            [part.Report(), new RackReport("B", 0, 0, [forged]), new RackReport("C", 0, 0, [])], 1));
        Assert.Equal("B", thrown.Part);
    }

    /// <summary>Each hold of a machine that waited for a time left an event with its host.</summary>
    [Fact]
    public void Holding_and_releasing_leaves_nothing_behind()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        using var guest = TestMachine.Guest(
            "bin/streamer", new TestConsole(), TestMachine.Address(9), 1, long.MaxValue,
            "--receive", "5000", "--count", "1", "--idle-ms", "60000");
        host.Add("vm", guest, new GuestShare());
        host.RunUntil(TestHost.Second);
        Assert.Null(guest.Machine.Ending);
        var before = MemoryState.Of(host.Save).Length;
        for (var time = 0; time < 1000; time++)
        {
            guest.Hold();
            host.RunUntil(host.Now + 1000);
            guest.Release();
            host.RunUntil(host.Now + 1000);
        }

        Assert.InRange(MemoryState.Of(host.Save).Length, 0, before + 1000);
    }

    private static MachineGuest Leaving() => new(
        0,
        (network, disk) => Vee.Machines.Linux.ProcessMachine.TryCreate(
            File.ReadAllBytes(Path.Combine(Root(), "guests", "bin/hello")),
            new Vee.Machines.Linux.ProcessOptions
            {
                Arguments = ["hello"],
                MemoryBytes = TestMachine.BytesOfMemory,
                Network = network,
                Disk = disk,
                NetworkAddress = 0x0A000002,
            },
            new TestConsole(), out var refusal) ?? throw new InvalidOperationException(refusal))
    {
        LeavesWhenOver = true,
    };

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "vee-operator.sln")))
        {
            directory = directory.Parent!;
        }

        return directory.FullName;
    }

    private static (RackPart One, RackPart Two) Plan(
        Host[] hosts, LinkProfile wire, int epoch, long now, UnderWay[] left)
    {
        var start = new RackStart
        {
            Now = now,
            Epoch = epoch,
            UnderWay = left,
            Placements = [new(TestMachine.Address(1), "a", now), new(TestMachine.Address(9), "b", now)],
        };
        var plan = new RackPlan(["a", "b"], [new RackLink("a", "b", wire)]);
        var one = new RackPart("x", plan, [hosts[0]], start with { Parts = RackTests.PartsOf("y=b") });
        var two = new RackPart("y", plan, [hosts[1]], start with { Parts = RackTests.PartsOf("x=a") });
        return (one, two);
    }

    private static void Run(RackPart one, RackPart two, long horizon)
    {
        while (one.Now < horizon)
        {
            RackReport[] reports = [one.Report(), two.Report()];
            one.Advance(reports, horizon);
            two.Advance(reports, horizon);
        }
    }
}
