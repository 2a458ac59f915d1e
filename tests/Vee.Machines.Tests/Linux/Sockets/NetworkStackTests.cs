using Vee.Machines.Networking;
using Xunit;

namespace Vee.Machines.Tests.Linux.Sockets;

public sealed class NetworkStackTests
{
    private const uint Here = 0x0A000002;
    private const uint There = 0x0A000003;

    private static readonly EndPoint4 Server = new(Here, 80);
    private static readonly EndPoint4 Client = new(There, 5000);

    private readonly Recorder recorder = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Tiny_window_lets_all_bytes_through_in_order(int capacityBytes)
    {
        var random = new Random(capacityBytes);
        var network = new TestNetwork(random);
        var stack = new NetworkStack(Here, network.Plug);
        var other = new NetworkStack(There, network.Plug);
        network.Attach(stack);
        network.Attach(other);
        stack.Bind(Server, false, false, out StreamListener? listener);
        listener!.CapacityBytes = capacityBytes;
        stack.Listen(listener, 1);
        other.Connect(default, Server, capacityBytes, out var sender);
        network.StepAll();
        var receiver = stack.Accept(listener)!;
        var all = new byte[500];
        random.NextBytes(all);
        List<byte> got = [];
        for (var sent = 0; got.Count < all.Length;)
        {
            sent += random.Next(2) == 0 ? other.Write(sender!, all.AsSpan(sent)) : 0;
            Assert.InRange(receiver.Received.Count, 0, capacityBytes);
            var part = new byte[random.Next(3)];
            var count = receiver.Received.CopyTo(0, part);
            stack.Skip(receiver, count);
            got.AddRange(part[..count]);
            network.Step();
        }

        Assert.Equal(all, got);
    }

    [Fact]
    public void Repeated_data_is_ignored_and_counted()
    {
        var (stack, connection) = Accepted();
        stack.Deliver(Data(0, "abc"));
        stack.Deliver(Data(0, "abc"));
        stack.Deliver(Data(1, "bcde"));
        Assert.Equal(5, connection.Received.Count);
        Assert.Equal(1UL, stack.Counters.Repeated);
    }

    [Fact]
    public void Data_beyond_the_window_is_ignored_and_counted()
    {
        var (stack, connection) = Accepted();
        connection.CapacityBytes = 1;
        for (ulong offset = 0; offset < 1 << 20; offset += 65536)
        {
            stack.Deliver(Message(NetworkMessageKind.Data) with { Sequence = offset, Payload = new byte[65536] });
        }

        Assert.Equal(StreamConnection.CapacityBytesDefault, connection.Received.Count);
        Assert.Equal(12UL, stack.Counters.OutOfWindow);
    }

    [Fact]
    public void Data_for_an_unknown_connection_is_answered_by_a_reset()
    {
        var stack = new NetworkStack(Here, recorder);
        stack.Deliver(Data(0, "x"));
        Assert.Equal(NetworkMessageKind.Reset, Assert.Single(recorder.Sent).Kind);
        stack.Deliver(Message(NetworkMessageKind.Reset));
        stack.Deliver(Message(NetworkMessageKind.Window));
        stack.Deliver(Message(NetworkMessageKind.Finish));
        Assert.Single(recorder.Sent);
        Assert.Equal(4UL, stack.Counters.UnknownConnection);
    }

    [Fact]
    public void Messages_with_foreign_or_own_addresses_are_malformed()
    {
        var stack = new NetworkStack(Here, recorder);
        NetworkMessage[] bad =
        [
            Message(NetworkMessageKind.Connect) with { Source = new(EndPoint4.Loopback, 1) },
            Message(NetworkMessageKind.Connect) with { Source = new(Here, 1) },
            Message(NetworkMessageKind.Connect) with { Destination = new(EndPoint4.Loopback, 80) },
            Message(NetworkMessageKind.Connect) with { Destination = new(There, 80) },
            Message(NetworkMessageKind.Connect) with { Connection = 0 },
            Message(NetworkMessageKind.Connect) with { Payload = new byte[1] },
            Message(NetworkMessageKind.Data) with { Payload = new byte[65537] },
            Message((NetworkMessageKind)9),
            Message(NetworkMessageKind.Invalid),
        ];
        foreach (var message in bad)
        {
            stack.Deliver(message);
        }

        Assert.Equal((ulong)bad.Length, stack.Counters.Malformed);
        Assert.Empty(recorder.Sent);
    }

    [Fact]
    public void Datagrams_that_are_lost_and_repeated_never_change()
    {
        var random = new Random(3);
        var network = new TestNetwork(random) { LosesDatagrams = true };
        using var one = new SocketHarness(Here, network.Plug);
        using var other = new SocketHarness(There, network.Plug);
        network.Attach(one.Process.Network);
        network.Attach(other.Process.Network);
        var sender = one.Call("socket", 2, 2, 0);
        one.Connect(sender, There, 53);
        var receiver = other.Call("socket", 2, 2, 0);
        other.Bind(receiver, 0, 53);
        HashSet<string> seen = [];
        for (var index = 0; index < 200; index++)
        {
            Assert.Equal(4, one.Send(sender, $"{index:0000}"));
            network.StepAll();
            string text;
            while ((text = other.Receive(receiver, 10, 0x40)) is not "EAGAIN")
            {
                Assert.Equal($"{index:0000}", text);
                seen.Add(text);
            }
        }

        Assert.InRange(seen.Count, 100, 199);
    }

    [Fact]
    public void Windows_shrink_when_all_buffers_together_are_large()
    {
        var stack = new NetworkStack(Here, recorder);
        stack.Bind(new EndPoint4(0, 80), false, false, out StreamListener? listener);
        stack.Listen(listener!, 4096);
        listener!.CapacityBytes = 1 << 20;
        for (ulong number = 1; number <= 600; number++)
        {
            stack.Deliver(Message(NetworkMessageKind.Connect) with { Connection = number });
        }

        Assert.Equal(1UL << 20, recorder.Sent[0].Window);
        Assert.Equal((ulong)NetworkStack.WindowBytesMin, recorder.Sent[^1].Window);
        Assert.Equal(NetworkStack.BufferBytesMax + (88 * NetworkStack.WindowBytesMin), stack.CommittedBytes);
        stack.Close(listener);
        Assert.Equal(0, stack.CommittedBytes);
    }

    [Fact]
    public void Hostile_messages_never_throw_and_memory_stays_bounded()
    {
        const int seed = 20261123;
        TestContext.Current.SendDiagnosticMessage($"seed {seed}");
        var random = new Random(seed);
        var (stack, connection) = Accepted();
        stack.Bind(new EndPoint4(0, 53), false, false, out DatagramEndPoint? port);
        stack.Connect(new EndPoint4(0, 6000), Client, 1000, out var second);
        recorder.Answers = message => stack.Deliver(Random(random));
        for (var round = 0; round < 100_000; round++)
        {
            stack.Deliver(Random(random));
            if (random.Next(100) == 0)
            {
                stack.Write(connection, new byte[random.Next(2000)]);
                stack.Skip(connection, random.Next(connection.Received.Count + 1));
            }

            Assert.InRange(connection.Received.Count, 0, StreamConnection.CapacityBytesDefault);
            Assert.InRange(second!.Received.Count, 0, 1000);
            recorder.Sent.Clear();
        }

        Assert.InRange(port!.Count, 0, 2000);
        Assert.InRange(stack.ConnectionCount, 0, 20);
    }

    private static NetworkMessage Random(Random random) => new()
    {
        Kind = (NetworkMessageKind)random.Next(11),
        Source = new EndPoint4(random.Next(10) == 0 ? (uint)random.NextInt64(1L << 32) : There, Port(random)),
        Destination = new EndPoint4(random.Next(10) == 0 ? (uint)random.NextInt64(1L << 32) : Here, Port(random)),
        Connection = (ulong)random.Next(3),
        Sequence = random.Next(3) == 0 ? (ulong)random.NextInt64() : (ulong)random.Next(2000),
        Window = random.Next(3) == 0 ? ulong.MaxValue - (ulong)random.Next(10) : (ulong)random.Next(4000),
        Reason = (RefusalReason)random.Next(7),
        Payload = new byte[random.Next(50) == 0 ? random.Next(70000) : random.Next(200)],
    };

    private static ushort Port(Random random) =>
        random.Next(8) switch
        {
            0 => 0,
            1 or 2 => 80,
            3 or 4 => 5000,
            5 => 53,
            6 => 6000,
            _ => (ushort)random.Next(65536),
        };

    private (NetworkStack Stack, StreamConnection Connection) Accepted()
    {
        var stack = new NetworkStack(Here, recorder);
        stack.Bind(new EndPoint4(0, 80), false, false, out StreamListener? listener);
        stack.Listen(listener!, 4);
        stack.Deliver(Message(NetworkMessageKind.Connect) with { Window = 1000 });
        Assert.Equal(NetworkMessageKind.Accept, Assert.Single(recorder.Sent).Kind);
        recorder.Sent.Clear();
        return (stack, stack.Accept(listener!)!);
    }

    private static NetworkMessage Message(NetworkMessageKind kind) =>
        new() { Kind = kind, Source = Client, Destination = Server, Connection = 1 };

    private static NetworkMessage Data(ulong sequence, string text) => Message(NetworkMessageKind.Data) with
    {
        Sequence = sequence,
        Payload = System.Text.Encoding.Latin1.GetBytes(text),
    };

    private sealed class Recorder : INetwork
    {
        internal List<NetworkMessage> Sent { get; } = [];

        internal Action<NetworkMessage>? Answers { get; set; }

        public bool HasRoute(uint address) => true;

        public void Send(NetworkMessage message)
        {
            Sent.Add(message);
            if (Sent.Count < 5)
            {
                Answers?.Invoke(message);
            }
        }
    }
}
