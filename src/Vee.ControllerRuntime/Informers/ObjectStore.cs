using k8s;
using k8s.Models;
using Vee.ControllerRuntime.Clients;

namespace Vee.ControllerRuntime.Informers;

/// <summary>The objects of an informer and their indexes. One writer, any number of readers.</summary>
internal sealed class ObjectStore<T> : IStore<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private const int IndexValuesMax = 1000;

    private readonly Lock gate = new();
    private readonly Dictionary<ObjectKey, T> objects = [];
    private readonly Dictionary<string, Index> indexes = new(StringComparer.Ordinal);

    public int Count
    {
        get
        {
            lock (gate)
            {
                return objects.Count;
            }
        }
    }

    public T? Get(ObjectKey key)
    {
        lock (gate)
        {
            return objects.GetValueOrDefault(key);
        }
    }

    public IReadOnlyList<T> List()
    {
        lock (gate)
        {
            return [.. objects.Values];
        }
    }

    public IReadOnlyList<T> ByIndex(string index, string value)
    {
        lock (gate)
        {
            return indexes.TryGetValue(index, out var found)
                ? [.. found.KeysOf(value).Select(k => objects[k])]
                : throw new ArgumentException($"there is no index '{index}'", nameof(index));
        }
    }

    internal void AddIndexer(string name, Func<T, IEnumerable<string>> values)
    {
        lock (gate)
        {
            if (!indexes.TryAdd(name, new Index(values)))
            {
                throw new InvalidOperationException($"there is an index '{name}' already");
            }
        }
    }

    /// <summary>Adds or replaces an object.</summary>
    /// <returns>The one before, or null.</returns>
    internal T? Set(T entity)
    {
        var key = entity.Metadata.Key;
        lock (gate)
        {
            var old = objects.GetValueOrDefault(key);
            objects[key] = entity;
            foreach (var index in indexes.Values)
            {
                index.Move(key, old, entity);
            }

            return old;
        }
    }

    /// <returns>The object that was there, or null.</returns>
    internal T? Remove(ObjectKey key)
    {
        lock (gate)
        {
            if (!objects.Remove(key, out var old))
            {
                return null;
            }

            foreach (var index in indexes.Values)
            {
                index.Move(key, old, null);
            }

            return old;
        }
    }

    /// <summary>From values to keys.</summary>
    private sealed class Index(Func<T, IEnumerable<string>> values)
    {
        private readonly Dictionary<string, HashSet<ObjectKey>> keys = new(StringComparer.Ordinal);

        internal HashSet<ObjectKey> KeysOf(string value) => keys.GetValueOrDefault(value) ?? [];

        internal void Move(ObjectKey key, T? old, T? entity)
        {
            foreach (var value in ValuesOf(old))
            {
                if (keys.TryGetValue(value, out var set) && set.Remove(key) && set.Count == 0)
                {
                    keys.Remove(value);
                }
            }

            foreach (var value in ValuesOf(entity))
            {
                if (!keys.TryGetValue(value, out var set))
                {
                    keys[value] = set = [];
                }

                set.Add(key);
            }
        }

        private IEnumerable<string> ValuesOf(T? entity) =>
            entity is null ? [] : values(entity).Take(IndexValuesMax);
    }
}
