using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Network;
using Vee.Hypervisor.Racks;
using Vee.Hypervisor.Tests.Guests;
using Vee.Hypervisor.Tests.Hosts;
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
        RackPart[] parts = [Part("one", [apart[0]]), Part("two", [apart[1]])];
        Run(parts, End);

        Assert.All(together.Zip(apart), pair => Assert.Equal(pair.First.Hashes, pair.Second.Hashes));
        Assert.Equal(3, together[0].Hashes.Count);
        Assert.Equal(rack.WindowCount, parts[0].WindowCount);
        foreach (var host in together)
        {
            TestHost.AssertConserved(host);
        }
    }

    private static RackPart Part(string name, IReadOnlyList<Host> hosts)
    {
        var part = new RackPart(name, new RackPlan(["a", "b"], [new RackLink("a", "b", Wire)]), hosts);
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
