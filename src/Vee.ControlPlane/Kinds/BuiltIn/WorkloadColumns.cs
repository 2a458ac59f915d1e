using System.Globalization;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Tables;

namespace Vee.ControlPlane.Kinds.BuiltIn;

using static BuiltInColumns;

/// <summary>What kubectl shows of kinds that run pods.</summary>
internal static class WorkloadColumns
{
    private static readonly IReadOnlyList<TableColumn> Images =
    [
        new("Containers", static (value, _) => Joined(value, "name")) { Priority = 1 },
        new("Images", static (value, _) => Joined(value, "image")) { Priority = 1 },
    ];

    private static readonly TableColumn ReadyOfDesired = new(
        "Ready",
        static (value, _) => $"{Number(value, "status", "readyReplicas")}/{Number(value, "spec", "replicas")}");

    internal static readonly IReadOnlyList<TableColumn> Pod =
    [
        Name,
        new("Ready", static (value, _) =>
            $"{ReadyContainers(value)}/{BuiltInColumns.Count(value, "spec", "containers")}"),
        new("Status", static (value, _) => PodStatus(value)),
        new("Restarts", static (value, _) =>
            Containers(value).Sum(c => Number(c, "restartCount")).ToString(CultureInfo.InvariantCulture)),
        Age,
        Or("IP", 1, "status", "podIP"),
        Or("Node", 1, "spec", "nodeName"),
        Or("Nominated Node", 1, "status", "nominatedNodeName"),
        new("Readiness Gates", static (_, _) => "<none>") { Priority = 1 },
    ];

    internal static readonly IReadOnlyList<TableColumn> Deployment =
    [
        Name,
        ReadyOfDesired,
        Whole("Up-to-date", "status", "updatedReplicas"),
        Whole("Available", "status", "availableReplicas"),
        Age,
        .. Images,
    ];

    internal static readonly IReadOnlyList<TableColumn> ReplicaSet =
    [
        Name, NumberOf("Desired", "spec", "replicas"), NumberOf("Current", "status", "replicas"),
        NumberOf("Ready", "status", "readyReplicas"), Age, .. Images,
    ];

    internal static readonly IReadOnlyList<TableColumn> ReplicationController = ReplicaSet;

    internal static readonly IReadOnlyList<TableColumn> StatefulSet =
    [
        Name,
        ReadyOfDesired,
        Age,
        .. Images,
    ];

    internal static readonly IReadOnlyList<TableColumn> DaemonSet =
    [
        Name, NumberOf("Desired", "status", "desiredNumberScheduled"),
        NumberOf("Current", "status", "currentNumberScheduled"), NumberOf("Ready", "status", "numberReady"),
        NumberOf("Up-to-date", "status", "updatedNumberScheduled"), NumberOf("Available", "status", "numberAvailable"),
        Age, .. Images,
    ];

    internal static readonly IReadOnlyList<TableColumn> Job =
    [
        Name,
        new("Status", static (value, _) => JobStatus(value)),
        new("Completions", static (value, _) =>
            $"{Number(value, "status", "succeeded")}/{Number(value, "spec", "completions")}"),
        new("Duration", static (value, now) => Json.At(value, "status", "startTime") is { } start
            ? Tables.Age.Since(start, now)
            : ""),
        Age,
    ];

    internal static readonly IReadOnlyList<TableColumn> CronJob =
    [
        Name,
        Of("Schedule", 0, "spec", "schedule"),
        Or("Timezone", 0, "spec", "timeZone"),
        new("Suspend", static (value, _) => Json.IsTrue(Json.At(value, "spec", "suspend")) ? "True" : "False"),
        new("Active", static (value, _) => BuiltInColumns.Count(value, "status", "active")) { Type = "integer" },
        new("Last Schedule", static (value, now) => Json.At(value, "status", "lastScheduleTime") is { } last
            ? Tables.Age.Since(last, now)
            : "<none>"),
        Age,
    ];

    /// <summary>A column with the text at the end of a path, or a sign that there is none.</summary>
    internal static TableColumn Or(string name, int priority, params string[] path) =>
        new(name, (value, _) => Text(value, path) is { Length: > 0 } text ? text : "<none>") { Priority = priority };

    private static TableColumn Whole(string name, params string[] path) =>
        new(name, (value, _) => Number(value, path)) { Type = "string" };

    private static string Joined(JsonObject value, string field) => string.Join(
        ",",
        (Json.At(value, "spec", "template", "spec", "containers") as JsonArray ?? [])
        .Select(c => Json.GetString(Json.Field(c, field))));

    private static IEnumerable<JsonObject> Containers(JsonObject value) =>
        (Json.At(value, "status", "containerStatuses") as JsonArray)?.OfType<JsonObject>() ?? [];

    private static int ReadyContainers(JsonObject value) => Containers(value).Count(c => Json.IsTrue(c["ready"]));

    private static string PodStatus(JsonObject value) => Json.At(value, "metadata", "deletionTimestamp") is not null
        ? "Terminating"
        : Text(value, "status", "reason") is { Length: > 0 } reason ? reason : Text(value, "status", "phase");

    private static string JobStatus(JsonObject value)
    {
        var conditions = (Json.At(value, "status", "conditions") as JsonArray)?.OfType<JsonObject>() ?? [];
        var final = conditions.FirstOrDefault(c =>
            Text(c, "status") == "True" && Text(c, "type") is "Complete" or "Failed" or "Suspended");
        return final is null ? "Running" : Text(final, "type");
    }
}
