using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Schemas;

/// <summary>Fills in defaults, and drops nulls that may not be there.</summary>
/// <remarks>Source: apiextensions-apiserver, <c>schema/defaulting</c>.</remarks>
internal static class Defaulting
{
    /// <summary>Removes, in place, nulls where the schema allows none and has no default for them.</summary>
    internal static void DropNulls(JsonNode? value, StructuralSchema? schema)
    {
        if (value is JsonObject map)
        {
            foreach (var (key, below) in map.ToList())
            {
                var schemaBelow = schema?.ForKey(key);
                if (below is null && schemaBelow is { IsNullable: false, Default: null })
                {
                    map.Remove(key);
                }
                else
                {
                    DropNulls(below, schemaBelow);
                }
            }
        }
        else if (value is JsonArray list)
        {
            foreach (var item in list)
            {
                DropNulls(item, schema?.Items);
            }
        }
    }

    /// <summary>Fills in, in place, what is missing, and what is null where the schema allows no null.</summary>
    internal static void Default(JsonNode? value, StructuralSchema? schema)
    {
        if (schema is null)
        {
            return;
        }

        if (value is JsonObject map)
        {
            foreach (var (name, property) in schema.Properties)
            {
                if (property.Default is not null &&
                    (!map.TryGetPropertyValue(name, out var there) || (there is null && !property.IsNullable)))
                {
                    map[name] = property.Default.DeepClone();
                }
            }

            foreach (var key in map.Select(p => p.Key).ToList())
            {
                DefaultKey(map, key, schema);
            }
        }
        else if (value is JsonArray list && schema.Items is { } items)
        {
            for (var i = 0; i < list.Count; i++)
            {
                if (list[i] is null && items is { IsNullable: false, Default: not null })
                {
                    list[i] = items.Default.DeepClone();
                }

                Default(list[i], items);
            }
        }
    }

    private static void DefaultKey(JsonObject map, string key, StructuralSchema schema)
    {
        if (!schema.Properties.ContainsKey(key) && map[key] is null &&
            schema.AdditionalProperties is { IsNullable: false, Default: not null } additional)
        {
            map[key] = additional.Default.DeepClone();
        }

        Default(map[key], schema.ForKey(key));
    }
}
