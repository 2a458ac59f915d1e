using Vee.ControllerRuntime.Clients;

namespace Vee.ControllerRuntime.Informers;

/// <summary>Which own writes a store does not show yet, so that nobody acts on what he himself has changed.</summary>
/// <remarks>
/// A store shows a write when the watch has come as far as the write's resource version, because the events of one
/// type come in that order, or when a list that began after the write is in. Thread-safe. At most
/// <see cref="PendingMax"/> writes are kept apart; beyond that every key waits for the newest.
/// </remarks>
internal sealed class WriteFreshness
{
    internal const int PendingMax = 10_000;

    private readonly Lock gate = new();
    private readonly Dictionary<ObjectKey, Pending> pending = [];
    private string? seen;
    private string? floor;
    private long sequence;

    /// <summary>Whether anything is waited for.</summary>
    internal bool IsIdle
    {
        get
        {
            lock (gate)
            {
                return pending.Count == 0 && floor is null;
            }
        }
    }

    internal bool IsFresh(ObjectKey key)
    {
        lock (gate)
        {
            return floor is null && !pending.ContainsKey(key);
        }
    }

    internal bool IsFreshFor(string ownerUid)
    {
        lock (gate)
        {
            return floor is null && (pending.Count == 0 || !pending.Values.Any(p => p.Write.ControllerUid == ownerUid));
        }
    }

    /// <summary>The server confirmed a write.</summary>
    internal void Wrote(OwnWrite write)
    {
        lock (gate)
        {
            sequence++;
            if (write.DeletedUid is null && !IsAhead(write.ResourceVersion))
            {
                return;
            }

            if (pending.Count >= PendingMax && !pending.ContainsKey(write.Key))
            {
                floor = write.ResourceVersion ?? floor;
                return;
            }

            pending[write.Key] = new(write, sequence);
        }
    }

    /// <summary>Marks the beginning of a list: it shows everything that was written before.</summary>
    internal long ListBegins()
    {
        lock (gate)
        {
            return sequence;
        }
    }

    /// <summary>A list is in the store.</summary>
    /// <param name="resourceVersion">Of the list.</param>
    /// <param name="begin">What <see cref="ListBegins"/> gave.</param>
    /// <param name="isHeld">Whether the store has the object of a key and uid. A deletion that was confirmed while
    /// the list was on its way may be in it, and then no watch from there tells of it.</param>
    /// <returns>Something is no longer waited for.</returns>
    internal bool Listed(string resourceVersion, long begin, Func<ObjectKey, string, bool> isHeld)
    {
        lock (gate)
        {
            // Not the larger of both: a restored server counts from an earlier number again.
            seen = resourceVersion;
            var changed = floor is not null;
            floor = null;
            foreach (var (key, entry) in pending)
            {
                if (entry.Sequence <= begin || !IsWaiting(entry.Write)
                    || (entry.Write.DeletedUid is { } uid && !isHeld(key, uid)))
                {
                    changed |= pending.Remove(key);
                }
            }

            return changed;
        }
    }

    /// <summary>The watch has come as far as a version.</summary>
    /// <returns>Something is no longer waited for.</returns>
    internal bool Reached(string resourceVersion)
    {
        lock (gate)
        {
            if (!ResourceVersion.IsComparable(resourceVersion)
                || (seen is not null && ResourceVersion.IsComparable(seen)
                    && ResourceVersion.Compare(resourceVersion, seen) < 0))
            {
                return false;
            }

            seen = resourceVersion;
            var changed = floor is not null && !IsAhead(floor);
            floor = changed ? null : floor;
            foreach (var (key, entry) in pending)
            {
                if (!IsWaiting(entry.Write))
                {
                    changed |= pending.Remove(key);
                }
            }

            return changed;
        }
    }

    /// <summary>The store no longer has an object.</summary>
    /// <returns>That was waited for.</returns>
    internal bool Gone(ObjectKey key)
    {
        lock (gate)
        {
            return pending.TryGetValue(key, out var entry) && entry.Write.DeletedUid is not null && pending.Remove(key);
        }
    }

    private bool IsWaiting(OwnWrite write) => write.DeletedUid is not null || IsAhead(write.ResourceVersion);

    /// <summary>Versions that cannot be compared are not waited for.</summary>
    private bool IsAhead(string? version) =>
        ResourceVersion.IsComparable(version)
        && (seen is null
            || (ResourceVersion.IsComparable(seen) && ResourceVersion.Compare(version!, seen) > 0));

    private readonly record struct Pending(OwnWrite Write, long Sequence);
}
