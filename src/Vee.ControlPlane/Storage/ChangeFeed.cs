namespace Vee.ControlPlane.Storage;

/// <summary>The newest changes of one resource, in memory, and the news that there are more.</summary>
/// <remarks>
/// A watcher holds a version, not a buffer: it asks for what came after. Who is too slow for this memory reads the
/// store's log, and who is too slow for that too is told to start again. So watchers cost nothing while they sleep.
/// </remarks>
internal sealed class ChangeFeed(long startVersion)
{
    /// <summary>Changes kept at most.</summary>
    internal const int CountMax = 512;

    /// <summary>Bytes kept at most: 4 MiB.</summary>
    internal const long BytesMax = 4 << 20;

    private readonly Lock gate = new();
    private readonly Queue<Change> changes = [];
    private TaskCompletionSource news = New();
    private long completeAfter = startVersion;
    private long bytes;

    /// <summary>Adds the newest change and wakes who waits.</summary>
    internal void Add(Change change)
    {
        TaskCompletionSource told;
        lock (gate)
        {
            changes.Enqueue(change);
            bytes += change.Bytes;
            while (changes.Count > CountMax || (bytes > BytesMax && changes.Count > 1))
            {
                var oldest = changes.Dequeue();
                bytes -= oldest.Bytes;
                completeAfter = oldest.Version;
            }

            told = news;
            news = New();
        }

        told.SetResult();
    }

    /// <summary>What came after a version.</summary>
    /// <param name="version">The last version that the caller knows.</param>
    /// <param name="more">Completes when there is a change that is not in the answer.</param>
    /// <returns>The changes; null when some are no longer in memory.</returns>
    internal List<Change>? After(long version, out Task more)
    {
        lock (gate)
        {
            more = news.Task;
            return version < completeAfter ? null : [.. changes.Where(c => c.Version > version)];
        }
    }

    // Who waits goes on elsewhere, not on the thread that has just written.
    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
