using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Probes;
using Vee.Hypervisor.Tests.Guests;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Hypervisor.Tests.State;
using Vee.Machines.Networking;
using Vee.Machines.State;
using Xunit;

namespace Vee.Hypervisor.Tests.Probes;

public sealed class ProbeTests
{
    [Fact]
    public void A_service_that_never_answers_is_silent()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        var probe = new UdpProbe(
            TestMachine.Address(1), new EndPoint4(TestMachine.Address(2), 7), 8, TestHost.Millisecond);
        host.Add("probe", probe, new GuestShare());
        host.RunUntil(10 * TestHost.Second);
        Assert.InRange(probe.Meter.SilenceUntil(host.Now), 9 * TestHost.Second, 10 * TestHost.Second);
    }

    /// <summary>More bytes than the first window grants: the reflector passes on that there is room again.</summary>
    [Fact]
    public void A_reflector_sends_streams_back_without_an_end()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        var probe = new TcpProbe(new TcpProbeOptions
        {
            Address = TestMachine.Address(1),
            Target = new EndPoint4(TestMachine.Address(2), 7),
            Request = new byte[60_000],
            AnswerBytes = 60_000,
            Interval = TestHost.Millisecond,
        });
        host.Add("probe", probe, new GuestShare());
        host.Add("mirror", new Reflector(TestMachine.Address(2)), new GuestShare());
        host.RunUntil(TestHost.Second);

        Assert.Equal((999, 999, 0), (probe.Meter.Sent, probe.Meter.Answered, probe.Present));
        Assert.Equal((0, 0), (probe.Breaks, probe.Refusals));
        // There and back through the switch.
        Assert.Equal((10_000, 10_000), (probe.Meter.Response.Percentile(0.5), probe.Meter.Response.Max));
    }

    [Fact]
    public void Who_is_not_there_yet_refuses_and_who_goes_breaks_the_connection()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        var probe = new TcpProbe(new TcpProbeOptions
        {
            Address = TestMachine.Address(1),
            Target = new EndPoint4(TestMachine.Address(2), 7),
            Request = new byte[8],
            AnswerBytes = 8,
            Interval = TestHost.Millisecond,
        });
        host.Add("probe", probe, new GuestShare());
        host.RunUntil(30 * TestHost.Millisecond);
        Assert.Equal((2, 2), (probe.Breaks, probe.Refusals));
        var mirror = host.Add("mirror", new Reflector(TestMachine.Address(2)), new GuestShare());
        host.RunUntil(TestHost.Second);
        Assert.Equal((2, 2), (probe.Breaks, probe.Refusals));
        host.Remove(mirror);
        host.RunUntil(TestHost.Second + (10 * TestHost.Millisecond));
        Assert.Equal((3, 2), (probe.Breaks, probe.Refusals));
        Assert.Equal(1, probe.Meter.Lost);
    }

    /// <summary>Answers, and the end of the connection, that overtake each other or come twice, count once.</summary>
    [Fact]
    public void Answers_count_whatever_the_order_in_which_they_come()
    {
        foreach (var order in Permutations([0, 1, 2, 3]))
        {
            var host = TestHost.Of(TestHost.Cores(1));
            var (probe, service) = (Asking(), new Service());
            host.Add("service", service, new GuestShare());
            host.Add("probe", probe, new GuestShare());
            host.RunUntil((3 * TestHost.Millisecond) + (500 * 1000));
            Assert.Equal(3, probe.Present);

            foreach (var part in order)
            {
                var kind = part < 3 ? NetworkMessageKind.Data : NetworkMessageKind.Finish;
                service.Say(kind, (ulong)(8 * part), part < 3 ? 8 : 0);
                service.Say(kind, (ulong)(8 * part), part < 3 ? 8 : 0);
                // What cannot be changes nothing.
                service.Say(NetworkMessageKind.Data, ulong.MaxValue, 8);
                service.Say(NetworkMessageKind.Data, (1 << 20) - 4, 8);
                service.Say(NetworkMessageKind.Finish, ulong.MaxValue, 0);
                host.RunUntil(host.Now + (10 * 1000));
                var saved = MemoryState.Of(host.Save);
                MemoryState.Read(saved, host.Restore);
                Assert.Equal(saved, MemoryState.Of(host.Save));
            }

            host.RunUntil(host.Now + (100 * 1000));
            Assert.Equal((3, 0), (probe.Meter.Answered, probe.Meter.Lost));
            Assert.Equal((0, 1), (probe.Present, probe.Breaks));
        }
    }

    private static TcpProbe Asking() => new(new TcpProbeOptions
    {
        Address = TestMachine.Address(1),
        Target = new EndPoint4(TestMachine.Address(2), 7),
        Request = new byte[8],
        AnswerBytes = 8,
        Interval = TestHost.Millisecond,
    });

    private static IEnumerable<int[]> Permutations(int[] items) => items.Length < 2
        ? [items]
        : items.SelectMany((first, index) => Permutations([.. items[..index], .. items[(index + 1)..]])
            .Select(rest => (int[])[first, .. rest]));

    /// <summary>Accepts, and says what it is told to say.</summary>
    private sealed class Service : INetworkGuest
    {
        private IGuestPort port = null!;
        private NetworkMessage accept = null!;

        public uint Address => TestMachine.Address(2);

        public IReadOnlyList<IVcpu> Vcpus => [];

        public void Start(IGuestPort port) => this.port = port;

        public void Notify(int kind, long argument) => throw new InvalidOperationException("nothing was asked for");

        public void Deliver(NetworkMessage message)
        {
            if (message.Kind == NetworkMessageKind.Connect)
            {
                accept = message with
                {
                    Kind = NetworkMessageKind.Accept,
                    Source = message.Destination,
                    Destination = message.Source,
                };
                port.Send(accept, port.Now);
            }
        }

        public void Say(NetworkMessageKind kind, ulong sequence, int count) => port.Send(
            accept with { Kind = kind, Sequence = sequence, Window = 0, Payload = new byte[count] }, port.Now);

        public void Save(StateWriter state)
        {
        }

        public void Restore(StateReader state)
        {
        }
    }
}
