using System.Text;
using Vee.Machines.Networking;
using Vee.Machines.State;
using Vee.Machines.Tests.State;
using Xunit;

namespace Vee.Machines.Tests.Linux.Sockets;

/// <summary>Messages of one connection that overtake each other.</summary>
public sealed class EarlyMessageTests
{
    private const uint Here = 0x0A000002;
    private const uint There = 0x0A000003;

    private static readonly EndPoint4 Local = new(Here, 5000);
    private static readonly EndPoint4 Remote = new(There, 80);

    // What a granter says in a short conversation.
    private static readonly NetworkMessage[] Conversation =
    [
        Message(NetworkMessageKind.Accept) with { Window = 1000 },
        Data(0, "ab"),
        Data(2, "cde"),
        Message(NetworkMessageKind.Window) with { Window = 2000 },
        Data(5, "f"),
        Data(6, "gh"),
        Message(NetworkMessageKind.Finish) with { Sequence = 8 },
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_order_of_a_short_conversation_gives_the_same_bytes_and_ends(int times)
    {
        var orders = 0;
        foreach (var order in Permutations(Conversation))
        {
            orders++;
            var (stack, connection) = Asked();
            var committed = stack.CommittedBytes;
            var hasAccept = false;
            foreach (var message in order)
            {
                for (var time = 0; time < times; time++)
                {
                    stack.Deliver(message);
                }

                hasAccept |= message.Kind == NetworkMessageKind.Accept;
                Assert.Equal(hasAccept ? StreamState.Open : StreamState.Connecting, connection.State);
                Assert.True(hasAccept || connection is { Received.Count: 0, SendRoom: 0, IsReceiveFinished: false });
            }

            AssertWhole(stack, connection);
            Assert.Equal(committed, stack.CommittedBytes);
        }

        Assert.Equal(5040, orders);
    }

    [Fact]
    public void Every_order_goes_on_where_it_was_saved_with_a_gap_open()
    {
        NetworkMessage[] five = [Conversation[0], Data(0, "abcd"), Data(4, "e"), Data(5, "fgh"), Conversation[^1]];
        foreach (var order in Permutations(five))
        {
            var (stack, connection) = Asked();
            stack.Deliver(Conversation[3]);
            foreach (var message in order)
            {
                var saved = StateBuffer.Written(stack.Save);
                stack = Restored(saved);
                Assert.Equal(saved, StateBuffer.Written(stack.Save));
                stack.Deliver(message);
            }

            AssertWhole(stack, (StreamConnection)stack.Find(connection.Id)!);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Long_streams_pass_a_network_that_delays_messages_at_random(int seed)
    {
        var random = new Random(seed);
        var network = new TestNetwork(random) { HasSeveralWays = true };
        var (one, other) = (new NetworkStack(Here, network.Plug), new NetworkStack(There, network.Plug));
        network.Attach(one);
        network.Attach(other);
        other.Bind(Remote, false, false, out StreamListener? listener);
        listener!.CapacityBytes = 100_000;
        other.Listen(listener, 1);
        one.Connect(default, Remote, 100_000, out var sender);
        network.StepAll();
        var receiver = other.Accept(listener)!;
        var all = new byte[1 << 20];
        random.NextBytes(all);
        var (sent, got, part) = (0, 0, new byte[5000]);
        while (got < all.Length || !receiver.IsReceiveFinished)
        {
            sent += one.Write(sender!, all.AsSpan(sent, Math.Min(random.Next(3000), all.Length - sent)));
            if (sent == all.Length)
            {
                one.Finish(sender!);
            }

            var count = receiver.Received.CopyTo(0, part.AsSpan(0, random.Next(part.Length)));
            Assert.True(all.AsSpan(got, count).SequenceEqual(part.AsSpan(0, count)), $"seed {seed}: at {got}");
            other.Skip(receiver, count);
            got += count;
            Assert.True(network.Step() || receiver.Received.Count > 0 || got == all.Length, $"seed {seed}: stalled");
        }

        Assert.True(other.Counters.Early > 100, $"seed {seed}: {other.Counters}");
        Assert.Equal(0UL, one.Counters.OutOfWindow + other.Counters.OutOfWindow);
    }

    [Fact]
    public void A_reset_that_overtakes_acts_at_once()
    {
        var (stack, connection) = Asked();
        stack.Deliver(Conversation[0]);
        stack.Deliver(Data(2, "cde"));
        stack.Deliver(Message(NetworkMessageKind.Reset));
        Assert.Equal((StreamState.Closed, StreamFault.Reset), (connection.State, connection.Fault));
        Assert.False(connection.HasEarly);
        stack.Close(connection, abort: true);
        Assert.Equal((0, 0), (stack.CommittedBytes, stack.ConnectionCount));
    }

    [Fact]
    public void Who_sends_more_gaps_than_are_kept_or_beyond_the_window_is_ignored()
    {
        var (stack, connection) = Asked();
        stack.Deliver(Conversation[0]);
        var committed = stack.CommittedBytes;
        for (var gap = 1; gap <= 1000; gap++)
        {
            stack.Deliver(Data((ulong)(2 * gap), "x"));
        }

        stack.Deliver(Data(connection.ReceiveLimit - 1, "xy"));
        stack.Deliver(Data(ulong.MaxValue, "xy"));
        stack.Deliver(Message(NetworkMessageKind.Finish) with { Sequence = connection.ReceiveLimit + 1 });
        Assert.Equal(
            ((ulong)EarlyArrivals.RangesMax, (ulong)(1003 - EarlyArrivals.RangesMax)),
            (stack.Counters.Early, stack.Counters.OutOfWindow));
        Assert.Equal((committed, 0), (stack.CommittedBytes, connection.Received.Count));
    }

    [Fact]
    public void What_contradicts_the_end_of_the_stream_is_ignored()
    {
        var (stack, connection) = Asked();
        stack.Deliver(Conversation[0]);
        stack.Deliver(Data(4, "ef"));
        stack.Deliver(Message(NetworkMessageKind.Finish) with { Sequence = 0 });
        stack.Deliver(Message(NetworkMessageKind.Finish) with { Sequence = 5 });
        stack.Deliver(Message(NetworkMessageKind.Finish) with { Sequence = 6 });
        stack.Deliver(Message(NetworkMessageKind.Finish) with { Sequence = 7 });
        stack.Deliver(Data(6, "g"));
        stack.Deliver(Data(0, "abcdefg"));
        Assert.Equal(0, connection.Received.Count);
        stack.Deliver(Data(0, "abcd"));
        Assert.Equal(("abcdef", true), (Text(connection), connection.IsReceiveFinished));
        Assert.Equal(5UL, stack.Counters.OutOfWindow);
    }

    /// <summary>Early bytes are in the ring when it turns round, grows and runs empty.</summary>
    [Fact]
    public void Early_bytes_survive_whatever_is_read_meanwhile()
    {
        var (stack, connection) = Asked();
        stack.Deliver(Conversation[0]);
        var next = 0UL;
        var random = new Random(5);
        for (var round = 0; round < 300; round++)
        {
            var (first, second) = (Stretch(next, random.Next(1, 900)), random.Next(1, 2000));
            stack.Deliver(Data(next + (ulong)first.Length, Stretch(next + (ulong)first.Length, second)));
            Assert.Equal(0, connection.Received.Count);
            stack.Deliver(Data(next, first));
            Assert.Equal(Stretch(next, first.Length + second), Text(connection));
            next += (ulong)(first.Length + second);
            stack.Skip(connection, first.Length + second);
        }

        static string Stretch(ulong from, int count) =>
            string.Concat(Enumerable.Range(0, count).Select(index => (char)('a' + ((from + (ulong)index) % 23))));
    }

    private static void AssertWhole(NetworkStack stack, StreamConnection connection)
    {
        Assert.Equal("abcdefgh", Text(connection));
        Assert.True(connection is
        {
            State: StreamState.Open, IsReceiveFinished: true, HasEarly: false, SendLimit: 2000, ReceiveOffset: 8,
        });
        Assert.Equal(0UL, stack.Counters.OutOfWindow);
    }

    private static string Text(StreamConnection connection)
    {
        var bytes = new byte[connection.Received.Count];
        connection.Received.CopyTo(0, bytes);
        return Encoding.Latin1.GetString(bytes);
    }

    private static IEnumerable<NetworkMessage[]> Permutations(NetworkMessage[] items)
    {
        if (items.Length < 2)
        {
            yield return items;
            yield break;
        }

        for (var first = 0; first < items.Length; first++)
        {
            foreach (var rest in Permutations([.. items[..first], .. items[(first + 1)..]]))
            {
                yield return [items[first], .. rest];
            }
        }
    }

    private static (NetworkStack Stack, StreamConnection Connection) Asked()
    {
        var stack = new NetworkStack(Here, new Silence());
        stack.Connect(Local, Remote, StreamConnection.CapacityBytesDefault, out var connection);
        return (stack, connection!);
    }

    private static NetworkStack Restored(byte[] saved)
    {
        var stack = new NetworkStack(Here, new Silence());
        var reader = new StateReader(StateBuffer.Source(saved));
        stack.Restore(reader);
        reader.Complete();
        return stack;
    }

    private static NetworkMessage Message(NetworkMessageKind kind) =>
        new() { Kind = kind, Source = Remote, Destination = Local, Connection = 1 };

    private static NetworkMessage Data(ulong sequence, string text) => Message(NetworkMessageKind.Data) with
    {
        Sequence = sequence,
        Payload = Encoding.Latin1.GetBytes(text),
    };

    private sealed class Silence : INetwork
    {
        public bool HasRoute(uint address) => true;

        public void Send(NetworkMessage message)
        {
        }
    }
}
