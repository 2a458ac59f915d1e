using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Vee.ControlPlane.Schemas;

/// <summary>Checks values against the types and limits of a schema.</summary>
/// <remarks>
/// Order and texts are those of kube-openapi's <c>validation/validate</c>; objects are visited by sorted keys.
/// Thread-safe; compiled patterns are kept.
/// </remarks>
internal sealed class ValueValidation(StructuralSchema schema)
{
    private readonly ConcurrentDictionary<string, (Regex? Regex, string Error)> patterns = new(StringComparer.Ordinal);

    /// <summary>Checks a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="correlation">What it was before: what is invalid and unchanged passes. Null on create.</param>
    /// <param name="prefix">Where the value is, for the fields of errors; texts name fields from the value on.</param>
    internal IReadOnlyList<FieldError> Validate(JsonNode? value, Correlation? correlation, string prefix = "")
    {
        var errors = Check(schema, value, "", correlation).Errors;
        return [.. errors.Select(e => e with { Field = Prefixed(prefix, e.Field) })];
    }

    private static string Prefixed(string prefix, string field) =>
        prefix.Length == 0 ? field : field.Length == 0 || field == "<nil>" ? prefix : $"{prefix}.{field}";

    private ValueResult Check(StructuralSchema node, JsonNode? value, string path, Correlation? correlation)
    {
        var result = new ValueResult();
        CheckType(node, value, path, result);
        if (value is not null)
        {
            CheckCombinations(node, value, path, correlation, result);
            CheckScalar(node, value, path, result);
        }

        if (value is JsonArray list)
        {
            CheckList(node, list, path, correlation, result);
        }

        CheckEnum(node.Limits, value, path, result);
        if (value is JsonObject map)
        {
            CheckMap(node, map, path, correlation, result);
        }

        result.Count();
        return result.IsValid || correlation is not { IsUnchanged: true } ? result : new ValueResult();
    }

    private static FieldPath At(string path) => path.Length == 0 ? FieldPath.Root : FieldPath.Of(path.TrimStart('.'));

    private static string Below(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    /// <summary>An error that belongs to the whole object, as Kubernetes reports those without a field of their own.
    /// </summary>
    private static FieldError Whole(string text) => FieldError.Invalid(FieldPath.Root, "", text);

    private static void CheckType(StructuralSchema node, JsonNode? value, string path, ValueResult result)
    {
        string[] types = node.IsIntOrString ? ["integer", "string"] : node.Type.Length == 0 ? [] : [node.Type];
        result.Count();
        if (types.Length == 0)
        {
            return;
        }

        var found = TypeOf(value);
        var isFine = value is null
            ? node.IsNullable
            : types.Contains(found) || (found == "integer" && types.Contains("number")) ||
                (found == "number" && types.Contains("integer") && IsWhole(Json.GetDouble(value)));
        if (!isFine)
        {
            var text = $"{path} in body must be of type {string.Join(',', types)}: {GoText.Quote(found)}";
            result.Add(FieldError.TypeInvalid(At(path), found, text));
        }
    }

    private static bool IsWhole(double value) =>
        double.IsFinite(value) && Math.Abs(value) < 9007199254740992 && Math.Floor(value).Equals(value);

    private static string TypeOf(JsonNode? value) => value?.GetValueKind() switch
    {
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Number => Json.TryGetLong(value, out _) ? "integer" : "number",
        JsonValueKind.Array => "array",
        JsonValueKind.Object => "object",
        _ => "null",
    };

    private void CheckCombinations(
        StructuralSchema node, JsonNode value, string path, Correlation? correlation, ValueResult result)
    {
        var limits = node.Limits;
        if (limits.AnyOf.Count > 0)
        {
            var all = limits.AnyOf.Select(s => Check(s, value, path, correlation)).ToList();
            if (!all.Exists(r => r.IsValid))
            {
                result.Add(Whole($"{GoText.Quote(path)} must validate at least one schema (anyOf)"));
                result.Merge(all.MaxBy(r => r.MatchCount)!);
            }
        }

        if (limits.OneOf.Count > 0)
        {
            var all = limits.OneOf.Select(s => Check(s, value, path, correlation)).ToList();
            var valid = all.Count(r => r.IsValid);
            if (valid != 1)
            {
                var found = valid == 0
                    ? "Found none valid"
                    : string.Create(CultureInfo.InvariantCulture, $"Found {valid} valid alternatives");
                result.Add(Whole($"{GoText.Quote(path)} must validate one and only one schema (oneOf). {found}"));
                if (valid == 0)
                {
                    result.Merge(all.MaxBy(r => r.MatchCount)!);
                }
            }
        }

        if (limits.AllOf.Count > 0)
        {
            var all = limits.AllOf.Select(s => Check(s, value, path, correlation)).ToList();
            all.ForEach(result.Merge);
            var valid = all.Count(r => r.IsValid);
            if (valid != all.Count)
            {
                var none = valid == 0 ? ". None validated" : "";
                result.Add(Whole($"{GoText.Quote(path)} must validate all the schemas (allOf){none}"));
            }
        }

        if (limits.Not is { } not && Check(not, value, path, correlation).IsValid)
        {
            result.Add(Whole($"{GoText.Quote(path)} must not validate the schema (not)"));
        }

        result.Count();
    }

    private void CheckScalar(StructuralSchema node, JsonNode value, string path, ValueResult result)
    {
        if (Json.GetString(value) is { } text)
        {
            CheckString(node.Limits, text, path, result);
            if (IsChecked(node) && Formats.Check(node.Format, text) == false)
            {
                result.Add(FieldError.TypeInvalid(
                    At(path), text, $"{path} in body must be of type {node.Format}: {GoText.Quote(text)}"));
            }

            result.Count();
        }
        else if (Json.IsNumber(value))
        {
            NumberValidation.Check(node, value, path, At(path), result);
            result.Count();
        }
    }

    private static bool IsChecked(StructuralSchema node) =>
        node.Type is "" or "string" && !node.IsIntOrString && node.Format.Length > 0;

    private void CheckString(ValueLimits limits, string text, string path, ValueResult result)
    {
        long length = text.EnumerateRunes().Count();
        if (length > limits.LengthMax)
        {
            result.Add(FieldError.TooLong(At(path), limits.LengthMax.Value));
        }
        else if (length < limits.LengthMin)
        {
            result.Add(FieldError.Invalid(
                At(path), text,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path} in body should be at least {limits.LengthMin} chars long")));
        }
        else if (limits.Pattern.Length > 0)
        {
            var (regex, error) = patterns.GetOrAdd(
                limits.Pattern, p => (GoRegex.TryCompile(p, out var invalid), invalid));
            if (regex is null || !GoRegex.IsMatch(regex, text))
            {
                var pattern = regex is null ? $"{limits.Pattern}, but pattern is invalid: {error}" : limits.Pattern;
                result.Add(FieldError.Invalid(At(path), text, $"{path} in body should match '{pattern}'"));
            }
        }
    }

    private void CheckList(
        StructuralSchema node, JsonArray list, string path, Correlation? correlation, ValueResult result)
    {
        if (node.Items is { } items)
        {
            for (var i = 0; i < list.Count; i++)
            {
                var at = string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");
                result.Merge(Check(items, list[i], at, correlation?.Item(i)));
            }
        }

        if (list.Count < node.Limits.ItemsMin)
        {
            result.Add(FieldError.Invalid(
                At(path), list.Count,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path} in body should have at least {node.Limits.ItemsMin} items")));
        }

        if (list.Count > node.Limits.ItemsMax)
        {
            result.Add(FieldError.TooMany(At(path), list.Count, node.Limits.ItemsMax.Value));
        }

        result.Count();
    }

    private static void CheckEnum(ValueLimits limits, JsonNode? value, string path, ValueResult result)
    {
        if (limits.Enum is { Count: > 0 } allowed && (value is null || !allowed.Any(a => Json.AreEqual(a, value))))
        {
            result.Add(FieldError.NotSupported(
                At(path), value, allowed.Select(a => Json.GetString(a) ?? Json.ToGoString(a))));
        }
    }

    private void CheckMap(
        StructuralSchema node, JsonObject map, string path, Correlation? correlation, ValueResult result)
    {
        var limits = node.Limits;
        if (map.Count < limits.PropertiesMin)
        {
            result.Add(FieldError.Invalid(
                At(path), map.Count,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path} in body should have at least {limits.PropertiesMin} properties")));
        }

        if (map.Count > limits.PropertiesMax)
        {
            result.Add(FieldError.TooMany(At(path), map.Count, limits.PropertiesMax.Value));
        }

        foreach (var (key, value) in map.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            if (node.ForKey(key) is { } below)
            {
                // What a client says about the type of the whole object is never excused.
                var isType = path.Length == 0 && key is "kind" or "apiVersion";
                result.Merge(Check(below, value, Below(path, key), isType ? null : correlation?.Key(key)));
            }
        }

        foreach (var name in limits.Required.Where(name => !map.ContainsKey(name)))
        {
            result.Add(FieldError.Required(At(Below(path, name))));
        }
    }
}
