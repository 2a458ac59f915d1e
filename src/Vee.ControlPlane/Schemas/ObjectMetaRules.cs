using System.Text;
using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Schemas;

/// <summary>Which names a kind allows.</summary>
internal enum NameRule
{
    /// <summary>Any name.</summary>
    None = 0,

    /// <summary>A lowercase RFC 1123 subdomain: most kinds, all custom kinds.</summary>
    Subdomain,

    /// <summary>A lowercase RFC 1123 label: namespaces.</summary>
    Label,

    /// <summary>A lowercase RFC 1035 label: services.</summary>
    Rfc1035Label,

    /// <summary>Anything that can be one segment of a path: RBAC.</summary>
    PathSegment,
}

/// <summary>What every object's metadata must satisfy.</summary>
/// <remarks>Source: <c>k8s.io/apimachinery/pkg/api/validation/objectmeta.go</c>.</remarks>
internal static class ObjectMetaRules
{
    /// <summary>Keys and values of all annotations together, in bytes of UTF-8.</summary>
    internal const int AnnotationBytesMax = 256 * 1024;

    private const string Immutable = "field is immutable";

    private static readonly FieldPath Metadata = FieldPath.Of("metadata");

    /// <summary>Checks metadata of a new object.</summary>
    /// <param name="metadata">The object's <c>metadata</c>; null counts as empty.</param>
    /// <param name="isNamespaced">Whether a namespace is demanded or forbidden.</param>
    /// <param name="rule">Which names are allowed.</param>
    internal static IReadOnlyList<FieldError> Validate(JsonObject? metadata, bool isNamespaced, NameRule rule) =>
        Validate(metadata, isNamespaced, rule, Metadata);

    /// <summary>Checks metadata of a new object or of one that is embedded in another.</summary>
    internal static IReadOnlyList<FieldError> Validate(
        JsonObject? metadata, bool isNamespaced, NameRule rule, FieldPath path)
    {
        var errors = new List<FieldError>();
        var generateName = Text(metadata, "generateName");
        var name = Text(metadata, "name");
        if (generateName.Length > 0)
        {
            AddAll(errors, path.Child("generateName"), generateName, Names.Check(rule, generateName, isPrefix: true));
        }

        if (name.Length == 0)
        {
            errors.Add(FieldError.Required(path.Child("name"), "name or generateName is required"));
        }
        else
        {
            AddAll(errors, path.Child("name"), name, Names.Check(rule, name, isPrefix: false));
        }

        AddNamespace(errors, Text(metadata, "namespace"), isNamespaced, path.Child("namespace"));
        AddGeneration(errors, metadata, path);
        AddCommon(errors, metadata, path);
        AddFinalizers(errors, Finalizers(metadata), path.Child("finalizers"));
        return errors;
    }

    /// <summary>Checks metadata of an update: what may not change, and labels, annotations and owners again.</summary>
    /// <param name="metadata">The new metadata, complete; that it has a resourceVersion is checked elsewhere.</param>
    /// <param name="old">The stored metadata.</param>
    internal static IReadOnlyList<FieldError> ValidateUpdate(JsonObject? metadata, JsonObject? old)
    {
        var errors = new List<FieldError>();
        if (old?["deletionTimestamp"] is not null)
        {
            var extra = Finalizers(metadata).Except(Finalizers(old), StringComparer.Ordinal)
                .Order(StringComparer.Ordinal).Select(GoText.Quote).ToList();
            if (extra.Count > 0)
            {
                errors.Add(FieldError.Forbidden(
                    Metadata.Child("finalizers"),
                    "no new finalizers can be added if the object is being deleted, found new finalizers " +
                    $"[]string{{{string.Join(", ", extra)}}}"));
            }
        }

        AddGeneration(errors, metadata, Metadata);
        if (Json.TryGetLong(metadata?["generation"], out var generation) &&
            Json.TryGetLong(old?["generation"], out var before) && generation < before)
        {
            errors.Add(FieldError.Invalid(Metadata.Child("generation"), generation, "must not be decremented"));
        }

        foreach (var field in (string[])["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp",
            "deletionGracePeriodSeconds"])
        {
            if (!Json.AreEqual(metadata?[field], old?[field]))
            {
                errors.Add(FieldError.Invalid(Metadata.Child(field), metadata?[field] ?? Zero(field), Immutable));
            }
        }

        AddCommon(errors, metadata, Metadata);
        return errors;
    }

    /// <summary>Warnings about new finalizers that might be somebody else's too.</summary>
    /// <param name="metadata">The new metadata.</param>
    /// <param name="old">The stored metadata; null on create.</param>
    internal static IReadOnlyList<string> FinalizerWarnings(JsonObject? metadata, JsonObject? old)
    {
        var warnings = new List<string>();
        foreach (var name in Finalizers(metadata).Except(Finalizers(old), StringComparer.Ordinal)
            .Order(StringComparer.Ordinal))
        {
            var start = $"metadata.finalizers: {GoText.Quote(name)}: ";
            warnings.AddRange(Names.CheckQualified(name).Select(e => start + e));
            if (!name.Contains('/', StringComparison.Ordinal) &&
                name is not ("orphan" or "foregroundDeletion" or "kubernetes"))
            {
                var how = name.Contains('.', StringComparison.Ordinal) ? " including a path (/)" : "";
                warnings.Add(
                    $"{start}prefer a domain-qualified finalizer name{how} to avoid accidental conflicts with other " +
                    "finalizer writers");
            }
        }

        return warnings;
    }

    private static JsonValue? Zero(string field) =>
        field is "name" or "namespace" or "uid" ? JsonValue.Create("") : null;

    private static string Text(JsonObject? metadata, string field) => Json.GetString(metadata?[field]) ?? "";

    private static List<string> Finalizers(JsonObject? metadata) =>
        [.. StructuralSchema.Texts(metadata?["finalizers"])];

    private static void AddAll(List<FieldError> errors, FieldPath path, string value, IEnumerable<string> details) =>
        errors.AddRange(details.Select(detail => FieldError.Invalid(path, value, detail)));

    private static void AddNamespace(List<FieldError> errors, string ns, bool isNamespaced, FieldPath path)
    {
        if (!isNamespaced)
        {
            if (ns.Length > 0)
            {
                errors.Add(FieldError.Forbidden(path, "not allowed on this type"));
            }
        }
        else if (ns.Length == 0)
        {
            errors.Add(FieldError.Required(path));
        }
        else
        {
            AddAll(errors, path, ns, Names.CheckLabel(ns));
        }
    }

    private static void AddGeneration(List<FieldError> errors, JsonObject? metadata, FieldPath path)
    {
        if (Json.TryGetLong(metadata?["generation"], out var generation) && generation < 0)
        {
            errors.Add(FieldError.Invalid(path.Child("generation"), generation, "must be greater than or equal to 0"));
        }
    }

    private static void AddCommon(List<FieldError> errors, JsonObject? metadata, FieldPath path)
    {
        var labels = path.Child("labels");
        foreach (var (key, value) in Sorted(metadata?["labels"]))
        {
            AddAll(errors, labels, key, Names.CheckQualified(key));
            AddAll(errors, labels, value, Names.CheckLabelValue(value));
        }

        long bytes = 0;
        var annotations = path.Child("annotations");
        foreach (var (key, value) in Sorted(metadata?["annotations"]))
        {
            AddAll(errors, annotations, key, Names.CheckQualified(key.ToLowerInvariant()));
            bytes += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value);
        }

        if (bytes > AnnotationBytesMax)
        {
            errors.Add(FieldError.TooLong(annotations, AnnotationBytesMax));
        }

        OwnerReferences.Validate(metadata?["ownerReferences"] as JsonArray, path.Child("ownerReferences"), errors);
    }

    private static IEnumerable<(string Key, string Value)> Sorted(JsonNode? map) =>
        (map as JsonObject ?? []).OrderBy(p => p.Key, StringComparer.Ordinal)
            .Select(p => (p.Key, Json.GetString(p.Value) ?? ""));

    private static void AddFinalizers(List<FieldError> errors, List<string> finalizers, FieldPath path)
    {
        foreach (var name in finalizers)
        {
            AddAll(errors, path, name, Names.CheckQualified(name));
        }

        if (finalizers.Contains("orphan") && finalizers.Contains("foregroundDeletion"))
        {
            var all = new JsonArray([.. finalizers.Select(f => (JsonNode)f)]);
            errors.Add(FieldError.Invalid(
                path, all, "finalizer foregroundDeletion and orphan cannot be both set"));
        }
    }
}
