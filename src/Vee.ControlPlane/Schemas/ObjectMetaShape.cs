using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Schemas;

/// <summary>Brings metadata into the shape of ObjectMeta: its fields, of their types, without empty ones.</summary>
/// <remarks>Source: <c>k8s.io/apimachinery/pkg/apis/meta/v1/types.go</c>.</remarks>
internal static class ObjectMetaShape
{
    private static readonly Dictionary<string, string> Fields = new(StringComparer.Ordinal)
    {
        ["name"] = "string",
        ["generateName"] = "string",
        ["namespace"] = "string",
        ["selfLink"] = "string",
        ["uid"] = "types.UID",
        ["resourceVersion"] = "string",
        ["generation"] = "int64",
        ["creationTimestamp"] = "time",
        ["deletionTimestamp"] = "time",
        ["deletionGracePeriodSeconds"] = "int64",
        ["labels"] = "map",
        ["annotations"] = "map",
        ["ownerReferences"] = "owners",
        ["finalizers"] = "strings",
        ["managedFields"] = "entries",
    };

    private static readonly Dictionary<string, string> OwnerFields = new(StringComparer.Ordinal)
    {
        ["apiVersion"] = "string",
        ["kind"] = "string",
        ["name"] = "string",
        ["uid"] = "types.UID",
        ["controller"] = "bool",
        ["blockOwnerDeletion"] = "bool",
    };

    private static readonly Dictionary<string, string> EntryFields = new(StringComparer.Ordinal)
    {
        ["manager"] = "string",
        ["operation"] = "v1.ManagedFieldsOperationType",
        ["apiVersion"] = "string",
        ["time"] = "time",
        ["fieldsType"] = "string",
        ["fieldsV1"] = "any",
        ["subresource"] = "string",
    };

    /// <summary>What Go's decoder says about metadata of wrong types; null when nothing.</summary>
    internal static string? FindError(JsonNode? metadata)
    {
        if (metadata is null)
        {
            return null;
        }

        return metadata is JsonObject map
            ? FindError(map, Fields, "ObjectMeta", "")
            : $"json: cannot unmarshal {Kind(metadata)} into Go value of type v1.ObjectMeta";
    }

    /// <summary>Removes unknown, null and empty fields in place.</summary>
    /// <param name="metadata">Metadata without type errors.</param>
    /// <param name="path">Where it is, for the paths of unknown fields.</param>
    /// <param name="unknown">Takes the paths of unknown fields.</param>
    internal static void Coerce(JsonObject metadata, string path, List<string> unknown)
    {
        CoerceFields(metadata, Fields, path, unknown);
        foreach (var (key, value) in metadata.ToList())
        {
            var isEmpty = value switch
            {
                null or JsonArray { Count: 0 } or JsonObject { Count: 0 } => key != "managedFields" || value is null,
                JsonValue text when text.TryGetValue<string>(out var s) => s.Length == 0,
                JsonValue number => key == "generation" && Json.TryGetLong(number, out var n) && n == 0,
                _ => false,
            };
            if (isEmpty)
            {
                metadata.Remove(key);
            }
        }
    }

    private static void CoerceFields(
        JsonObject map, Dictionary<string, string> fields, string path, List<string> unknown)
    {
        foreach (var (key, value) in map.ToList())
        {
            if (!fields.TryGetValue(key, out var type))
            {
                unknown.Add($"{path}.{key}");
                map.Remove(key);
                continue;
            }

            var inner = type switch { "owners" => OwnerFields, "entries" => EntryFields, _ => null };
            for (var i = 0; inner is not null && value is JsonArray list && i < list.Count; i++)
            {
                if (list[i] is JsonObject item)
                {
                    CoerceFields(item, inner, $"{path}.{key}[{i.ToString(CultureInfo.InvariantCulture)}]", unknown);
                }
            }
        }
    }

    private static string? FindError(JsonObject map, Dictionary<string, string> fields, string type, string path)
    {
        foreach (var (key, value) in map)
        {
            if (value is not null && fields.TryGetValue(key, out var wanted) &&
                FindError(value, wanted, type, path + key) is { } error)
            {
                return error;
            }
        }

        return null;
    }

    private static string? FindError(JsonNode value, string wanted, string type, string path)
    {
        string Wrong(JsonNode found, string goType) =>
            $"json: cannot unmarshal {Kind(found)} into Go struct field {type}.{path} of type {goType}";

        var kind = value.GetValueKind();
        switch (wanted)
        {
            case "any":
                return null;
            case "int64":
                return Json.TryGetLong(value, out _) ? null : Wrong(value, "int64");
            case "bool":
                return Json.IsBoolean(value) ? null : Wrong(value, "bool");
            case "time":
                return FindTimeError(value);
            case "map":
                return value is not JsonObject map
                    ? Wrong(value, "map[string]string")
                    : map.FirstOrDefault(p => p.Value is not null && Json.GetString(p.Value) is null).Value is { } bad
                        ? Wrong(bad, "string")
                        : null;
            case "strings":
                return value is not JsonArray texts
                    ? Wrong(value, "[]string")
                    : texts.FirstOrDefault(v => v is not null && Json.GetString(v) is null) is { } wrong
                        ? Wrong(wrong, "string")
                        : null;
            case "owners" or "entries":
                return FindListError(value, wanted == "owners", path, Wrong);
            default:
                return kind == JsonValueKind.String ? null : Wrong(value, wanted);
        }
    }

    private static string? FindListError(
        JsonNode value, bool isOwners, string path, Func<JsonNode, string, string> wrong)
    {
        var type = isOwners ? "OwnerReference" : "ManagedFieldsEntry";
        if (value is not JsonArray list)
        {
            return wrong(value, $"[]v1.{type}");
        }

        foreach (var item in list.OfType<JsonNode>())
        {
            var error = item is JsonObject map
                ? FindError(map, isOwners ? OwnerFields : EntryFields, type, $"{path}.")
                : wrong(item, $"v1.{type}");
            if (error is not null)
            {
                return error;
            }
        }

        return null;
    }

    private static string? FindTimeError(JsonNode value)
    {
        if (Json.GetString(value) is not { } text)
        {
            return $"json: cannot unmarshal {Kind(value)} into Go value of type string";
        }

        return Formats.Check("datetime", text) == true
            ? null
            : $"parsing time {GoText.Quote(text)} as \"2006-01-02T15:04:05Z07:00\": " +
                $"cannot parse {GoText.Quote(text)} as \"2006\"";
    }

    private static string Kind(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "bool",
        JsonValueKind.Number => "number",
        JsonValueKind.Array => "array",
        _ => "object",
    };
}
