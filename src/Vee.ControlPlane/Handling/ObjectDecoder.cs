using System.Text;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Kinds;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Requests;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Handling;

/// <summary>Turns the body of a request into an object of the right kind.</summary>
internal static class ObjectDecoder
{
    private const int SummaryBytesMax = 30;

    /// <summary>Reads a body, drops what is unknown, fills in defaults.</summary>
    /// <param name="resource">What the path names.</param>
    /// <param name="bytes">The body.</param>
    /// <param name="contentType">The header Content-Type.</param>
    /// <param name="options">Says what becomes of unknown fields.</param>
    /// <param name="warnings">Where warnings go.</param>
    /// <exception cref="StatusException">400 or 415.</exception>
    internal static JsonObject Read(
        ResourceDefinition resource, byte[] bytes, string contentType, WriteOptions options, ISet<string> warnings)
    {
        var parsed = Parse(bytes, contentType);
        if (parsed.Error is { } error)
        {
            throw Unrecognized(resource, $"couldn't get version/kind; json parse error: {error}", bytes);
        }

        if (parsed.Node is not JsonObject value)
        {
            throw Unrecognized(
                resource,
                "couldn't get version/kind; json parse error: json: cannot unmarshal "
                + $"{(parsed.Node is JsonArray ? "array" : "value")} into Go value of type struct {{ APIVersion string "
                + "\"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }",
                bytes);
        }

        RequireKind(resource, value, bytes);
        Decode(resource, value, parsed.Duplicates, options, warnings);
        return value;
    }

    /// <summary>Reads any JSON or YAML body.</summary>
    /// <exception cref="StatusException">415: another type.</exception>
    internal static ParsedText Parse(byte[] bytes, string contentType) => MediaTypes.Plain(contentType) switch
    {
        "" or "application/json" or "*/*" => RequestText.ParseJson(bytes),
        "application/yaml" => RequestText.ParseYaml(bytes),
        _ => throw Fault.UnsupportedMediaType(MediaTypes.Offered),
    };

    /// <summary>Brings an object into shape, and reports or refuses what its kind does not know.</summary>
    internal static void Decode(
        ResourceDefinition resource, JsonObject value, IReadOnlyList<string> duplicates, WriteOptions options,
        ISet<string> warnings)
    {
        var unknown = resource.Rules.Decode(value);
        string[] strange = [.. unknown, .. duplicates];
        if (strange.Length == 0 || options.Unknown == UnknownFields.Ignore)
        {
            return;
        }

        if (options.Unknown == UnknownFields.Refuse)
        {
            throw Fault.BadRequest(
                $"{resource.Kind} in version \"{resource.Version}\" cannot be handled as a {resource.Kind}: strict "
                + $"decoding error: {string.Join(", ", strange)}");
        }

        warnings.UnionWith(strange);
    }

    private static void RequireKind(ResourceDefinition resource, JsonObject value, byte[] bytes)
    {
        if (resource.IsCustom)
        {
            if (value.Kind.Length == 0)
            {
                throw Unrecognized(
                    resource, $"Object 'Kind' is missing in '{Encoding.UTF8.GetString(bytes)}'", bytes);
            }

            if (value.ApiVersion != resource.GroupVersion)
            {
                throw Fault.BadRequest(
                    $"the API version in the data ({value.ApiVersion}) does not match the expected API version "
                    + $"({resource.GroupVersion})");
            }

            return;
        }

        if (value.Kind.Length > 0
            && (value.Kind != resource.Kind
                || (value.ApiVersion is not "" && value.ApiVersion != resource.GroupVersion)))
        {
            var version = value.ApiVersion[(value.ApiVersion.IndexOf('/', StringComparison.Ordinal) + 1)..];
            throw Fault.BadRequest(
                $"{value.Kind} in version {GoText.Quote(version)} cannot be handled as a {resource.Kind}: no kind "
                + $"{GoText.Quote(value.Kind)} is registered for version {GoText.Quote(value.ApiVersion)} here");
        }

        value["kind"] = resource.Kind;
        value["apiVersion"] = resource.GroupVersion;
    }

    private static StatusException Unrecognized(ResourceDefinition resource, string error, byte[] bytes) =>
        Fault.BadRequest(
            $"the object provided is unrecognized (must be of type {resource.Kind}): {error} ({Summary(bytes)})");

    private static string Summary(byte[] bytes)
    {
        if (bytes.Length == 0)
        {
            return "<empty>";
        }

        var start = bytes.AsSpan(0, Math.Min(bytes.Length, SummaryBytesMax));
        var text = bytes[0] == '{' ? Encoding.UTF8.GetString(start) : Convert.ToHexStringLower(start);
        return bytes.Length > SummaryBytesMax ? $"{text} ..." : text;
    }
}
