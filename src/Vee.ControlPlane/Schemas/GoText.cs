using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Schemas;

/// <summary>Values in the words of Go, in which Kubernetes writes its messages.</summary>
internal static class GoText
{
    /// <summary>A bad value: numbers and booleans plain, strings quoted, everything else as JSON.</summary>
    internal static string Value(JsonNode? value) => value is null ? "null" : value.GetValueKind() switch
    {
        JsonValueKind.String => Quote(value.GetValue<string>()),
        JsonValueKind.Number => Json.TryGetLong(value, out var whole)
            ? whole.ToString(CultureInfo.InvariantCulture)
            : Number(Json.GetDouble(value)),
        _ => Json.ToGoString(value),
    };

    /// <summary>Go's <c>%v</c> of a float64: shortest digits, exponent from 1e+21 on.</summary>
    internal static string Number(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
        }

        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var magnitude = Math.Abs(value);
        if (value == 0 || (magnitude >= 1e-4 && magnitude < 1e21))
        {
            return text.Contains('E', StringComparison.Ordinal)
                ? value.ToString("F0", CultureInfo.InvariantCulture)
                : text;
        }

        var scientific = value.ToString("E16", CultureInfo.InvariantCulture);
        var digits = text.Contains('E', StringComparison.Ordinal) ? text[..text.IndexOf('E')] : Mantissa(text);
        var exponent = int.Parse(scientific.AsSpan(scientific.IndexOf('E') + 1), NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture);
        return string.Create(
            CultureInfo.InvariantCulture, $"{digits}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }

    /// <summary>Go's <c>%q</c> of a string.</summary>
    internal static string Quote(string value)
    {
        var quoted = new StringBuilder(value.Length + 2).Append('"');
        foreach (var rune in value.EnumerateRunes())
        {
            Append(quoted, rune);
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>A value in a path of a managed field: Go's forms with quoted strings.</summary>
    internal static string PathValue(JsonNode? value) => value switch
    {
        null => "null",
        JsonArray list => $"[{string.Join(',', list.Select(PathValue))}]",
        JsonObject map => $"{{{string.Join(';', Sorted(map).Select(p => $"{p.Key}={PathValue(p.Value)}"))}}}",
        _ => Value(value),
    };

    /// <summary>Go's <c>%T</c> of a decoded value.</summary>
    internal static string TypeName(JsonNode? value) => value?.GetValueKind() switch
    {
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "bool",
        JsonValueKind.Number => Json.TryGetLong(value, out _) ? "int64" : "float64",
        JsonValueKind.Array => "[]interface {}",
        JsonValueKind.Object => "map[string]interface {}",
        _ => "<nil>",
    };

    /// <summary>Go's <c>%v</c> of a decoded value.</summary>
    internal static string Plain(JsonNode? value) => value switch
    {
        null => "<nil>",
        JsonArray list => $"[{string.Join(' ', list.Select(Plain))}]",
        JsonObject map => $"map[{string.Join(' ', Sorted(map).Select(p => $"{p.Key}:{Plain(p.Value)}"))}]",
        _ => Json.GetString(value) ?? Value(value),
    };

    /// <summary>Go's <c>%#v</c> of a decoded value.</summary>
    internal static string Syntax(JsonNode? value) => value switch
    {
        null => "interface {}(nil)",
        JsonArray list => $"[]interface {{}}{{{string.Join(", ", list.Select(Syntax))}}}",
        JsonObject map => $"map[string]interface {{}}{{{SyntaxOfEntries(map)}}}",
        _ => Value(value),
    };

    private static string SyntaxOfEntries(JsonObject map) =>
        string.Join(", ", Sorted(map).Select(p => $"{Quote(p.Key)}:{Syntax(p.Value)}"));

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Sorted(JsonObject map) =>
        map.OrderBy(p => p.Key, StringComparer.Ordinal);

    private static string Mantissa(string plain)
    {
        var sign = plain.StartsWith('-') ? "-" : "";
        var digits = plain.Replace("-", "", StringComparison.Ordinal)
            .Replace(".", "", StringComparison.Ordinal).Trim('0');
        return sign + (digits.Length > 1 ? $"{digits[0]}.{digits[1..]}" : digits);
    }

    private static void Append(StringBuilder quoted, Rune rune)
    {
        var code = rune.Value;
        var escape = code switch
        {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\a' => "\\a",
            '\b' => "\\b",
            '\f' => "\\f",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\v' => "\\v",
            _ => null,
        };
        if (escape is not null)
        {
            quoted.Append(escape);
        }
        else if (code < 0x20 || code == 0x7f)
        {
            quoted.Append(CultureInfo.InvariantCulture, $"\\x{code:x2}");
        }
        else if (IsPrintable(rune))
        {
            quoted.Append(rune.ToString());
        }
        else
        {
            quoted.Append(code > 0xffff ? $"\\U{code:x8}" : $"\\u{code:x4}");
        }
    }

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or
        UnicodeCategory.OtherNotAssigned or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or
        UnicodeCategory.ParagraphSeparator);
}
