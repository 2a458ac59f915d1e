using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Schemas;

/// <summary>Writes JSON byte for byte as Go's encoder does.</summary>
internal static class GoJson
{
    /// <summary>Compact JSON; <c>&lt;</c>, <c>&gt;</c> and <c>&amp;</c> are escaped.</summary>
    /// <param name="node">The value.</param>
    /// <param name="sortsKeys">True for maps; false where an object stands for a struct.</param>
    internal static string Write(JsonNode? node, bool sortsKeys)
    {
        var text = new StringBuilder();
        Write(text, node, sortsKeys);
        return text.ToString();
    }

    private static void Write(StringBuilder text, JsonNode? node, bool sortsKeys)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject map:
                WriteMap(text, map, sortsKeys);
                break;
            case JsonArray list:
                text.Append('[');
                for (var i = 0; i < list.Count; i++)
                {
                    Write(i == 0 ? text : text.Append(','), list[i], sortsKeys);
                }

                text.Append(']');
                break;
            default:
                WriteScalar(text, node);
                break;
        }
    }

    private static void WriteMap(StringBuilder text, JsonObject map, bool sortsKeys)
    {
        text.Append('{');
        var isFirst = true;
        var entries = sortsKeys ? map.OrderBy(p => p.Key, StringComparer.Ordinal) : map.AsEnumerable();
        foreach (var (key, value) in entries)
        {
            WriteString(isFirst ? text : text.Append(','), key);
            Write(text.Append(':'), value, sortsKeys);
            isFirst = false;
        }

        text.Append('}');
    }

    private static void WriteScalar(StringBuilder text, JsonNode node)
    {
        switch (node.GetValueKind())
        {
            case JsonValueKind.String:
                WriteString(text, node.GetValue<string>());
                break;
            case JsonValueKind.True:
                text.Append("true");
                break;
            case JsonValueKind.False:
                text.Append("false");
                break;
            case JsonValueKind.Number when Json.TryGetLong(node, out var whole):
                text.Append(whole.ToString(CultureInfo.InvariantCulture));
                break;
            case JsonValueKind.Number:
                text.Append(Number(Json.GetDouble(node)));
                break;
            default:
                text.Append("null");
                break;
        }
    }

    /// <summary>Plain digits but for very small and very large numbers.</summary>
    private static string Number(double value)
    {
        var magnitude = Math.Abs(value);
        if (value == 0 || (magnitude >= 1e-6 && magnitude < 1e21))
        {
            return value == 0 ? "0" : magnitude < 1e-4 ? Small(value) : GoText.Number(value);
        }

        var text = GoText.Number(value);
        var length = text.Length;
        // Go's encoder writes e-9 where its formatter writes e-09.
        return length >= 4 && text[length - 4] == 'e' && text[length - 3] == '-' && text[length - 2] == '0'
            ? text[..(length - 2)] + text[length - 1]
            : text;
    }

    private static string Small(double value) =>
        ((decimal)value).ToString(CultureInfo.InvariantCulture);

    private static void WriteString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            var escape = c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\b' => "\\b",
                '\f' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ => null,
            };
            if (escape is not null)
            {
                text.Append(escape);
            }
            else if (c < 0x20 || c is '<' or '>' or '&' or '\u2028' or '\u2029')
            {
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
            else
            {
                text.Append(c);
            }
        }

        text.Append('"');
    }
}
