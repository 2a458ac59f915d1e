using System.Text;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Requests;

namespace Vee.ControlPlane.Serving;

/// <summary>Reads the messages that <c>kubectl create</c> and <c>kubectl auth</c> send as protobuf only.</summary>
/// <remarks>
/// Answers are always JSON, which those clients accept too. A message with a field that is not known here is refused:
/// nothing that a client says is dropped.
/// </remarks>
internal static class Protobuf
{
    private const string ContentType = "application/vnd.kubernetes.protobuf";
    private const int DepthMax = 32;

    /// <summary>Begins every message; the rest is a runtime.Unknown, whose second field is the object.</summary>
    private static readonly byte[] Magic = [.. "k8s\0"u8];

    internal static bool IsProtobuf(string contentType) => MediaTypes.Plain(contentType) == ContentType;

    /// <summary>Reads a message as the JSON that says the same.</summary>
    /// <exception cref="StatusException">415: not known here. 400: no such message.</exception>
    internal static JsonObject Read(ReadOnlySpan<byte> bytes, string kind)
    {
        if (ProtobufMessages.Find(kind) is null)
        {
            throw Fault.UnsupportedMediaType("application/json, application/yaml");
        }

        if (!bytes.StartsWith(Magic))
        {
            throw Bad();
        }

        var rest = bytes[Magic.Length..];
        while (rest.Length > 0)
        {
            var (number, _, content) = Next(ref rest);
            if (number == 2)
            {
                return Message(content, kind, 0);
            }
        }

        return [];
    }

    private static JsonObject Message(ReadOnlySpan<byte> bytes, string message, int depth)
    {
        if (depth > DepthMax)
        {
            throw Bad();
        }

        var fields = ProtobufMessages.Find(message)!;
        var value = new JsonObject();
        while (bytes.Length > 0)
        {
            var (number, scalar, content) = Next(ref bytes);
            if (fields.TryGetValue(number, out var field))
            {
                Set(value, field, scalar, content, depth);
            }
            else if (scalar is not (null or 0) || (scalar is null && !IsZero(content, 0)))
            {
                throw Fault.UnsupportedMediaType(
                    $"application/json, application/yaml (field {number} of {message} is not read from protobuf here)");
            }
        }

        return value;
    }

    private static void Set(
        JsonObject value, ProtobufField field, ulong? scalar, ReadOnlySpan<byte> content, int depth)
    {
        if (field.Type is ProtobufType.TextMap or ProtobufType.BytesMap)
        {
            if (value[field.Name] is not JsonObject map)
            {
                map = [];
                value[field.Name] = map;
            }

            AddEntry(map, content, field.Type == ProtobufType.BytesMap);
            return;
        }

        var item = Item(field, scalar, content, depth);
        if (!field.IsRepeated)
        {
            // Strings without content are strings that nobody set.
            if (item is not JsonValue || field.Type != ProtobufType.Text || content.Length > 0)
            {
                value[field.Name] = item;
            }
        }
        else if (value[field.Name] is JsonArray list)
        {
            list.Add(item);
        }
        else
        {
            value[field.Name] = new JsonArray(item);
        }
    }

    private static JsonNode? Item(ProtobufField field, ulong? scalar, ReadOnlySpan<byte> content, int depth) =>
        field.Type switch
        {
            ProtobufType.Flag => scalar is not (null or 0),
            ProtobufType.Number => unchecked((long)(scalar ?? 0)),
            ProtobufType.Text => Encoding.UTF8.GetString(content),
            ProtobufType.Time => Time(content),
            ProtobufType.NumberOrText => NumberOrText(content),
            _ => Message(content, field.Message, depth + 1),
        };

    private static void AddEntry(JsonObject map, ReadOnlySpan<byte> entry, bool isBytes)
    {
        var key = "";
        var value = "";
        while (entry.Length > 0)
        {
            var (number, _, content) = Next(ref entry);
            if (number == 1)
            {
                key = Encoding.UTF8.GetString(content);
            }
            else if (number == 2)
            {
                value = isBytes ? Convert.ToBase64String(content) : Encoding.UTF8.GetString(content);
            }
        }

        map[key] = value;
    }

    private static JsonNode? Time(ReadOnlySpan<byte> content)
    {
        while (content.Length > 0)
        {
            var (number, seconds, _) = Next(ref content);
            if (number == 1 && unchecked((long)(seconds ?? 0)) is > 0 and < 253402300800 and var since)
            {
                return Timestamp.Text(DateTimeOffset.FromUnixTimeSeconds(since));
            }
        }

        return null;
    }

    /// <summary>A type (0: number, 1: text), the number, the text.</summary>
    private static JsonNode NumberOrText(ReadOnlySpan<byte> content)
    {
        var isText = false;
        var whole = 0L;
        var text = "";
        while (content.Length > 0)
        {
            var (number, scalar, bytes) = Next(ref content);
            switch (number)
            {
                case 1:
                    isText = scalar == 1;
                    break;
                case 2:
                    whole = unchecked((long)(scalar ?? 0));
                    break;
                case 3:
                    text = Encoding.UTF8.GetString(bytes);
                    break;
                default:
                    break;
            }
        }

        return isText ? text : whole;
    }

    /// <summary>
    /// Whether bytes are a message in which nothing is set, as Go writes structs that are always there.
    /// </summary>
    private static bool IsZero(ReadOnlySpan<byte> bytes, int depth)
    {
        try
        {
            while (bytes.Length > 0)
            {
                var (_, scalar, content) = Next(ref bytes);
                if (depth > DepthMax || scalar is not (null or 0) || !IsZero(content, depth + 1))
                {
                    return false;
                }
            }

            return true;
        }
        catch (StatusException)
        {
            // Text, not a message: something is set.
            return false;
        }
    }

    /// <summary>Reads one field: its number, and a number or bytes.</summary>
    private static Field Next(ref ReadOnlySpan<byte> bytes)
    {
        var tag = Varint(ref bytes);
        var number = (int)Math.Min(tag >> 3, int.MaxValue);
        switch (tag & 7)
        {
            case 0:
                return new(number, Varint(ref bytes), []);
            case 1:
                return Take(number, sizeof(long), ref bytes);
            case 2:
                return Take(number, Varint(ref bytes), ref bytes);
            case 5:
                return Take(number, sizeof(int), ref bytes);
            default:
                throw Bad();
        }
    }

    private static Field Take(int number, ulong length, ref ReadOnlySpan<byte> bytes)
    {
        if (length > (ulong)bytes.Length)
        {
            throw Bad();
        }

        var content = bytes[..(int)length];
        bytes = bytes[(int)length..];
        return new(number, null, content);
    }

    private static ulong Varint(ref ReadOnlySpan<byte> bytes)
    {
        var number = 0UL;
        for (var shift = 0; shift < 64 && bytes.Length > 0; shift += 7)
        {
            var b = bytes[0];
            bytes = bytes[1..];
            number |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
            {
                return number;
            }
        }

        throw Bad();
    }

    private static StatusException Bad() => Fault.BadRequest("the body is no protobuf message of this kind");

    private readonly ref struct Field(int number, ulong? scalar, ReadOnlySpan<byte> content)
    {
        private readonly ReadOnlySpan<byte> content = content;

        internal void Deconstruct(out int fieldNumber, out ulong? fieldScalar, out ReadOnlySpan<byte> fieldContent)
        {
            fieldNumber = number;
            fieldScalar = scalar;
            fieldContent = content;
        }
    }
}
