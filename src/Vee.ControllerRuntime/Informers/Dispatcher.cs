using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Vee.ControllerRuntime.Clients;

namespace Vee.ControllerRuntime.Informers;

/// <summary>Changes a store and tells handlers, as one step, so that nobody who comes late misses anything.</summary>
internal sealed class Dispatcher<T>(string resource, InformerMetrics metrics, ILogger log)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly Lock gate = new();
    private readonly List<Action<InformerEvent<T>>> handlers = [];

    internal ObjectStore<T> Store { get; } = new();

    internal IDisposable Add(Action<InformerEvent<T>> handler)
    {
        lock (gate)
        {
            handlers.Add(handler);
            foreach (var entity in Store.List())
            {
                Tell(handler, new(InformerEventKind.Added, entity.Metadata.Key, null, entity));
            }
        }

        return new Subscription(() => Remove(handler));
    }

    internal void Set(T entity)
    {
        lock (gate)
        {
            var old = Store.Set(entity);
            var key = entity.Metadata.Key;
            if (old is not null && old.Metadata.Uid != entity.Metadata.Uid)
            {
                // The one before was deleted and another made under its name while nobody looked.
                Tell(new(InformerEventKind.Deleted, key, old, null, IsFinalStateUnknown: true));
                old = null;
            }

            Tell(new(old is null ? InformerEventKind.Added : InformerEventKind.Updated, key, old, entity));
            metrics.Objects.Set(Store.Count);
        }
    }

    /// <param name="key">The object.</param>
    /// <param name="final">Its last state; null when that was missed.</param>
    internal void Remove(ObjectKey key, T? final)
    {
        lock (gate)
        {
            if (Store.Remove(key) is { } old)
            {
                Tell(new(InformerEventKind.Deleted, key, final ?? old, null, IsFinalStateUnknown: final is null));
                metrics.Objects.Set(Store.Count);
            }
        }
    }

    /// <summary>Makes the store equal to a list.</summary>
    /// <param name="listed">The objects of the list that could be decoded.</param>
    /// <param name="kept">Keys that are in the list, but whose objects could not be decoded.</param>
    internal void Replace(IReadOnlyCollection<T> listed, IReadOnlySet<ObjectKey> kept)
    {
        lock (gate)
        {
            var present = listed.Select(e => e.Metadata.Key).ToHashSet();
            foreach (var gone in Store.List().Select(e => e.Metadata.Key)
                .Where(k => !present.Contains(k) && !kept.Contains(k)))
            {
                Remove(gone, final: null);
            }

            foreach (var entity in listed)
            {
                var known = Store.Get(entity.Metadata.Key);
                if (known?.Metadata.ResourceVersion != entity.Metadata.ResourceVersion
                    || known?.Metadata.Uid != entity.Metadata.Uid)
                {
                    Set(entity);
                }
            }
        }
    }

    /// <summary>Shows everything again, unchanged.</summary>
    internal void Resync()
    {
        lock (gate)
        {
            foreach (var entity in Store.List())
            {
                Tell(new(InformerEventKind.Updated, entity.Metadata.Key, entity, entity));
            }
        }
    }

    private void Remove(Action<InformerEvent<T>> handler)
    {
        lock (gate)
        {
            handlers.Remove(handler);
        }
    }

    private void Tell(InformerEvent<T> change)
    {
        foreach (var handler in handlers.ToArray())
        {
            Tell(handler, change);
        }
    }

    private void Tell(Action<InformerEvent<T>> handler, InformerEvent<T> change)
    {
        try
        {
            handler(change);
        }
        catch (Exception exception)
        {
            // One handler's mistake must not stop the store that all others read.
            metrics.HandlerErrors.Inc();
            log.HandlerThrew(resource, change.Kind, change.Key, exception);
        }
    }

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
