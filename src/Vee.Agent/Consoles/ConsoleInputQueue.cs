namespace Vee.Agent.Consoles;

/// <summary>Input on its way to a guest: bounded, so that writers wait for a guest that does not read.</summary>
/// <remarks>Used by any thread. Several writers are served in the order in which they came.</remarks>
internal sealed class ConsoleInputQueue(int bytesMax) : IDisposable
{
    /// <summary>Bytes that wait at most unless said otherwise: 64 KiB.</summary>
    internal const int BytesMaxDefault = 64 * 1024;

    private readonly SemaphoreSlim turn = new(1);
    private readonly Lock gate = new();
    private readonly byte[] ring = new byte[bytesMax];
    private int start;
    private int count;
    private bool isEnded;
    private TaskCompletionSource? room;

    /// <summary>Whether a read would return bytes or the end.</summary>
    internal bool HasInput
    {
        get
        {
            lock (gate)
            {
                return count > 0 || isEnded;
            }
        }
    }

    /// <summary>Adds input, waiting for room as long as it takes. After the end it is discarded.</summary>
    /// <param name="bytes">The input.</param>
    /// <param name="arrived">Called whenever a part of it can be read.</param>
    /// <param name="cancellationToken">Ends the wait; what was not added is lost.</param>
    internal async Task WriteAsync(ReadOnlyMemory<byte> bytes, Action arrived, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[Add(bytes.Span, out var wait)..];
                arrived();
                if (wait is not null)
                {
                    await wait.WaitAsync(cancellationToken);
                }
            }
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>No input will come any more; what has come is still read.</summary>
    internal void End()
    {
        TaskCompletionSource? woken;
        lock (gate)
        {
            isEnded = true;
            woken = room;
            room = null;
        }

        woken?.TrySetResult();
    }

    /// <summary>Whether no input will come any more.</summary>
    internal bool IsEnded
    {
        get
        {
            lock (gate)
            {
                return isEnded;
            }
        }
    }

    /// <summary>Adds input that was taken from another queue, as far as there is room.</summary>
    internal void Append(ReadOnlySpan<byte> bytes) => Add(bytes, out _);

    /// <summary>Takes input that has come.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="taken">Bytes taken.</param>
    /// <param name="isAtEnd">Whether there is none and none will come.</param>
    internal void Read(Span<byte> destination, out int taken, out bool isAtEnd)
    {
        TaskCompletionSource? woken = null;
        lock (gate)
        {
            taken = Math.Min(destination.Length, count);
            var first = Math.Min(taken, ring.Length - start);
            ring.AsSpan(start, first).CopyTo(destination);
            ring.AsSpan(0, taken - first).CopyTo(destination[first..]);
            start = (start + taken) % ring.Length;
            count -= taken;
            isAtEnd = count == 0 && taken == 0 && isEnded;
            if (taken > 0)
            {
                woken = room;
                room = null;
            }
        }

        woken?.TrySetResult();
    }

    public void Dispose() => turn.Dispose();

    private int Add(ReadOnlySpan<byte> bytes, out Task? wait)
    {
        lock (gate)
        {
            wait = null;
            if (isEnded)
            {
                return bytes.Length;
            }

            var added = Math.Min(bytes.Length, ring.Length - count);
            var at = (start + count) % ring.Length;
            var first = Math.Min(added, ring.Length - at);
            bytes[..first].CopyTo(ring.AsSpan(at));
            bytes[first..added].CopyTo(ring);
            count += added;
            if (added < bytes.Length)
            {
                room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                wait = room.Task;
            }

            return added;
        }
    }
}
