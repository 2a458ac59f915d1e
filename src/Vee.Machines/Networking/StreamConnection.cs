using Vee.Machines.State;

namespace Vee.Machines.Networking;

/// <summary>What ended a connection, until its socket has told the guest. Zero is none.</summary>
internal enum StreamFault : byte
{
    None = 0,

    /// <summary>ECONNREFUSED.</summary>
    Refused = 1,

    /// <summary>EHOSTUNREACH.</summary>
    NoHost = 2,

    /// <summary>ENETUNREACH.</summary>
    NoRoute = 3,

    /// <summary>ETIMEDOUT.</summary>
    Timeout = 4,

    /// <summary>ECONNRESET.</summary>
    Reset = 5,

    /// <summary>EPIPE: a reset after the peer had finished (tcp_reset, CLOSE_WAIT).</summary>
    Broken = 6,
}

/// <summary>Where a connection stands. Zero is invalid.</summary>
internal enum StreamState : byte
{
    Invalid = 0,

    /// <summary>Asked for and not answered.</summary>
    Connecting = 1,

    /// <summary>Bytes may flow in the directions that are not finished.</summary>
    Open = 2,

    /// <summary>Denied, reset or closed; the stack no longer knows its key.</summary>
    Closed = 3,
}

/// <summary>
/// One end of a stream connection. Bytes to send are handed over as far as the peer has room for, so only the
/// receiver stores any; both directions count bytes from 0.
/// </summary>
internal sealed class StreamConnection(ConnectionKey key) : NetworkEndPoint(key.Local)
{
    /// <summary>The receive buffer unless SO_RCVBUF says otherwise, in bytes.</summary>
    internal const int CapacityBytesDefault = 256 * 1024;

    // What has come ahead of its turn; null until something has. The bytes are in the ring, behind the gap.
    private EarlyArrivals? early;

    internal override EndPointKind Kind => EndPointKind.Connection;

    internal ConnectionKey Key { get; } = key;

    internal EndPoint4 Remote => Key.Remote;

    internal ConnectionKey PeerKey => new(Key.Remote, Key.Local, Key.Connection);

    internal StreamState State { get; set; } = StreamState.Connecting;

    /// <summary>The listener that granted it, while it waits there to be accepted; else 0.</summary>
    internal long ListenerId { get; set; }

    /// <summary>Whether this side granted the connection.</summary>
    internal bool IsAccepted { get; set; }

    internal StreamFault Fault { get; set; }

    /// <summary>Bytes that have arrived and were not read.</summary>
    internal ByteRing Received { get; } = new();

    /// <summary>
    /// Receive buffer, in bytes. Less takes effect as the buffer empties: no promised room is taken back.
    /// </summary>
    internal int CapacityBytes { get; set; } = CapacityBytesDefault;

    /// <summary>Offset of the next byte to arrive.</summary>
    internal ulong ReceiveOffset { get; private set; }

    /// <summary>Offset up to which the peer was told that there is room.</summary>
    internal ulong ReceiveLimit { get; private set; }

    /// <summary>Offset of the next byte to send.</summary>
    internal ulong SendOffset { get; private set; }

    /// <summary>Offset up to which the peer has room.</summary>
    internal ulong SendLimit { get; private set; }

    /// <summary>The peer sends nothing more.</summary>
    internal bool IsReceiveFinished { get; private set; }

    /// <summary>This side sends nothing more.</summary>
    internal bool IsSendFinished { get; private set; }

    /// <summary>Bytes that can be sent now.</summary>
    internal int SendRoom =>
        State == StreamState.Open && !IsSendFinished ? (int)Math.Min(int.MaxValue, SendLimit - SendOffset) : 0;

    /// <summary>Bytes that the peer may still send into promised room.</summary>
    internal int ReceiveRoom => IsReceiveFinished ? 0 : (int)(ReceiveLimit - ReceiveOffset);

    /// <summary>Bytes that wait or may still come: what the connection can cost the machine.</summary>
    internal long CommittedBytes => (long)(ReceiveLimit - ReceiveOffset) + Received.Count;

    /// <summary>Promises the free room to the peer, as far as <paramref name="roomMax"/> goes.</summary>
    /// <returns>Bytes promised beyond what was before.</returns>
    internal long Promise(long roomMax)
    {
        var before = ReceiveLimit;
        ReceiveLimit = Math.Max(before, Math.Min(FreeLimit, ReceiveOffset + (ulong)roomMax));
        return (long)(ReceiveLimit - before);
    }

    /// <summary>
    /// Whether enough room has appeared to tell the peer: half the buffer, lest every read costs a message
    /// (the receiver's side of RFC 9293, section 3.8.6.2.2).
    /// </summary>
    internal bool ShouldPromise =>
        State == StreamState.Open && !IsReceiveFinished
        && FreeLimit > ReceiveLimit && FreeLimit - ReceiveLimit >= (ulong)Math.Max(1, CapacityBytes / 2);

    private ulong FreeLimit => ReceiveOffset + (ulong)Math.Max(0, CapacityBytes - Received.Count);

    /// <summary>Whether anything has come ahead of its turn.</summary>
    internal bool HasEarly => early is { IsEmpty: false };

    /// <summary>Whether the peer has said that it sends fewer bytes than so many more.</summary>
    internal bool EndsWithin(int count) => early?.EndsBefore(ReceiveOffset + (ulong)count) == true;

    /// <summary>Takes bytes that are next in order and fit the promised room; the caller has checked both.</summary>
    internal void Take(ReadOnlySpan<byte> bytes)
    {
        Received.Write(bytes);
        ReceiveOffset += (ulong)bytes.Length;
        TakeEarly();
        Changed();
    }

    /// <summary>
    /// Keeps bytes that are ahead of their turn and fit the promised room; the caller has checked both. They take no
    /// memory that was not promised.
    /// </summary>
    internal EarlyOutcome Keep(ulong sequence, ReadOnlySpan<byte> bytes)
    {
        early ??= new EarlyArrivals();
        var outcome = early.Keep(sequence, sequence + (ulong)bytes.Length);
        if (outcome == EarlyOutcome.Kept)
        {
            Received.WriteEarly((int)(sequence - ReceiveOffset), bytes);
        }

        return outcome;
    }

    /// <summary>Keeps that the peer sends nothing after an offset up to which bytes are missing.</summary>
    internal EarlyOutcome KeepFinish(ulong sequence) => (early ??= new EarlyArrivals()).KeepEnd(sequence);

    /// <summary>The peer has granted the connection, and has room up to an offset.</summary>
    internal void Open(ulong limit)
    {
        State = StreamState.Open;
        RaiseSendLimit(limit);
        TakeEarly();
        Changed();
    }

    /// <summary>The peer has room up to an offset; less than it said before changes nothing.</summary>
    internal void RaiseSendLimit(ulong limit)
    {
        // A limit that no buffer could keep is cut, so that the difference always fits an int.
        limit = Math.Min(limit, SendOffset + ByteRing.BytesMax);
        if (limit > SendLimit)
        {
            SendLimit = limit;
            Changed();
        }
    }

    internal void CountSent(int count) => SendOffset += (ulong)count;

    internal void FinishReceive()
    {
        IsReceiveFinished = true;
        Changed();
    }

    internal void FinishSend()
    {
        IsSendFinished = true;
        Changed();
    }

    /// <summary>Nothing moves any more; what has arrived can still be read, as in Linux after a reset.</summary>
    internal void End(StreamFault fault)
    {
        State = StreamState.Closed;
        Fault = fault;
        IsReceiveFinished = true;
        IsSendFinished = true;
        early = null;
        Received.ForgetEarly();
        Changed();
    }

    internal override void Save(StateWriter state)
    {
        state.UInt64("state", (ulong)State);
        state.Int64("listener", ListenerId);
        state.Boolean("accepted", IsAccepted);
        state.UInt64("fault", (ulong)Fault);
        state.Int64("capacityBytes", CapacityBytes);
        state.UInt64("receiveOffset", ReceiveOffset);
        state.UInt64("receiveLimit", ReceiveLimit);
        state.UInt64("sendOffset", SendOffset);
        state.UInt64("sendLimit", SendLimit);
        state.Boolean("receiveFinished", IsReceiveFinished);
        state.Boolean("sendFinished", IsSendFinished);
        Received.Save("received", state);
        state.Boolean("hasEarly", HasEarly);
        if (early is { IsEmpty: false })
        {
            early.Save(state);
            state.List("earlyBytes", early.Ranges, SaveEarly);
        }
    }

    internal override void Restore(StateReader state)
    {
        State = (StreamState)state.UInt64("state", (ulong)StreamState.Closed);
        ListenerId = state.Int64("listener", 0);
        IsAccepted = state.Boolean("accepted");
        Fault = (StreamFault)state.UInt64("fault", (ulong)StreamFault.Broken);
        CapacityBytes = state.Int32("capacityBytes", 1, ByteRing.BytesMax);
        ReceiveOffset = state.UInt64("receiveOffset", ulong.MaxValue >> 1);
        ReceiveLimit = state.UInt64("receiveLimit", ReceiveOffset + ByteRing.BytesMax);
        SendOffset = state.UInt64("sendOffset", ulong.MaxValue >> 1);
        SendLimit = state.UInt64("sendLimit", SendOffset + ByteRing.BytesMax);
        IsReceiveFinished = state.Boolean("receiveFinished");
        IsSendFinished = state.Boolean("sendFinished");
        Received.Restore("received", state, ByteRing.BytesMax);
        if (State == StreamState.Invalid || (State == StreamState.Connecting && ReceiveOffset > 0)
            || ReceiveLimit < ReceiveOffset || SendLimit < SendOffset
            || (ulong)Received.Count + (ReceiveLimit - ReceiveOffset) > ByteRing.BytesMax)
        {
            throw state.Refuse("receiveLimit", "the connection's state and windows contradict each other");
        }

        if (state.Boolean("hasEarly"))
        {
            RestoreEarly(state);
        }
    }

    /// <summary>Takes what has come early up to the next gap.</summary>
    private void TakeEarly()
    {
        if (early is null)
        {
            return;
        }

        var reached = early.TakeUpTo(ReceiveOffset);
        Received.AdmitEarly((int)(reached - ReceiveOffset));
        ReceiveOffset = reached;
        IsReceiveFinished |= early.EndsAt(reached);
        early = early.IsEmpty || IsReceiveFinished ? null : early;
    }

    private void SaveEarly(StateWriter state, (ulong Start, ulong End) range)
    {
        var bytes = new byte[range.End - range.Start];
        Received.CopyEarlyTo((int)(range.Start - ReceiveOffset), bytes);
        state.Bytes("bytes", bytes);
    }

    private void RestoreEarly(StateReader state)
    {
        early = new EarlyArrivals();
        early.Restore(state, ReceiveOffset, ReceiveLimit);
        // Once a connection is open, nothing waits that is next.
        if (State == StreamState.Closed || IsReceiveFinished || early.IsEmpty
            || (State == StreamState.Open && (early.EndsAt(ReceiveOffset) || early.StartsAt(ReceiveOffset))))
        {
            throw state.Refuse("early", "what came early contradicts the connection's state");
        }

        state.List("earlyBytes", early.Ranges.Count, (from, index) =>
        {
            var (start, end) = early.Ranges[index];
            var bytes = new byte[end - start];
            from.Bytes("bytes", bytes);
            Received.WriteEarly((int)(start - ReceiveOffset), bytes);
        });
    }
}
