using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Vee.ControlPlane.Kinds.Shapes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Kinds.BuiltIn;

/// <summary>ConfigMaps and Secrets: keys that are file names, a bound on size, and the promise not to change.</summary>
/// <remarks>Source: <c>pkg/apis/core/validation</c> of Kubernetes.</remarks>
internal abstract partial class DataRules(string kind, KindTraits traits, Shape shape)
    : BuiltInKindRules("v1", kind, isNamespaced: true, traits, shape)
{
    private const int BytesMax = 1 << 20;
    private const int KeyLengthMax = 253;

    protected override void ValidateChange(JsonObject value, JsonObject old, List<FieldError> errors)
    {
        if (!Json.IsTrue(old["immutable"]))
        {
            return;
        }

        if (!Json.IsTrue(value["immutable"]))
        {
            errors.Add(Frozen("immutable"));
        }

        foreach (var field in (string[])["data", "binaryData"])
        {
            if (!Json.AreEqual(value[field] ?? new JsonObject(), old[field] ?? new JsonObject()))
            {
                errors.Add(Frozen(field));
            }
        }
    }

    /// <summary>Checks the keys of a map and counts its bytes.</summary>
    protected static long ValidateMap(JsonObject value, string field, bool isBase64, List<FieldError> errors)
    {
        var bytes = 0L;
        foreach (var (key, content) in value[field] as JsonObject ?? [])
        {
            foreach (var fault in KeyFaults(key))
            {
                errors.Add(FieldError.Invalid(FieldPath.Of(field).Key(key), key, fault));
            }

            var text = Json.GetString(content) ?? "";
            bytes += isBase64 ? text.Length / 4 * 3 - text.AsSpan().Count('=') : Encoding.UTF8.GetByteCount(text);
        }

        return bytes;
    }

    protected static void ValidateSize(long bytes, string field, List<FieldError> errors)
    {
        if (bytes > BytesMax)
        {
            errors.Add(FieldError.TooLong(field.Length == 0 ? FieldPath.Of("") : FieldPath.Of(field), BytesMax));
        }
    }

    private static IEnumerable<string> KeyFaults(string key)
    {
        if (key.Length > KeyLengthMax)
        {
            yield return $"must be no more than {KeyLengthMax} characters";
        }

        if (!KeyShape().IsMatch(key))
        {
            yield return "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "
                + "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
        }

        if (key == ".")
        {
            yield return "must not be '.'";
        }
        else if (key == "..")
        {
            yield return "must not be '..'";
        }
        else if (key.StartsWith("..", StringComparison.Ordinal))
        {
            yield return "must not start with '..'";
        }
    }

    private static FieldError Frozen(string field) =>
        FieldError.Forbidden(FieldPath.Of(field), "field is immutable when `immutable` is set");

    [GeneratedRegex("^[-._a-zA-Z0-9]+$", RegexOptions.None, 1000)]
    private static partial Regex KeyShape();
}

/// <summary>ConfigMaps.</summary>
internal sealed class ConfigMapRules()
    : DataRules("ConfigMap", new() { Columns = BuiltInColumns.ConfigMap }, BuiltInShapes.ConfigMap)
{
    protected override void Validate(JsonObject value, List<FieldError> errors)
    {
        foreach (var (key, _) in value["data"] as JsonObject ?? [])
        {
            if (value["binaryData"] is JsonObject binary && binary.ContainsKey(key))
            {
                errors.Add(FieldError.Invalid(
                    FieldPath.Of("data").Key(key), key, $"duplicate of key present in binaryData"));
            }
        }

        var bytes = ValidateMap(value, "data", isBase64: false, errors)
            + ValidateMap(value, "binaryData", isBase64: true, errors);
        ValidateSize(bytes, "", errors);
    }
}

/// <summary>Secrets: text that was given plain is kept in base64.</summary>
internal sealed class SecretRules() : DataRules(
    "Secret", new() { Columns = BuiltInColumns.Secret, Fields = ["type"] }, BuiltInShapes.Secret)
{
    /// <summary>The keys that a type demands.</summary>
    private static readonly IReadOnlyDictionary<string, string[]> Demanded =
        new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            ["kubernetes.io/tls"] = ["tls.crt", "tls.key"],
            ["kubernetes.io/ssh-auth"] = ["ssh-privatekey"],
            ["kubernetes.io/dockerconfigjson"] = [".dockerconfigjson"],
            ["kubernetes.io/dockercfg"] = [".dockercfg"],
        };

    protected override void Default(JsonObject value)
    {
        if (value["stringData"] is JsonObject plain)
        {
            if (value["data"] is not JsonObject data)
            {
                data = [];
                value["data"] = data;
            }

            foreach (var (key, text) in plain)
            {
                data[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(Json.GetString(text) ?? ""));
            }

            value.Remove("stringData");
        }

        if (value["type"] is null)
        {
            value["type"] = "Opaque";
        }
    }

    protected override void Validate(JsonObject value, List<FieldError> errors)
    {
        ValidateSize(ValidateMap(value, "data", isBase64: true, errors), "data", errors);
        foreach (var key in Demanded.GetValueOrDefault(Json.GetString(value["type"]) ?? "", []))
        {
            if (Json.At(value, "data", key) is null)
            {
                errors.Add(FieldError.Required(FieldPath.Of("data").Key(key)));
            }
        }
    }

    protected override void ValidateChange(JsonObject value, JsonObject old, List<FieldError> errors)
    {
        if (!Json.AreEqual(value["type"], old["type"]))
        {
            errors.Add(FieldError.Invalid(FieldPath.Of("type"), value["type"], "field is immutable"));
        }

        base.ValidateChange(value, old, errors);
    }
}
