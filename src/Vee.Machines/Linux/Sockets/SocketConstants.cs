namespace Vee.Machines.Linux.Sockets;

/// <summary>Address families (linux/socket.h) that are told apart.</summary>
internal static class AddressFamily
{
    internal const int Unspecified = 0;
    internal const int Unix = 1;
    internal const int Inet = 2;
    internal const int Packet = 17;
}

/// <summary>Socket types (linux/net.h).</summary>
internal enum SocketType
{
    Stream = 1,
    Datagram = 2,
    Raw = 3,
    SeqPacket = 5,
}

/// <summary>MSG_ flags (linux/socket.h).</summary>
[Flags]
internal enum MessageFlags : uint
{
    None = 0,
    OutOfBand = 0x1,
    Peek = 0x2,
    ControlTruncated = 0x8,
    Truncated = 0x20,
    DoNotWait = 0x40,
    EndOfRecord = 0x80,
    WaitAll = 0x100,
    ErrorQueue = 0x2000,
    NoSignal = 0x4000,
    WaitForOne = 0x10000,
    CloseOnExec = 0x40000000,
}

/// <summary>Protocol levels, protocols and the limits of socket calls.</summary>
internal static class SocketLimits
{
    internal const int LevelSocket = 1;
    internal const int ProtocolIp = 0;
    internal const int ProtocolTcp = 6;
    internal const int ProtocolUdp = 17;

    /// <summary>UIO_MAXIOV: buffers of one call, and messages of sendmmsg and recvmmsg.</summary>
    internal const int VectorsMax = 1024;

    /// <summary>Bytes of control messages in one call (net.core.optmem_max).</summary>
    internal const int ControlBytesMax = 20480;

    /// <summary>SCM_MAX_FD: descriptors in one message.</summary>
    internal const int RightsMax = 253;

    /// <summary>Bytes copied between guest and socket at a time.</summary>
    internal const int ChunkBytes = 64 * 1024;

    /// <summary>net.unix.max_dgram_qlen: datagrams that wait at a Unix socket before senders wait.</summary>
    internal const int UnixDatagramsMax = 10;
}
