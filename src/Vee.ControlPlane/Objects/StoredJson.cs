using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Storage;

namespace Vee.ControlPlane.Objects;

/// <summary>Turns objects into bytes and back.</summary>
internal static class StoredJson
{
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = 2 * RequestText.DepthMax };

    private static readonly JsonWriterOptions Writing = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 2 * RequestText.DepthMax,
        SkipValidation = true,
    };

    /// <summary>A stored object with the version at which it was written.</summary>
    internal static JsonObject Read(StoredObject stored) => Read(stored.Value, stored.Version);

    /// <summary>A stored object with a version of its own.</summary>
    internal static JsonObject Read(byte[] bytes, long version)
    {
        var value = JsonNode.Parse(bytes, documentOptions: Reading)!.AsObject();
        SetVersion(value, version);
        return value;
    }

    internal static void SetVersion(JsonObject value, long version) =>
        value.Metadata["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture);

    /// <summary>What is stored of an object: everything but the version.</summary>
    internal static byte[] Write(JsonObject value)
    {
        var version = value.Metadata["resourceVersion"];
        value.Metadata.Remove("resourceVersion");
        var bytes = Bytes(value);
        if (version is not null)
        {
            value.Metadata["resourceVersion"] = version;
        }

        return bytes;
    }

    /// <summary>Any JSON in UTF-8.</summary>
    internal static byte[] Bytes(JsonNode? node)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = Writer(buffer))
        {
            Write(writer, node);
        }

        return buffer.WrittenSpan.ToArray();
    }

    internal static Utf8JsonWriter Writer(IBufferWriter<byte> buffer) => new(buffer, Writing);

    internal static void Write(Utf8JsonWriter writer, JsonNode? node)
    {
        if (node is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            node.WriteTo(writer);
        }
    }
}
