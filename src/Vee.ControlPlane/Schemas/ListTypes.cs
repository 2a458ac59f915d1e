using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Schemas;

/// <summary>Checks that lists of type set and map have no item twice.</summary>
/// <remarks>Source: apiextensions-apiserver, <c>schema/listtype/validation.go</c>.</remarks>
internal static class ListTypes
{
    internal static IReadOnlyList<FieldError> Validate(JsonObject value, StructuralSchema schema)
    {
        var errors = new List<FieldError>();
        Visit(value, schema, FieldPath.Root, errors);
        return errors;
    }

    internal static void Visit(JsonNode? value, StructuralSchema? schema, FieldPath path, List<FieldError> errors)
    {
        if (schema is null)
        {
            return;
        }

        if (value is JsonObject map)
        {
            foreach (var (key, below) in map.OrderBy(p => p.Key, StringComparer.Ordinal))
            {
                if (schema.Properties.TryGetValue(key, out var property))
                {
                    Visit(below, property, path.Child(key), errors);
                }
                else
                {
                    Visit(below, schema.AdditionalProperties, path.Key(key), errors);
                }
            }
        }
        else if (value is JsonArray list)
        {
            if (schema.ListType == "set")
            {
                AddDuplicates([.. list.Select(Json.Clone)], path, errors);
            }
            else if (schema.ListType == "map")
            {
                AddDuplicateKeys(list, schema, path, errors);
            }

            for (var i = 0; i < list.Count; i++)
            {
                Visit(list[i], schema.Items, path.Index(i), errors);
            }
        }
    }

    private static void AddDuplicateKeys(
        JsonArray list, StructuralSchema schema, FieldPath path, List<FieldError> errors)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] is not (null or JsonObject))
            {
                errors.Add(FieldError.Invalid(
                    path.Index(i), list[i], "must be an object for an array of list-type map"));
                return;
            }
        }

        var keys = list.Select(item =>
        {
            var key = new JsonObject();
            foreach (var name in schema.ListMapKeys)
            {
                if (item is JsonObject fields && fields.TryGetPropertyValue(name, out var value))
                {
                    key[name] = value?.DeepClone();
                }
            }

            return (JsonNode?)key;
        });
        AddDuplicates([.. keys], path, errors);
    }

    /// <summary>Reports the second of equal items, not the further ones.</summary>
    private static void AddDuplicates(IReadOnlyList<JsonNode?> items, FieldPath path, List<FieldError> errors)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < items.Count; i++)
        {
            var text = Json.ToGoString(items[i]);
            var count = counts[text] = counts.GetValueOrDefault(text) + 1;
            if (count == 2)
            {
                errors.Add(FieldError.Duplicate(path.Index(i), items[i]));
            }
        }
    }
}
