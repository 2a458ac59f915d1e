using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Schemas;

/// <summary>Questions to JSON nodes whose numbers may be text, long, int or double inside.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions Relaxed = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 2 * RequestText.DepthMax,
    };

    /// <summary>True for whole numbers of 64 bits; a number written with a fraction or exponent is not one.</summary>
    internal static bool TryGetLong(JsonNode? node, out long number)
    {
        number = 0;
        if (node is not JsonValue value || value.GetValueKind() != JsonValueKind.Number)
        {
            return false;
        }

        if (value.TryGetValue(out number))
        {
            return true;
        }

        if (value.TryGetValue<int>(out var small))
        {
            number = small;
            return true;
        }

        return false;
    }

    /// <summary>The number in floating point.</summary>
    /// <exception cref="InvalidOperationException">It is not a number.</exception>
    internal static double GetDouble(JsonNode node)
    {
        if (TryGetLong(node, out var whole))
        {
            return whole;
        }

        var value = node.AsValue();
        return value.TryGetValue<double>(out var number) ? number : (double)value.GetValue<decimal>();
    }

    internal static string? GetString(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    internal static bool IsTrue(JsonNode? node) => node?.GetValueKind() == JsonValueKind.True;

    internal static bool IsNumber(JsonNode? node) => node?.GetValueKind() == JsonValueKind.Number;

    internal static bool IsBoolean(JsonNode? node) =>
        node?.GetValueKind() is JsonValueKind.True or JsonValueKind.False;

    /// <summary>A field of an object; null where the object, the field or its value is missing.</summary>
    internal static JsonNode? Field(JsonNode? node, string name) =>
        node is JsonObject fields && fields.TryGetPropertyValue(name, out var value) ? value : null;

    /// <summary>The field at the end of a path of names.</summary>
    internal static JsonNode? At(JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            node = Field(node, name);
        }

        return node;
    }

    /// <summary>Compact JSON with the keys of every map sorted, as Go's encoder writes maps.</summary>
    internal static string ToGoString(JsonNode? node) => GoJson.Write(node, sortsKeys: true);

    /// <summary>
    /// Whether two values are equal as Kubernetes compares them: 1 and 1.0 are, order of keys is nothing.
    /// </summary>
    internal static bool AreEqual(JsonNode? left, JsonNode? right) => (left, right) switch
    {
        (JsonObject l, JsonObject r) => l.Count == r.Count &&
            l.All(p => r.TryGetPropertyValue(p.Key, out var value) && AreEqual(p.Value, value)),
        (JsonArray l, JsonArray r) => l.Count == r.Count && l.Zip(r).All(p => AreEqual(p.First, p.Second)),
        (JsonValue l, JsonValue r) => AreScalarsEqual(l, r),
        _ => left is null && right is null,
    };

    /// <summary>A value that shares nothing with this one.</summary>
    internal static JsonNode? Clone(JsonNode? node) => node?.DeepClone();

    internal static string ToText(JsonNode? node) => node is null ? "null" : node.ToJsonString(Relaxed);

    private static bool AreScalarsEqual(JsonValue left, JsonValue right)
    {
        var kind = left.GetValueKind();
        if (kind != right.GetValueKind())
        {
            return false;
        }

        return kind switch
        {
            JsonValueKind.String => left.GetValue<string>() == right.GetValue<string>(),
            JsonValueKind.Number => TryGetLong(left, out var l) && TryGetLong(right, out var r)
                ? l == r
                : GetDouble(left).Equals(GetDouble(right)),
            _ => true,
        };
    }
}
