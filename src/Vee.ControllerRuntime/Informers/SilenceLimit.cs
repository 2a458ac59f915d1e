namespace Vee.ControllerRuntime.Informers;

/// <summary>Cuts a watch that says nothing: after long, or soon when something shows that it should speak.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class SilenceLimit(TimeSpan ordinary, TimeSpan inDoubt, TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource cut = new(ordinary, time);
    private readonly Lock gate = new();
    private bool isDoubted;
    private bool isDisposed;

    /// <summary>Cancelled when it was silent for too long.</summary>
    internal CancellationToken Cut => cut.Token;

    /// <summary>Whether there is news that it has not told.</summary>
    internal bool IsDoubted
    {
        get
        {
            lock (gate)
            {
                return isDoubted;
            }
        }
    }

    /// <summary>It said something.</summary>
    internal void Heard()
    {
        lock (gate)
        {
            isDoubted = false;
            cut.CancelAfter(ordinary);
        }
    }

    /// <summary>There is news that it has not told. What is doubted already is given no more time.</summary>
    internal void Doubt()
    {
        lock (gate)
        {
            if (!isDoubted && !isDisposed)
            {
                isDoubted = true;
                cut.CancelAfter(inDoubt);
            }
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
}
