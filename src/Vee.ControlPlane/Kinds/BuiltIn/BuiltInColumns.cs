using System.Text.Json.Nodes;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Tables;

namespace Vee.ControlPlane.Kinds.BuiltIn;

/// <summary>What kubectl shows of the kinds that are more than their name; see also the workloads.</summary>
/// <remarks>Source: <c>pkg/printers/internalversion</c> of Kubernetes.</remarks>
internal static class BuiltInColumns
{
    internal static readonly TableColumn Name = new("Name", static (value, _) => value.Name)
    {
        Format = "name",
        Description = TableColumn.NameText,
    };

    internal static readonly TableColumn Age = new(
        "Age", static (value, now) => Tables.Age.Since(Json.At(value, "metadata", "creationTimestamp"), now))
    {
        Description = TableColumn.CreationText,
    };

    internal static readonly IReadOnlyList<TableColumn> NameAndAge = [Name, Age];

    internal static readonly IReadOnlyList<TableColumn> Namespace =
    [
        Name,
        new("Status", static (value, _) => Text(value, "status", "phase"))
        {
            Description = "The status of the namespace",
        },
        Age,
    ];

    internal static readonly IReadOnlyList<TableColumn> ConfigMap =
    [
        Name,
        new("Data", static (value, _) => Count(value, "data") + Count(value, "binaryData"))
        {
            Description =
                "Data contains the configuration data. Each key must consist of alphanumeric characters, '-', '_' or "
                + "'.'. Values with non-UTF-8 byte sequences must use the BinaryData field. The keys stored in Data "
                + "must not overlap with the keys in the BinaryData field, this is enforced during validation process.",
        },
        Age,
    ];

    internal static readonly IReadOnlyList<TableColumn> Secret =
    [
        Name,
        new("Type", static (value, _) => Text(value, "type"))
        {
            Description =
                "Used to facilitate programmatic handling of secret data. More info: "
                + "https://kubernetes.io/docs/concepts/configuration/secret/#secret-types",
        },
        new("Data", static (value, _) => Count(value, "data"))
        {
            Description =
                "Data contains the secret data. Each key must consist of alphanumeric characters, '-', '_' or '.'. The "
                + "serialized form of the secret data is a base64 encoded string, representing the arbitrary (possibly "
                + "non-string) data value here. Described in https://tools.ietf.org/html/rfc4648#section-4",
        },
        Age,
    ];

    internal static readonly IReadOnlyList<TableColumn> Lease =
    [
        Name,
        new("Holder", static (value, _) => Text(value, "spec", "holderIdentity"))
        {
            Description =
                "holderIdentity contains the identity of the holder of a current lease. If Coordinated Leader Election "
                + "is used, the holder identity must be equal to the elected LeaseCandidate.metadata.name field.",
        },
        Age,
    ];

    internal static readonly IReadOnlyList<TableColumn> Definition =
    [
        Name,
        new("Created At", static (value, _) => Text(value, "metadata", "creationTimestamp"))
        {
            Type = "date",
            Description = TableColumn.CreationText,
        },
    ];

    /// <summary>The text at the end of a path of names; empty where there is none.</summary>
    internal static string Text(JsonNode value, params ReadOnlySpan<string> path) =>
        Json.GetString(Json.At(value, path)) ?? "";

    /// <summary>The whole number at the end of a path of names; 0 where there is none.</summary>
    internal static long Number(JsonNode value, params ReadOnlySpan<string> path) =>
        Json.TryGetLong(Json.At(value, path), out var number) ? number : 0;

    /// <summary>How many entries or items a field has.</summary>
    internal static int Count(JsonNode value, params ReadOnlySpan<string> path) => Json.At(value, path) switch
    {
        JsonObject entries => entries.Count,
        JsonArray items => items.Count,
        _ => 0,
    };

    /// <summary>A column with the text at the end of a path.</summary>
    internal static TableColumn Of(string name, int priority, params string[] path) =>
        new(name, (value, _) => Text(value, path)) { Priority = priority, Description = $"The {path[^1]}." };

    /// <summary>A column with the number at the end of a path.</summary>
    internal static TableColumn NumberOf(string name, params string[] path) =>
        new(name, (value, _) => Number(value, path)) { Type = "integer", Description = $"The {path[^1]}." };
}
