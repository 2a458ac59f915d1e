using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Patching;

/// <summary>A value that may be missing, which is not the same as null.</summary>
internal readonly record struct Operand(bool IsPresent, JsonNode? Node)
{
    internal static readonly Operand Missing;

    internal static Operand Of(JsonNode? node) => new(IsPresent: true, node);

    /// <summary>A field of a map; missing where the map or the field is.</summary>
    internal static Operand Field(JsonObject? map, string name) =>
        map is not null && map.TryGetPropertyValue(name, out var node) ? Of(node) : Missing;
}

/// <summary>A value that does not fit its type.</summary>
/// <param name="message">Every misfit in the words of structured-merge-diff.</param>
internal sealed class TypedException(string message) : Exception(message);

/// <summary>Checks values against types and names the items of lists.</summary>
/// <remarks>Source: structured-merge-diff, <c>typed/validate.go</c> and <c>typed/helpers.go</c>.</remarks>
internal static class TypedText
{
    /// <summary>Checks a whole value.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="value">The value.</param>
    /// <param name="allowsDuplicates">Whether items of sets and maps may repeat.</param>
    /// <exception cref="TypedException">It does not fit.</exception>
    internal static void Check(FieldType type, JsonNode? value, bool allowsDuplicates)
    {
        var errors = new List<string>();
        Visit(type, value, allowsDuplicates, "", errors);
        if (errors.Count > 0)
        {
            throw Exception(errors);
        }
    }

    /// <summary>One error as it is, several below each other.</summary>
    internal static TypedException Exception(IReadOnlyList<string> errors) =>
        new(errors.Count == 1 ? errors[0] : "errors:\n" + string.Join('\n', errors.Select(e => "  " + e)));

    /// <summary>What names an item of a set or map; null with an error where nothing can.</summary>
    internal static PathElement? Name(ListShape list, JsonNode? item, out string error)
    {
        error = "";
        if (!list.IsAssociative)
        {
            error = "invalid indexing of non-associative list";
            return null;
        }

        if (list.Keys.Count > 0)
        {
            return NameByKeys(list, item, out error);
        }

        error = item switch
        {
            null => "associative list without keys has an element that's an explicit null",
            JsonObject => "associative list without keys has an element that's a map type",
            JsonArray => "not supported: associative list with lists as elements",
            _ => "",
        };
        return error.Length == 0 ? PathElement.OfValue(item) : null;
    }

    /// <summary>What is wrong with a scalar; null when nothing is.</summary>
    internal static string? CheckScalar(ScalarType type, JsonNode? value, string prefix)
    {
        if (value is null)
        {
            return null;
        }

        return type switch
        {
            ScalarType.Number when !Json.IsNumber(value) =>
                $"{prefix}expected numeric (int or float), got {GoText.TypeName(value)}",
            ScalarType.String when Json.GetString(value) is null =>
                $"{prefix}expected string, got &value.valueUnstructured{{Value:{GoText.Syntax(value)}}}",
            ScalarType.Boolean when !Json.IsBoolean(value) =>
                $"{prefix}expected boolean, got &{{{GoText.Plain(value)}}}",
            ScalarType.Untyped when value is JsonObject or JsonArray =>
                $"{prefix}expected any scalar, got &{{{GoText.Plain(value)}}}",
            _ => null,
        };
    }

    private static PathElement? NameByKeys(ListShape list, JsonNode? item, out string error)
    {
        error = "";
        if (item is not JsonObject fields)
        {
            error = item is null
                ? "associative list with keys may not have a null element"
                : "associative list with keys may not have non-map elements";
            return null;
        }

        var keys = new List<(string, JsonNode?)>();
        foreach (var key in list.Keys)
        {
            if (fields.TryGetPropertyValue(key, out var value))
            {
                keys.Add((key, value));
            }
            else if (list.Element.Map is null)
            {
                error = $"couldn't find default value for {key}: associative list may not have non-map types";
                return null;
            }
            else if (list.Element.Map.Defaults.TryGetValue(key, out var standard))
            {
                keys.Add((key, standard));
            }
        }

        if (keys.Count == 0)
        {
            var names = string.Join(' ', list.Keys.Select(GoText.Quote));
            error = $"associative list with keys has an element that omits all key fields [{names}] " +
                "(and doesn't have default values for any key fields)";
            return null;
        }

        return PathElement.OfKeys(keys);
    }

    private static void Visit(
        FieldType type, JsonNode? value, bool allowsDuplicates, string path, List<string> errors)
    {
        type = type.For(value);
        if (type.Map is not null)
        {
            if (value is JsonObject map)
            {
                VisitMap(type.Map, map, allowsDuplicates, path, errors);
            }
            else if (value is not null)
            {
                Add(errors, path, $"expected map, got &{{{GoText.Plain(value)}}}");
            }
        }
        else if (type.Scalar is { } scalar)
        {
            if (CheckScalar(scalar, value, "") is { } error)
            {
                Add(errors, path, error);
            }
        }
        else if (value is JsonArray list)
        {
            VisitList(type.List!, list, allowsDuplicates, path, errors);
        }
        else if (value is not null)
        {
            Add(errors, path, $"expected list, got &{{{GoText.Plain(value)}}}");
        }
    }

    private static void VisitMap(
        MapShape type, JsonObject map, bool allowsDuplicates, string path, List<string> errors)
    {
        foreach (var (key, value) in map)
        {
            var field = type.Fields.GetValueOrDefault(key) ?? type.Element;
            if (field is null)
            {
                Add(errors, $"{path}.{key}", "field not declared in schema");
                return;
            }

            Visit(field, value, allowsDuplicates, $"{path}.{key}", errors);
        }
    }

    private static void VisitList(
        ListShape type, JsonArray list, bool allowsDuplicates, string path, List<string> errors)
    {
        var seen = new HashSet<PathElement>();
        for (var i = 0; i < list.Count; i++)
        {
            var element = PathElement.OfIndex(i);
            if (type.IsAssociative)
            {
                if (Name(type, list[i], out var error) is not { } name)
                {
                    Add(errors, path, $"element {i}: {error}");
                    return;
                }

                element = name;
                if (!seen.Add(name) && !allowsDuplicates)
                {
                    Add(errors, path, $"duplicate entries for key {name}");
                }
            }

            Visit(type.Element, list[i], allowsDuplicates, path + element, errors);
        }
    }

    private static void Add(List<string> errors, string path, string message) =>
        errors.Add(path.Length == 0 ? message : $"{path}: {message}");
}
