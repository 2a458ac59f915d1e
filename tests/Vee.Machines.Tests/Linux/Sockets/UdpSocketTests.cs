using Vee.Machines.Linux;
using Vee.Machines.Linux.Files;
using Vee.Machines.Linux.Sockets;
using Vee.Machines.Networking;
using Xunit;

namespace Vee.Machines.Tests.Linux.Sockets;

public sealed class UdpSocketTests : IDisposable
{
    private readonly SocketHarness guest = new();

    public void Dispose() => guest.Dispose();

    [Fact]
    public void Datagram_keeps_its_border_and_names_its_sender()
    {
        var (one, other) = Two();
        SendTo(one, "first", 5001);
        SendTo(one, "second", 5001);
        guest.PutBytes(64, BitConverter.GetBytes(128));
        var at = (long)SocketHarness.Base;
        Assert.Equal(3, guest.Call("recvfrom", other, at + 8192, 3, 0, at + 128, at + 64));
        Assert.Equal(16, guest.Int(64));
        Assert.Equal(new byte[] { 2, 0, 0x13, 0x88, 127, 0, 0, 1 }, guest.Bytes(128, 8));
        Assert.Equal("second", guest.Receive(other, 100));
        Assert.Equal("EAGAIN", guest.Receive(other, 100, 0x40));
    }

    [Fact]
    public void Truncation_flag_returns_the_whole_length_and_peek_keeps_the_datagram()
    {
        var (one, other) = Two();
        SendTo(one, "abcdef", 5001);
        Assert.Equal(6, guest.Call("recvfrom", other, (long)SocketHarness.Base, 2, 0x22));
        Assert.Equal("abcdef", guest.Receive(other, 100));
    }

    [Fact]
    public void Connected_socket_hears_of_refusal_once()
    {
        var one = guest.Call("socket", 2, 2, 0);
        Assert.Equal(0, guest.Connect(one, EndPoint4.Loopback, 9));
        Assert.Equal(1, guest.Send(one, "x"));
        Assert.Equal(PollEvents.Out | PollEvents.Error, guest.Poll(one));
        Assert.Equal("ECONNREFUSED", guest.Receive(one, 10));
        Assert.Equal("EAGAIN", guest.Receive(one, 10, 0x40));
    }

    [Fact]
    public void Queue_that_is_full_drops_and_counts()
    {
        var (one, other) = Two();
        guest.SetOption(other, 1, 8, 1152);
        for (var index = 0; index < 20; index++)
        {
            SendTo(one, "0123456789", 5001);
        }

        Assert.Equal(12UL, guest.Process.Network.Counters.DatagramsDropped);
        for (var index = 0; index < 8; index++)
        {
            Assert.Equal("0123456789", guest.Receive(other, 100, 0x40));
        }

        Assert.Equal("EAGAIN", guest.Receive(other, 100, 0x40));
    }

    [Fact]
    public void Send_fails_where_Linux_fails()
    {
        var one = guest.Call("socket", 2, 2, 0);
        Assert.Equal(SocketHarness.Fails(Errno.EDESTADDRREQ), guest.Send(one, "x"));
        Assert.Equal(SocketHarness.Fails(Errno.ENETUNREACH), guest.Connect(one, 0x08080808, 53));
        Assert.Equal(SocketHarness.Fails(Errno.EACCES), guest.Connect(one, EndPoint4.Broadcast, 53));
        guest.Connect(one, EndPoint4.Loopback, 9);
        Assert.Equal(
            SocketHarness.Fails(Errno.EMSGSIZE), guest.Call("sendto", one, (long)SocketHarness.Base, 65508, 0));
        Assert.Equal(65507, guest.Call("sendto", one, (long)SocketHarness.Base, 65507, 0));
    }

    [Fact]
    public void Connected_socket_knows_its_addresses_and_filters_senders()
    {
        var (one, other) = Two();
        var third = guest.Call("socket", 2, 2, 0);
        Assert.Equal(0, guest.Connect(other, EndPoint4.Loopback, 5000));
        SendTo(third, "stranger", 5001);
        SendTo(one, "friend", 5001);
        Assert.Equal("friend", guest.Receive(other, 100));
        Assert.Equal(
            SocketAddress.Inet(new EndPoint4(EndPoint4.Loopback, 5000)), guest.Socket(other).PeerAddress);
        Assert.Equal(
            SocketAddress.Inet(new EndPoint4(EndPoint4.Loopback, 5001)), guest.Socket(other).LocalAddress);
    }

    [Fact]
    public void Many_messages_move_in_one_call()
    {
        var (one, other) = Two();
        guest.Connect(one, EndPoint4.Loopback, 5001);
        var at = (long)SocketHarness.Base;
        guest.PutBytes(4096, "abcdef"u8);
        for (ulong index = 0; index < 3; index++)
        {
            PutHeader(256 + (64 * index), 512 + (16 * index), 4096 + (2 * index), 2);
            PutHeader(1024 + (64 * index), 2048 + (16 * index), 8192 + (10 * index), 10);
        }

        Assert.Equal(3, guest.Call("sendmmsg", one, at + 256, 3, 0));
        Assert.Equal(2, guest.Int(256 + 56));
        Assert.Equal(3, guest.Call("recvmmsg", other, at + 1024, 5, 0x40, 0));
        Assert.Equal("cd"u8.ToArray(), guest.Bytes(8202, 2));
    }

    private void PutHeader(ulong header, ulong vector, ulong data, int count)
    {
        guest.PutBytes(header, new byte[64]);
        guest.PutBytes(header + 16, BitConverter.GetBytes(SocketHarness.Base + vector));
        guest.PutBytes(header + 24, BitConverter.GetBytes(1UL));
        guest.PutBytes(vector, BitConverter.GetBytes(SocketHarness.Base + data));
        guest.PutBytes(vector + 8, BitConverter.GetBytes((ulong)count));
    }

    private (long One, long Other) Two()
    {
        var one = guest.Call("socket", 2, 2, 0);
        var other = guest.Call("socket", 2, 2, 0);
        Assert.Equal(0, guest.Bind(one, 0, 5000));
        Assert.Equal(0, guest.Bind(other, EndPoint4.Loopback, 5001));
        return (one, other);
    }

    private void SendTo(long socket, string text, ushort port)
    {
        var (pointer, length) = guest.PutAddress(256, SocketAddress.Inet(new EndPoint4(EndPoint4.Loopback, port)));
        var data = (long)guest.PutBytes(4096, System.Text.Encoding.Latin1.GetBytes(text));
        Assert.Equal(text.Length, guest.Call("sendto", socket, data, text.Length, 0, pointer, length));
    }
}
