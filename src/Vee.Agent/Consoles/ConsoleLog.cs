using System.Runtime.CompilerServices;

namespace Vee.Agent.Consoles;

/// <summary>
/// The last bytes of a guest's output, with stream and time. Writing never waits: who reads too slowly is told how much
/// was overwritten.
/// </summary>
/// <remarks>Positions are byte offsets from the start of the output. Used by any thread.</remarks>
internal sealed class ConsoleLog
{
    private const int FirstBytes = 4096;
    private const int BytesPerPiece = 16;

    private readonly Lock gate = new();
    private readonly int bytesMax;
    private readonly TimeProvider time;
    private readonly List<Piece> pieces = [];
    private byte[] ring = [];
    private int firstPiece;
    private long start;
    private long end;
    private bool isComplete;
    private TaskCompletionSource? waiters;

    /// <param name="bytesMax">Bytes that are kept at most.</param>
    /// <param name="time">Stamps the output.</param>
    internal ConsoleLog(int bytesMax, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesMax, 1);
        this.bytesMax = bytesMax;
        this.time = time;
    }

    /// <summary>Where what is kept ends.</summary>
    internal long End
    {
        get
        {
            lock (gate)
            {
                return end;
            }
        }
    }

    /// <summary>Bytes of memory that the output takes, with what is noted of its pieces.</summary>
    internal long HeldBytes
    {
        get
        {
            lock (gate)
            {
                return ring.Length + ((long)pieces.Capacity * Unsafe.SizeOf<Piece>());
            }
        }
    }

    /// <summary>Adds output of stream 1 or 2.</summary>
    internal void Append(int stream, ReadOnlySpan<byte> bytes) =>
        Append(stream, bytes, time.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>Adds output that was written before, elsewhere.</summary>
    internal void Append(int stream, ReadOnlySpan<byte> bytes, long writtenAtWallMs)
    {
        TaskCompletionSource? woken;
        lock (gate)
        {
            if (bytes.IsEmpty || isComplete)
            {
                return;
            }

            AddPiece_NeedsLock((byte)stream, writtenAtWallMs);
            end += bytes.Length;
            start = Math.Max(start, end - bytesMax);
            bytes = bytes[Math.Max(0, bytes.Length - bytesMax)..];
            Reserve_NeedsLock((int)Math.Min(bytesMax, end - start), bytes.Length);
            for (var at = end - bytes.Length; !bytes.IsEmpty;)
            {
                var index = (int)(at % ring.Length);
                var part = bytes[..Math.Min(bytes.Length, ring.Length - index)];
                part.CopyTo(ring.AsSpan(index));
                at += part.Length;
                bytes = bytes[part.Length..];
            }

            DropPieces_NeedsLock();
            woken = TakeWaiters_NeedsLock();
        }

        woken?.TrySetResult();
    }

    /// <summary>No output will come any more.</summary>
    internal void Complete()
    {
        TaskCompletionSource? woken;
        lock (gate)
        {
            isComplete = true;

            // A log may be kept long after its end: what was room for more output is given back.
            pieces.RemoveRange(0, firstPiece);
            firstPiece = 0;
            pieces.Capacity = pieces.Count;
            woken = TakeWaiters_NeedsLock();
        }

        woken?.TrySetResult();
    }

    /// <summary>Reads output of one stream and time from a position on, and moves the position.</summary>
    /// <param name="position">Where to read; moved past what was lost and what was read.</param>
    /// <param name="destination">Takes the bytes.</param>
    /// <returns>What was found; no bytes when there are none yet.</returns>
    internal ConsoleLogRead Read(ref long position, Span<byte> destination)
    {
        lock (gate)
        {
            var lost = Math.Max(0, start - position);
            position = Math.Max(start, position);
            if (position >= end)
            {
                return new ConsoleLogRead(lost, 0, 0, 0, isComplete);
            }

            var index = FindPiece_NeedsLock(position);
            var piece = pieces[index];
            var pieceEnd = index + 1 < pieces.Count ? pieces[index + 1].Start : end;
            var count = (int)Math.Min(destination.Length, pieceEnd - position);
            CopyTo_NeedsLock(position, destination[..count]);
            position += count;
            return new ConsoleLogRead(lost, count, piece.Stream, piece.WrittenAt, false);
        }
    }

    /// <summary>Where the last lines begin, of what is kept.</summary>
    /// <param name="lineCount">Lines; an unfinished one at the end counts. 0: all.</param>
    internal long FindTail(int lineCount)
    {
        lock (gate)
        {
            var found = 0;
            for (var at = end - 1; lineCount > 0 && at > start; at--)
            {
                if (ring[(int)((at - 1) % ring.Length)] == (byte)'\n' && ++found == lineCount)
                {
                    return at;
                }
            }

            return start;
        }
    }

    /// <summary>Completes when there is something to read at a position, or nothing will come.</summary>
    internal Task WaitAsync(long position, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (end > position || isComplete)
            {
                return Task.CompletedTask;
            }

            waiters ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return waiters.Task.WaitAsync(cancellationToken);
        }
    }

    private TaskCompletionSource? TakeWaiters_NeedsLock()
    {
        var woken = waiters;
        waiters = null;
        return woken;
    }

    /// <summary>
    /// Output joins the piece before it if that is the same stream's and just as old. When there are many small
    /// pieces, the age of a few is given up rather than bytes.
    /// </summary>
    private void AddPiece_NeedsLock(byte stream, long now)
    {
        if (pieces.Count > firstPiece && pieces[^1].Stream == stream
            && (pieces[^1].WrittenAt == now || pieces.Count - firstPiece > bytesMax / BytesPerPiece))
        {
            return;
        }

        pieces.Add(new Piece(end, stream, now));
    }

    private void DropPieces_NeedsLock()
    {
        var piecesMax = (bytesMax / BytesPerPiece) + 2;
        while (firstPiece + 1 < pieces.Count
            && (pieces[firstPiece + 1].Start <= start || pieces.Count - firstPiece > piecesMax))
        {
            firstPiece++;
            start = Math.Max(start, pieces[firstPiece].Start);
        }

        if (firstPiece > 64 && firstPiece > pieces.Count / 2)
        {
            pieces.RemoveRange(0, firstPiece);
            firstPiece = 0;
        }
    }

    private int FindPiece_NeedsLock(long position)
    {
        var low = firstPiece;
        var high = pieces.Count - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = pieces[middle].Start <= position ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    private void CopyTo_NeedsLock(long position, Span<byte> destination)
    {
        var index = (int)(position % ring.Length);
        var first = Math.Min(destination.Length, ring.Length - index);
        ring.AsSpan(index, first).CopyTo(destination);
        ring.AsSpan(0, destination.Length - first).CopyTo(destination[first..]);
    }

    /// <summary>Grows the ring; what it holds moves to where its positions lie in the larger one.</summary>
    private void Reserve_NeedsLock(int byteCount, int addedCount)
    {
        if (byteCount <= ring.Length)
        {
            return;
        }

        var size = (int)Math.Min(bytesMax, Math.Max(FirstBytes, 2L * byteCount));
        var grown = new byte[size];
        for (var at = start; at < end - addedCount; at++)
        {
            grown[at % size] = ring[at % ring.Length];
        }

        ring = grown;
    }

    private readonly record struct Piece(long Start, byte Stream, long WrittenAt);
}

/// <summary>What was read from a log.</summary>
/// <param name="LostBytes">Bytes before it that had been overwritten.</param>
/// <param name="Count">Bytes read.</param>
/// <param name="Stream">1 or 2.</param>
/// <param name="WrittenAtWallMs">When it was written, in milliseconds since 1970.</param>
/// <param name="IsEnd">Whether all has been read and nothing will come.</param>
internal readonly record struct ConsoleLogRead(
    long LostBytes, int Count, byte Stream, long WrittenAtWallMs, bool IsEnd);
