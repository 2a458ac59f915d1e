using System.Text.RegularExpressions;

namespace Vee.ControlPlane.Schemas;

/// <summary>
/// Regular expressions with the syntax and the linear time of Go's RE2, as near as .NET comes to them.
/// </summary>
/// <remarks>
/// Accepted here and not by RE2: nothing that the non-backtracking engine refuses (back references, look-around).
/// Different: named classes by script (<c>\p{Greek}</c>) are named by block in .NET; <c>\C</c> and <c>\Q...\E</c> are
/// not
/// known to it.
/// </remarks>
internal static class GoRegex
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>Compiles an expression.</summary>
    /// <returns>Null when it is not valid; <paramref name="error"/> says why.</returns>
    internal static Regex? TryCompile(string pattern, out string error)
    {
        error = "";
        try
        {
            const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;
            return new Regex(Translate(pattern), Options, Deadline);
        }
        catch (Exception invalid) when (invalid is ArgumentException or NotSupportedException)
        {
            error = $"error parsing regexp: {invalid.Message}";
            return null;
        }
    }

    /// <summary>Whether an expression is found in a text; not where looking takes beyond the deadline.</summary>
    internal static bool IsMatch(Regex regex, string text)
    {
        try
        {
            return regex.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    /// <summary>
    /// In Go <c>\d</c>, <c>\w</c>, <c>\s</c> and <c>\b</c> know ASCII only, <c>$</c> matches at the very end only,
    /// groups are named with a P, and <c>\z</c> is the end.
    /// </summary>
    private static string Translate(string pattern)
    {
        var text = new System.Text.StringBuilder(pattern.Length + 16);
        var isClass = false;
        var isMultiline = pattern.StartsWith("(?", StringComparison.Ordinal) &&
            pattern.IndexOf('m', StringComparison.Ordinal) is var m && m > 0 &&
            m < pattern.IndexOf(')', StringComparison.Ordinal);
        for (var i = 0; i < pattern.Length; i++)
        {
            var c = pattern[i];
            if (c == '\\' && i + 1 < pattern.Length)
            {
                text.Append(Escape(pattern[++i], isClass));
            }
            else if (c == '[' && isClass && pattern.AsSpan(i).StartsWith("[:"))
            {
                i += Posix(pattern, i, text) - 1;
            }
            else if (c == '[')
            {
                text.Append(isClass ? "\\[" : "[");
                if (!isClass && i + 1 < pattern.Length && pattern[i + 1] == '^')
                {
                    text.Append(pattern[++i]);
                }

                if (!isClass && i + 1 < pattern.Length && pattern[i + 1] == ']')
                {
                    text.Append("\\]");
                    i++;
                }

                isClass = true;
            }
            else if (c == ']' && isClass)
            {
                isClass = false;
                text.Append(c);
            }
            else if (c == '$' && !isClass && !isMultiline)
            {
                text.Append("\\z");
            }
            else if (c == '(' && !isClass && pattern.AsSpan(i).StartsWith("(?P<"))
            {
                text.Append("(?<");
                i += 3;
            }
            else
            {
                text.Append(c);
            }
        }

        return text.ToString();
    }

    private static string Escape(char c, bool isClass) => (c, isClass) switch
    {
        ('d', false) => "[0-9]",
        ('d', true) => "0-9",
        ('D', false) => "[^0-9]",
        ('w', false) => "[0-9A-Za-z_]",
        ('w', true) => "0-9A-Za-z_",
        ('W', false) => "[^0-9A-Za-z_]",
        ('s', false) => "[\\t\\n\\f\\r ]",
        ('s', true) => "\\t\\n\\f\\r ",
        ('S', false) => "[^\\t\\n\\f\\r ]",
        _ => $"\\{c}",
    };

    private static int Posix(string pattern, int at, System.Text.StringBuilder text)
    {
        var end = pattern.IndexOf(":]", at, StringComparison.Ordinal);
        var name = end < 0 ? "" : pattern[(at + 2)..end];
        var range = name switch
        {
            "alnum" => "0-9A-Za-z",
            "alpha" => "A-Za-z",
            "digit" => "0-9",
            "lower" => "a-z",
            "upper" => "A-Z",
            "space" => "\\t\\n\\v\\f\\r ",
            "xdigit" => "0-9A-Fa-f",
            "word" => "0-9A-Za-z_",
            "punct" => "!-/:-@\\[-`{-~",
            _ => null,
        };
        text.Append(range ?? "\\[");
        return range is null ? 1 : end + 2 - at;
    }
}
