namespace Vee.Cli.Terminals;

/// <summary>
/// Reads stdin on a thread of its own, one piece at a time and only when asked, so that nothing is taken that the
/// guest does not want and at most one piece is held.
/// </summary>
internal sealed class InputPump
{
    private const int PieceBytes = 64 * 1024;

    private readonly StandardDescriptor input;
    private readonly Action arrived;
    private readonly byte[] piece = new byte[PieceBytes];
    private readonly object state = new();
    private int start;
    private int end;
    private int pieceCount;
    private bool isAsked;
    private bool isStarted;
    private bool isEnded;

    /// <param name="input">What to read.</param>
    /// <param name="arrived">Called on the reading thread, briefly, when there is a piece or the end.</param>
    internal InputPump(StandardDescriptor input, Action arrived)
    {
        this.input = input;
        this.arrived = arrived;
    }

    /// <summary>Whether a piece has been asked for that has not come yet.</summary>
    internal bool IsWaiting
    {
        get
        {
            lock (state)
            {
                return isAsked;
            }
        }
    }

    /// <summary>Pieces that have come so far; whoever sees the number unchanged has seen a silent stream.</summary>
    internal int PieceCount
    {
        get
        {
            lock (state)
            {
                return pieceCount;
            }
        }
    }

    /// <summary>Takes bytes that are there, without waiting.</summary>
    /// <param name="destination">Where to; may be empty to ask only.</param>
    /// <param name="count">Bytes taken.</param>
    /// <returns>True when there were bytes or the end; false when a piece was asked for.</returns>
    internal bool TryRead(Span<byte> destination, out int count)
    {
        lock (state)
        {
            count = Math.Min(destination.Length, end - start);
            piece.AsSpan(start, count).CopyTo(destination);
            start += count;
            if (count > 0 || start < end || isEnded)
            {
                return true;
            }

            if (!isAsked)
            {
                isAsked = true;
                Start();
                Monitor.Pulse(state);
            }

            return false;
        }
    }

    private void Start()
    {
        if (!isStarted)
        {
            // A background thread does not keep the process alive while it waits for a key that nobody presses.
            isStarted = true;
            new Thread(Pump) { IsBackground = true, Name = "stdin" }.Start();
        }
    }

    private void Pump()
    {
        while (true)
        {
            AwaitRequest();
            var count = input.Read(piece);
            lock (state)
            {
                start = 0;
                end = count;
                isEnded = count == 0;
                pieceCount = unchecked(pieceCount + 1);

                // Told before it is no longer waited for: whoever sees neither is right that nothing comes.
                arrived();
                isAsked = false;
            }

            if (count == 0)
            {
                return;
            }
        }
    }

    private void AwaitRequest()
    {
        lock (state)
        {
            while (!isAsked)
            {
                Monitor.Wait(state);
            }
        }
    }
}
