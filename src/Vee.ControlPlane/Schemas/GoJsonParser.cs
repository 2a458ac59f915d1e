using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Schemas;

/// <summary>Reads JSON and says what is wrong with it as Go's <c>encoding/json</c> does.</summary>
internal sealed class GoJsonParser(string text)
{
    private const string EndOfInput = "unexpected end of JSON input";

    /// <summary>Repeated keys beyond this are not reported.</summary>
    private const int DuplicatesMax = 100;

    private readonly List<string> duplicates = [];
    private readonly List<string> path = [];
    private int at;
    private int depth;

    internal IReadOnlyList<string> Duplicates => duplicates;

    /// <exception cref="FormatException">The text is not JSON; the message is Go's.</exception>
    internal JsonNode? Parse()
    {
        var value = ParseValue();
        SkipSpace();
        return at == text.Length ? value : throw Unexpected("after top-level value");
    }

    private JsonNode? ParseValue()
    {
        SkipSpace();
        if (at == text.Length)
        {
            throw new FormatException(EndOfInput);
        }

        switch (text[at])
        {
            case '{':
                return Nested(ParseObject);
            case '[':
                return Nested(ParseArray);
            case '"':
                return JsonValue.Create(ParseString());
            case 't':
                ParseLiteral("true");
                return JsonValue.Create(true);
            case 'f':
                ParseLiteral("false");
                return JsonValue.Create(false);
            case 'n':
                ParseLiteral("null");
                return null;
            case '-' or (>= '0' and <= '9'):
                return ParseNumber();
            default:
                throw Unexpected("looking for beginning of value");
        }
    }

    private JsonNode Nested(Func<JsonNode> parse)
    {
        if (++depth > RequestText.DepthMax)
        {
            throw new FormatException("exceeded max depth");
        }

        at++;
        var value = parse();
        depth--;
        return value;
    }

    private JsonObject ParseObject()
    {
        var map = new JsonObject();
        SkipSpace();
        if (TryTake('}'))
        {
            return map;
        }

        while (true)
        {
            SkipSpace();
            if (at == text.Length || text[at] != '"')
            {
                throw Unexpected("looking for beginning of object key string");
            }

            var key = ParseString();
            SkipSpace();
            if (!TryTake(':'))
            {
                throw Unexpected("after object key");
            }

            path.Add(path.Count == 0 ? key : "." + key);
            if (map.ContainsKey(key) && duplicates.Count < DuplicatesMax)
            {
                duplicates.Add($"duplicate field {GoText.Quote(string.Concat(path))}");
            }

            map[key] = ParseValue();
            path.RemoveAt(path.Count - 1);
            SkipSpace();
            if (TryTake('}'))
            {
                return map;
            }

            if (!TryTake(','))
            {
                throw Unexpected("after object key:value pair");
            }
        }
    }

    private JsonArray ParseArray()
    {
        var list = new JsonArray();
        SkipSpace();
        if (TryTake(']'))
        {
            return list;
        }

        while (true)
        {
            path.Add($"[{list.Count.ToString(CultureInfo.InvariantCulture)}]");
            list.Add(ParseValue());
            path.RemoveAt(path.Count - 1);
            SkipSpace();
            if (TryTake(']'))
            {
                return list;
            }

            if (!TryTake(','))
            {
                throw Unexpected("after array element");
            }
        }
    }

    private string ParseString()
    {
        var start = ++at;
        while (at < text.Length && text[at] != '"' && text[at] != '\\' && text[at] >= ' ')
        {
            at++;
        }

        if (at < text.Length && text[at] == '"')
        {
            return text[start..at++];
        }

        var value = new StringBuilder(text, start, at - start, (at - start) + 16);
        while (true)
        {
            if (at == text.Length)
            {
                throw new FormatException(EndOfInput);
            }

            var c = text[at];
            if (c == '"')
            {
                at++;
                return Repaired(value);
            }

            if (c < ' ')
            {
                throw Unexpected("in string literal");
            }

            at++;
            value.Append(c == '\\' ? ParseEscape() : c);
        }
    }

    private char ParseEscape()
    {
        if (at == text.Length)
        {
            throw new FormatException(EndOfInput);
        }

        switch (text[at])
        {
            case '"' or '\\' or '/':
                return text[at++];
            case 'b':
                at++;
                return '\b';
            case 'f':
                at++;
                return '\f';
            case 'n':
                at++;
                return '\n';
            case 'r':
                at++;
                return '\r';
            case 't':
                at++;
                return '\t';
            case 'u':
                at++;
                return ParseHexadecimal();
            default:
                throw Unexpected("in string escape code");
        }
    }

    private char ParseHexadecimal()
    {
        var code = 0;
        for (var i = 0; i < 4; i++)
        {
            if (at == text.Length || !char.IsAsciiHexDigit(text[at]))
            {
                throw Unexpected("in \\u hexadecimal character escape");
            }

            code = (code * 16) + Convert.ToInt32(text[at++].ToString(), 16);
        }

        return (char)code;
    }

    /// <summary>Half a surrogate pair is no character; Go puts U+FFFD in its place.</summary>
    private static string Repaired(StringBuilder value)
    {
        var repaired = new StringBuilder(value.Length);
        foreach (var rune in value.ToString().EnumerateRunes())
        {
            repaired.Append(rune.ToString());
        }

        return repaired.ToString();
    }

    private void ParseLiteral(string literal)
    {
        at++;
        for (var i = 1; i < literal.Length; i++)
        {
            if (at == text.Length || text[at] != literal[i])
            {
                throw Unexpected($"in literal {literal} (expecting '{literal[i]}')");
            }

            at++;
        }
    }

    private JsonValue ParseNumber()
    {
        var start = at;
        TryTake('-');
        if (!TryTake('0'))
        {
            TakeDigits("in numeric literal");
        }

        var isWhole = true;
        if (TryTake('.'))
        {
            isWhole = false;
            TakeDigits("after decimal point in numeric literal");
        }

        if (at < text.Length && text[at] is 'e' or 'E')
        {
            isWhole = false;
            at++;
            if (at < text.Length && text[at] is '+' or '-')
            {
                at++;
            }

            TakeDigits("in exponent of numeric literal");
        }

        var digits = text.AsSpan(start, at - start);
        if (isWhole &&
            long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
        {
            return JsonValue.Create(whole);
        }

        var number = double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture);
        return double.IsFinite(number)
            ? JsonValue.Create(number)
            : throw new FormatException($"json: cannot unmarshal number {digits} into Go value of type float64");
    }

    private void TakeDigits(string context)
    {
        if (at == text.Length || !char.IsAsciiDigit(text[at]))
        {
            throw Unexpected(context);
        }

        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }
    }

    private bool TryTake(char c)
    {
        if (at < text.Length && text[at] == c)
        {
            at++;
            return true;
        }

        return false;
    }

    private void SkipSpace()
    {
        while (at < text.Length && text[at] is ' ' or '\t' or '\r' or '\n')
        {
            at++;
        }
    }

    private FormatException Unexpected(string context)
    {
        if (at >= text.Length)
        {
            return new(EndOfInput);
        }

        Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out _);
        var quoted = rune.Value switch
        {
            '\'' => "'\\''",
            '"' => "'\"'",
            _ => $"'{GoText.Quote(rune.ToString())[1..^1]}'",
        };
        return new($"invalid character {quoted} {context}");
    }
}
