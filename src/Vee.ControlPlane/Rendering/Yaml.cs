using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Rendering;

/// <summary>Writes JSON as YAML in the style of Kubernetes: sorted keys, two columns, lists not indented.</summary>
internal static partial class Yaml
{
    internal static string Text(JsonNode? node)
    {
        var text = new StringBuilder();
        if (node is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })
        {
            Block(text, node, 0);
        }
        else
        {
            text.Append(Scalar(node)).Append('\n');
        }

        return text.ToString();
    }

    private static void Block(StringBuilder text, JsonNode node, int indent)
    {
        if (node is JsonObject fields)
        {
            foreach (var (key, value) in fields.OrderBy(f => f.Key, StringComparer.Ordinal))
            {
                text.Append(' ', indent).Append(Key(key)).Append(':');
                Value(text, value, indent, value is JsonArray ? indent : indent + 2);
            }
        }
        else
        {
            foreach (var item in node.AsArray())
            {
                text.Append(' ', indent).Append('-');
                Item(text, item, indent);
            }
        }
    }

    private static void Value(StringBuilder text, JsonNode? value, int indent, int below)
    {
        if (value is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })
        {
            text.Append('\n');
            Block(text, value, below);
        }
        else
        {
            text.Append(' ').Append(Scalar(value, indent)).Append('\n');
        }
    }

    /// <summary>The first line of an item stands beside its dash.</summary>
    private static void Item(StringBuilder text, JsonNode? item, int indent)
    {
        if (item is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })
        {
            var start = text.Length;
            Block(text, item, indent + 2);
            text.Remove(start, indent + 2).Insert(start, " ");
        }
        else
        {
            text.Append(' ').Append(Scalar(item, indent)).Append('\n');
        }
    }

    private static string Key(string key) => NeedsQuotes(key) ? Quoted(key) : key;

    private static string Scalar(JsonNode? node, int indent = 0) => node switch
    {
        null => "null",
        JsonObject => "{}",
        JsonArray => "[]",
        _ when node.GetValueKind() == JsonValueKind.String => String(node.GetValue<string>(), indent),
        _ when node.GetValueKind() == JsonValueKind.Number => GoText.Value(node),
        _ => Json.ToText(node),
    };

    private static string String(string value, int indent)
    {
        if (value.Contains('\n', StringComparison.Ordinal) && IsPlainLines(value))
        {
            var keep = value.EndsWith("\n\n", StringComparison.Ordinal) || value == "\n" ? "+"
                : value.EndsWith('\n') ? "" : "-";
            var pad = new string(' ', indent + 2);
            var lines = (value.EndsWith('\n') ? value[..^1] : value).Split('\n');
            return $"|{keep}\n" + string.Join('\n', lines.Select(l => l.Length == 0 ? "" : pad + l));
        }

        return NeedsQuotes(value) ? Quoted(value) : value;
    }

    /// <summary>
    /// A block of lines can hold it: nothing to escape, and no blank at the start of a line or its end.
    /// </summary>
    private static bool IsPlainLines(string value) =>
        !value.StartsWith(' ') && !value.StartsWith('\n')
        && !HasControls(value.Replace("\n", "", StringComparison.Ordinal))
        && !value.Contains(" \n", StringComparison.Ordinal);

    private static bool NeedsQuotes(string value) =>
        !IsPlainWord(value)
        && (value.Length == 0 || HasControls(value) || value[0] == ' ' || value[^1] is ' ' or ':' || !ReadsBack(value));

    /// <summary>Most text: letters and the like, and no word that YAML knows.</summary>
    private static bool IsPlainWord(string value) =>
        value.Length > 0 && char.IsAsciiLetter(value[0])
        && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '/')
        && !IsKnownWord(value);

    private static bool IsKnownWord(string value) => value.ToLowerInvariant() is
        "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n" or "null";

    /// <summary>Read plain, it is this very text for every reader.</summary>
    private static bool ReadsBack(string value) =>
        !IsKnownWord(value) && !TimeOrSexagesimal().IsMatch(value)
        && RequestText.ParseYaml(Encoding.UTF8.GetBytes(value)) is { Error: null, Node: JsonValue read }
        && Json.GetString(read) == value;

    private static bool HasControls(string value) =>
        value.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029' or '\ufeff');

    private static string Quoted(string value) =>
        !HasControls(value) && value.AsSpan().IndexOfAny('"', '\\') >= 0
            ? $"'{value.Replace("'", "''", StringComparison.Ordinal)}'"
            : JsonText(value);

    [GeneratedRegex(
        @"^([0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$)",
        RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TimeOrSexagesimal();

    private static string JsonText(string value) => Json.ToText(JsonValue.Create(value));
}
