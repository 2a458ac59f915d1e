using System.Text.Json.Nodes;
using System.Text.Json;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Definitions;

/// <summary>Removes from a CustomResourceDefinition what its types do not write: nulls and empty optional values.
/// </summary>
/// <remarks>Source: the <c>omitempty</c> marks of <c>apiextensions/v1/types.go</c>.</remarks>
internal static class DefinitionShape
{
    /// <summary>Values of any form, which stay as they are.</summary>
    private static readonly HashSet<string> Free = new(StringComparer.Ordinal) { "default", "enum", "example" };

    /// <summary>Fields that are written also when they are false or empty.</summary>
    private static readonly HashSet<string> Kept = new(StringComparer.Ordinal)
    {
        "served", "storage", "x-kubernetes-preserve-unknown-fields", "optionalOldSelf",
        "additionalProperties", "additionalItems", "deprecationWarning", "labelSelectorPath", "name", "type",
        "jsonPath", "group", "kind", "plural", "scope", "strategy", "rule", "versions", "items", "not",
        "status", "scale", "schema", "subresources", "names", "openAPIV3Schema", "conversion", "webhook",
        "clientConfig", "service", "externalDocs", "url", "$ref", "x-kubernetes-list-type",
        "x-kubernetes-map-type", "reason", "specReplicasPath", "statusReplicasPath", "maximum", "minimum",
        "maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties", "multipleOf",
        "port", "path", "conversionReviewVersions",
    };

    /// <summary>Maps from names to schemas, whose keys are no fields.</summary>
    private static readonly HashSet<string> Maps = new(StringComparer.Ordinal)
    {
        "properties", "patternProperties", "definitions", "dependencies",
    };

    internal static void DropEmpty(JsonNode? spec) => DropEmpty(spec, isMap: false);

    private static void DropEmpty(JsonNode? node, bool isMap)
    {
        if (node is JsonArray list)
        {
            foreach (var item in list)
            {
                DropEmpty(item, isMap: false);
            }
        }

        var map = node as JsonObject ?? [];
        foreach (var (key, value) in map.ToList())
        {
            if (isMap)
            {
                DropEmpty(value, isMap: false);
                continue;
            }

            if (value is null || (IsEmpty(value) && !Kept.Contains(key) && !Free.Contains(key)))
            {
                map.Remove(key);
            }
            else if (!Free.Contains(key))
            {
                DropEmpty(value, Maps.Contains(key));
            }
        }
    }

    private static bool IsEmpty(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.False => true,
        JsonValueKind.String => value.GetValue<string>().Length == 0,
        JsonValueKind.Number => Json.TryGetLong(value, out var whole) && whole == 0,
        JsonValueKind.Array => value.AsArray().Count == 0,
        JsonValueKind.Object => value.AsObject().Count == 0,
        _ => false,
    };
}
