using System.Globalization;
using System.Text.Json.Nodes;

namespace Vee.ControllerRuntime.Tests.Server;

/// <summary>One change as a watch shows it.</summary>
internal sealed record FakeEvent(long Version, string Type, string Plural, string Space, JsonObject Body);

/// <summary>An answer of the API server that is no success.</summary>
internal sealed class FakeRefusalException(int code, string reason, string message) : Exception(message)
{
    internal int Code => code;

    internal string Reason => reason;
}

/// <summary>The objects of a small API server, and the changes since it was last compacted.</summary>
internal sealed class FakeStore
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<(string Plural, string Space, string Name), JsonObject> objects = [];
    private readonly List<FakeEvent> history = [];
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long version = 100;
    private long compacted = 100;
    private long uids;

    internal long Version
    {
        get
        {
            lock (gate)
            {
                return version;
            }
        }
    }

    internal Task Changed
    {
        get
        {
            lock (gate)
            {
                return changed.Task;
            }
        }
    }

    internal JsonObject? Get(string plural, string space, string name)
    {
        lock (gate)
        {
            return objects.GetValueOrDefault((plural, space, name))?.DeepClone() as JsonObject;
        }
    }

    internal (IReadOnlyList<JsonObject> Items, long Version) List(string plural, string space)
    {
        lock (gate)
        {
            return (objects.Where(o => o.Key.Plural == plural && (space.Length == 0 || o.Key.Space == space))
                .Select(o => (JsonObject)o.Value.DeepClone()).ToList(), version);
        }
    }

    /// <returns>Null when the version is too old.</returns>
    internal IReadOnlyList<FakeEvent>? Since(long from)
    {
        lock (gate)
        {
            return from < compacted ? null : history.Where(e => e.Version > from).ToList();
        }
    }

    /// <summary>Forgets the past: watches from before are answered with 410.</summary>
    internal void Compact()
    {
        lock (gate)
        {
            compacted = version;
            history.Clear();
        }
    }

    internal JsonObject Create(string plural, string space, JsonObject body)
    {
        lock (gate)
        {
            var metadata = Metadata(body);
            var name = (string?)metadata["name"] ?? throw new FakeRefusalException(422, "Invalid", "name: Required");
            if (objects.ContainsKey((plural, space, name)))
            {
                throw new FakeRefusalException(409, "AlreadyExists", $"{plural} \"{name}\" already exists");
            }

            metadata["namespace"] = space;
            metadata["uid"] = $"uid-{++uids}";
            metadata["generation"] = 1L;
            metadata["creationTimestamp"] = "2026-11-25T12:00:00Z";
            return Store("ADDED", plural, space, name, body);
        }
    }

    /// <summary>Changes an object as a function of what it is, which gets a copy and may refuse.</summary>
    internal JsonObject Change(string plural, string space, string name, Func<JsonObject, JsonObject> change)
    {
        lock (gate)
        {
            var old = objects.GetValueOrDefault((plural, space, name))
                ?? throw new FakeRefusalException(404, "NotFound", $"{plural} \"{name}\" not found");
            var body = change((JsonObject)old.DeepClone());
            var (before, after) = (Metadata(old), Metadata(body));
            foreach (var kept in new[] { "uid", "creationTimestamp", "generation", "resourceVersion" })
            {
                after[kept] = before[kept]?.DeepClone();
            }

            if (JsonNode.DeepEquals(old, body))
            {
                return body;
            }

            if (!JsonNode.DeepEquals(old["spec"], body["spec"]))
            {
                after["generation"] = (long)before["generation"]! + 1;
            }

            return after["deletionTimestamp"] is not null && !HasFinalizers(after)
                ? Remove(plural, space, name, body)
                : Store("MODIFIED", plural, space, name, body);
        }
    }

    /// <returns>The object when finalizers hold it, else null.</returns>
    internal (JsonObject? Held, string Uid) Delete(string plural, string space, string name)
    {
        lock (gate)
        {
            var old = objects.GetValueOrDefault((plural, space, name))
                ?? throw new FakeRefusalException(404, "NotFound", $"{plural} \"{name}\" not found");
            var uid = (string)Metadata(old)["uid"]!;
            if (!HasFinalizers(Metadata(old)))
            {
                Remove(plural, space, name, (JsonObject)old.DeepClone());
                return (null, uid);
            }

            return (Change(plural, space, name, body =>
            {
                Metadata(body)["deletionTimestamp"] ??= "2026-11-25T12:00:01Z";
                return body;
            }), uid);
        }
    }

    internal static JsonObject Metadata(JsonObject body)
    {
        if (body["metadata"] is not JsonObject metadata)
        {
            body["metadata"] = metadata = [];
        }

        return metadata;
    }

    private static bool HasFinalizers(JsonObject metadata) => metadata["finalizers"] is JsonArray { Count: > 0 };

    private JsonObject Remove(string plural, string space, string name, JsonObject body)
    {
        objects.Remove((plural, space, name));
        return Note("DELETED", plural, space, body);
    }

    private JsonObject Store(string type, string plural, string space, string name, JsonObject body)
    {
        objects[(plural, space, name)] = body;
        return Note(type, plural, space, body);
    }

    private JsonObject Note(string type, string plural, string space, JsonObject body)
    {
        Metadata(body)["resourceVersion"] = (++version).ToString(CultureInfo.InvariantCulture);
        history.Add(new(version, type, plural, space, (JsonObject)body.DeepClone()));
        var told = changed;
        changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        told.SetResult();
        return (JsonObject)body.DeepClone();
    }
}
