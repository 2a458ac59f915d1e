using Vee.Machines.Networking;

namespace Vee.Hypervisor.Network;

/// <summary>Bytes that a message takes on a wire, as packets of Ethernet.</summary>
/// <remarks>
/// Sources: IEEE 802.3 (preamble 8, header 14, check sequence 4, gap 12, least frame 64), RFC 791 (IPv4, 20), RFC 768
/// (UDP, 8), RFC 9293 and RFC 7323 (TCP with timestamps, 32), MTU 1500.
/// </remarks>
public static class FrameSize
{
    private const int EthernetBytes = 8 + 14 + 4 + 12;
    private const int EthernetPayloadMin = 64 - 14 - 4;
    private const int Mtu = 1500;
    private const int UdpBytes = 8;
    private const int IpBytes = 20;
    private const int TcpBytes = 32;

    /// <summary>Bytes on the wire; a message without payload is one packet.</summary>
    public static long Of(NetworkMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var isDatagram = message.Kind == NetworkMessageKind.Datagram;
        // A long datagram is cut into fragments, each with an IP header; the UDP header is in the first.
        long bytes = message.Payload.Length + (isDatagram ? UdpBytes : 0);
        var headers = IpBytes + (isDatagram ? 0 : TcpBytes);
        var room = Mtu - headers;
        var packets = Math.Max(1, (bytes + room - 1) / room);
        var rest = bytes - ((packets - 1) * room) + headers;
        return ((packets - 1) * (Mtu + EthernetBytes)) + Math.Max(rest, EthernetPayloadMin) + EthernetBytes;
    }
}
