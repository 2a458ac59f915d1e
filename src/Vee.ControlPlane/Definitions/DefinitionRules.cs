using System.Text.Json.Nodes;
using Vee.ControlPlane.Cel;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Definitions;

/// <summary>Checks the spec of a definition.</summary>
/// <remarks>Source: apiextensions-apiserver, <c>apis/apiextensions/validation/validation.go</c>.</remarks>
internal static class DefinitionRules
{
    private const int SelectableFieldsMax = 8;

    private const string ColumnTypes = "must be one of boolean,date,integer,number,string";

    private const string ColumnFormats = "must be one of byte,date,date-time,double,float,int32,int64,password";

    private static readonly FieldPath Spec = FieldPath.Of("spec");

    internal static void Validate(DefinitionSpec spec, List<FieldError> errors)
    {
        AddGroupAndScope(spec, errors);
        if (Json.Field(spec.Schema, "openAPIV3Schema") is null)
        {
            for (var i = 0; i < spec.Versions.Count; i++)
            {
                if (Json.Field(spec.Versions[i].Get("schema"), "openAPIV3Schema") is null)
                {
                    errors.Add(FieldError.Required(
                        Spec.Child("versions").Index(i).Child("schema").Child("openAPIV3Schema")));
                }
            }
        }

        for (var i = 0; i < spec.Versions.Count; i++)
        {
            ValidateVersion(spec, spec.Versions[i], Spec.Child("versions").Index(i), errors);
        }

        AddVersions(spec, errors);
        foreach (var name in (string[])["plural", "singular", "kind", "listKind"])
        {
            if (spec.Name(name).Length == 0)
            {
                errors.Add(FieldError.Required(Spec.Child("names").Child(name)));
            }
        }

        ValidateNames(spec.Source["names"], Spec.Child("names"), errors);
        var hasStatus = HasStatus(spec.Subresources) || spec.Versions.Any(v => HasStatus(v.Get("subresources")));
        SchemaRules.Validate(spec.Schema, hasStatus, Spec.Child("validation"), errors);
        ValidateSubresources(spec.Subresources, Spec.Child("subresources"), errors);
        ValidateColumns(spec.Columns, Spec.Child("additionalPrinterColumns"), errors);
        AddSelectableFields(spec, errors);
        ConversionRules.Validate(spec.Source["conversion"], Spec.Child("conversion"), errors);
    }

    /// <summary>Checks names, given or accepted.</summary>
    internal static void ValidateNames(JsonNode? names, FieldPath path, List<FieldError> errors)
    {
        foreach (var field in (string[])["plural", "singular", "kind", "listKind"])
        {
            var isKind = field is "kind" or "listKind";
            var name = Json.GetString(Json.Field(names, field)) ?? "";
            var wrong = Names.CheckRfc1035Label(isKind ? name.ToLowerInvariant() : name);
            if (name.Length > 0 && wrong.Count > 0)
            {
                var start = isKind ? "may have mixed case, but should otherwise match: " : "";
                errors.Add(FieldError.Invalid(path.Child(field), name, start + string.Join(',', wrong)));
            }
        }

        AddLabels(names, "shortNames", path, errors);
        var kind = Json.GetString(Json.Field(names, "kind")) ?? "";
        if (kind.Length > 0 && kind == Json.GetString(Json.Field(names, "listKind")))
        {
            errors.Add(FieldError.Invalid(path.Child("listKind"), kind, "kind and listKind may not be the same"));
        }

        AddLabels(names, "categories", path, errors);
    }

    private static void AddLabels(JsonNode? names, string field, FieldPath path, List<FieldError> errors)
    {
        var texts = StructuralSchema.Texts(Json.Field(names, field));
        for (var i = 0; i < texts.Count; i++)
        {
            var wrong = Names.CheckRfc1035Label(texts[i]);
            if (wrong.Count > 0)
            {
                errors.Add(FieldError.Invalid(path.Child(field).Index(i), texts[i], string.Join(',', wrong)));
            }
        }
    }

    private static void AddGroupAndScope(DefinitionSpec spec, List<FieldError> errors)
    {
        var wrong = Names.CheckSubdomain(spec.Group);
        if (spec.Group.Length == 0)
        {
            errors.Add(FieldError.Required(Spec.Child("group")));
        }
        else if (wrong.Count > 0)
        {
            errors.Add(FieldError.Invalid(Spec.Child("group"), spec.Group, string.Join(',', wrong)));
        }
        else if (!spec.Group.Contains('.', StringComparison.Ordinal))
        {
            errors.Add(FieldError.Invalid(
                Spec.Child("group"), spec.Group, "should be a domain with at least one dot"));
        }

        if (spec.Scope.Length == 0)
        {
            errors.Add(FieldError.Required(Spec.Child("scope")));
        }
        else if (spec.Scope is not ("Cluster" or "Namespaced"))
        {
            errors.Add(FieldError.NotSupported(Spec.Child("scope"), spec.Scope, ["Cluster", "Namespaced"]));
        }
    }

    private static void ValidateVersion(
        DefinitionSpec spec, DefinitionVersion version, FieldPath path, List<FieldError> errors)
    {
        AddVersionName(version.Name, path.Child("name"), errors);
        if (version.Source["deprecationWarning"] is { } warning)
        {
            foreach (var wrong in DeprecationErrors(version, Json.GetString(warning) ?? ""))
            {
                errors.Add(FieldError.Invalid(path.Child("deprecationWarning"), warning, wrong));
            }
        }

        var subresources = spec.Subresources ?? version.Get("subresources");
        SchemaRules.Validate(version.Get("schema"), HasStatus(subresources), path.Child("schema"), errors);
        ValidateSubresources(version.Get("subresources"), path.Child("subresources"), errors);
        ValidateColumns(version.Get("additionalPrinterColumns"), path.Child("additionalPrinterColumns"), errors);
        if (version.Get("selectableFields") is JsonArray { Count: > 0 } fields)
        {
            var schema = Json.Field(version.Get("schema"), "openAPIV3Schema") as JsonObject;
            if (schema is null)
            {
                errors.Add(FieldError.Invalid(
                    path.Child("selectableFields"), "",
                    "may only be set when `version.schema.openAPIV3Schema` is not included"));
            }
            else
            {
                ValidateSelectableFields(fields, schema, path.Child("selectableFields"), errors);
            }
        }
    }

    private static void AddVersionName(string name, FieldPath path, List<FieldError> errors)
    {
        var wrong = Names.CheckRfc1035Label(name);
        if (wrong.Count > 0)
        {
            errors.Add(FieldError.Invalid(path, name, string.Join(',', wrong)));
        }
    }

    private static IEnumerable<string> DeprecationErrors(DefinitionVersion version, string warning)
    {
        if (!Json.IsTrue(version.Source["deprecated"]))
        {
            yield return "can only be set for deprecated versions";
            yield break;
        }

        if (warning.Length > 256)
        {
            yield return "must be <= 256 characters long";
        }

        if (warning.Length == 0)
        {
            yield return "must not be an empty string";
        }
    }

    private static void AddVersions(DefinitionSpec spec, List<FieldError> errors)
    {
        var path = Spec.Child("versions");
        var shown = spec.Versions.Count == 0
            ? spec.Source["versions"] is null ? "null" : "[]"
            : GoJson.Write(new JsonArray([.. spec.Versions.Select(v => v.Shown())]), sortsKeys: false);
        if (spec.Versions.Select(v => v.Name).Distinct(StringComparer.Ordinal).Count() < spec.Versions.Count)
        {
            errors.Add(FieldError.InvalidShown(path, shown, "must contain unique version names"));
        }

        if (spec.Versions.Count(v => v.IsStorage) != 1)
        {
            errors.Add(FieldError.InvalidShown(
                path, shown, "must have exactly one version marked as storage version"));
        }

        if (spec.Versions.Count > 0 && spec.Versions[0].Name.Length > 0)
        {
            AddVersionName(spec.Versions[0].Name, Spec.Child("version"), errors);
        }
    }

    private static bool HasStatus(JsonNode? subresources) => Json.Field(subresources, "status") is not null;

    private static void ValidateSubresources(JsonNode? subresources, FieldPath path, List<FieldError> errors)
    {
        if (Json.Field(subresources, "scale") is not { } scale)
        {
            return;
        }

        foreach (var (field, start, where) in ((string, string, string)[])[
            ("specReplicasPath", ".spec.", "should be a json path under .spec"),
            ("statusReplicasPath", ".status.", "should be a json path under .status")])
        {
            var at = path.Child("scale." + field);
            var text = Json.GetString(Json.Field(scale, field)) ?? "";
            if (text.Length == 0)
            {
                errors.Add(FieldError.Required(at));
            }
            else if (!AddPathError(text, at, errors) && !text.StartsWith(start, StringComparison.Ordinal))
            {
                errors.Add(FieldError.Invalid(at, text, where));
            }
        }

        var selector = Json.GetString(Json.Field(scale, "labelSelectorPath")) ?? "";
        var selectorPath = path.Child("scale.labelSelectorPath");
        if (selector.Length > 0 && !AddPathError(selector, selectorPath, errors) &&
            !selector.StartsWith(".spec.", StringComparison.Ordinal) &&
            !selector.StartsWith(".status.", StringComparison.Ordinal))
        {
            errors.Add(FieldError.Invalid(
                selectorPath, selector, "should be a json path under either .spec or .status"));
        }
    }

    private static bool AddPathError(string text, FieldPath path, List<FieldError> errors)
    {
        if (text[0] == '.')
        {
            return false;
        }

        errors.Add(FieldError.Invalid(path, text, "must be a simple json path starting with ."));
        return true;
    }

    private static void ValidateColumns(JsonNode? columns, FieldPath path, List<FieldError> errors)
    {
        for (var i = 0; i < ((columns as JsonArray)?.Count ?? 0); i++)
        {
            var at = path.Index(i);
            string Field(string name) => Json.GetString(Json.Field(columns![i], name)) ?? "";
            if (Field("name").Length == 0)
            {
                errors.Add(FieldError.Required(at.Child("name")));
            }

            var type = Field("type");
            if (type.Length == 0)
            {
                errors.Add(FieldError.Required(at.Child("type"), ColumnTypes));
            }
            else if (type is not ("boolean" or "date" or "integer" or "number" or "string"))
            {
                errors.Add(FieldError.Invalid(at.Child("type"), type, ColumnTypes));
            }

            var format = Field("format");
            if (format.Length > 0 && !ColumnFormats.Split(' ')[^1].Split(',').Contains(format))
            {
                errors.Add(FieldError.Invalid(at.Child("format"), format, ColumnFormats));
            }

            var jsonPath = Field("jsonPath");
            if (jsonPath.Length == 0)
            {
                errors.Add(FieldError.Required(at.Child("JSONPath")));
            }
            else
            {
                AddPathError(jsonPath, at.Child("JSONPath"), errors);
            }
        }
    }

    private static void AddSelectableFields(DefinitionSpec spec, List<FieldError> errors)
    {
        if (spec.SelectableFields is not JsonArray { Count: > 0 } fields)
        {
            return;
        }

        if (spec.Schema is null)
        {
            errors.Add(FieldError.Invalid(
                Spec.Child("selectableFields"), "", "may only be set when validations.schema is included"));
        }
        else if (Json.Field(spec.Schema, "openAPIV3Schema") is JsonObject schema)
        {
            ValidateSelectableFields(fields, schema, Spec.Child("selectableFields"), errors);
        }
    }

    private static void ValidateSelectableFields(
        JsonArray fields, JsonObject source, FieldPath path, List<FieldError> errors)
    {
        var schema = StructuralSchema.Parse(source);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < fields.Count; i++)
        {
            var at = path.Index(i).Child("jsonPath");
            var text = Json.GetString(Json.Field(fields[i], "jsonPath")) ?? "";
            if (text.Length == 0)
            {
                errors.Add(FieldError.Required(at));
                continue;
            }

            var error = "array notation is not allowed";
            var resolved = text.Contains('[') ? null : CelFieldPath.TryResolve(text, schema, out error);
            if (resolved is null)
            {
                errors.Add(FieldError.Invalid(at, text, $"is an invalid path: {error}"));
                continue;
            }

            if (resolved.Split('.')[0] == "metadata")
            {
                errors.Add(FieldError.Invalid(at, text, "must not point to fields in metadata"));
            }

            var found = resolved.Split('.').Aggregate((StructuralSchema?)schema, (s, name) => s?.ForKey(name));
            if (found?.Type is not ("string" or "boolean" or "integer"))
            {
                errors.Add(FieldError.Invalid(
                    at, text,
                    "must point to a field of type string, boolean or integer. Enum string fields and strings with " +
                    "formats are allowed."));
            }

            if (!seen.Add(resolved))
            {
                errors.Add(FieldError.Duplicate(at, text));
            }
        }

        if (seen.Count > SelectableFieldsMax)
        {
            errors.Add(FieldError.TooMany(path, seen.Count, SelectableFieldsMax));
        }
    }
}
