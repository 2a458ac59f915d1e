using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Kinds;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Rendering;
using Vee.ControlPlane.Requests;
using Vee.ControlPlane.Storage;

namespace Vee.ControlPlane.Handling;

/// <summary>Reads lists, whole or page by page, all pages from one state.</summary>
/// <remarks>Objects go one by one from the store into the answer, so a long list is held only as text.</remarks>
internal sealed class ListReader(Cluster cluster)
{
    private const string ContinueExpired =
        "The provided continue parameter is too old to display a consistent list result. You can start a new list "
        + "without the continue parameter, or use the continue token in this response to retrieve the remainder of the "
        + "results. Continuing with the provided token results in an inconsistent list - objects that were created, "
        + "modified, or deleted between the time the first chunk was returned and now may show up in the list.";

    /// <summary>A list as JSON.</summary>
    /// <param name="view">Of what, and how.</param>
    /// <param name="ns">Only this namespace; empty for all.</param>
    /// <param name="options">Which objects, as of when.</param>
    /// <exception cref="StatusException">The state asked for is not there.</exception>
    internal ReadOnlyMemory<byte> Read(ObjectView view, string ns, ListOptions options)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using var writer = StoredJson.Writer(buffer);
        cluster.Store.Snapshot(reader =>
        {
            Write(writer, reader, view, ns, options);
            return true;
        });
        writer.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>The objects of a state that a selector means, and the version of the state.</summary>
    internal (long Version, List<JsonObject> Values) Collect(
        ResourceDefinition resource, string ns, ListOptions options) =>
        cluster.Store.Snapshot(reader =>
        {
            var values = Namespaced(reader, resource, ns, "", 0)
                .Select(stored => Selected(resource, options, stored)).OfType<JsonObject>().ToList();
            return (reader.Revision, values);
        });

    /// <summary>The object if a selector means it.</summary>
    internal static JsonObject? Selected(ResourceDefinition resource, ListOptions options, StoredObject stored)
    {
        if ((options.Fields.Name is { } name && name != stored.Key.Name)
            || (options.Fields.Namespace is { } ns && ns != stored.Key.Namespace))
        {
            return null;
        }

        var value = Cluster.Read(resource, stored);
        return IsSelected(resource, options, value) ? value : null;
    }

    internal static bool IsSelected(ResourceDefinition resource, ListOptions options, JsonObject value) =>
        options.Labels.Matches(value)
        && options.Fields.Matches(field => resource.Rules.Fields[field](value));

    private static IEnumerable<StoredObject> Namespaced(
        StoreReader reader, ResourceDefinition resource, string ns, string after, long version) =>
        reader.List(resource.StorageName, ns.Length > 0 ? ns : null, after, version);

    private static void Write(
        Utf8JsonWriter writer, StoreReader reader, ObjectView view, string ns, ListOptions options)
    {
        var resource = view.Resource;
        var start = Start(reader, ns, options);
        var (apiVersion, kind) = view.ListType;
        writer.WriteStartObject();
        writer.WriteString("kind", kind);
        writer.WriteString("apiVersion", apiVersion);
        if (view.Form.View == View.Table)
        {
            writer.WritePropertyName("columnDefinitions");
            StoredJson.Write(writer, view.Columns());
        }

        writer.WriteStartArray(view.Form.View == View.Table ? "rows" : "items");
        var last = "";
        var count = 0L;
        var isCut = false;
        foreach (var stored in Namespaced(reader, resource, ns, start.After, start.Version))
        {
            if (start.Limit > 0 && count == start.Limit)
            {
                isCut = true;
                break;
            }

            if (Selected(resource, options, stored) is { } value)
            {
                StoredJson.Write(writer, view.Item(value));
                count++;
            }

            last = stored.Key.Path;
        }

        writer.WriteEndArray();
        writer.WritePropertyName("metadata");
        StoredJson.Write(writer, Metadata(reader, view, ns, options, start, isCut ? last : null));
        writer.WriteEndObject();
    }

    private static JsonObject Metadata(
        StoreReader reader, ObjectView view, string ns, ListOptions options, ListStart start, string? last)
    {
        var version = start.Version > 0 ? start.Version : reader.Revision;
        var metadata = new JsonObject();
        if (last is not null)
        {
            metadata["continue"] = ContinueToken.Make(version, last, ns);
            if (!options.HasSelector)
            {
                metadata["remainingItemCount"] =
                    reader.Count(view.Resource.StorageName, ns.Length > 0 ? ns : null, last);
            }
        }
        else if (view.Resource.IsCustom && view.Form.View == View.Whole)
        {
            metadata["continue"] = "";
        }

        metadata["resourceVersion"] = version.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return metadata;
    }

    /// <summary>Where a list starts, and as of which version: 0 is the newest.</summary>
    private static ListStart Start(StoreReader reader, string ns, ListOptions options)
    {
        if (options.Continue.Length > 0)
        {
            if (options.VersionText is not ("" or "0"))
            {
                throw Fault.BadRequest("specifying resource version is not allowed when using continue");
            }

            var (version, after) = ContinueToken.Parse(options.Continue, ns);
            if (version > 0 && version < reader.Compacted)
            {
                throw Expired(after, ns);
            }

            return new(after, Math.Max(version, 0), options.Limit);
        }

        var asked = options.Version();
        if (asked > reader.Revision)
        {
            throw Fault.VersionTooLarge(asked, reader.Revision);
        }

        if (!options.IsExact)
        {
            // Any state will do, and such lists come whole, as from the cache of a real server.
            return new("", 0, options.VersionText == "0" ? 0 : options.Limit);
        }

        return asked < reader.Compacted
            ? throw Fault.Expired("The resourceVersion for the provided list is too old.")
            : new("", asked, options.Limit);
    }

    private static StatusException Expired(string after, string ns) => new(
        Fault.Expired(ContinueExpired).Status with { Continue = ContinueToken.Make(-1, after, ns) });

    private readonly record struct ListStart(string After, long Version, long Limit);
}

/// <summary>Where the next page begins.</summary>
/// <remarks>Source: <c>k8s.io/apiserver/pkg/storage/continue.go</c>.</remarks>
internal static class ContinueToken
{
    private const string Format = "meta.k8s.io/v1";

    /// <param name="version">Of the state; -1 for whatever is newest.</param>
    /// <param name="last">The path of the last object that was given.</param>
    /// <param name="ns">The namespace of the list, which the token does not repeat.</param>
    internal static string Make(long version, string last, string ns)
    {
        var start = ns.Length > 0 ? last[ns.Length..] : last;
        var token = new JsonObject { ["v"] = Format, ["rv"] = version, ["start"] = $"{start}\0" };
        return Convert.ToBase64String(StoredJson.Bytes(token)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
    }

    /// <exception cref="StatusException">400: no token of this server.</exception>
    internal static (long Version, string Last) Parse(string token, string ns)
    {
        var node = Decode(token);
        var format = Schemas.Json.GetString(node?["v"]);
        var start = Schemas.Json.GetString(node?["start"]) ?? "";
        if (format != Format || !Schemas.Json.TryGetLong(node?["rv"], out var version) || version == 0)
        {
            throw Bad($"incorrect encoded start resourceVersion ({format}, {node?["rv"]})");
        }

        if (start.Length == 0 || start.Contains("../", StringComparison.Ordinal))
        {
            throw Bad(start.Length == 0 ? "empty start" : $"invalid start {start}");
        }

        return (version, ns + start.TrimEnd('\0'));
    }

    private static JsonObject? Decode(string token)
    {
        byte[] bytes;
        try
        {
            bytes = Convert.FromBase64String(
                token.Replace('-', '+').Replace('_', '/').PadRight((token.Length + 3) / 4 * 4, '='));
        }
        catch (FormatException)
        {
            throw Bad($"illegal base64 data at input byte {Math.Max(0, token.Length - 1)}");
        }

        try
        {
            return JsonNode.Parse(bytes) as JsonObject;
        }
        catch (JsonException)
        {
            throw Bad($"invalid character '{Encoding.Latin1.GetString(bytes, 0, 1)}' looking for beginning of value");
        }
    }

    private static StatusException Bad(string why) =>
        Fault.BadRequest($"invalid continue token: continue key is not valid: {why}");
}
