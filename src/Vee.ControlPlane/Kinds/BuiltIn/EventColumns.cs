using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Tables;

namespace Vee.ControlPlane.Kinds.BuiltIn;

/// <summary>What kubectl shows of events.</summary>
internal static class EventColumns
{
    internal static IReadOnlyList<TableColumn> All(bool isCore)
    {
        var about = isCore ? "involvedObject" : "regarding";
        var first = isCore ? "firstTimestamp" : "deprecatedFirstTimestamp";
        var last = isCore ? "lastTimestamp" : "deprecatedLastTimestamp";
        return
        [
            new("Last Seen", (value, now) => Age.Since(LastTime(value, first, last), now))
            {
                Description = "The time at which the most recent occurrence of this event was recorded.",
            },
            new("Type", static (value, _) => BuiltInColumns.Text(value, "type"))
            {
                Description = "Type of this event (Normal, Warning), new types could be added in the future",
            },
            new("Reason", static (value, _) => BuiltInColumns.Text(value, "reason"))
            {
                Description =
                    "This should be a short, machine understandable string that gives the reason for the transition "
                    + "into the object's current status.",
            },
            new("Object", (value, _) => Target(value[about]))
            {
                Description = "The object that this event is about.",
            },
            new("Subobject", (value, _) => BuiltInColumns.Text(value, about, "fieldPath"))
            {
                Description =
                    "If referring to a piece of an object instead of an entire object, this string should contain a "
                    + "valid JSON/Go field access statement, such as desiredState.manifest.containers[2]. For "
                    + "example, if the object reference is to a container within a pod, this would take on a value "
                    + "like: \"spec.containers{name}\" (where \"name\" refers to the name of the container that "
                    + "triggered the event) or if no container name is specified \"spec.containers[2]\" (container "
                    + "with index 2 in this pod). This syntax is chosen only to have some well-defined way of "
                    + "referencing a part of an object.",
                Priority = 1,
            },
            new("Source", (value, _) => Source(value, isCore))
            {
                Description =
                    "The component reporting this event. Should be a short machine understandable string.",
                Priority = 1,
            },
            new("Message", (value, _) => BuiltInColumns.Text(value, isCore ? "message" : "note").Trim())
            {
                Description = "A human-readable description of the status of this operation.",
            },
            new("First Seen", (value, now) => Age.Since(value[first] ?? value["eventTime"], now))
            {
                Description =
                    "The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)",
                Priority = 1,
            },
            new("Count", (value, _) => Count(value, isCore ? "count" : "deprecatedCount"))
            {
                Description = "The number of times this event has occurred.",
                Priority = 1,
            },
            BuiltInColumns.Name with { Priority = 1 },
        ];
    }

    /// <summary>Who reported the event.</summary>
    internal static string Component(JsonObject value, bool isCore)
    {
        var source = BuiltInColumns.Text(value, isCore ? "source" : "deprecatedSource", "component");
        return source.Length > 0
            ? source
            : BuiltInColumns.Text(value, isCore ? "reportingComponent" : "reportingController");
    }

    private static JsonNode? LastTime(JsonObject value, string first, string last) =>
        Json.At(value, "series", "lastObservedTime") ?? value[last] ?? value[first] ?? value["eventTime"];

    private static string Target(JsonNode? about)
    {
        var kind = (Json.GetString(Json.Field(about, "kind")) ?? "").ToLowerInvariant();
        return Json.GetString(Json.Field(about, "name")) is { Length: > 0 } name ? $"{kind}/{name}" : kind;
    }

    private static string Source(JsonObject value, bool isCore)
    {
        var component = Component(value, isCore);
        var host = BuiltInColumns.Text(value, isCore ? "source" : "deprecatedSource", "host");
        var instance = host.Length > 0 ? host : BuiltInColumns.Text(value, "reportingInstance");
        return instance.Length > 0 ? $"{component}, {instance}" : component;
    }

    private static long Count(JsonObject value, string field) => Json.At(value, "series", "count") is { } count
        && Json.TryGetLong(count, out var times)
        ? times
        : Math.Max(1, BuiltInColumns.Number(value, field));
}
