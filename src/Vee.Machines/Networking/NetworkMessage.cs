using Vee.Machines.State;

namespace Vee.Machines.Networking;

/// <summary>What a message between machines says. Zero is invalid.</summary>
public enum NetworkMessageKind : byte
{
    /// <summary>Never valid.</summary>
    Invalid = 0,

    /// <summary>One datagram; may be lost, repeated and overtaken.</summary>
    Datagram = 1,

    /// <summary>Asks for a stream connection; the window is what the asker can receive.</summary>
    Connect = 2,

    /// <summary>Grants it; the window is what the granter can receive.</summary>
    Accept = 3,

    /// <summary>Denies a connection, or says that nobody takes datagrams there (connection 0).</summary>
    Refuse = 4,

    /// <summary>Bytes of a stream; the sequence is the offset of the first.</summary>
    Data = 5,

    /// <summary>The receiver of a stream has room up to an offset.</summary>
    Window = 6,

    /// <summary>No bytes follow; the sequence is the offset after the last.</summary>
    Finish = 7,

    /// <summary>The connection is gone for both sides.</summary>
    Reset = 8,

    /// <summary>
    /// From host to host: the connection is a channel, the sequence counts its messages. No machine sends or takes it.
    /// </summary>
    Host = 9,
}

/// <summary>Why a connection was denied.</summary>
public enum RefusalReason : byte
{
    /// <summary>Not a refusal.</summary>
    None = 0,

    /// <summary>Nobody listens there (ECONNREFUSED).</summary>
    Closed = 1,

    /// <summary>No such machine (EHOSTUNREACH).</summary>
    NoHost = 2,

    /// <summary>No way to that network (ENETUNREACH).</summary>
    NoRoute = 3,

    /// <summary>No answer in time (ETIMEDOUT).</summary>
    Timeout = 4,
}

/// <summary>
/// What machines say to each other. Offsets and windows are counted from the start of a stream, so a message that
/// arrives twice changes nothing the second time.
/// </summary>
/// <remarks>See docs/networking.md. Immutable: a link may keep it, repeat it or write it down.</remarks>
public sealed record NetworkMessage
{
    /// <summary>Payload bytes at most: 64 KiB.</summary>
    public const int PayloadBytesMax = 64 * 1024;

    /// <summary>Payload bytes of a datagram at most: what an IPv4 packet leaves to UDP (RFC 768, RFC 791).</summary>
    public const int DatagramBytesMax = 65507;

    /// <summary>What it says.</summary>
    public required NetworkMessageKind Kind { get; init; }

    /// <summary>Who says it.</summary>
    public required EndPoint4 Source { get; init; }

    /// <summary>To whom.</summary>
    public required EndPoint4 Destination { get; init; }

    /// <summary>The connection, numbered by the side that asked for it; 0 for datagrams and refusals of them.</summary>
    public ulong Connection { get; init; }

    /// <summary>A byte offset in the stream from source to destination (Data, Finish); else 0.</summary>
    public ulong Sequence { get; init; }

    /// <summary>
    /// The offset up to which the source accepts bytes of the other direction (Connect, Accept, Window).
    /// </summary>
    public ulong Window { get; init; }

    /// <summary>Why, in a Refuse.</summary>
    public RefusalReason Reason { get; init; }

    /// <summary>The bytes of a Datagram, Data or Host; else empty.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    internal ConnectionKey KeyAtDestination => new(Destination, Source, Connection);

    /// <summary>Writes it.</summary>
    public void Save(StateWriter state)
    {
        state.UInt64("kind", (ulong)Kind);
        state.UInt64("source", Source.Packed);
        state.UInt64("destination", Destination.Packed);
        state.UInt64("connection", Connection);
        state.UInt64("sequence", Sequence);
        state.UInt64("window", Window);
        state.UInt64("reason", (ulong)Reason);
        state.Bytes("payload", Payload.Span);
    }

    /// <summary>Reads what was written; the payload is bounded.</summary>
    public static NetworkMessage Restore(StateReader state) => new()
    {
        Kind = (NetworkMessageKind)state.UInt64("kind", (ulong)NetworkMessageKind.Host),
        Source = EndPoint4.Unpack(state.UInt64("source")),
        Destination = EndPoint4.Unpack(state.UInt64("destination")),
        Connection = state.UInt64("connection"),
        Sequence = state.UInt64("sequence"),
        Window = state.UInt64("window"),
        Reason = (RefusalReason)state.UInt64("reason", (ulong)RefusalReason.Timeout),
        Payload = state.Bytes("payload", PayloadBytesMax),
    };
}

/// <summary>A connection as one of its ends knows it.</summary>
internal readonly record struct ConnectionKey(EndPoint4 Local, EndPoint4 Remote, ulong Connection);
