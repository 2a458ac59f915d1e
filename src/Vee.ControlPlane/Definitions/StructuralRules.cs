using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Definitions;

/// <summary>Checks that a schema says of every value what it is: that it is structural.</summary>
/// <remarks>Source: apiextensions-apiserver, <c>apiserver/schema/validation.go</c> and <c>complete.go</c>.</remarks>
internal static class StructuralRules
{
    private enum Level
    {
        Root,
        Item,
        Field,
    }

    /// <summary>What is wrong, sorted by text.</summary>
    internal static IReadOnlyList<FieldError> Validate(JsonObject schema, FieldPath path)
    {
        var errors = new List<FieldError>();
        Visit(schema, Level.Root, path, errors);
        StructuralCompleteness.Visit(schema, path, errors);
        return [.. errors.OrderBy(e => e.ToString(), StringComparer.Ordinal)];
    }

    private static void Visit(JsonObject schema, Level level, FieldPath path, List<FieldError> errors)
    {
        var type = Json.GetString(schema["type"]) ?? "";
        var isEmbedded = Json.IsTrue(schema["x-kubernetes-embedded-resource"]);
        if (type == "array" && schema["items"] is null)
        {
            errors.Add(FieldError.Required(path.Child("items"), "must be specified"));
        }

        if (schema["items"] is JsonObject items)
        {
            Visit(items, Level.Item, path.Child("items"), errors);
        }

        foreach (var (name, property) in schema["properties"] as JsonObject ?? [])
        {
            Visit(property as JsonObject ?? [], Level.Field, path.Child("properties").Key(name), errors);
        }

        if (schema["additionalProperties"] is { } additional)
        {
            if (level == Level.Root)
            {
                errors.Add(FieldError.Forbidden(path.Child("additionalProperties"), "must not be used at the root"));
            }

            if (additional is JsonObject below)
            {
                Visit(below, Level.Field, path.Child("additionalProperties"), errors);
            }
        }

        AddExtensions(schema, path, errors);
        AddCombinations(schema, IsIntOrString(schema), IsIntOrString(First(schema["allOf"])), path, errors);
        AddType(schema, type, level, path, errors);
        if (isEmbedded && schema["additionalProperties"] is not null)
        {
            errors.Add(FieldError.Forbidden(
                path.Child("additionalProperties"), "must not be used if x-kubernetes-embedded-resource is set"));
        }

        AddMetadata(schema, level, isEmbedded, path, errors);
    }

    private static JsonObject? First(JsonNode? list) => (list as JsonArray)?.FirstOrDefault() as JsonObject;

    /// <summary>The one combination that may name types: what int-or-string means in plain OpenAPI.</summary>
    private static bool IsIntOrString(JsonObject? schema) =>
        schema?["anyOf"] is JsonArray { Count: 2 } any && Json.ToGoString(any) ==
            """[{"type":"integer"},{"type":"string"}]""";

    private static void AddExtensions(JsonObject schema, FieldPath path, List<FieldError> errors)
    {
        if (!Json.IsTrue(schema["x-kubernetes-int-or-string"]))
        {
            return;
        }

        foreach (var name in (string[])["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"])
        {
            if (Json.IsTrue(schema[name]))
            {
                errors.Add(FieldError.Invalid(
                    path.Child(name), true, "must be false if x-kubernetes-int-or-string is true"));
            }
        }
    }

    private static void AddType(
        JsonObject schema, string type, Level level, FieldPath path, List<FieldError> errors)
    {
        var isFree = Json.IsTrue(schema["x-kubernetes-int-or-string"]) ||
            Json.IsTrue(schema["x-kubernetes-preserve-unknown-fields"]);
        if (Json.IsTrue(schema["x-kubernetes-embedded-resource"]) && type != "object")
        {
            const string Text = "must be object if x-kubernetes-embedded-resource is true";
            errors.Add(type.Length == 0
                ? FieldError.Required(path.Child("type"), Text)
                : FieldError.Invalid(path.Child("type"), type, Text));
        }
        else if (type.Length == 0 && !isFree)
        {
            errors.Add(FieldError.Required(path.Child("type"), level switch
            {
                Level.Root => "must not be empty at the root",
                Level.Item => "must not be empty for specified array items",
                _ => "must not be empty for specified object fields",
            }));
        }

        if (level == Level.Root && type.Length > 0 && type != "object")
        {
            errors.Add(FieldError.Invalid(path.Child("type"), type, "must be object at the root"));
        }
    }

    private static void AddMetadata(
        JsonObject schema, Level level, bool isEmbedded, FieldPath path, List<FieldError> errors)
    {
        var properties = schema["properties"] as JsonObject ?? [];
        var isResource = level == Level.Root || isEmbedded;
        foreach (var name in (string[])["kind", "apiVersion"])
        {
            if (isResource && properties[name] is { } property && Json.GetString(property["type"]) != "string")
            {
                errors.Add(FieldError.Invalid(
                    path.Child("properties").Key(name).Child("type"), Json.GetString(property["type"]) ?? "",
                    "must be string"));
            }
        }

        if (properties["metadata"] is JsonObject metadata)
        {
            var at = path.Child("properties").Key("metadata");
            if (isResource && Json.GetString(metadata["type"]) != "object")
            {
                errors.Add(FieldError.Invalid(
                    at.Child("type"), Json.GetString(metadata["type"]) ?? "", "must be object"));
            }

            var names = (metadata["properties"] as JsonObject ?? []).Select(p => p.Key);
            var isPlain = metadata.All(p => p.Key is "type" or "default" or "properties") &&
                names.All(n => n is "name" or "generateName");
            if (level == Level.Root && !isPlain)
            {
                errors.Add(FieldError.Forbidden(
                    at,
                    "must not specify anything other than name and generateName, but metadata is implicitly " +
                    "specified"));
            }
        }

        if (isEmbedded && properties.Count == 0 && !Json.IsTrue(schema["x-kubernetes-preserve-unknown-fields"]))
        {
            errors.Add(FieldError.Required(
                path.Child("properties"),
                "must not be empty if x-kubernetes-embedded-resource is true without " +
                "x-kubernetes-preserve-unknown-fields"));
        }
    }

    private static void AddCombinations(
        JsonObject schema, bool skipsAnyOf, bool skipsFirst, FieldPath path, List<FieldError> errors)
    {
        foreach (var name in (string[])["anyOf", "allOf", "oneOf"])
        {
            var list = name == "anyOf" && skipsAnyOf ? null : schema[name] as JsonArray;
            for (var i = 0; i < (list?.Count ?? 0); i++)
            {
                var skips = name == "allOf" && i == 0 && skipsFirst;
                AddNested(
                    list![i] as JsonObject ?? [], skips, allowsRules: name == "allOf", path.Child(name).Index(i),
                    errors);
            }
        }

        if (schema["not"] is JsonObject not)
        {
            AddNested(not, skipsAnyOf: false, allowsRules: false, path.Child("not"), errors);
        }

        var pattern = Json.GetString(schema["pattern"]) ?? "";
        if (pattern.Length > 0 && GoRegex.TryCompile(pattern, out var error) is null)
        {
            errors.Add(FieldError.Invalid(
                path.Child("pattern"), pattern, $"must be a valid regular expression, but isn't: {error}"));
        }
    }

    /// <summary>A schema inside a combination may limit values, not say what they are.</summary>
    private static void AddNested(
        JsonObject schema, bool skipsAnyOf, bool allowsRules, FieldPath path, List<FieldError> errors)
    {
        AddCombinations(schema, skipsAnyOf, skipsFirst: false, path, errors);
        if (schema["items"] is JsonObject items)
        {
            AddNested(items, skipsAnyOf: false, allowsRules, path.Child("items"), errors);
        }

        foreach (var (name, property) in schema["properties"] as JsonObject ?? [])
        {
            var at = path.Child("properties").Key(name);
            AddNested(property as JsonObject ?? [], skipsAnyOf: false, allowsRules, at, errors);
            if (name == "metadata")
            {
                errors.Add(FieldError.Forbidden(at, "must not be specified in a nested context"));
            }
        }

        foreach (var (field, text) in ((string, string)[])[
            ("type", "must be empty"), ("additionalProperties", "must be undefined"), ("default", "must be undefined"),
            ("title", "must be empty"), ("description", "must be empty"), ("nullable", "must be false"),
            ("x-kubernetes-preserve-unknown-fields", "must be false"),
            ("x-kubernetes-embedded-resource", "must be false"), ("x-kubernetes-int-or-string", "must be false"),
            ("x-kubernetes-list-map-keys", "must be empty"), ("x-kubernetes-list-type", "must be undefined"),
            ("x-kubernetes-map-type", "must be undefined"), ("x-kubernetes-validations", "must be empty")])
        {
            var isSet = text == "must be false" ? Json.IsTrue(schema[field]) : schema[field] is not null;
            if (isSet && !(field == "x-kubernetes-validations" && allowsRules))
            {
                errors.Add(FieldError.Forbidden(path.Child(field), text + " to be structural"));
            }
        }
    }
}
