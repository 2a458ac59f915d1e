using Vee.Machines.Linux;
using Vee.Machines.Linux.Files;
using Vee.Machines.Linux.Threads;
using Vee.Machines.Networking;
using Xunit;
using GuestThreadState = Vee.Machines.Linux.Threads.GuestThreadState;

namespace Vee.Machines.Tests.Linux.Sockets;

public sealed class TcpSocketTests : IDisposable
{
    private const long DoNotWait = 0x40;
    private readonly SocketHarness guest = new();

    public void Dispose() => guest.Dispose();

    [Fact]
    public void Connection_over_loopback_carries_bytes_both_ways()
    {
        var (_, client, server) = guest.TcpPair();
        Assert.Equal(5, guest.Send(client, "hello"));
        Assert.Equal("hello", guest.Receive(server, 100));
        Assert.Equal(2, guest.Send(server, "hi"));
        Assert.Equal("h", guest.Receive(client, 1, 2));
        Assert.Equal("hi", guest.Receive(client, 100));
        Assert.Equal("EAGAIN", guest.Receive(client, 100, DoNotWait));
    }

    [Fact]
    public void Accept_without_connection_waits_and_is_woken_by_connect()
    {
        var listener = guest.Call("socket", 2, 1, 0);
        guest.Bind(listener, 0, 80);
        guest.Call("listen", listener, 5);
        var other = new GuestThread(101);
        Assert.Equal(SocketHarness.Blocked, guest.Call(other, "accept", listener));
        Assert.Equal(GuestThreadState.Blocked, other.State);
        var client = guest.Call("socket", 2, 1, 0);
        Assert.Equal(0, guest.Connect(client, EndPoint4.Loopback, 80));
        Assert.Equal(GuestThreadState.Runnable, other.State);
        Assert.True(guest.Call(other, "accept", listener) > client);
    }

    [Fact]
    public void Connect_to_closed_port_is_refused_and_the_socket_can_try_again()
    {
        var client = guest.Call("socket", 2, 1, 0);
        Assert.Equal(SocketHarness.Fails(Errno.ECONNREFUSED), guest.Connect(client, EndPoint4.Loopback, 81));
        var (_, _, _) = guest.TcpPair(81);
        Assert.Equal(0, guest.Connect(client, EndPoint4.Loopback, 81));
        Assert.Equal(SocketHarness.Fails(Errno.EISCONN), guest.Connect(client, EndPoint4.Loopback, 81));
    }

    [Fact]
    public void Connect_outside_an_isolated_network_is_unreachable()
    {
        var client = guest.Call("socket", 2, 1, 0);
        Assert.Equal(SocketHarness.Fails(Errno.ENETUNREACH), guest.Connect(client, 0x08080808, 80));
    }

    [Fact]
    public void Connect_without_waiting_is_in_progress_then_done()
    {
        guest.TcpPair();
        var client = guest.Call("socket", 2, 1 | 0x800, 0);
        Assert.Equal(SocketHarness.Fails(Errno.EINPROGRESS), guest.Connect(client, EndPoint4.Loopback, 80));
        Assert.Equal(0, guest.GetOption(client, 1, 4));
        Assert.Equal(0, guest.Connect(client, EndPoint4.Loopback, 80));
        Assert.Equal(SocketHarness.Fails(Errno.EISCONN), guest.Connect(client, EndPoint4.Loopback, 80));
    }

    [Fact]
    public void Connect_without_waiting_reports_refusal_once_by_SO_ERROR()
    {
        var client = guest.Call("socket", 2, 1 | 0x800, 0);
        Assert.Equal(SocketHarness.Fails(Errno.EINPROGRESS), guest.Connect(client, EndPoint4.Loopback, 81));
        Assert.Equal(
            PollEvents.In | PollEvents.Out | PollEvents.Error | PollEvents.HangUp | PollEvents.ReadHangUp,
            guest.Poll(client));
        Assert.Equal((int)Errno.ECONNREFUSED, guest.GetOption(client, 1, 4));
        Assert.Equal(0, guest.GetOption(client, 1, 4));
    }

    [Fact]
    public void Shutdown_of_one_direction_leaves_the_other()
    {
        var (_, client, server) = guest.TcpPair();
        guest.Send(client, "last");
        Assert.Equal(0, guest.Call("shutdown", client, 1));
        Assert.Equal("last", guest.Receive(server, 100));
        Assert.Equal("", guest.Receive(server, 100));
        Assert.Equal(3, guest.Send(server, "yes"));
        Assert.Equal("yes", guest.Receive(client, 100));
        Assert.Equal(SocketHarness.Fails(Errno.EPIPE), guest.Send(client, "no"));
        Assert.Equal(13, Assert.Single(guest.Signals).Number);
        Assert.Equal(SocketHarness.Fails(Errno.EPIPE), guest.Send(client, "no", 0x4000));
        Assert.Single(guest.Signals);
    }

    [Fact]
    public void Close_with_unread_bytes_resets_the_peer()
    {
        var (_, client, server) = guest.TcpPair();
        guest.Send(client, "unread");
        guest.Process.Files.Close((int)server);
        Assert.Equal("ECONNRESET", guest.Receive(client, 10));
        Assert.Equal("", guest.Receive(client, 10));
    }

    [Fact]
    public void Close_with_linger_zero_resets_the_peer_who_reads_what_came_before()
    {
        var (_, client, server) = guest.TcpPair();
        guest.Send(server, "tail");
        guest.PutBytes(0, [1, 0, 0, 0, 0, 0, 0, 0]);
        Assert.Equal(0, guest.Call("setsockopt", server, 1, 13, (long)SocketHarness.Base, 8));
        guest.Process.Files.Close((int)server);
        Assert.Equal("tail", guest.Receive(client, 10));
        Assert.Equal("ECONNRESET", guest.Receive(client, 10));
        Assert.Equal(SocketHarness.Fails(Errno.ENOTCONN), guest.Call("getpeername", client, 0, 0));
    }

    [Fact]
    public void Read_after_the_peer_finished_and_reset_finds_the_end()
    {
        var (_, client, server) = guest.TcpPair();
        guest.Process.Files.Close((int)server);
        Assert.Equal(1, guest.Send(client, "x"));
        Assert.Equal("", guest.Receive(client, 10));
        Assert.Equal(SocketHarness.Fails(Errno.EPIPE), guest.Send(client, "x"));
    }

    [Fact]
    public void Write_after_the_peer_closed_succeeds_once_then_is_a_broken_pipe()
    {
        var (_, client, server) = guest.TcpPair();
        guest.Process.Files.Close((int)server);
        Assert.Equal(1, guest.Send(client, "x"));
        Assert.Equal(SocketHarness.Fails(Errno.EPIPE), guest.Send(client, "x"));
    }

    [Fact]
    public void Blocking_send_beyond_the_window_continues_where_it_stopped()
    {
        var (_, client, server) = guest.TcpPair(80, 1152);
        var all = new byte[10000];
        new Random(1).NextBytes(all);
        guest.PutBytes(65536, all);
        List<byte> received = [];
        var sender = new GuestThread(101);
        long result;
        while ((result = guest.Call(sender, "sendto", client, (long)SocketHarness.Base + 65536, all.Length))
            == SocketHarness.Blocked)
        {
            var count = guest.Call("recvfrom", server, (long)SocketHarness.Base, 777, DoNotWait);
            received.AddRange(guest.Bytes(0, Math.Max(0, count)));
        }

        Assert.Equal(all.Length, result);
        long rest;
        while ((rest = guest.Call("recvfrom", server, (long)SocketHarness.Base, 4096, DoNotWait)) > 0)
        {
            received.AddRange(guest.Bytes(0, rest));
        }

        Assert.Equal(all, received);
    }

    [Fact]
    public void Backlog_that_is_full_delays_connections_until_accept()
    {
        var listener = guest.Call("socket", 2, 1, 0);
        guest.Bind(listener, 0, 80);
        guest.Call("listen", listener, 0);
        long[] clients = [.. Enumerable.Range(0, 3).Select(_ => guest.Call("socket", 2, 1 | 0x800, 0))];
        foreach (var client in clients)
        {
            guest.Connect(client, EndPoint4.Loopback, 80);
        }

        Assert.Equal(
            [PollEvents.Out, PollEvents.None, PollEvents.None], clients.Select(guest.Poll));
        guest.Call("accept", listener);
        Assert.Equal(
            [PollEvents.Out, PollEvents.Out, PollEvents.None], clients.Select(guest.Poll));
    }

    [Fact]
    public void Port_in_use_is_refused_unless_both_reuse_it_and_nobody_listens()
    {
        var one = guest.Call("socket", 2, 1, 0);
        var other = guest.Call("socket", 2, 1, 0);
        guest.SetOption(one, 1, 2, 1);
        Assert.Equal(0, guest.Bind(one, 0, 80));
        Assert.Equal(SocketHarness.Fails(Errno.EADDRINUSE), guest.Bind(other, EndPoint4.Loopback, 80));
        guest.SetOption(other, 1, 2, 1);
        Assert.Equal(0, guest.Bind(other, EndPoint4.Loopback, 80));
        Assert.Equal(0, guest.Call("listen", one, 1));
        Assert.Equal(SocketHarness.Fails(Errno.EADDRINUSE), guest.Call("listen", other, 1));
        var third = guest.Call("socket", 2, 1, 0);
        Assert.Equal(SocketHarness.Fails(Errno.EADDRNOTAVAIL), guest.Bind(third, 0x01020304, 1));
    }

    [Fact]
    public void Receive_timeout_answers_EAGAIN_at_its_virtual_time()
    {
        var (_, client, _) = guest.TcpPair();
        guest.PutBytes(0, [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        Assert.Equal(0, guest.Call("setsockopt", client, 1, 20, (long)SocketHarness.Base, 16));
        Assert.Equal("blocked", guest.Receive(client, 10));
        Assert.Equal(guest.Process.Clock.Now + 2_000_000_000, guest.Thread.WaitDeadline);
        guest.Process.Threads.MakeRunnable(guest.Thread, WakeReason.Timeout);
        Assert.Equal("EAGAIN", guest.Receive(client, 10));
    }

    [Fact]
    public void Receive_of_everything_waits_until_it_is_there()
    {
        var (_, client, server) = guest.TcpPair();
        guest.Send(client, "ab");
        var reader = new GuestThread(101);
        var at = (long)SocketHarness.Base + 8192;
        Assert.Equal(SocketHarness.Blocked, guest.Call(reader, "recvfrom", server, at, 4, 0x100));
        guest.Send(client, "cd");
        Assert.Equal(4, guest.Call(reader, "recvfrom", server, at, 4, 0x100));
        Assert.Equal("abcd"u8.ToArray(), guest.Bytes(8192, 4));
    }

    [Fact]
    public void Stream_over_loopback_allocates_nothing_once_warm()
    {
        var (_, client, server) = guest.TcpPair();
        var send = new SyscallArguments((ulong)client, SocketHarness.Base, 4000, 0, 0, 0);
        var receive = new SyscallArguments((ulong)server, SocketHarness.Base + 8192, 4000, 0, 0, 0);
        var sendHandler = SyscallTable.Find(206)!.Handler!;
        var receiveHandler = SyscallTable.Find(207)!.Handler!;
        long allocated = 0;
        long moved = 0;
        for (var round = 0; round < 200; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            moved += sendHandler(guest.Process, guest.Thread, send).Raw;
            moved += receiveHandler(guest.Process, guest.Thread, receive).Raw;
            allocated += round < 100 ? 0 : GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(200 * 8000, moved);
        Assert.Equal(0, allocated);
    }
}
