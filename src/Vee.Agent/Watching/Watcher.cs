using System.Diagnostics.CodeAnalysis;

namespace Vee.Agent.Watching;

/// <summary>
/// What one watcher has not been told yet: a few changes, or that it has to look at everything again, because there
/// were more than it could be told.
/// </summary>
internal sealed class Watcher(ChangeFeed feed) : IDisposable
{
    /// <summary>Changes that wait for a watcher at most.</summary>
    internal const int ChangesMax = 256;

    private readonly Lock gate = new();
    private readonly Queue<Change> changes = new();
    private bool isBehind = true;
    private TaskCompletionSource? waiting;

    /// <summary>Whether everything has to be looked at again.</summary>
    internal bool IsBehind
    {
        get
        {
            lock (gate)
            {
                return isBehind;
            }
        }
    }

    /// <summary>It looks at everything now: what has changed before is known by that.</summary>
    internal void CatchUp()
    {
        lock (gate)
        {
            isBehind = false;
            changes.Clear();
        }
    }

    internal void Offer(Change change)
    {
        TaskCompletionSource? woken;
        lock (gate)
        {
            if (changes.Count >= ChangesMax)
            {
                isBehind = true;
                changes.Clear();
            }
            else if (!isBehind)
            {
                changes.Enqueue(change);
            }

            woken = waiting;
            waiting = null;
        }

        woken?.TrySetResult();
    }

    internal bool TryTake([NotNullWhen(true)] out Change? change)
    {
        lock (gate)
        {
            change = null;
            return !isBehind && changes.TryDequeue(out change);
        }
    }

    /// <summary>Completes when there is something to tell.</summary>
    internal Task WaitAsync()
    {
        lock (gate)
        {
            if (isBehind || changes.Count > 0)
            {
                return Task.CompletedTask;
            }

            waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return waiting.Task;
        }
    }

    public void Dispose() => feed.Close(this);
}
