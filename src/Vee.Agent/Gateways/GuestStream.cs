using System.Threading.Channels;
using Vee.Machines.Networking;

namespace Vee.Agent.Gateways;

/// <summary>What a guest sends over one connection, put in order. Used by any thread.</summary>
/// <param name="windowBytes">Room for bytes at first; it bounds what is held.</param>
internal sealed class GuestStream(int windowBytes)
{
    private readonly Lock gate = new();

    // The window bounds it. An empty piece is the end.
    private readonly Channel<ReadOnlyMemory<byte>> pieces = Channel.CreateUnbounded<ReadOnlyMemory<byte>>(
        new UnboundedChannelOptions { SingleReader = true });

    // What has overtaken other messages of the guest; its bytes are in the ring, behind the gap.
    private readonly EarlyArrivals early = new();
    private readonly ByteRing ring = new();
    private ulong received;
    private ulong limit = (ulong)windowBytes;

    /// <summary>What has come, in order; an empty piece is the end.</summary>
    internal ChannelReader<ReadOnlyMemory<byte>> Pieces => pieces.Reader;

    /// <summary>There is room up to an offset.</summary>
    internal void RaiseLimit(ulong offset)
    {
        lock (gate)
        {
            limit = Math.Max(limit, offset);
        }
    }

    /// <summary>Takes bytes.</summary>
    /// <param name="sequence">Offset of the first.</param>
    /// <param name="bytes">The bytes; they do not change any more.</param>
    /// <returns>False for what no network stack sends: beyond the window or its own end, or with too many gaps.
    /// </returns>
    internal bool TryTake(ulong sequence, ReadOnlyMemory<byte> bytes)
    {
        lock (gate)
        {
            if (sequence > limit || (ulong)bytes.Length > limit - sequence)
            {
                return false;
            }

            var end = sequence + (ulong)bytes.Length;
            if (early.EndsBefore(end))
            {
                return false;
            }

            if (sequence > received)
            {
                return TryKeep(sequence, bytes.Span);
            }

            if (end > received)
            {
                Pass(bytes[(int)(received - sequence)..]);
            }

            return true;
        }
    }

    /// <summary>Takes word of where the stream ends.</summary>
    /// <returns>False for an end that cannot be.</returns>
    internal bool TryFinish(ulong offset)
    {
        lock (gate)
        {
            if (offset < received || offset > limit || early.KeepEnd(offset) == EarlyOutcome.Refused)
            {
                return false;
            }

            EndIfAllIsThere();
            return true;
        }
    }

    /// <summary>Nothing follows what has come so far.</summary>
    internal void End()
    {
        pieces.Writer.TryWrite(ReadOnlyMemory<byte>.Empty);
        pieces.Writer.TryComplete();
    }

    private bool TryKeep(ulong sequence, ReadOnlySpan<byte> bytes)
    {
        var outcome = early.Keep(sequence, sequence + (ulong)bytes.Length);
        if (outcome == EarlyOutcome.Kept)
        {
            ring.WriteEarly((int)(sequence - received), bytes);
        }

        return outcome != EarlyOutcome.Refused;
    }

    private void Pass(ReadOnlyMemory<byte> next)
    {
        next = early.IsEmpty ? next : WithEarly(next.Span);
        received += (ulong)next.Length;
        pieces.Writer.TryWrite(next);
        EndIfAllIsThere();
    }

    private byte[] WithEarly(ReadOnlySpan<byte> next)
    {
        var end = received + (ulong)next.Length;
        ring.Write(next);
        ring.AdmitEarly((int)(early.TakeUpTo(end) - end));
        var all = new byte[ring.Count];
        ring.CopyTo(0, all);
        ring.Skip(all.Length);
        return all;
    }

    private void EndIfAllIsThere()
    {
        if (early.EndsAt(received))
        {
            End();
        }
    }
}
