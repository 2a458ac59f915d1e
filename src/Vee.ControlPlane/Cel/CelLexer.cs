using System.Globalization;
using System.Text;

namespace Vee.ControlPlane.Cel;

internal enum CelTokenKind
{
    End = 0,
    Identifier,
    Literal,
    Symbol,
}

/// <summary>A token of an expression.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="At">Where it begins.</param>
/// <param name="Text">As written.</param>
/// <param name="Value">Of a literal.</param>
internal readonly record struct CelToken(CelTokenKind Kind, int At, string Text, object? Value);

/// <summary>Splits an expression into tokens.</summary>
/// <remarks>Source: the CEL specification, lexis.</remarks>
internal sealed class CelLexer(string text)
{
    private static readonly string[] Symbols =
    [
        "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", "(", ")", "[", "]", "{",
        "}", ",", ".",
    ];

    private int at;

    /// <exception cref="CelSyntaxException">There is something that is no token.</exception>
    internal List<CelToken> Read()
    {
        var tokens = new List<CelToken>();
        while (SkipSpace())
        {
            tokens.Add(Next());
        }

        tokens.Add(new(CelTokenKind.End, text.Length, "<EOF>", null));
        return tokens;
    }

    private bool SkipSpace()
    {
        while (at < text.Length)
        {
            if (text[at] is ' ' or '\t' or '\n' or '\r' or '\f')
            {
                at++;
            }
            else if (text.AsSpan(at).StartsWith("//"))
            {
                var end = text.IndexOf('\n', at);
                at = end < 0 ? text.Length : end;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    private CelToken Next()
    {
        var start = at;
        var c = text[at];
        if (char.IsAsciiDigit(c) || (c == '.' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1])))
        {
            return ReadNumber();
        }

        if (StringPrefix() is { } prefix)
        {
            return new(CelTokenKind.Literal, start, "", ReadString(prefix));
        }

        if (char.IsAsciiLetter(c) || c == '_')
        {
            while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_'))
            {
                at++;
            }

            var word = text[start..at];
            return word switch
            {
                "true" => new(CelTokenKind.Literal, start, word, true),
                "false" => new(CelTokenKind.Literal, start, word, false),
                "null" => new(CelTokenKind.Literal, start, word, CelNull.Value),
                "in" => new(CelTokenKind.Symbol, start, word, null),
                _ => new(CelTokenKind.Identifier, start, word, null),
            };
        }

        foreach (var symbol in Symbols)
        {
            if (string.CompareOrdinal(text, at, symbol, 0, symbol.Length) == 0)
            {
                at += symbol.Length;
                return new(CelTokenKind.Symbol, start, symbol, null);
            }
        }

        throw new CelSyntaxException(new(start, $"Syntax error: token recognition error at: '{c}'"));
    }

    private CelToken ReadNumber()
    {
        var start = at;
        if (text.AsSpan(at).StartsWith("0x") || text.AsSpan(at).StartsWith("0X"))
        {
            at += 2;
            Take(char.IsAsciiHexDigit);
            return Whole(start, text[(start + 2)..at], NumberStyles.AllowHexSpecifier);
        }

        Take(char.IsAsciiDigit);
        var isWhole = true;
        if (at + 1 < text.Length && text[at] == '.' && char.IsAsciiDigit(text[at + 1]))
        {
            isWhole = false;
            at++;
            Take(char.IsAsciiDigit);
        }

        if (at < text.Length && text[at] is 'e' or 'E')
        {
            isWhole = false;
            at++;
            if (at < text.Length && text[at] is '+' or '-')
            {
                at++;
            }

            Take(char.IsAsciiDigit);
        }

        var digits = text[start..at];
        if (isWhole)
        {
            return Whole(start, digits, NumberStyles.None);
        }

        return double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? new(CelTokenKind.Literal, start, digits, number)
            : throw new CelSyntaxException(new(start, "invalid double literal"));
    }

    private CelToken Whole(int start, string digits, NumberStyles style)
    {
        if (at < text.Length && text[at] is 'u' or 'U')
        {
            at++;
            return ulong.TryParse(digits, style, CultureInfo.InvariantCulture, out var unsigned)
                ? new(CelTokenKind.Literal, start, digits, unsigned)
                : throw new CelSyntaxException(new(start, "invalid uint literal"));
        }

        // 2^63 is a literal only behind a minus, which the parser adds.
        return ulong.TryParse(digits, style, CultureInfo.InvariantCulture, out var whole) && whole <= 1UL << 63
            ? new(CelTokenKind.Literal, start, digits, whole <= long.MaxValue ? (long)whole : MinusMin.Value)
            : throw new CelSyntaxException(new(start, "invalid int literal"));
    }

    private void Take(Func<char, bool> isPart)
    {
        while (at < text.Length && isPart(text[at]))
        {
            at++;
        }
    }

    private string? StringPrefix()
    {
        for (var length = 0; length <= 2 && at + length < text.Length; length++)
        {
            if (text[at + length] is '"' or '\'')
            {
                return text.Substring(at, length).ToLowerInvariant();
            }

            if (text[at + length] is not ('r' or 'R' or 'b' or 'B'))
            {
                return null;
            }
        }

        return null;
    }

    private object ReadString(string prefix)
    {
        var start = at;
        at += prefix.Length;
        var quote = text[at].ToString();
        var triple = quote + quote + quote;
        quote = text.AsSpan(at).StartsWith(triple) ? triple : quote;
        at += quote.Length;
        var isRaw = prefix.Contains('r', StringComparison.Ordinal);
        var isBytes = prefix.Contains('b', StringComparison.Ordinal);
        var value = new StringBuilder();
        var bytes = new List<byte>();
        while (true)
        {
            if (at >= text.Length || (quote.Length == 1 && text[at] is '\n' or '\r'))
            {
                throw new CelSyntaxException(new(
                    start, $"Syntax error: token recognition error at: '{text[start..Math.Min(text.Length, at)]}'"));
            }

            if (text.AsSpan(at).StartsWith(quote))
            {
                at += quote.Length;
                bytes.AddRange(Encoding.UTF8.GetBytes(value.ToString()));
                return isBytes ? bytes.ToArray() : value.ToString();
            }

            if (isRaw || text[at] != '\\')
            {
                value.Append(text[at++]);
                continue;
            }

            at++;
            var (code, isByte) = ReadEscape(start);
            if (isBytes && isByte)
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(value.ToString()));
                value.Clear();
                bytes.Add((byte)code);
            }
            else
            {
                value.Append(Rune.IsValid(code) ? new Rune(code).ToString() : "\uFFFD");
            }
        }
    }

    private (int Code, bool IsByte) ReadEscape(int start)
    {
        var c = at < text.Length ? text[at++] : '\0';
        switch (c)
        {
            case 'a': return ('\a', false);
            case 'b': return ('\b', false);
            case 'f': return ('\f', false);
            case 'n': return ('\n', false);
            case 'r': return ('\r', false);
            case 't': return ('\t', false);
            case 'v': return ('\v', false);
            case '\\' or '\'' or '"' or '`' or '?': return (c, false);
            case 'x' or 'X': return (Digits(2, 16, start), true);
            case 'u': return (Digits(4, 16, start), false);
            case 'U': return (Digits(8, 16, start), false);
            case >= '0' and <= '3':
                at--;
                return (Digits(3, 8, start), true);
            default:
                throw new CelSyntaxException(new(start, "Syntax error: token recognition error at: '\\'"));
        }
    }

    private int Digits(int count, int radix, int start)
    {
        var digits = at + count <= text.Length ? text.Substring(at, count) : "";
        at += count;
        var isFine = digits.Length == count &&
            digits.All(d => radix == 16 ? char.IsAsciiHexDigit(d) : d is >= '0' and <= '7');
        return isFine
            ? Convert.ToInt32(digits, radix)
            : throw new CelSyntaxException(new(start, "Syntax error: token recognition error"));
    }
}

/// <summary>The literal 9223372036854775808, which only a minus makes an integer.</summary>
internal sealed class MinusMin
{
    internal static readonly MinusMin Value = new();
}
