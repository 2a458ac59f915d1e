using System.Text.Json.Nodes;
using Vee.ControlPlane.Cel;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Definitions;

/// <summary>Checks the schema of a definition.</summary>
/// <remarks>
/// Source: apiextensions-apiserver, <c>apis/apiextensions/validation/validation.go</c>. The cost of rules is not
/// estimated: what costs too much is refused when it runs.
/// </remarks>
internal sealed class SchemaRules
{
    private const string UnsupportedMap = "must be object if x-kubernetes-map-type is specified";
    private const string UnsupportedList = "must be array if x-kubernetes-list-type is specified";

    private static readonly string[] Types = ["array", "boolean", "integer", "number", "object", "string"];

    private static readonly string[] UnsupportedKeywords =
        ["id", "$schema", "$ref", "patternProperties", "dependencies", "additionalItems", "definitions"];

    private readonly List<FieldError> errors = [];
    private readonly List<FieldError> ruleErrors = [];

    /// <summary>What a part of the schema may contain, because of what it is in.</summary>
    /// <param name="DefaultsForbidden">Why there may be no default; null where there may be.</param>
    /// <param name="IsInMetadata">Inside metadata of an object.</param>
    /// <param name="Uncorrelatable">Above this, old and new values cannot be told apart; null: they can.</param>
    /// <param name="AllowsRules">False inside combinations.</param>
    private sealed record Scope(
        string? DefaultsForbidden, bool IsInMetadata, FieldPath? Uncorrelatable, bool AllowsRules);

    /// <summary>Checks the value of <c>schema</c> of a version, or what all versions share.</summary>
    internal static void Validate(JsonNode? validation, bool hasStatus, FieldPath path, List<FieldError> errors)
    {
        if (Json.Field(validation, "openAPIV3Schema") is not JsonObject schema)
        {
            return;
        }

        var found = new List<FieldError>();
        var at = path.Child("openAPIV3Schema");
        AddRoot(schema, hasStatus, path, found);
        var unsupported = Unsupported(schema);
        var isStructural = false;
        if (unsupported is null)
        {
            var structural = StructuralRules.Validate(schema, at);
            found.AddRange(structural);
            if (structural.Count == 0)
            {
                var defaults = DefaultRules.Validate(StructuralSchema.Parse(schema), at);
                found.AddRange(defaults);
                isStructural = defaults.Count == 0;
            }
        }

        var rules = new SchemaRules();
        rules.Visit(schema, at, isRoot: true, new(null, IsInMetadata: false, null, AllowsRules: isStructural));
        found.AddRange(rules.errors);
        found.AddRange(rules.ruleErrors);
        if (found.Count == 0 && unsupported is not null)
        {
            found.Add(FieldError.Invalid(at, "", unsupported));
        }

        errors.AddRange(found);
    }

    private static void AddRoot(JsonObject schema, bool hasStatus, FieldPath path, List<FieldError> errors)
    {
        if (hasStatus && Json.GetString(schema["type"]) != "object")
        {
            errors.Add(FieldError.Invalid(
                path.Child("openAPIV3Schema.type"), Json.GetString(schema["type"]) ?? "",
                "only \"object\" is allowed as the type at the root of the schema if the status subresource is " +
                "enabled"));
        }

        if (Json.IsTrue(schema["nullable"]))
        {
            errors.Add(FieldError.Forbidden(
                path.Child("openAPIV3Schema.nullable"), "nullable cannot be true at the root"));
        }
    }

    /// <summary>A keyword, anywhere, without which nothing else can be said.</summary>
    private static string? Unsupported(JsonNode? node)
    {
        if (node is JsonArray list)
        {
            return list.Select(Unsupported).FirstOrDefault(u => u is not null);
        }

        if (node is not JsonObject map)
        {
            return null;
        }

        if (UnsupportedKeywords.FirstOrDefault(k => map[k] is not null) is { } keyword)
        {
            return $"OpenAPIV3Schema '{(keyword == "$schema" ? "schema" : keyword)}' is not supported";
        }

        foreach (var (key, value) in map.Where(p => p.Key is "items" or "not" or "allOf" or "anyOf" or "oneOf"
            or "additionalProperties"))
        {
            if (key == "items" && value is JsonArray)
            {
                return "OpenAPIV3Schema 'items' must be a schema, but is an array";
            }

            if (Unsupported(value) is { } found)
            {
                return found;
            }
        }

        return (map["properties"] as JsonObject ?? []).Select(p => Unsupported(p.Value))
            .FirstOrDefault(u => u is not null);
    }

    private void Visit(JsonObject schema, FieldPath path, bool isRoot, Scope scope)
    {
        AddStandard(schema, path, scope);
        if (Json.IsTrue(schema["uniqueItems"]))
        {
            errors.Add(FieldError.Forbidden(
                path.Child("uniqueItems"),
                "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"));
        }

        VisitBelow(schema, path, isRoot, scope);
        if (schema["x-kubernetes-preserve-unknown-fields"] is { } preserve && !Json.IsTrue(preserve))
        {
            errors.Add(FieldError.Invalid(
                path.Child("x-kubernetes-preserve-unknown-fields"), false, "must be true or undefined"));
        }

        AddMapType(schema, path);
        ListTypeRules.Validate(schema, path, errors, UnsupportedList);
        AddRules(schema, path, isRoot, scope);
    }

    private void AddStandard(JsonObject schema, FieldPath path, Scope scope)
    {
        var type = Json.GetString(schema["type"]) ?? "";
        if (type.Length > 0 && !Types.Contains(type))
        {
            errors.Add(FieldError.NotSupported(path.Child("type"), type, Types));
        }

        if (schema["default"] is not null && scope.DefaultsForbidden is { } reason)
        {
            errors.Add(FieldError.Forbidden(path.Child("default"), $"must not be set {reason}"));
        }

        foreach (var keyword in (string[])["id", "additionalItems", "patternProperties", "definitions", "dependencies",
            "$ref"])
        {
            if (schema[keyword] is not null)
            {
                errors.Add(FieldError.Forbidden(path.Child(keyword), $"{keyword} is not supported"));
            }
        }

        if (type == "null")
        {
            errors.Add(FieldError.Forbidden(
                path.Child("type"), "type cannot be set to null, use nullable as an alternative"));
        }

        if (schema["items"] is JsonArray)
        {
            errors.Add(FieldError.Forbidden(path.Child("items"), "items must be a schema object and not an array"));
        }

        if (scope.IsInMetadata && Json.IsTrue(schema["x-kubernetes-embedded-resource"]))
        {
            errors.Add(FieldError.Forbidden(
                path.Child("x-kubernetes-embedded-resource"), "must not be used inside of resource meta"));
        }
    }

    private void VisitBelow(JsonObject schema, FieldPath path, bool isRoot, Scope scope)
    {
        if (schema["additionalProperties"] is { } additional)
        {
            if (schema["properties"] is JsonObject { Count: > 0 } && !Json.IsTrue(additional))
            {
                errors.Add(FieldError.Forbidden(
                    path.Child("additionalProperties"), "additionalProperties and properties are mutual exclusive"));
            }

            var below = scope.IsInMetadata
                ? scope with { DefaultsForbidden = "inside additionalProperties applying to object metadata" }
                : scope;
            VisitIf(additional, path.Child("additionalProperties"), below);
        }

        var isResource = isRoot || Json.IsTrue(schema["x-kubernetes-embedded-resource"]);
        foreach (var (name, property) in (schema["properties"] as JsonObject ?? [])
            .OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            var isMeta = isResource && (name is "metadata" or "kind" or "apiVersion");
            var below = isMeta
                ? scope with
                {
                    IsInMetadata = true,
                    DefaultsForbidden = isRoot ? $"in top-level {name}" : scope.DefaultsForbidden,
                }
                : scope;
            VisitIf(property, path.Child("properties").Key(name), below);
        }

        var limits = scope with { AllowsRules = false };
        VisitIf(schema["not"], path.Child("not"), limits);
        foreach (var name in (string[])["allOf", "oneOf", "anyOf"])
        {
            var list = schema[name] as JsonArray ?? [];
            for (var i = 0; i < list.Count; i++)
            {
                VisitIf(list[i], path.Child(name).Index(i), limits);
            }
        }

        var items = Json.GetString(schema["x-kubernetes-list-type"]) == "map"
            ? scope
            : scope with { Uncorrelatable = scope.Uncorrelatable ?? path };
        VisitIf(schema["items"], path.Child("items"), items);
    }

    private void VisitIf(JsonNode? schema, FieldPath path, Scope scope)
    {
        if (schema is JsonObject map)
        {
            Visit(map, path, isRoot: false, scope);
        }
    }

    private void AddMapType(JsonObject schema, FieldPath path)
    {
        if (Json.GetString(schema["x-kubernetes-map-type"]) is not { } mapType)
        {
            return;
        }

        var type = Json.GetString(schema["type"]) ?? "";
        if (type != "object")
        {
            errors.Add(type.Length == 0
                ? FieldError.Required(path.Child("type"), UnsupportedMap)
                : FieldError.Invalid(path.Child("type"), type, UnsupportedMap));
        }

        if (mapType is not ("atomic" or "granular"))
        {
            errors.Add(FieldError.NotSupported(
                path.Child("x-kubernetes-map-type"), mapType, ["atomic", "granular"]));
        }
    }

    private void AddRules(JsonObject schema, FieldPath path, bool isRoot, Scope scope)
    {
        var parsed = StructuralSchema.Parse(schema);
        if (parsed.Rules.Count == 0)
        {
            return;
        }

        var at = path.Child("x-kubernetes-validations");
        for (var i = 0; i < parsed.Rules.Count; i++)
        {
            RuleRules.CheckText(parsed.Rules[i], parsed, at.Index(i), errors);
        }

        if (errors.Count > 0 || !scope.AllowsRules)
        {
            return;
        }

        var compiled = CelRule.Compile(parsed.Rules, parsed, isRoot || parsed.IsEmbeddedResource);
        for (var i = 0; i < compiled.Count; i++)
        {
            RuleRules.CheckCompiled(compiled[i], scope.Uncorrelatable, at.Index(i), ruleErrors);
        }
    }
}
