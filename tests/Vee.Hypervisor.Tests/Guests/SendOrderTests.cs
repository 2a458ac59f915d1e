using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Machines.Networking;
using Vee.Machines.State;
using Xunit;

namespace Vee.Hypervisor.Tests.Guests;

public sealed class SendOrderTests
{
    /// <summary>Messages of one connection leave in the order in which the machine sends them.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Harts_that_write_to_one_connection_keep_its_order(int harts)
    {
        var host = TestHost.Of(TestHost.Cores(harts));
        using var guest = TestMachine.Guest(
            "../tests/Vee.Hypervisor.Tests/Guests/Programs/two-writers", new TestConsole(), TestMachine.Address(2),
            harts);
        var sink = new Sink();
        host.Add("sink", sink, new GuestShare());
        host.Add("vm", guest, new GuestShare());
        host.RunUntil(TestHost.Second);
        Assert.Equal((400 * 64UL, 0), (sink.Bytes, sink.OutOfOrder));
    }

    private sealed class Sink : INetworkGuest
    {
        private IGuestPort port = null!;

        public ulong Bytes { get; private set; }

        public int OutOfOrder { get; private set; }

        public uint Address => TestMachine.Address(1);

        public IReadOnlyList<IVcpu> Vcpus => [];

        public void Start(IGuestPort port) => this.port = port;

        public void Notify(int kind, long argument)
        {
        }

        public void Deliver(NetworkMessage message)
        {
            switch (message.Kind)
            {
                case NetworkMessageKind.Connect:
                    port.Send(
                        new NetworkMessage
                        {
                            Kind = NetworkMessageKind.Accept,
                            Source = message.Destination,
                            Destination = message.Source,
                            Connection = message.Connection,
                            Window = 1 << 20,
                        },
                        port.Now);
                    break;
                case NetworkMessageKind.Data when message.Sequence == Bytes:
                    Bytes += (ulong)message.Payload.Length;
                    break;
                case NetworkMessageKind.Data:
                    // As NetworkStack.HandleData: what leaves a gap is dropped, and nobody sends it again.
                    OutOfOrder++;
                    break;
                default:
                    break;
            }
        }

        public void Save(StateWriter state)
        {
        }

        public void Restore(StateReader state)
        {
        }
    }
}
