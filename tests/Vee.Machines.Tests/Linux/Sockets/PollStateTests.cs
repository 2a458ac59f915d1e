using Vee.Machines.Linux.Files;
using Vee.Machines.Networking;
using Xunit;
using static Vee.Machines.Linux.Files.PollEvents;

namespace Vee.Machines.Tests.Linux.Sockets;

/// <summary>What poll(2) says in each state, as tcp_poll, unix_poll and unix_dgram_poll do.</summary>
public sealed class PollStateTests : IDisposable
{
    private const PollEvents Ended = In | ReadHangUp;
    private readonly SocketHarness guest = new();

    public static TheoryData<string, uint> TcpStates() => new()
    {
        { "new", (uint)(Out | HangUp) },
        { "bound", (uint)(Out | HangUp) },
        { "listening", 0 },
        { "listening with a connection", (uint)In },
        { "connecting", 0 },
        { "refused", (uint)(Ended | Out | Error | HangUp) },
        { "open", (uint)Out },
        { "open with bytes", (uint)(In | Out) },
        { "open without room", 0 },
        { "peer finished", (uint)(Ended | Out) },
        { "read side shut", (uint)(Ended | Out) },
        { "write side shut", (uint)Out },
        { "both finished", (uint)(Ended | Out | HangUp) },
        { "reset", (uint)(Ended | Out | Error | HangUp) },
        { "reset, error taken", (uint)(Ended | Out | HangUp) },
    };

    public void Dispose() => guest.Dispose();

    [Theory]
    [MemberData(nameof(TcpStates))]
    public void Tcp_state_polls_as_Linux(string state, uint expected) =>
        Assert.Equal((PollEvents)expected, guest.Poll(TcpIn(state)));

    [Fact]
    public void Unix_states_poll_as_Linux()
    {
        Assert.Equal(Out | HangUp, guest.Poll(guest.Call("socket", 1, 1, 0)));
        Assert.Equal(Out, guest.Poll(guest.Call("socket", 1, 2, 0)));
        var (one, other) = guest.Pair(1);
        Assert.Equal(Out, guest.Poll(one));
        guest.Send(other, "x");
        Assert.Equal(In | Out, guest.Poll(one));
        guest.Receive(one, 1);
        guest.Call("shutdown", other, 1);
        Assert.Equal(Ended | Out, guest.Poll(one));
        guest.Process.Files.Close((int)other);
        Assert.Equal(Ended | Out | HangUp, guest.Poll(one));
    }

    [Fact]
    public void Unix_listener_is_readable_when_a_connection_waits()
    {
        var listener = guest.Call("socket", 1, 5, 0);
        guest.BindUnix(listener, "\0p");
        guest.Call("listen", listener, 1);
        Assert.Equal(None, guest.Poll(listener));
        guest.ConnectUnix(guest.Call("socket", 1, 5, 0), "\0p");
        Assert.Equal(In, guest.Poll(listener));
    }

    [Fact]
    public void Every_change_notifies()
    {
        var (_, client, server) = guest.TcpPair();
        var socket = guest.Socket(server);
        foreach (var change in new Action[]
        {
            () => guest.Send(client, "x"),
            () => guest.Call("shutdown", client, 1),
            () => guest.Process.Network.Deliver(new NetworkMessage
            {
                Kind = NetworkMessageKind.Invalid, Source = default, Destination = default,
            }),
        })
        {
            var before = (socket.EventCount, socket.Poll());
            change();
            var after = (socket.EventCount, socket.Poll());
            Assert.True(after.Item2 == before.Item2 || after.EventCount > before.EventCount);
        }
    }

    private long TcpIn(string state)
    {
        var fresh = guest.Call("socket", 2, 1, 0);
        switch (state)
        {
            case "new":
                return fresh;
            case "bound":
                guest.Bind(fresh, 0, 5000);
                return fresh;
            case "refused":
                var refused = guest.Call("socket", 2, 1 | 0x800, 0);
                guest.Connect(refused, EndPoint4.Loopback, 5001);
                return refused;
        }

        var (listener, client, server) = guest.TcpPair(80, 1152);
        switch (state)
        {
            case "listening":
                return listener;
            case "listening with a connection":
                guest.Connect(fresh, EndPoint4.Loopback, 80);
                return listener;
            case "connecting":
                guest.Call("listen", listener, 0);
                guest.Connect(fresh, EndPoint4.Loopback, 80);
                var waiting = guest.Call("socket", 2, 1 | 0x800, 0);
                guest.Connect(waiting, EndPoint4.Loopback, 80);
                return waiting;
            case "open with bytes":
                guest.Send(server, "x");
                break;
            case "open without room":
                guest.Send(client, new string('x', 3000), 0x40);
                break;
            case "peer finished":
                guest.Call("shutdown", server, 1);
                break;
            case "read side shut":
                guest.Call("shutdown", client, 0);
                break;
            case "write side shut":
                guest.Call("shutdown", client, 1);
                break;
            case "both finished":
                guest.Call("shutdown", client, 1);
                guest.Call("shutdown", server, 1);
                break;
            case "reset" or "reset, error taken":
                guest.Send(client, "unread");
                guest.Process.Files.Close((int)server);
                if (state is not "reset")
                {
                    guest.GetOption(client, 1, 4);
                }

                break;
        }

        return client;
    }
}
