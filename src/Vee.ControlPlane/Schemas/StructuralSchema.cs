using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Schemas;

/// <summary>A rule of <c>x-kubernetes-validations</c>.</summary>
/// <param name="Rule">A CEL expression that must be true.</param>
/// <param name="Message">What to say when it is not; empty: the rule itself.</param>
/// <param name="MessageExpression">A CEL expression that makes the message; empty: none.</param>
/// <param name="Reason">One of the four reasons; null: <c>FieldValueInvalid</c>.</param>
/// <param name="FieldPath">The field below, to which the failure belongs; empty: the value itself.</param>
/// <param name="OptionalOldSelf">Whether the rule runs, with an optional old value, also where there is none.</param>
internal sealed record ValidationRule(
    string Rule, string Message, string MessageExpression, string? Reason, string FieldPath, bool? OptionalOldSelf);

/// <summary>A parsed openAPIV3Schema: what a value is and what it must satisfy.</summary>
/// <remarks>Immutable. Keywords of a wrong type are as if they were not there; they are reported elsewhere.</remarks>
internal sealed class StructuralSchema
{
    private StructuralSchema(JsonObject source) => Source = source;

    /// <summary>The schema as written.</summary>
    internal JsonObject Source { get; }

    /// <summary>
    /// <c>object</c>, <c>array</c>, <c>string</c>, <c>integer</c>, <c>number</c>, <c>boolean</c> or empty.
    /// </summary>
    internal string Type { get; private init; } = "";

    internal string Format { get; private init; } = "";

    internal bool IsNullable { get; private init; }

    /// <summary>The value of a field that is missing; null: none.</summary>
    internal JsonNode? Default { get; private init; }

    internal StructuralSchema? Items { get; private init; }

    internal IReadOnlyDictionary<string, StructuralSchema> Properties { get; private init; } =
        new SortedDictionary<string, StructuralSchema>(StringComparer.Ordinal);

    /// <summary>Whether <c>additionalProperties</c> is there, as a schema or as <c>true</c>.</summary>
    internal bool HasAdditionalProperties { get; private init; }

    internal StructuralSchema? AdditionalProperties { get; private init; }

    /// <summary><c>x-kubernetes-preserve-unknown-fields</c>.</summary>
    internal bool PreservesUnknownFields { get; private init; }

    /// <summary><c>x-kubernetes-embedded-resource</c>.</summary>
    internal bool IsEmbeddedResource { get; private init; }

    /// <summary><c>x-kubernetes-int-or-string</c>.</summary>
    internal bool IsIntOrString { get; private init; }

    /// <summary><c>atomic</c>, <c>set</c>, <c>map</c>, or null.</summary>
    internal string? ListType { get; private init; }

    internal IReadOnlyList<string> ListMapKeys { get; private init; } = [];

    /// <summary><c>atomic</c>, <c>granular</c>, or null.</summary>
    internal string? MapType { get; private init; }

    internal IReadOnlyList<ValidationRule> Rules { get; private init; } = [];

    internal ValueLimits Limits { get; private init; } = ValueLimits.None;

    /// <summary>Parses a schema with all below it.</summary>
    internal static StructuralSchema Parse(JsonObject source)
    {
        var additional = source["additionalProperties"];
        return new(source)
        {
            Type = Json.GetString(source["type"]) ?? "",
            Format = Json.GetString(source["format"]) ?? "",
            IsNullable = Json.IsTrue(source["nullable"]),
            Default = source["default"],
            Items = source["items"] is JsonObject items ? Parse(items) : null,
            Properties = ParseAll(source["properties"]),
            HasAdditionalProperties = additional is JsonObject || Json.IsTrue(additional),
            AdditionalProperties = additional is JsonObject schema ? Parse(schema) : null,
            PreservesUnknownFields = Json.IsTrue(source["x-kubernetes-preserve-unknown-fields"]),
            IsEmbeddedResource = Json.IsTrue(source["x-kubernetes-embedded-resource"]),
            IsIntOrString = Json.IsTrue(source["x-kubernetes-int-or-string"]),
            ListType = Json.GetString(source["x-kubernetes-list-type"]),
            ListMapKeys = Texts(source["x-kubernetes-list-map-keys"]),
            MapType = Json.GetString(source["x-kubernetes-map-type"]),
            Rules = ParseRules(source["x-kubernetes-validations"]),
            Limits = ValueLimits.Parse(source),
        };
    }

    internal static IReadOnlyList<string> Texts(JsonNode? node) =>
        node is JsonArray list ? [.. list.Select(Json.GetString).OfType<string>()] : [];

    /// <summary>The schema of a field or key; null where there is none.</summary>
    internal StructuralSchema? ForKey(string key) => Properties.GetValueOrDefault(key) ?? AdditionalProperties;

    private static SortedDictionary<string, StructuralSchema> ParseAll(JsonNode? node)
    {
        var schemas = new SortedDictionary<string, StructuralSchema>(StringComparer.Ordinal);
        foreach (var (name, schema) in node as JsonObject ?? [])
        {
            schemas[name] = Parse(schema as JsonObject ?? []);
        }

        return schemas;
    }

    private static IReadOnlyList<ValidationRule> ParseRules(JsonNode? node) => node is not JsonArray rules
        ? []
        : [.. rules.Select(r => new ValidationRule(
            Json.GetString(Json.Field(r, "rule")) ?? "",
            Json.GetString(Json.Field(r, "message")) ?? "",
            Json.GetString(Json.Field(r, "messageExpression")) ?? "",
            Json.GetString(Json.Field(r, "reason")),
            Json.GetString(Json.Field(r, "fieldPath")) ?? "",
            Json.Field(r, "optionalOldSelf") is { } optional ? Json.IsTrue(optional) : null))];
}
