using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Schemas;

/// <summary>The limits that a schema sets on values; null where there is none.</summary>
internal sealed class ValueLimits
{
    internal static readonly ValueLimits None = new();

    internal double? Maximum { get; private init; }

    internal bool ExcludesMaximum { get; private init; }

    internal double? Minimum { get; private init; }

    internal bool ExcludesMinimum { get; private init; }

    internal double? MultipleOf { get; private init; }

    /// <summary>In code points.</summary>
    internal long? LengthMax { get; private init; }

    /// <summary>In code points.</summary>
    internal long? LengthMin { get; private init; }

    internal string Pattern { get; private init; } = "";

    internal long? ItemsMax { get; private init; }

    internal long? ItemsMin { get; private init; }

    internal bool HasUniqueItems { get; private init; }

    internal long? PropertiesMax { get; private init; }

    internal long? PropertiesMin { get; private init; }

    internal IReadOnlyList<string> Required { get; private init; } = [];

    /// <summary>The allowed values; null where all are.</summary>
    internal JsonArray? Enum { get; private init; }

    internal IReadOnlyList<StructuralSchema> AllOf { get; private init; } = [];

    internal IReadOnlyList<StructuralSchema> AnyOf { get; private init; } = [];

    internal IReadOnlyList<StructuralSchema> OneOf { get; private init; } = [];

    internal StructuralSchema? Not { get; private init; }

    internal static ValueLimits Parse(JsonObject source) => new()
    {
        Maximum = Number(source["maximum"]),
        ExcludesMaximum = Json.IsTrue(source["exclusiveMaximum"]),
        Minimum = Number(source["minimum"]),
        ExcludesMinimum = Json.IsTrue(source["exclusiveMinimum"]),
        MultipleOf = Number(source["multipleOf"]),
        LengthMax = Whole(source["maxLength"]),
        LengthMin = Whole(source["minLength"]),
        Pattern = Json.GetString(source["pattern"]) ?? "",
        ItemsMax = Whole(source["maxItems"]),
        ItemsMin = Whole(source["minItems"]),
        HasUniqueItems = Json.IsTrue(source["uniqueItems"]),
        PropertiesMax = Whole(source["maxProperties"]),
        PropertiesMin = Whole(source["minProperties"]),
        Required = StructuralSchema.Texts(source["required"]),
        Enum = source["enum"] as JsonArray,
        AllOf = Schemas(source["allOf"]),
        AnyOf = Schemas(source["anyOf"]),
        OneOf = Schemas(source["oneOf"]),
        Not = source["not"] is JsonObject not ? StructuralSchema.Parse(not) : null,
    };

    private static double? Number(JsonNode? node) => Json.IsNumber(node) ? Json.GetDouble(node!) : null;

    private static long? Whole(JsonNode? node) => Json.TryGetLong(node, out var whole) ? whole : null;

    private static IReadOnlyList<StructuralSchema> Schemas(JsonNode? node) =>
        node is JsonArray list ? [.. list.OfType<JsonObject>().Select(StructuralSchema.Parse)] : [];
}
