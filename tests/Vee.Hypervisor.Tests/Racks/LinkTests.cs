using System.Text;
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

public sealed class LinkTests
{
    private const uint Client = 0x0A000001;
    private const uint Server = 0x0A000002;

    [Fact]
    public void A_datagram_takes_what_cards_link_and_latency_take()
    {
        var rack = new TestRack(new LinkProfile { LatencyNanoseconds = 100_000 });
        var probe = new UdpProbe(Client, new EndPoint4(Server, 7), 1200, TestHost.Second);
        rack.A.Add("probe", probe, new GuestShare());
        rack.B.Add("echo", new Reflector(Server), new GuestShare());
        rack.Part.RunUntil(1_500 * TestHost.Millisecond);
        // Each way 1266 bytes on the wire: 10.128 µs for the card, the link and the other card, and 100 µs.
        Assert.Equal((1, 1), (probe.Meter.Sent, probe.Meter.Answered));
        Assert.Equal(2 * ((3 * 10_128) + 100_000), probe.Meter.Response.Max);
    }

    [Fact]
    public void A_link_is_no_faster_than_its_bandwidth_and_what_finds_no_room_is_lost()
    {
        var rack = new TestRack(
            new LinkProfile { BandwidthBitsPerSecond = 10_000_000 },
            TestHost.Cores(1) with { Nic = new() { BandwidthBitsPerSecond = 10_000_000, QueueBytes = 20_000 } });
        // 1266 bytes each 0.5 ms are twice what 10 Mbit/s carry.
        var probe = new UdpProbe(Client, new EndPoint4(Server, 7), 1200, TestHost.Millisecond / 2);
        rack.A.Add("probe", probe, new GuestShare());
        rack.B.Add("echo", new Reflector(Server), new GuestShare());
        rack.Part.RunUntil(20 * TestHost.Second);
        Assert.InRange(probe.Meter.Answered / 20.0, 10e6 / 8 / 1266 * 0.98, 10e6 / 8 / 1266);
        Assert.InRange(rack.A.NicDrops + probe.Meter.Answered, 39_900, 40_000);
        var link = rack.Part.LinksOf("a")["b"];
        Assert.Equal(rack.A.NicOut.Bytes, link.BytesSent);
        Assert.Equal(
            rack.B.NicIn.Bytes + (rack.InFlight * FrameSize.Of(Datagram(1200))), link.BytesSent - link.BytesLost);
        TestHost.AssertConserved(rack.A);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(1)]
    public void Datagrams_are_lost_by_chance(double loss)
    {
        var rack = new TestRack(new LinkProfile { Loss = loss });
        var probe = new UdpProbe(Client, new EndPoint4(Server, 7), 100, TestHost.Millisecond);
        rack.A.Add("probe", probe, new GuestShare());
        rack.B.Add("echo", new Reflector(Server), new GuestShare());
        rack.Part.RunUntil(20 * TestHost.Second);
        var back = (1 - loss) * (1 - loss);
        Assert.InRange(probe.Meter.Answered / 20_000.0, back - 0.02, back + 0.02);
        Assert.InRange(probe.Meter.Lost / 20_000.0, 1 - back - 0.07, 1 - back + 0.02);
    }

    [Fact]
    public void Nothing_overtakes_on_a_link_with_jitter()
    {
        var rack = new TestRack(new LinkProfile { JitterNanoseconds = 5 * TestHost.Millisecond });
        var probe = new UdpProbe(Client, new EndPoint4(Server, 7), 100, TestHost.Millisecond);
        var order = new List<ulong>();
        rack.A.Add("probe", probe, new GuestShare());
        rack.B.Add("sink", new Sink(Server, order), new GuestShare());
        rack.Part.RunUntil(2 * TestHost.Second);
        Assert.Equal(order.Order(), order);
        Assert.InRange(order.Count, 1_990, 1_999);
    }

    [Fact]
    public void A_stream_over_a_link_that_loses_a_tenth_stalls_and_loses_nothing()
    {
        var rack = new TestRack(new LinkProfile { Loss = 0.1 });
        var (probe, store) = Kvstore(rack);
        rack.Part.RunUntil(20 * TestHost.Second);
        Assert.Equal(0, probe.Breaks);
        Assert.InRange(probe.Meter.Answered, probe.Meter.Sent - 200, probe.Meter.Sent);
        // Something is lost once in most rows of ten, and comes 200 ms later.
        Assert.InRange(probe.Meter.Response.Percentile(0.9), 200 * TestHost.Millisecond, 2 * TestHost.Second);
        store.Dispose();
    }

    [Fact]
    public void A_stream_over_a_link_that_loses_everything_is_given_up_and_tried_again()
    {
        var rack = new TestRack(new LinkProfile { Loss = 1 });
        var (probe, store) = Kvstore(rack);
        rack.Part.RunUntil(60 * TestHost.Second);
        Assert.Equal((0, 60 * TestHost.Second), (probe.Meter.Answered, rack.A.Now));
        // 200 ms, doubled six times: 25.4 s each.
        Assert.Equal(2, probe.Breaks);
        store.Dispose();
    }

    [Fact]
    public void A_server_that_waits_for_its_core_is_a_blackout_that_a_probe_sees()
    {
        var rack = new TestRack(new LinkProfile());
        var (probe, store) = Kvstore(rack);
        rack.Part.RunUntil(2 * TestHost.Second);
        Assert.InRange(probe.Meter.LongestSilence, 9 * TestHost.Millisecond, 11 * TestHost.Millisecond);
        Assert.InRange(probe.Meter.Response.Max, 100_000, TestHost.Millisecond);

        // First come, first served, and the spinner never leaves.
        rack.B.Add("spinner", new SpinningGuest(1), new GuestShare());
        rack.Part.RunUntil(3 * TestHost.Second);
        Assert.Equal(TestHost.Second, rack.B.Now - (2 * TestHost.Second));
        Assert.InRange(probe.Meter.Sent - probe.Meter.Answered, 99, 101);
        store.Dispose();
    }

    [Fact]
    public void A_rack_with_probes_and_machines_goes_on_from_a_checkpoint()
    {
        var straight = Pinging();
        straight.Part.RunUntil(2 * TestHost.Second);
        var first = Pinging();
        first.Part.RunUntil(777_777_777);
        var second = Pinging();
        MemoryState.Read(MemoryState.Of(first.Part.Save), second.Part.Restore);
        second.Part.RunUntil(2 * TestHost.Second);
        Assert.Equal((straight.A.Hash(), straight.B.Hash()), (second.A.Hash(), second.B.Hash()));
    }

    [Theory]
    [InlineData("latencyNanoseconds: 0, must be 1000 to", 0, 1_000, 0, 0)]
    [InlineData("latencyNanoseconds: -5, must be 1000 to", -5, 1_000, 0, 0)]
    [InlineData("bandwidthBitsPerSecond: 0, must be 1 to", 1_000, 0, 0, 0)]
    [InlineData("jitterNanoseconds: -1, must be 0 to", 1_000, 1_000, -1, 0)]
    [InlineData("loss: 1.5, must be 0 to 1", 1_000, 1_000, 0, 1.5)]
    [InlineData("loss: NaN, must be 0 to 1", 1_000, 1_000, 0, double.NaN)]
    public void Impossible_links_are_refused(string defect, long latency, long bandwidth, long jitter, double loss)
    {
        var profile = new LinkProfile
        {
            LatencyNanoseconds = latency,
            BandwidthBitsPerSecond = bandwidth,
            JitterNanoseconds = jitter,
            Loss = loss,
        };
        var refusal = Assert.Throws<ArgumentException>(
            () => new RackPlan(["a", "b"], [new RackLink("a", "b", profile)]));
        Assert.Contains($"link a to b: {defect}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_can_be_where_no_link_leads()
    {
        var rack = new TestRack(new LinkProfile());
        var probe = new TcpProbe(Options(new EndPoint4(0x0A0000FF, 1)));
        rack.A.Add("probe", probe, new GuestShare());
        rack.Part.RunUntil(TestHost.Second);
        Assert.InRange(probe.Breaks, 40, 50);
    }

    private static TestRack Pinging()
    {
        var rack = new TestRack(new LinkProfile { JitterNanoseconds = 1_000_000, Loss = 0.01 });
        Kvstore(rack);
        rack.B.Add("jobs", new JobServer(
            1, [TestHost.Closed("c", 1, TestHost.Exponential(5), TestHost.Exponential(1))]), new GuestShare());
        return rack;
    }

    private static (TcpProbe Probe, MachineGuest Store) Kvstore(TestRack rack)
    {
        var store = TestMachine.Guest("bin/kvstore", new TestConsole(), Server);
        rack.B.Add("store", store, new GuestShare());
        var probe = new TcpProbe(Options(new EndPoint4(Server, 6379)));
        rack.A.Add("probe", probe, new GuestShare());
        return (probe, store);
    }

    private static TcpProbeOptions Options(EndPoint4 target) => new()
    {
        Address = Client,
        Target = target,
        Request = Encoding.ASCII.GetBytes("*1\r\n$4\r\nPING\r\n"),
        AnswerBytes = "+PONG\r\n".Length,
        Interval = 10 * TestHost.Millisecond,
    };

    private static NetworkMessage Datagram(int bytes) => new()
    {
        Kind = NetworkMessageKind.Datagram,
        Source = new EndPoint4(1, 1),
        Destination = new EndPoint4(2, 2),
        Payload = new byte[bytes],
    };

    /// <summary>Two hosts and a link, all in one part.</summary>
    private sealed class TestRack
    {
        public TestRack(LinkProfile link, Vee.Hypervisor.Hardware.HardwareProfile? hardware = null)
        {
            A = new Host("a", hardware ?? TestHost.Cores(1), new FirstComeScheduler(), 1);
            B = new Host("b", hardware ?? TestHost.Cores(1), new FirstComeScheduler(), 1);
            Part = new RackPart("all", new RackPlan(["a", "b"], [new RackLink("a", "b", link)]), [A, B]);
            Part.Place(Client, "a");
            Part.Place(Server, "b");
        }

        public Host A { get; }

        public Host B { get; }

        public RackPart Part { get; }

        /// <summary>Messages from a that have left it and not come to b.</summary>
        public long InFlight => B.ArrivalsUnderWay;
    }

    /// <summary>Keeps the numbers of datagrams in the order in which they come.</summary>
    private sealed class Sink(uint address, List<ulong> order) : INetworkGuest
    {
        public uint Address => address;

        public IReadOnlyList<IVcpu> Vcpus => [];

        public void Start(IGuestPort port)
        {
        }

        public void Notify(int kind, long argument)
        {
        }

        public void Deliver(NetworkMessage message) => order.Add(BitConverter.ToUInt64(message.Payload.Span));

        public void Save(Vee.Machines.State.StateWriter state)
        {
        }

        public void Restore(Vee.Machines.State.StateReader state)
        {
        }
    }
}
