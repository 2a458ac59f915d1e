using Vee.ControllerRuntime.Queues;

namespace Vee.ControllerRuntime.Controllers;

/// <summary>Holds keys back until the stores that a controller reads show its own writes.</summary>
internal sealed class Freshness(WorkQueue queue)
{
    // The stores tell when they catch up; this is for a tell that never comes, such as a scope that lost the object.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly HashSet<ObjectKey> waiting = [];

    /// <summary>Passes when the stores are fresh for a key.</summary>
    /// <param name="key">The key about to be visited.</param>
    /// <param name="isFresh">Asks the stores.</param>
    /// <exception cref="StaleStoreException">They are not; the key comes again when they are.</exception>
    internal void Require(ObjectKey key, Func<bool> isFresh)
    {
        if (isFresh())
        {
            return;
        }

        lock (gate)
        {
            waiting.Add(key);
        }

        queue.AddAfter(key, LookAgain);
        if (isFresh())
        {
            // They caught up in between, and may have told nobody.
            Release();
        }

        throw new StaleStoreException(key);
    }

    /// <summary>A store caught up: whoever waits looks again.</summary>
    internal void Release()
    {
        ObjectKey[] keys;
        lock (gate)
        {
            keys = [.. waiting];
            waiting.Clear();
        }

        foreach (var key in keys)
        {
            queue.Add(key);
        }
    }
}
