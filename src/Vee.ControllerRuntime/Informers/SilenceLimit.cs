namespace Vee.ControllerRuntime.Informers;

/// <summary>Cuts a watch that says nothing: after long, or soon when something shows that it should speak.</summary>
/// <remarks>
/// A doubt runs from when it came up, or from the last progress since: a watch that has much to tell comes to what is
/// waited for in its turn, and is not cut on the way there. Words that bring it no further give it no more time.
/// Thread-safe.
/// </remarks>
internal sealed class SilenceLimit : IDisposable
{
    private readonly TimeSpan ordinary;
    private readonly TimeSpan inDoubt;
    private readonly Func<bool> isBehind;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource cut;
    private readonly Lock gate = new();
    private long heardAt;
    private long? doubtedAt;
    private bool isDisposed;

    /// <param name="ordinary">How long it may say nothing.</param>
    /// <param name="inDoubt">How long it may bring no progress while there is news that it has not told.</param>
    /// <param name="isBehind">Whether it is known for certain that there is such news.</param>
    /// <param name="time">Measures the silence.</param>
    internal SilenceLimit(TimeSpan ordinary, TimeSpan inDoubt, Func<bool> isBehind, TimeProvider time)
    {
        this.ordinary = ordinary;
        this.inDoubt = inDoubt;
        this.isBehind = isBehind;
        this.time = time;
        cut = new CancellationTokenSource(ordinary, time);
        heardAt = time.GetTimestamp();
    }

    /// <summary>Cancelled when it was silent for too long.</summary>
    internal CancellationToken Cut => cut.Token;

    /// <summary>Whether there is news that it has not told.</summary>
    internal bool IsDoubted
    {
        get
        {
            lock (gate)
            {
                return doubtedAt is not null;
            }
        }
    }

    /// <summary>Bytes came, be it half an event.</summary>
    internal void Heard()
    {
        lock (gate)
        {
            heardAt = time.GetTimestamp();
            Arm_NeedsLock();
        }
    }

    /// <summary>It said something, which is in the store.</summary>
    /// <param name="isProgress">It has come further by that.</param>
    internal void Told(bool isProgress)
    {
        lock (gate)
        {
            // Asked under the lock: who writes from now on doubts after this.
            var isDoubtful = isBehind();
            if (isDoubtful ? isProgress : doubtedAt is not null)
            {
                doubtedAt = isDoubtful ? time.GetTimestamp() : null;
                Arm_NeedsLock();
            }
        }
    }

    /// <summary>There is news that it has not told. What is doubted already is given no more time.</summary>
    internal void Doubt()
    {
        lock (gate)
        {
            doubtedAt ??= time.GetTimestamp();
            Arm_NeedsLock();
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            isDisposed = true;
            cut.Dispose();
        }
    }

    private void Arm_NeedsLock()
    {
        if (isDisposed)
        {
            return;
        }

        var left = ordinary - time.GetElapsedTime(heardAt);
        if (doubtedAt is { } since && inDoubt - time.GetElapsedTime(since) is var sooner && sooner < left)
        {
            left = sooner;
        }

        cut.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }
}
