using System.Text.Json.Nodes;
using Vee.ControlPlane.Patching;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Definitions;

/// <summary>What a CustomResourceDefinition must satisfy.</summary>
/// <remarks>Source: apiextensions-apiserver, <c>apis/apiextensions</c>.</remarks>
internal static class CustomResourceDefinitions
{
    internal const string ApiVersion = "apiextensions.k8s.io/v1";

    internal const string Kind = "CustomResourceDefinition";

    /// <summary>
    /// Brings a definition into shape, in place: unknown fields go, empty lists go, defaults come (singular, list kind,
    /// conversion strategy None).
    /// </summary>
    /// <returns>The unknown fields, sorted, each as <c>unknown field "spec.bogus"</c>.</returns>
    internal static IReadOnlyList<string> Decode(JsonObject definition)
    {
        var unknown = new List<string>();
        if (definition["metadata"] is JsonObject metadata)
        {
            ObjectMetaShape.Coerce(metadata, "metadata", unknown);
        }

        unknown.AddRange(UnknownFields.Prune(BuiltInTypes.Get(ApiVersion, Kind).Root, definition));
        DefinitionShape.DropEmpty(definition["spec"]);
        if (definition["spec"] is JsonObject spec)
        {
            AddDefaults(spec);
        }

        return [.. unknown.Order(StringComparer.Ordinal).Select(path => $"unknown field {GoText.Quote(path)}")];
    }

    /// <summary>
    /// Fills in what a new definition's status holds before its names are accepted: conditions null, empty accepted
    /// names, stored versions.
    /// </summary>
    internal static void PrepareForCreate(JsonObject definition) => definition["status"] = new JsonObject
    {
        ["conditions"] = null,
        ["acceptedNames"] = new JsonObject { ["plural"] = "", ["kind"] = "" },
        ["storedVersions"] = StorageVersion(definition) is { } name ? new JsonArray(name) : null,
    };

    /// <summary>Takes the stored status over, with the storage version among the stored ones.</summary>
    internal static void PrepareForUpdate(JsonObject definition, JsonObject old)
    {
        definition["status"] = old["status"]?.DeepClone();
        if (StorageVersion(definition) is { } name && definition["status"]?["storedVersions"] is JsonArray stored &&
            !StructuralSchema.Texts(stored).Contains(name, StringComparer.Ordinal))
        {
            stored.Add((JsonNode)name);
        }
    }

    /// <summary>Checks a new definition after <see cref="PrepareForCreate"/>.</summary>
    internal static IReadOnlyList<FieldError> ValidateCreate(JsonObject definition)
    {
        var metadata = definition["metadata"] as JsonObject;
        var errors = ObjectMetaRules.Validate(metadata, isNamespaced: false, NameRule.Subdomain).ToList();
        var spec = new DefinitionSpec(definition["spec"]);
        var name = Json.GetString(metadata?["name"]) ?? "";
        if (name.Length > 0 && name != $"{spec.Plural}.{spec.Group}")
        {
            errors.Insert(0, FieldError.Invalid(
                FieldPath.Of("metadata", "name"), name, "must be spec.names.plural+\".\"+spec.group"));
        }

        DefinitionRules.Validate(spec, errors);
        AddStatus(definition, spec, errors);
        AddPreserveUnknownFields(definition, errors);
        return errors;
    }

    /// <summary>Checks an update of the spec; the status is the stored one.</summary>
    internal static IReadOnlyList<FieldError> ValidateUpdate(JsonObject definition, JsonObject old)
    {
        var errors = ObjectMetaRules.ValidateUpdate(
            definition["metadata"] as JsonObject, old["metadata"] as JsonObject).ToList();
        var spec = new DefinitionSpec(definition["spec"]);
        var before = new DefinitionSpec(old["spec"]);
        DefinitionRules.Validate(spec, errors);
        if (IsEstablished(old))
        {
            AddImmutable(errors, spec.Scope, before.Scope, "scope");
            AddImmutable(errors, spec.Kind, before.Kind, "names", "kind");
        }

        AddImmutable(errors, spec.Group, before.Group, "group");
        AddImmutable(errors, spec.Plural, before.Plural, "names", "plural");
        AddStatus(definition, spec, errors);
        if (!Json.IsTrue(Json.At(old, "spec", "preserveUnknownFields")))
        {
            AddPreserveUnknownFields(definition, errors);
        }

        return errors;
    }

    /// <summary>Warnings about formats that nobody checks.</summary>
    internal static IReadOnlyList<string> Warnings(JsonObject definition)
    {
        var formats = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var version in definition["spec"]?["versions"] as JsonArray ?? [])
        {
            AddFormats(Json.At(version, "schema", "openAPIV3Schema"), formats);
        }

        return [.. formats.Select(format => $"unrecognized format {GoText.Quote(format)}")];
    }

    private static void AddFormats(JsonNode? node, SortedSet<string> formats)
    {
        if (node is JsonObject map)
        {
            if (Json.GetString(map["format"]) is { Length: > 0 } format)
            {
                var isKnown = Json.GetString(map["type"]) switch
                {
                    "integer" => format is "int32" or "int64",
                    "number" => format is "float" or "double",
                    null or "" or "string" => Formats.IsKnown(format),
                    _ => false,
                };
                if (!isKnown)
                {
                    formats.Add(format);
                }
            }

            foreach (var (key, value) in map.Where(p => p.Key is not ("default" or "enum" or "example")))
            {
                AddFormats(value, formats);
            }
        }
        else if (node is JsonArray list)
        {
            foreach (var item in list)
            {
                AddFormats(item, formats);
            }
        }
    }

    private static void AddDefaults(JsonObject spec)
    {
        var kind = Json.GetString(Json.At(spec, "names", "kind")) ?? "";
        if (spec["names"] is JsonObject names && kind.Length > 0)
        {
            names["singular"] ??= kind.ToLowerInvariant();
            names["listKind"] ??= kind + "List";
        }

        spec["conversion"] ??= new JsonObject { ["strategy"] = "None" };
        if (Json.At(spec, "conversion", "webhook", "clientConfig", "service") is JsonObject service)
        {
            service["port"] ??= 443;
        }
    }

    private static string? StorageVersion(JsonObject definition) => Json.GetString(Json.Field(
        (definition["spec"]?["versions"] as JsonArray)?.FirstOrDefault(v => Json.IsTrue(Json.Field(v, "storage"))),
        "name"));

    private static bool IsEstablished(JsonObject definition) =>
        (definition["status"]?["conditions"] as JsonArray)?.Any(c =>
            Json.GetString(Json.Field(c, "type")) == "Established" &&
            Json.GetString(Json.Field(c, "status")) == "True") ?? false;

    private static void AddImmutable(
        List<FieldError> errors, string value, string old, params ReadOnlySpan<string> path)
    {
        if (value != old)
        {
            errors.Add(FieldError.Invalid(FieldPath.Of(["spec", .. path]), value, "field is immutable"));
        }
    }

    private static void AddStatus(JsonObject definition, DefinitionSpec spec, List<FieldError> errors)
    {
        DefinitionRules.ValidateNames(
            definition["status"]?["acceptedNames"], FieldPath.Of("status", "acceptedNames"), errors);
        var path = FieldPath.Of("status", "storedVersions");
        var stored = StructuralSchema.Texts(definition["status"]?["storedVersions"]);
        if (stored.Count == 0)
        {
            errors.Add(FieldError.Invalid(path, null, "must have at least one stored version"));
            return;
        }

        var shown = new JsonArray([.. stored.Select(s => (JsonNode)s)]);
        foreach (var version in spec.Versions
            .Where(v => v.IsStorage && !stored.Contains(v.Name, StringComparer.Ordinal)))
        {
            errors.Add(FieldError.Invalid(path, shown, "must have the storage version " + version.Name));
        }

        for (var i = 0; i < stored.Count; i++)
        {
            var name = stored[i];
            if (!spec.Versions.Any(v => v.Name == name))
            {
                errors.Add(FieldError.Invalid(
                    path.Index(i), name,
                    $"missing from spec.versions; {name} was previously a storage version, and must remain in " +
                    "spec.versions until a storage migration ensures no data remains persisted in " +
                    $"{name} and removes {name} from status.storedVersions"));
            }
        }
    }

    private static void AddPreserveUnknownFields(JsonObject definition, List<FieldError> errors)
    {
        if (Json.IsTrue(definition["spec"]?["preserveUnknownFields"]))
        {
            errors.Add(FieldError.Invalid(
                FieldPath.Of("spec", "preserveUnknownFields"), true,
                "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema " +
                "instead"));
        }
    }
}
