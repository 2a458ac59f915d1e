using System.Text.Json.Nodes;
using Vee.ControlPlane.Handling;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Storage;

namespace Vee.ControlPlane.Upkeep;

/// <summary>Forgets events that are old, and the oldest where there are too many: they are news, not records.</summary>
internal sealed class EventExpiry(Cluster cluster, TimeSpan life)
{
    /// <summary>Events kept at most.</summary>
    private const int CountMax = 20_000;

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        var oldest = cluster.Time.GetUtcNow() - life;
        var events = cluster.Store.Snapshot(reader =>
            reader.List("events", null, "", 0).Select(e => (e.Key, e.Version, Seen: LastSeen(e))).ToList());
        var tooMany = Math.Max(0, events.Count - CountMax);
        foreach (var (key, version, seen) in events.OrderBy(e => e.Seen).TakeWhile((e, i) =>
            i < tooMany || e.Seen < oldest))
        {
            // One that was seen again meanwhile is at another version and stays.
            await cluster.Store.WriteAsync(new(key, version, null), cancellationToken);
        }
    }

    private static DateTimeOffset LastSeen(StoredObject stored)
    {
        var value = StoredJson.Read(stored);
        JsonNode?[] times =
        [
            value.Metadata["creationTimestamp"], value["lastTimestamp"],
            Json.At(value, "series", "lastObservedTime"),
        ];
        return times.Select(t => Timestamp.Parse(Json.GetString(t))).Max() ?? DateTimeOffset.MinValue;
    }
}
