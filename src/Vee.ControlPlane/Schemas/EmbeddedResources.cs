using System.Globalization;
using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Schemas;

/// <summary>Objects with metadata inside other objects (<c>x-kubernetes-embedded-resource</c>).</summary>
/// <remarks>Source: apiextensions-apiserver, <c>schema/objectmeta</c>.</remarks>
internal static class EmbeddedResources
{
    /// <summary>Removes unknown and empty metadata of embedded objects, in place.</summary>
    internal static void Coerce(JsonObject value, StructuralSchema schema, List<string> unknown) =>
        Coerce(value, schema, "", unknown);

    /// <summary>Checks that embedded objects name their type and have valid metadata.</summary>
    internal static void Validate(JsonObject value, StructuralSchema schema, List<FieldError> errors) =>
        Validate(value, schema, FieldPath.Root, errors);

    private static void Coerce(JsonNode? value, StructuralSchema? schema, string path, List<string> unknown)
    {
        if (schema is null)
        {
            return;
        }

        if (value is JsonArray list)
        {
            for (var i = 0; i < list.Count; i++)
            {
                Coerce(list[i], schema.Items, $"{path}[{i.ToString(CultureInfo.InvariantCulture)}]", unknown);
            }
        }

        foreach (var (key, below) in value is JsonObject map ? map.ToList() : [])
        {
            var at = path.Length == 0 ? key : $"{path}.{key}";
            if (schema.IsEmbeddedResource && path.Length > 0 && key == "metadata" && below is JsonObject metadata)
            {
                ObjectMetaShape.Coerce(metadata, at, unknown);
            }

            Coerce(below, schema.ForKey(key), at, unknown);
        }
    }

    private static void Validate(JsonNode? value, StructuralSchema? schema, FieldPath path, List<FieldError> errors)
    {
        if (schema is null)
        {
            return;
        }

        if (value is JsonArray list)
        {
            for (var i = 0; i < list.Count; i++)
            {
                Validate(list[i], schema.Items, path.Index(i), errors);
            }
        }
        else if (value is JsonObject map)
        {
            if (schema.IsEmbeddedResource && !path.IsRoot)
            {
                ValidateOne(map, path, errors);
            }

            foreach (var (key, below) in map)
            {
                var isProperty = schema.Properties.ContainsKey(key);
                Validate(below, schema.ForKey(key), isProperty ? path.Child(key) : path.Key(key), errors);
            }
        }
    }

    private static void ValidateOne(JsonObject value, FieldPath path, List<FieldError> errors)
    {
        CheckText(value, "apiVersion", path, errors, text => text.Count(c => c == '/') > 1
            ? $"unexpected GroupVersion string: {text}"
            : null);
        CheckText(value, "kind", path, errors, text => Names.CheckRfc1035Label(text.ToLowerInvariant()) is var wrong &&
            wrong.Count > 0
            ? "may have mixed case, but should otherwise match: " + string.Join(',', wrong)
            : null);
        if (!value.TryGetPropertyValue("metadata", out var node))
        {
            return;
        }

        if (ObjectMetaShape.FindError(node) is { } error)
        {
            errors.Add(FieldError.Invalid(path.Child("metadata"), node, error));
            return;
        }

        // An embedded object need not have a name; one that has must have a possible one.
        var metadata = node?.DeepClone() as JsonObject ?? [];
        metadata["name"] = Json.GetString(metadata["name"]) is { Length: > 0 } name ? name : "fakename";
        var isNamespaced = Json.GetString(metadata["namespace"]) is { Length: > 0 };
        errors.AddRange(ObjectMetaRules.Validate(metadata, isNamespaced, NameRule.PathSegment, path.Child("metadata")));
    }

    private static void CheckText(
        JsonObject value, string field, FieldPath path, List<FieldError> errors, Func<string, string?> check)
    {
        if (!value.TryGetPropertyValue(field, out var node))
        {
            errors.Add(FieldError.Required(path.Child(field)));
        }
        else if (Json.GetString(node) is not { } text)
        {
            errors.Add(FieldError.Invalid(path.Child(field), node, "must be a string"));
        }
        else if (text.Length == 0)
        {
            errors.Add(FieldError.Invalid(path.Child(field), text, "must not be empty"));
        }
        else if (check(text) is { } wrong)
        {
            errors.Add(FieldError.Invalid(path.Child(field), text, wrong));
        }
    }
}
