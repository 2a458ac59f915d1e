using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Network;
using Vee.Hypervisor.Racks;
using Vee.Hypervisor.Scheduling;
using Vee.Hypervisor.Tests.Guests;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Machines.Networking;
using Xunit;

namespace Vee.Hypervisor.Tests.Racks;

public sealed class RackTests
{
    private const long End = 3 * TestHost.Second;

    private static readonly LinkProfile Wire = new()
    {
        BandwidthBitsPerSecond = 100_000_000,
        LatencyNanoseconds = 200_000,
        JitterNanoseconds = 100_000,
    };

    [Fact]
    public void Where_hosts_are_simulated_and_how_their_harts_are_sliced_changes_nothing()
    {
        var (together, consoles) = Hosts(long.MaxValue);
        var rack = Part("all", together);
        rack.RunUntil(End);
        Assert.Contains("received 50", consoles[1].Output, StringComparison.Ordinal);

        var (apart, _) = Hosts(997);
        RackPart[] parts = [Part("one", [apart[0]], "two=b"), Part("two", [apart[1]], "one=a")];
        Run(parts, End);

        Assert.All(together.Zip(apart), pair => Assert.Equal(pair.First.Hashes, pair.Second.Hashes));
        Assert.Equal(3, together[0].Hashes.Count);
        Assert.Equal(rack.WindowCount, parts[0].WindowCount);
        foreach (var host in together)
        {
            TestHost.AssertConserved(host);
        }
    }

    [Fact]
    public void Time_in_which_nothing_happens_is_skipped_at_once()
    {
        Host[] hosts = [new("a", TestHost.Cores(1), new FirstComeScheduler(), 1),
            new("b", TestHost.Cores(1), new FirstComeScheduler(), 1)];
        hosts[0].Add("rare", new JobServer(1,
            [TestHost.Open("j", TestHost.Constant(10_000), TestHost.Constant(1))]), new GuestShare());
        var rack = Part("all", hosts);
        rack.RunUntil(3600 * TestHost.Second);
        // A window for each arrival and each end of a job.
        Assert.InRange(rack.WindowCount, 360, 1_100);
    }

    [Theory]
    [InlineData(0, 1_000, "b says that it is 0")]
    [InlineData(1_000_000, 999_999, "nothing happens before 999999")]
    public void A_part_that_lies_about_its_clock_is_named_and_nothing_is_simulated(long now, long bound, string told)
    {
        var honest = AtAMillisecond(out var host);
        var events = host.EventCount;
        var lie = new RackReport("b", now, bound, []);
        var refusal = Assert.Throws<RackPromiseException>(() => honest.Advance([honest.Report(), lie], End));
        Assert.Equal("b", refusal.Part);
        Assert.Contains(told, refusal.Message, StringComparison.Ordinal);
        Assert.Equal((TestHost.Millisecond, events), (honest.Now, host.EventCount));
    }

    [Fact]
    public void What_arrives_before_it_was_promised_is_a_lie_too()
    {
        var honest = AtAMillisecond(out _);
        var early = new Arrival(2, 1, 999_999, new NetworkMessage
        {
            Kind = NetworkMessageKind.Datagram,
            Source = new EndPoint4(TestMachine.Address(20), 1),
            Destination = new EndPoint4(TestMachine.Address(10), 1),
        });
        var lie = new RackReport("b", TestHost.Millisecond, TestHost.Millisecond, [early]);
        Assert.Throws<RackPromiseException>(() => honest.Advance([honest.Report(), lie], End));
    }

    [Fact]
    public void The_others_go_on_without_a_part_that_has_gone()
    {
        var left = AtAMillisecond(out var host);
        // Without a word of the other part nobody goes on; that it is gone, somebody else has to know.
        var (before, sender) = (left.Now, host.Guests[0]);
        Assert.Throws<ArgumentException>(() => left.Advance([left.Report()], End));

        left = new RackPart("a", new RackPlan(["a"], []), [host], new RackStart { Now = left.Now, Epoch = 1 });
        left.RunUntil(End);

        Assert.Equal((TestHost.Millisecond, End), (before, left.Now));
        Assert.NotEqual(0, sender.Vcpus[0].TimeIn(RunState.Running, host.Now));
        Assert.Empty(left.LinksOf("a"));
    }

    private static RackPart AtAMillisecond(out Host host)
    {
        host = new Host("a", TestHost.Cores(1), new FirstComeScheduler(), 1);
        host.Add("sender", TestMachine.Guest(
            "bin/streamer", new TestConsole(), TestMachine.Address(10), 1, long.MaxValue,
            "--to", "10.0.0.20:5000", "--count", "5"), new GuestShare());
        var part = Part("a", [host], "b=b");
        var other = new RackReport("b", 0, Vee.Hypervisor.Events.VirtualTime.Never, []);
        while (part.Now < TestHost.Millisecond)
        {
            part.Advance([part.Report(), other with { Now = part.Now }], TestHost.Millisecond);
        }

        return part;
    }

    /// <summary>Parts written as their names and the letters of their hosts.</summary>
    internal static Dictionary<string, IReadOnlyList<string>> PartsOf(params string[] parts) =>
        parts.Select(part => part.Split('=')).ToDictionary(
            part => part[0], part => (IReadOnlyList<string>)[.. part[1].Select(host => $"{host}")]);

    private static RackPart Part(string name, IReadOnlyList<Host> hosts, params string[] others)
    {
        var part = new RackPart(name, new RackPlan(["a", "b"], [new RackLink("a", "b", Wire)]), hosts,
            new RackStart { Parts = PartsOf(others) });
        part.Place(TestMachine.Address(10), "a");
        part.Place(TestMachine.Address(20), "b");
        return part;
    }

    private static void Run(RackPart[] parts, long horizon)
    {
        while (parts[0].Now < horizon)
        {
            RackReport[] reports = [.. parts.Select(p => p.Report())];
            foreach (var part in parts)
            {
                part.Advance(reports, horizon);
            }
        }
    }

    private static (Host[] Hosts, TestConsole[] Consoles) Hosts(long slice)
    {
        TestConsole[] consoles = [new(), new()];
        Host[] hosts = [new("a", TestHost.Cores(2), new FirstComeScheduler(TestHost.Millisecond), 1),
            new("b", TestHost.Cores(1), new FirstComeScheduler(TestHost.Millisecond), 1)];
        var sender = TestMachine.Guest(
            "bin/streamer", consoles[0], TestMachine.Address(10), 1, slice,
            "--to", "10.0.0.20:5000", "--count", "50", "--bytes", "4000", "--rate", "40");
        var receiver = TestMachine.Guest(
            "bin/streamer", consoles[1], TestMachine.Address(20), 1, slice, "--receive", "5000", "--count", "50");
        hosts[0].Add("sender", sender, new GuestShare());
        hosts[1].Add("receiver", receiver, new GuestShare());
        foreach (var host in hosts)
        {
            host.HashEachSecond();
            host.Add("jobs", new JobServer(1,
            [
                new JobSource
                {
                    Name = "io",
                    Arrivals = new Arrivals.Closed(2, TestHost.Exponential(3)),
                    Phases = [new JobPhase.Cpu(TestHost.Exponential(1)), new JobPhase.Disk(100_000)],
                },
            ]), new GuestShare());
        }

        return (hosts, consoles);
    }
}
