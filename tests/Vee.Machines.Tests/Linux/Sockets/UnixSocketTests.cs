using Vee.Machines.Linux;
using Vee.Machines.Linux.Files;
using Vee.Machines.Linux.Sockets;
using Xunit;

namespace Vee.Machines.Tests.Linux.Sockets;

public sealed class UnixSocketTests : IDisposable
{
    private const long DoNotWait = 0x40;
    private readonly SocketHarness guest = new();

    public void Dispose() => guest.Dispose();

    [Theory]
    [InlineData("\0abstract")]
    [InlineData("/run/socket")]
    public void Stream_connects_by_name(string name)
    {
        var listener = guest.Call("socket", 1, 1, 0);
        Assert.Equal(0, guest.BindUnix(listener, name));
        Assert.Equal(0, guest.Call("listen", listener, 5));
        var client = guest.Call("socket", 1, 1, 0);
        Assert.Equal(0, guest.ConnectUnix(client, name));
        var server = guest.Call("accept", listener);
        guest.Send(client, "hello");
        Assert.Equal("hello", guest.Receive(server, 10));
        Assert.Equal(SocketAddress.Unix(name), guest.Socket(client).PeerAddress);
        Assert.Equal(SocketAddress.Unix(name), guest.Socket(server).LocalAddress);
        Assert.Equal(100, PeerProcess(client));
        Assert.Equal(SocketHarness.Fails(Errno.EADDRINUSE), guest.BindUnix(guest.Call("socket", 1, 1, 0), name));
    }

    [Fact]
    public void Names_that_nobody_has_are_refused()
    {
        var client = guest.Call("socket", 1, 1, 0);
        Assert.Equal(SocketHarness.Fails(Errno.ECONNREFUSED), guest.ConnectUnix(client, "\0none"));
        Assert.Equal(SocketHarness.Fails(Errno.ENOENT), guest.ConnectUnix(client, "/none"));
    }

    [Fact]
    public void Bind_without_name_chooses_an_abstract_one()
    {
        var socket = guest.Call("socket", 1, 2, 0);
        guest.PutBytes(0, [1, 0]);
        Assert.Equal(0, guest.Call("bind", socket, (long)SocketHarness.Base, 2));
        Assert.Equal(SocketAddress.Unix("\000000"), guest.Socket(socket).LocalAddress);
    }

    [Fact]
    public void Full_backlog_makes_connect_wait_for_accept()
    {
        var listener = guest.Call("socket", 1, 1, 0);
        guest.BindUnix(listener, "\0x");
        guest.Call("listen", listener, 0);
        guest.ConnectUnix(guest.Call("socket", 1, 1, 0), "\0x");
        var client = guest.Call("socket", 1, 1, 0);
        Assert.Equal(SocketHarness.Blocked, guest.ConnectUnix(client, "\0x"));
        guest.Call(new Vee.Machines.Linux.Threads.GuestThread(7), "accept", listener);
        Assert.Equal(Vee.Machines.Linux.Threads.GuestThreadState.Runnable, guest.Thread.State);
        Assert.Equal(0, guest.ConnectUnix(client, "\0x"));
    }

    [Fact]
    public void Seqpacket_keeps_borders_and_ends_when_the_peer_closes()
    {
        var (one, other) = guest.Pair(5);
        guest.Send(one, "ab");
        guest.Send(one, "cd");
        Assert.Equal("a", guest.Receive(other, 1));
        Assert.Equal("cd", guest.Receive(other, 100));
        guest.Process.Files.Close((int)one);
        Assert.Equal("", guest.Receive(other, 100));
        Assert.Equal(SocketHarness.Fails(Errno.EPIPE), guest.Send(other, "x"));
        Assert.Empty(guest.Signals);
    }

    [Fact]
    public void Datagram_sender_waits_while_the_queue_is_full()
    {
        var (one, other) = guest.Pair(2);
        for (var index = 0; index <= SocketLimits.UnixDatagramsMax; index++)
        {
            Assert.Equal(1, guest.Send(one, "x"));
        }

        Assert.Equal(SocketHarness.Blocked, guest.Send(one, "y"));
        guest.Call(new Vee.Machines.Linux.Threads.GuestThread(7), "recvfrom", other, (long)SocketHarness.Base, 1);
        Assert.Equal(Vee.Machines.Linux.Threads.GuestThreadState.Runnable, guest.Thread.State);
        Assert.Equal(1, guest.Send(one, "y"));
    }

    [Fact]
    public void Files_travel_with_their_bytes_and_end_the_receive()
    {
        var (one, other) = guest.Pair(1);
        var passed = guest.Call("socket", 2, 2, 0);
        var file = guest.Socket(passed);
        guest.Send(one, "before");
        Assert.Equal(4, SendFile(one, "with", (int)passed));
        guest.Send(one, "after");
        guest.Process.Files.Close((int)passed);
        Assert.Equal(1, file.References);
        Assert.Equal(1, guest.Process.Sockets.FilesInFlight);
        Assert.Equal(10, ReceiveFile(other, out var received));
        Assert.Same(file, guest.Socket(received));
        Assert.Equal(1, file.References);
        Assert.Equal(0, guest.Process.Sockets.FilesInFlight);
        Assert.Equal("after", guest.Receive(other, 100));
    }

    [Fact]
    public void Files_in_a_queue_close_with_the_socket()
    {
        var (one, other) = guest.Pair(2);
        var passed = guest.Call("socket", 2, 2, 0);
        var file = guest.Socket(passed);
        SendFile(one, "x", (int)passed);
        guest.Process.Files.Close((int)passed);
        guest.Process.Files.Close((int)other);
        Assert.Equal(0, file.References);
        Assert.Equal(0, guest.Process.Sockets.FilesInFlight);
        Assert.Equal(0, guest.Process.Sockets.UnixBytes);
    }

    [Fact]
    public void Files_in_flight_are_bounded()
    {
        guest.Process.Limits.Set(7, 20, 20);
        var (one, _) = guest.Pair(1);
        var sent = 0;
        while (SendFile(one, "x", (int)one) == 1)
        {
            sent++;
        }

        Assert.Equal(20, sent);
        Assert.Equal(SocketHarness.Fails(Errno.ETOOMANYREFS), SendFile(one, "x", (int)one));
    }

    [Fact]
    public void Control_length_that_lies_is_EINVAL()
    {
        var (one, _) = guest.Pair(1);
        foreach (var length in new ulong[] { 0, 15, 25, ulong.MaxValue, 1UL << 63 })
        {
            PutMessage("x", 24);
            guest.PutBytes(1024, BitConverter.GetBytes(length));
            guest.PutBytes(1032, BitConverter.GetBytes(0x1_0000_0001UL));
            Assert.Equal(
                SocketHarness.Fails(Errno.EINVAL), guest.Call("sendmsg", one, (long)SocketHarness.Base + 256, 0));
        }

        Assert.Equal(SocketHarness.Fails(Errno.EBADF), SendFile(one, "x", 999));
    }

    [Fact]
    public void Close_of_the_peer_with_unread_bytes_is_an_error_and_a_hang_up()
    {
        var (one, other) = guest.Pair(1);
        guest.Send(one, "unread");
        guest.Process.Files.Close((int)other);
        Assert.Equal(
            PollEvents.In | PollEvents.Out | PollEvents.Error | PollEvents.HangUp | PollEvents.ReadHangUp,
            guest.Poll(one));
        Assert.Equal("ECONNRESET", guest.Receive(one, 10, DoNotWait));
        Assert.Equal("", guest.Receive(one, 10, DoNotWait));
    }

    private int PeerProcess(long socket)
    {
        guest.PutBytes(16, BitConverter.GetBytes(12));
        Assert.Equal(0, guest.Call(
            "getsockopt", socket, 1, 17, (long)SocketHarness.Base, (long)SocketHarness.Base + 16));
        return guest.Int(0);
    }

    private void PutMessage(string text, int controlBytes)
    {
        guest.PutBytes(256, new byte[64]);
        guest.PutBytes(256 + 16, BitConverter.GetBytes(SocketHarness.Base + 512));
        guest.PutBytes(256 + 24, BitConverter.GetBytes(1UL));
        guest.PutBytes(256 + 32, BitConverter.GetBytes(SocketHarness.Base + 1024));
        guest.PutBytes(256 + 40, BitConverter.GetBytes((ulong)controlBytes));
        guest.PutBytes(512, BitConverter.GetBytes(SocketHarness.Base + 4096));
        guest.PutBytes(512 + 8, BitConverter.GetBytes((ulong)text.Length));
        guest.PutBytes(4096, System.Text.Encoding.Latin1.GetBytes(text));
    }

    private long SendFile(long socket, string text, int number)
    {
        PutMessage(text, 24);
        guest.PutBytes(1024, BitConverter.GetBytes(20UL));
        guest.PutBytes(1032, BitConverter.GetBytes(1));
        guest.PutBytes(1036, BitConverter.GetBytes(1));
        guest.PutBytes(1040, BitConverter.GetBytes(number));
        return guest.Call("sendmsg", socket, (long)SocketHarness.Base + 256, 0);
    }

    private long ReceiveFile(long socket, out int number)
    {
        PutMessage(new string(' ', 100), 24);
        var result = guest.Call("recvmsg", socket, (long)SocketHarness.Base + 256, 0);
        number = guest.Int(1040);
        return result;
    }
}
