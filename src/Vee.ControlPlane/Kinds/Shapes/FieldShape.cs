using System.Text.Json;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Kinds.Shapes;

/// <summary>One field: its type and what becomes of an empty value.</summary>
internal sealed record FieldShape
{
    /// <summary>Reads one value; gives what replaces it or what is wrong.</summary>
    private delegate string? Reader(Shape owner, ref JsonNode node, string path, List<string> unknown);

    private Reader Content { get; init; } = Any0;

    /// <summary>Empty values stay: a pointer in Go.</summary>
    private bool KeepsEmpty { get; init; }

    /// <summary>What is there when nobody gave a value; null when nothing is.</summary>
    internal Func<AlwaysValue>? Always { get; private init; }

    internal static FieldShape Text { get; } = Scalar(JsonValueKind.String, "string");

    internal static FieldShape Flag { get; } = new() { Content = Boolean };

    internal static FieldShape Int32 { get; } = Number("int32", int.MinValue, int.MaxValue);

    internal static FieldShape Int64 { get; } = Number("int64", long.MinValue, long.MaxValue);

    /// <summary>Whatever JSON.</summary>
    internal static FieldShape Any { get; } = new() { Content = Any0 };

    internal static FieldShape Time { get; } = Clock(micro: false) with { KeepsEmpty = true };

    internal static FieldShape MicroTime { get; } = Clock(micro: true) with { KeepsEmpty = true };

    internal static FieldShape TextMap { get; } = MapOf(Text);

    internal static FieldShape TextList { get; } = ListOf(Text);

    /// <summary>The same with empty values kept.</summary>
    internal FieldShape Pointer => this with { KeepsEmpty = true };

    /// <summary>The same, and null when nobody gave a value.</summary>
    internal FieldShape OrNull => this with { Always = static () => new(null) };

    /// <summary>The same, and an empty struct when nobody gave a value.</summary>
    internal FieldShape OrEmpty => this with { Always = static () => new(new JsonObject()), KeepsEmpty = true };

    /// <summary>The same, and empty text when nobody gave a value.</summary>
    internal FieldShape OrBlank => this with { Always = static () => new(""), KeepsEmpty = true };

    /// <summary>Base64 text.</summary>
    internal static FieldShape Bytes { get; } = new()
    {
        Content = static (owner, ref node, path, unknown) =>
        {
            if (Json.GetString(node) is not { } text)
            {
                return Mismatch(owner, node, path, "[]uint8");
            }

            return Convert.TryFromBase64String(text, new byte[text.Length], out _)
                ? null
                : $"illegal base64 data at input byte {BadByte(text)}";
        },
    };

    internal static FieldShape Struct(Shape shape) => new()
    {
        Content = (owner, ref node, path, unknown) => node is JsonObject value
            ? shape.Read(value, path, unknown)
            : Mismatch(owner, node, path, $"v1.{shape.Name}"),
    };

    internal static FieldShape ListOf(FieldShape item) => new()
    {
        Content = (owner, ref node, path, unknown) =>
        {
            if (node is not JsonArray items)
            {
                return Mismatch(owner, node, path, "[]string");
            }

            for (var i = 0; i < items.Count; i++)
            {
                if (items[i] is { } element)
                {
                    var was = element;
                    if (item.Content(owner, ref element, $"{path}[{i}]", unknown) is { } error)
                    {
                        return error;
                    }

                    if (!ReferenceEquals(was, element))
                    {
                        items[i] = element;
                    }
                }
            }

            return null;
        },
    };

    internal static FieldShape MapOf(FieldShape item) => new()
    {
        Content = (owner, ref node, path, unknown) =>
        {
            if (node is not JsonObject entries)
            {
                return Mismatch(owner, node, path, "map[string]string");
            }

            foreach (var key in entries.Select(e => e.Key).ToList())
            {
                // A null entry is the empty value of its type.
                if (entries[key] is not { } element)
                {
                    entries[key] = "";
                }
                else if (item.Content(owner, ref element, path, unknown) is { } error)
                {
                    return error;
                }
            }

            return null;
        },
    };

    /// <summary>Reads the field of an object in place.</summary>
    internal string? Read(Shape owner, JsonObject value, string name, string path, List<string> unknown)
    {
        if (value[name] is not { } node)
        {
            value.Remove(name);
            return null;
        }

        var was = node;
        if (Content(owner, ref node, path, unknown) is { } error)
        {
            return error;
        }

        if (!KeepsEmpty && IsEmpty(node))
        {
            value.Remove(name);
        }
        else if (!ReferenceEquals(was, node))
        {
            value[name] = node;
        }

        return null;
    }

    private static bool IsEmpty(JsonNode node) => node switch
    {
        JsonObject fields => fields.Count == 0,
        JsonArray items => items.Count == 0,
        _ => node.GetValueKind() switch
        {
            JsonValueKind.False => true,
            JsonValueKind.String => node.GetValue<string>().Length == 0,
            JsonValueKind.Number => Json.TryGetLong(node, out var number) && number == 0,
            _ => false,
        },
    };

    private static FieldShape Scalar(JsonValueKind kind, string type) => new()
    {
        Content = (owner, ref node, path, _) =>
            node.GetValueKind() == kind ? null : Mismatch(owner, node, path, type),
    };

    private static FieldShape Number(string type, long min, long max) => new()
    {
        Content = (owner, ref node, path, _) =>
            Json.TryGetLong(node, out var number) && number >= min && number <= max
                ? null
                : Mismatch(owner, node, path, type),
    };

    private static FieldShape Clock(bool micro) => new()
    {
        Content = (_, ref node, _, _) =>
        {
            if (Json.GetString(node) is not { } text)
            {
                return $"json: cannot unmarshal {KindName(node)} into Go value of type string";
            }

            return GoTime.Error(text, micro);
        },
    };

    private static string? Boolean(Shape owner, ref JsonNode node, string path, List<string> unknown) =>
        Json.IsBoolean(node) ? null : Mismatch(owner, node, path, "bool");

    private static string? Any0(Shape owner, ref JsonNode node, string path, List<string> unknown) => null;

    private static string Mismatch(Shape owner, JsonNode node, string path, string type) =>
        $"json: cannot unmarshal {KindName(node)} into Go struct field {owner.Name}.{Plain(path)} of type {type}";

    private static string KindName(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => Json.TryGetLong(node, out _) ? "number" : $"number {GoText.Value(node)}",
        _ => "bool",
    };

    /// <summary>Go's decoder leaves indices out.</summary>
    private static string Plain(string path)
    {
        while (path.IndexOf('[', StringComparison.Ordinal) is var open and >= 0)
        {
            path = path.Remove(open, path.IndexOf(']', open) - open + 1);
        }

        return path;
    }

    private static int BadByte(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit(text[i]) && text[i] is not ('+' or '/' or '\r' or '\n'))
            {
                return i;
            }
        }

        return text.Length;
    }
}
