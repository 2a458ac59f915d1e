using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Cel;

/// <summary>The value null.</summary>
internal sealed class CelNull
{
    internal static readonly CelNull Value = new();
}

/// <summary>What an evaluation that failed gives; it passes through most operators.</summary>
/// <param name="Text">Why, in the words of cel-go.</param>
internal sealed record CelError(string Text)
{
    internal static readonly CelError NoOverload = new("no such overload");
}

/// <summary>A value that may be missing.</summary>
/// <param name="Value">Null when it is.</param>
internal sealed record CelOptional(object? Value)
{
    internal static readonly CelOptional None = new((object?)null);
}

/// <summary>A point in time.</summary>
/// <param name="Time">With its offset.</param>
internal readonly record struct CelTimestamp(DateTimeOffset Time);

/// <summary>A span of time, in nanoseconds.</summary>
internal readonly record struct CelDuration(long Nanoseconds);

/// <summary>The type of a value, as a value.</summary>
internal sealed record CelTypeValue(string Name);

/// <summary>A list; of a list from an object, items become values when they are asked for.</summary>
internal sealed class CelList
{
    private readonly JsonArray? source;
    private readonly object?[] items;

    internal CelList(IEnumerable<object> items) => this.items = [.. items];

    internal CelList(JsonArray source, StructuralSchema schema)
    {
        this.source = source;
        Schema = schema;
        items = new object?[source.Count];
    }

    /// <summary>What describes the list; null for one that a rule made.</summary>
    internal StructuralSchema? Schema { get; }

    internal int Count => items.Length;

    internal object this[int index] => items[index] ??= CelConversion.FromJson(source![index], Schema!.Items!);

    internal IEnumerable<object> Items => Enumerable.Range(0, Count).Select(i => this[i]);
}

/// <summary>A map, or an object with fields; values are made when they are asked for.</summary>
internal sealed class CelMap
{
    private readonly JsonObject? source;
    private readonly Dictionary<object, object> entries;

    internal CelMap(IEnumerable<KeyValuePair<object, object>> entries) =>
        this.entries = new(entries, CelEquality.Comparer);

    internal CelMap(JsonObject source, StructuralSchema schema, bool isObject)
    {
        this.source = source;
        Schema = schema;
        IsObject = isObject;
        entries = new(CelEquality.Comparer);
    }

    /// <summary>True for an object, whose fields have escaped names; false for a map.</summary>
    internal bool IsObject { get; }

    internal StructuralSchema? Schema { get; }

    internal JsonObject? Source => source;

    internal int Count => source?.Count ?? entries.Count;

    internal IEnumerable<object> Keys => source is null ? entries.Keys : source.Select(p => (object)p.Key);

    /// <summary>The value of a key or field; null where it is not there.</summary>
    internal object? Find(object key)
    {
        if (entries.TryGetValue(key, out var known))
        {
            return known;
        }

        if (source is null || key is not string name)
        {
            return null;
        }

        name = IsObject ? CelNames.Unescape(name) : name;
        if (!source.TryGetPropertyValue(name, out var node))
        {
            return null;
        }

        var schema = Schema!.ForKey(name) ?? (name == "metadata" ? CelNames.Metadata : null);
        var value = schema is null ? CelConversion.Untyped(node) : CelConversion.FromJson(node, schema);
        entries[key] = value;
        return value;
    }
}

/// <summary>Makes values of JSON.</summary>
/// <remarks>Source: apiserver, <c>pkg/cel/common/values.go</c>.</remarks>
internal static class CelConversion
{
    internal static object FromJson(JsonNode? node, StructuralSchema schema)
    {
        if (node is null)
        {
            return CelNull.Value;
        }

        if (schema.IsIntOrString)
        {
            return Untyped(node);
        }

        return (schema.Type, node) switch
        {
            ("object", JsonObject map) => new CelMap(map, schema, schema.AdditionalProperties is null),
            ("array", JsonArray list) when schema.Items is not null => new CelList(list, schema),
            ("number", _) when Json.IsNumber(node) => Json.GetDouble(node),
            ("integer", _) when Json.TryGetLong(node, out var whole) => whole,
            ("integer", _) when Json.IsNumber(node) => (long)Math.Clamp(Json.GetDouble(node), -9e18, 9e18),
            ("boolean", _) when Json.IsBoolean(node) => Json.IsTrue(node),
            ("string", _) when Json.GetString(node) is { } text => FromText(text, schema.Format),
            _ => new CelError($"invalid data, expected {schema.Type} to match the schema provided"),
        };
    }

    /// <summary>A value without a schema.</summary>
    internal static object Untyped(JsonNode? node) => node switch
    {
        null => CelNull.Value,
        JsonArray list => new CelList(list.Select(Untyped)),
        JsonObject map => new CelMap(map.Select(p => KeyValuePair.Create((object)p.Key, Untyped(p.Value)))),
        _ when Json.TryGetLong(node, out var whole) => whole,
        _ when Json.IsNumber(node) => Json.GetDouble(node),
        _ when Json.IsBoolean(node) => Json.IsTrue(node),
        _ => Json.GetString(node) ?? "",
    };

    private static object FromText(string text, string format)
    {
        switch (format)
        {
            case "duration":
                return GoDuration.TryParse(text, out var nanoseconds)
                    ? new CelDuration(nanoseconds)
                    : new CelError($"invalid duration {GoText.Quote(text)}");
            case "date" or "date-time":
                return CelTime.TryParse(text) is { } time
                    ? new CelTimestamp(time)
                    : new CelError($"invalid {format} {GoText.Quote(text)}");
            case "byte":
                var bytes = new byte[text.Length];
                return Convert.TryFromBase64String(text, bytes, out var count)
                    ? bytes[..count]
                    : new CelError("invalid byte formatted string");
            default:
                return text;
        }
    }
}
