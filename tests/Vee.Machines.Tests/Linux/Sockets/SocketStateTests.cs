using Vee.Machines.Linux;
using Vee.Machines.Linux.Files;
using Vee.Machines.Linux.Sockets;
using Vee.Machines.Networking;
using Vee.Machines.State;
using Xunit;

namespace Vee.Machines.Tests.Linux.Sockets;

public sealed class SocketStateTests
{
    [Fact]
    public void Listener_keeps_connections_that_wait_in_both_queues()
    {
        using var before = new SocketHarness();
        var listener = before.Call("socket", 2, 1, 0);
        before.Bind(listener, 0, 80);
        before.Call("listen", listener, 0);
        long[] clients = [.. Enumerable.Range(0, 3).Select(_ => before.Call("socket", 2, 1 | 0x800, 0))];
        foreach (var client in clients)
        {
            before.Connect(client, EndPoint4.Loopback, 80);
        }

        before.Send(clients[0], "early", 0x40);
        using var after = SocketHarness.Restore(before.Save());
        Assert.Equal(PollEvents.None, after.Poll(clients[1]));
        var server = after.Call("accept", listener);
        Assert.Equal("early", after.Receive(server, 10));
        Assert.Equal(PollEvents.Out, after.Poll(clients[1]));
        Assert.Equal(0, after.Connect(clients[1], EndPoint4.Loopback, 80));
    }

    [Fact]
    public void Datagrams_options_and_refusals_survive()
    {
        using var before = new SocketHarness();
        var one = before.Call("socket", 2, 2, 0);
        before.Bind(one, 0, 5000);
        var other = before.Call("socket", 2, 2, 0);
        before.Connect(other, EndPoint4.Loopback, 5000);
        before.Send(other, "waiting");
        before.SetOption(one, 1, 8, 5000);
        var refused = before.Call("socket", 2, 2, 0);
        before.Connect(refused, EndPoint4.Loopback, 9);
        before.Send(refused, "x");
        using var after = SocketHarness.Restore(before.Save());
        Assert.Equal("waiting", after.Receive(one, 100));
        Assert.Equal(10000, after.GetOption(one, 1, 8));
        Assert.Equal((int)Errno.ECONNREFUSED, after.GetOption(refused, 1, 4));
        Assert.Equal(before.Process.Network.Counters, after.Process.Network.Counters);
    }

    [Fact]
    public void Files_in_flight_and_unix_backlogs_survive()
    {
        using var before = new SocketHarness();
        var listener = before.Call("socket", 1, 5, 0);
        before.BindUnix(listener, "\0n\u00e9");
        before.Call("listen", listener, 3);
        var client = before.Call("socket", 1, 5, 0);
        before.ConnectUnix(client, "\0n\u00e9");
        var passed = before.Call("socket", 2, 2, 0);
        var id = before.Socket(passed).Id;
        foreach (var type in new[] { 1, 2 })
        {
            var (one, _) = before.Pair(type);
            var socket = before.Socket(one);
            Assert.Equal(3, socket.Send("abc"u8, new OutgoingMessage(null, [before.Socket(passed)])).Raw);
        }

        before.Send(client, "packet");
        before.Process.Files.Close((int)passed);
        using var after = SocketHarness.Restore(before.Save());
        Assert.Equal(2, after.Process.Sockets.FilesInFlight);
        Assert.Equal(2, after.Process.Files.Descriptions[id].References);
        var server = after.Call("accept", listener);
        Assert.Equal("packet", after.Receive(server, 100));
        foreach (var number in after.Process.Files.Numbers.ToList())
        {
            after.Process.Files.Close(number);
        }

        Assert.Empty(after.Process.Files.Descriptions);
        Assert.Equal(0, after.Process.Sockets.FilesInFlight);
    }

    [Fact]
    public void Connection_attempt_in_flight_is_answered_after_the_restore()
    {
        var network = new TestNetwork(new Random(1));
        using var server = new SocketHarness(0x0A000003, network.Plug);
        network.Attach(server.Process.Network);
        var listener = server.Call("socket", 2, 1, 0);
        server.Bind(listener, 0, 80);
        server.Call("listen", listener, 3);
        using var before = new SocketHarness(0x0A000002, network.Plug);
        var client = before.Call("socket", 2, 1 | 0x800, 0);
        before.Connect(client, 0x0A000003, 80);
        using var after = SocketHarness.Restore(before.Save(), 0x0A000002, network.Plug);
        network.Attach(after.Process.Network);
        network.StepAll();
        Assert.Equal(0, after.Connect(client, 0x0A000003, 80));
        after.Send(client, "hello");
        network.StepAll();
        Assert.Equal("hello", server.Receive(server.Call("accept", listener), 10));
    }

    [Fact]
    public void Damaged_state_is_refused_and_never_throws_anything_else()
    {
        using var before = new SocketHarness();
        before.TcpPair();
        before.Pair(1);
        var saved = before.Save();
        var random = new Random(4);
        for (var round = 0; round < 2000; round++)
        {
            var damaged = saved.ToArray();
            damaged[random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
            Assert.Throws<StateRefusedException>(() => SocketHarness.Restore(damaged).Dispose());
        }
    }

    [Fact]
    public void State_that_lies_is_refused_or_harmless()
    {
        const int seed = 20261123;
        TestContext.Current.SendDiagnosticMessage($"seed {seed}");
        var random = new Random(seed);
        using var before = Crowded();
        var saved = before.Save();
        Assert.Equal(saved, StateMutator.Mutate(saved, random, 0));
        var restored = 0;
        for (var round = 0; round < 4000; round++)
        {
            try
            {
                using var after = SocketHarness.Restore(StateMutator.Mutate(saved, random, random.Next(1, 4)));
                restored++;
                Exercise(after);
            }
            catch (StateRefusedException)
            {
                // Refused: also well.
            }
        }

        Assert.InRange(restored, 400, 3600);
    }

    private static SocketHarness Crowded()
    {
        var guest = new SocketHarness();
        var (_, client, _) = guest.TcpPair(80, 1152);
        guest.Send(client, new string('x', 3000), 0x40);
        guest.Connect(guest.Call("socket", 2, 1, 0), EndPoint4.Loopback, 80);
        var port = guest.Call("socket", 2, 2, 0);
        guest.Bind(port, 0, 53);
        var sender = guest.Call("socket", 2, 2, 0);
        guest.Connect(sender, EndPoint4.Loopback, 53);
        guest.Send(sender, "datagram");
        foreach (var type in new[] { 1, 2, 5 })
        {
            var (one, other) = guest.Pair(type);
            guest.Socket(one).Send("abc"u8, new OutgoingMessage(null, [guest.Socket(port), guest.Socket(other)]));
        }

        var listener = guest.Call("socket", 1, 1, 0);
        guest.BindUnix(listener, "\0n");
        guest.Call("listen", listener, 3);
        guest.ConnectUnix(guest.Call("socket", 1, 1, 0), "\0n");
        return guest;
    }

    private static void Exercise(SocketHarness guest)
    {
        foreach (var number in guest.Process.Files.Numbers.ToList())
        {
            guest.Poll(number);
            guest.Receive(number, 2000, 0x40);
            guest.Send(number, "more", 0x4040);
            guest.Socket(number).Flags |= OpenFlags.NonBlocking;
            guest.Call("accept", number);
        }

        guest.Save();
        foreach (var number in guest.Process.Files.Numbers.ToList())
        {
            guest.Process.Files.Close(number);
        }
    }
}
