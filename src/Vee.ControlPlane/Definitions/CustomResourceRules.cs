using System.Text.Json.Nodes;
using Vee.ControlPlane.Cel;
using Vee.ControlPlane.Patching;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Definitions;

/// <summary>Everything that one served version of a custom kind demands of its objects.</summary>
/// <remarks>Immutable and thread-safe; make one when a definition is stored and keep it.</remarks>
internal sealed class CustomResourceRules
{
    private readonly string apiVersion;
    private readonly string kind;
    private readonly bool isNamespaced;
    private readonly bool preservesUnknownFields;
    private readonly StructuralSchema schema;
    private readonly StructuralSchema? statusSchema;
    private readonly ValueValidation values;
    private readonly ValueValidation? statusValues;
    private readonly CelRules rules;
    private readonly ScaleRules? scale;

    private CustomResourceRules(JsonObject definition, JsonNode version)
    {
        var spec = definition["spec"]!;
        apiVersion = $"{Json.GetString(spec["group"])}/{Json.GetString(version["name"])}";
        kind = Json.GetString(Json.At(spec, "names", "kind")) ?? "";
        isNamespaced = Json.GetString(spec["scope"]) == "Namespaced";
        preservesUnknownFields = Json.IsTrue(spec["preserveUnknownFields"]);
        schema = StructuralSchema.Parse(Json.At(version, "schema", "openAPIV3Schema") as JsonObject ?? []);
        statusSchema = schema.Properties.GetValueOrDefault("status");
        values = new(schema);
        statusValues = statusSchema is null ? null : new(statusSchema);
        rules = new CelRules(schema);
        scale = ScaleRules.Parse(Json.At(version, "subresources", "scale"));
        ObjectType = new(apiVersion, kind, SchemaFieldTypes.OfResource(schema), []);
    }

    /// <summary>How the fields of the kind merge, for <see cref="FieldOwnership"/>.</summary>
    internal ObjectType ObjectType { get; }

    /// <summary>The schema of the whole object.</summary>
    internal StructuralSchema Schema => schema;

    /// <summary>The rules of one version.</summary>
    /// <param name="definition">A CustomResourceDefinition that passed <see cref="CustomResourceDefinitions"/>.</param>
    /// <param name="version">The name of one of its versions.</param>
    /// <exception cref="ArgumentException">There is no such version.</exception>
    internal static CustomResourceRules Of(JsonObject definition, string version) => new(
        definition,
        (Json.At(definition, "spec", "versions") as JsonArray)
            ?.FirstOrDefault(v => Json.GetString(Json.Field(v, "name")) == version)
            ?? throw new ArgumentException($"the definition has no version {version}", nameof(version)));

    /// <summary>What Go's decoder says about metadata of wrong types; null when nothing. To be asked first.</summary>
    internal static string? FindMetadataError(JsonObject value) => ObjectMetaShape.FindError(value["metadata"]);

    /// <summary>
    /// Brings an object from a request or from storage into shape, in place: metadata, pruning, defaults.
    /// </summary>
    /// <param name="value">The object, which changes.</param>
    /// <returns>
    /// The unknown fields that were pruned, sorted, each as <c>unknown field "spec.bogus"</c>: the text of a warning
    /// (<c>299 - "..."</c>) or, under Strict, what follows <c>strict decoding error: </c>.
    /// </returns>
    internal IReadOnlyList<string> Decode(JsonObject value)
    {
        var unknown = new List<string>();
        if (value["metadata"] is JsonObject metadata)
        {
            ObjectMetaShape.Coerce(metadata, "metadata", unknown);
        }

        if (!preservesUnknownFields)
        {
            unknown.AddRange(Pruning.PruneRoot(value, schema).Order(StringComparer.Ordinal));
            Defaulting.DropNulls(value, schema);
        }

        EmbeddedResources.Coerce(value, schema, unknown);
        Defaulting.Default(value, schema);
        return [.. unknown.Select(path => $"unknown field {GoText.Quote(path)}")];
    }

    /// <summary>Checks a new object; metadata, values, list types and rules.</summary>
    internal IReadOnlyList<FieldError> ValidateCreate(JsonObject value)
    {
        var errors = CheckType(value);
        if (errors.Count == 0)
        {
            errors.AddRange(ObjectMetaRules.Validate(
                value["metadata"] as JsonObject, isNamespaced, NameRule.Subdomain));
            errors.AddRange(values.Validate(value, correlation: null));
            scale?.Check(value, errors, isStatusOnly: false);
        }

        EmbeddedResources.Validate(value, schema, errors);
        errors.AddRange(ListTypes.Validate(value, schema));
        AddRules(value, old: null, correlation: null, errors);
        return errors;
    }

    /// <summary>Checks an update; unchanged values that are invalid pass.</summary>
    internal IReadOnlyList<FieldError> ValidateUpdate(JsonObject value, JsonObject old)
    {
        var correlation = new Correlation(value, old, schema);
        var errors = CheckType(value);
        if (errors.Count == 0)
        {
            errors.AddRange(ObjectMetaRules.ValidateUpdate(
                value["metadata"] as JsonObject, old["metadata"] as JsonObject));
            errors.AddRange(values.Validate(value, correlation));
            scale?.Check(value, errors, isStatusOnly: false);
        }

        EmbeddedResources.Validate(value, schema, errors);
        AddListTypes(value, old, errors);
        AddRules(value, old, correlation, errors);
        return errors;
    }

    /// <summary>Checks an update through <c>/status</c>, where only the status counts.</summary>
    internal IReadOnlyList<FieldError> ValidateStatusUpdate(JsonObject value, JsonObject old)
    {
        var correlation = new Correlation(value, old, schema);
        var errors = CheckType(value);
        if (errors.Count == 0)
        {
            errors.AddRange(ObjectMetaRules.ValidateUpdate(
                value["metadata"] as JsonObject, old["metadata"] as JsonObject));
            if (statusValues is not null && value.TryGetPropertyValue("status", out var status))
            {
                errors.AddRange(statusValues.Validate(status, correlation.Key("status"), "status"));
            }

            scale?.Check(value, errors, isStatusOnly: true);
        }

        AddListTypes(value, old, errors);
        AddRules(value, old, correlation, errors);
        return errors;
    }

    /// <summary>Warnings about new finalizers without a domain.</summary>
    /// <param name="value">The new object.</param>
    /// <param name="old">The stored object; null on create.</param>
    internal static IReadOnlyList<string> Warnings(JsonObject value, JsonObject? old) =>
        ObjectMetaRules.FinalizerWarnings(value["metadata"] as JsonObject, old?["metadata"] as JsonObject);

    private List<FieldError> CheckType(JsonObject value)
    {
        var errors = new List<FieldError>();
        Check("kind", kind);
        Check("apiVersion", apiVersion);
        return errors;

        void Check(string field, string wanted)
        {
            var found = Json.GetString(value[field]) ?? "";
            if (found != wanted)
            {
                errors.Add(FieldError.Invalid(FieldPath.Of(field), found, $"must be {wanted}"));
            }
        }
    }

    private void AddListTypes(JsonObject value, JsonObject old, List<FieldError> errors)
    {
        // What was broken before may stay so.
        var found = ListTypes.Validate(value, schema);
        if (found.Count > 0 && ListTypes.Validate(old, schema).Count == 0)
        {
            errors.AddRange(found);
        }
    }

    private void AddRules(JsonObject value, JsonObject? old, Correlation? correlation, List<FieldError> errors)
    {
        if (rules.IsEmpty)
        {
            return;
        }

        if (errors.Exists(e => e.Type is FieldErrorType.NotSupported or FieldErrorType.Required
            or FieldErrorType.TooLong or FieldErrorType.TooMany or FieldErrorType.TypeInvalid))
        {
            errors.Add(FieldError.Invalid(
                FieldPath.Root, null,
                "some validation rules were not checked because the object was invalid; correct the existing errors " +
                "to complete validation"));
            return;
        }

        errors.AddRange(rules.Validate(value, old, correlation));
    }
}
