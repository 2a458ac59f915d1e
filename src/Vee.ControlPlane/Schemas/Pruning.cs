using System.Globalization;
using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Schemas;

/// <summary>Removes fields that a schema does not name.</summary>
/// <remarks>Source: apiextensions-apiserver, <c>schema/pruning/algorithm.go</c>.</remarks>
internal sealed class Pruning
{
    private readonly List<string> unknown = [];

    private Pruning()
    {
    }

    /// <summary>Prunes an object in place; apiVersion, kind and metadata of the root stay.</summary>
    /// <returns>The paths of what went, for example <c>spec.parts[0].bogus</c>.</returns>
    internal static IReadOnlyList<string> PruneRoot(JsonObject value, StructuralSchema schema)
    {
        var pruning = new Pruning();
        pruning.Prune(value, schema, "", isResource: true);
        return pruning.unknown;
    }

    /// <summary>Prunes any value in place.</summary>
    internal static void Prune(JsonNode? value, StructuralSchema schema) =>
        new Pruning().Prune(value, schema, "", schema.IsEmbeddedResource);

    private static bool IsMeta(string key) => key is "apiVersion" or "kind" or "metadata";

    private void Prune(JsonNode? value, StructuralSchema? schema, string path, bool isResource)
    {
        if (schema is { PreservesUnknownFields: true })
        {
            Skip(value, schema, path, isResource);
        }
        else if (value is JsonObject map)
        {
            foreach (var key in map.Select(p => p.Key).ToList())
            {
                PruneKey(map, key, schema, path, isResource);
            }
        }
        else if (value is JsonArray list)
        {
            for (var i = 0; i < list.Count; i++)
            {
                Prune(list[i], schema?.Items, Item(path, i), schema?.Items?.IsEmbeddedResource ?? false);
            }
        }
    }

    private void PruneKey(JsonObject map, string key, StructuralSchema? schema, string path, bool isResource)
    {
        if (schema is not null && isResource && IsMeta(key))
        {
            return;
        }

        if (schema is not null && (schema.HasAdditionalProperties || schema.Properties.ContainsKey(key)))
        {
            var below = schema.ForKey(key);
            Prune(map[key], below, Field(path, key), below?.IsEmbeddedResource ?? false);
            return;
        }

        if (schema is null || !IsMeta(key) || path.Length > 0)
        {
            unknown.Add(Field(path, key));
        }

        map.Remove(key);
    }

    /// <summary>Keeps unknown fields, and prunes below the known ones.</summary>
    private void Skip(JsonNode? value, StructuralSchema? schema, string path, bool isResource)
    {
        if (schema is null)
        {
            return;
        }

        if (value is JsonObject map)
        {
            foreach (var (key, below) in map.ToList())
            {
                if ((isResource && IsMeta(key)) ||
                    !(schema.HasAdditionalProperties || schema.Properties.ContainsKey(key)))
                {
                    continue;
                }

                var schemaBelow = schema.ForKey(key);
                Prune(below, schemaBelow, Field(path, key), schemaBelow?.IsEmbeddedResource ?? false);
            }
        }
        else if (value is JsonArray list)
        {
            for (var i = 0; i < list.Count; i++)
            {
                Skip(list[i], schema.Items, Item(path, i), schema.Items?.IsEmbeddedResource ?? false);
            }
        }
    }

    private static string Field(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    private static string Item(string path, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]");
}
