using System.Globalization;
using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Patching;

/// <summary>Finds fields that a built-in kind does not have.</summary>
internal static class UnknownFields
{
    /// <summary>Removes them in place.</summary>
    /// <param name="type">The kind's type.</param>
    /// <param name="value">The object.</param>
    /// <returns>Their paths, for example <c>spec.versions[0].bogus</c>, sorted.</returns>
    internal static IReadOnlyList<string> Prune(FieldType type, JsonNode? value)
    {
        var paths = new List<string>();
        Prune(type, value, "", paths);
        return [.. paths.Order(StringComparer.Ordinal)];
    }

    private static void Prune(FieldType type, JsonNode? value, string path, List<string> paths)
    {
        type = type.For(value);
        if (value is JsonObject map && type.Map is { } shape)
        {
            foreach (var (key, below) in map.ToList())
            {
                var at = path.Length == 0 ? key : $"{path}.{key}";
                if ((shape.Fields.GetValueOrDefault(key) ?? shape.Element) is { } field)
                {
                    Prune(field, below, at, paths);
                }
                else
                {
                    paths.Add(at);
                    map.Remove(key);
                }
            }
        }
        else if (value is JsonArray list && type.List is { } items)
        {
            for (var i = 0; i < list.Count; i++)
            {
                Prune(items.Element, list[i], $"{path}[{i.ToString(CultureInfo.InvariantCulture)}]", paths);
            }
        }
    }
}
