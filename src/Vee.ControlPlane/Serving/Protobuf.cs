using System.Text;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Requests;

namespace Vee.ControlPlane.Serving;

/// <summary>Reads the few small messages that kubectl sends only as protobuf: access reviews and delete options.</summary>
/// <remarks>Source: <c>generated.proto</c> of <c>k8s.io/api/authorization/v1</c> and of apimachinery.</remarks>
internal static class Protobuf
{
    private const string ContentType = "application/vnd.kubernetes.protobuf";
    private const int DepthMax = 16;

    /// <summary>Begins every message; the rest is a runtime.Unknown.</summary>
    private static readonly byte[] Magic = [.. "k8s\0"u8];

    private static readonly Message Resource = new()
    {
        [1] = new("namespace"), [2] = new("verb"), [3] = new("group"), [4] = new("version"), [5] = new("resource"),
        [6] = new("subresource"), [7] = new("name"),
    };

    private static readonly Message Path = new() { [1] = new("path"), [2] = new("verb") };

    private static readonly Message SelfSpec = new()
    {
        [1] = new("resourceAttributes", Resource), [2] = new("nonResourceAttributes", Path),
    };

    private static readonly Message SubjectSpec = new()
    {
        [1] = new("resourceAttributes", Resource), [2] = new("nonResourceAttributes", Path), [3] = new("user"),
        [4] = new("groups") { IsRepeated = true }, [6] = new("uid"),
    };

    private static readonly Dictionary<string, Message> Kinds = new(
        StringComparer.Ordinal)
    {
        ["SelfSubjectAccessReview"] = new() { [2] = new("spec", SelfSpec) },
        ["SubjectAccessReview"] = new() { [2] = new("spec", SubjectSpec) },
        ["LocalSubjectAccessReview"] = new() { [2] = new("spec", SubjectSpec) },
        ["SelfSubjectRulesReview"] = new() { [2] = new("spec", new() { [1] = new("namespace") }) },
        ["SelfSubjectReview"] = new(),
        ["DeleteOptions"] = new()
        {
            [1] = new("gracePeriodSeconds") { IsNumber = true },
            [2] = new("preconditions", new() { [1] = new("uid"), [2] = new("resourceVersion") }),
            [3] = new("orphanDependents") { IsFlag = true },
            [4] = new("propagationPolicy"), [5] = new("dryRun") { IsRepeated = true },
        },
    };

    internal static bool IsProtobuf(string contentType) => MediaTypes.Plain(contentType) == ContentType;

    /// <summary>Reads a message as the JSON that says the same.</summary>
    /// <exception cref="StatusException">415: another kind. 400: no such message.</exception>
    internal static JsonObject Read(ReadOnlySpan<byte> bytes, string kind)
    {
        if (!Kinds.TryGetValue(kind, out var message))
        {
            throw Fault.UnsupportedMediaType("application/json, application/yaml");
        }

        if (!bytes.StartsWith(Magic))
        {
            throw Bad();
        }

        var value = new JsonObject();
        var unknown = new Message { [2] = new("raw", message) };
        Read(bytes[Magic.Length..], unknown, value, 0);
        var raw = value["raw"] as JsonObject ?? [];
        value.Remove("raw");
        return raw;
    }

    private static void Read(ReadOnlySpan<byte> bytes, Message message, JsonObject value, int depth)
    {
        if (depth > DepthMax)
        {
            throw Bad();
        }

        while (bytes.Length > 0)
        {
            var tag = Varint(ref bytes);
            var field = message.GetValueOrDefault((int)Math.Min(tag >> 3, int.MaxValue));
            switch (tag & 7)
            {
                case 0:
                    SetNumber(value, field, Varint(ref bytes));
                    break;
                case 1:
                    bytes = Skip(bytes, sizeof(long));
                    break;
                case 2:
                    var length = Varint(ref bytes);
                    if (length > (ulong)bytes.Length)
                    {
                        throw Bad();
                    }

                    SetBytes(value, field, bytes[..(int)length], depth);
                    bytes = bytes[(int)length..];
                    break;
                case 5:
                    bytes = Skip(bytes, sizeof(int));
                    break;
                default:
                    throw Bad();
            }
        }
    }

    private static void SetNumber(JsonObject value, Field? field, ulong number)
    {
        if (field is { IsFlag: true })
        {
            value[field.Name] = number != 0;
        }
        else if (field is { IsNumber: true })
        {
            value[field.Name] = unchecked((long)number);
        }
    }

    private static void SetBytes(JsonObject value, Field? field, ReadOnlySpan<byte> bytes, int depth)
    {
        if (field is null)
        {
            return;
        }

        if (field.Message is { } message)
        {
            var below = new JsonObject();
            Read(bytes, message, below, depth + 1);
            value[field.Name] = below;
        }
        else if (!field.IsRepeated)
        {
            value[field.Name] = Encoding.UTF8.GetString(bytes);
        }
        else if (value[field.Name] is JsonArray list)
        {
            list.Add((JsonNode)Encoding.UTF8.GetString(bytes));
        }
        else
        {
            value[field.Name] = new JsonArray(Encoding.UTF8.GetString(bytes));
        }
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

    private static ReadOnlySpan<byte> Skip(ReadOnlySpan<byte> bytes, int count) =>
        bytes.Length >= count ? bytes[count..] : throw Bad();

    private static StatusException Bad() => Fault.BadRequest("the body is no protobuf message of this kind");

    /// <summary>The fields of a message by number.</summary>
    private sealed class Message : Dictionary<int, Field>;

    private sealed record Field(string Name, Message? Message = null)
    {
        public bool IsRepeated { get; init; }

        public bool IsNumber { get; init; }

        public bool IsFlag { get; init; }
    }
}
