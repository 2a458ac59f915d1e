using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Cel;

/// <summary>Functions of strings; positions are in code points.</summary>
internal static class CelTextFunctions
{
    /// <returns>Null where there is no such function of a string.</returns>
    internal static object? Call(string name, object[] a, CelEvaluator evaluator)
    {
        if (name == "join" && a[0] is CelList list)
        {
            var parts = list.Items.ToList();
            return parts.Exists(p => p is not string)
                ? CelError.NoOverload
                : string.Join(a.Length > 1 ? (string)a[1] : "", parts);
        }

        if (a.Length == 0 || a[0] is not string text)
        {
            return null;
        }

        switch (name, a.Length)
        {
            case ("contains", 2):
                return text.Contains((string)a[1], StringComparison.Ordinal);
            case ("startsWith", 2):
                return text.StartsWith((string)a[1], StringComparison.Ordinal);
            case ("endsWith", 2):
                return text.EndsWith((string)a[1], StringComparison.Ordinal);
            case ("matches" or "find", 2) or ("findAll", _):
                return Match(name, text, (string)a[1], a.Length > 2 ? (long)a[2] : -1, evaluator);
            case ("lowerAscii", 1):
                return string.Create(text.Length, text, (span, t) => MapAscii(t, span, char.ToLowerInvariant));
            case ("upperAscii", 1):
                return string.Create(text.Length, text, (span, t) => MapAscii(t, span, char.ToUpperInvariant));
            case ("trim", 1):
                return text.Trim();
            case ("reverse", 1):
                return string.Concat(text.EnumerateRunes().Reverse());
            case ("quote", 1):
                return GoText.Quote(text);
            case ("format", 2):
                return CelFormat.Format(text, (CelList)a[1]);
            case ("replace", _):
                return Replace(text, (string)a[1], (string)a[2], a.Length > 3 ? (long)a[3] : -1, evaluator);
            case ("split", _):
                return Split(text, (string)a[1], a.Length > 2 ? (long)a[2] : -1);
            case ("charAt" or "substring" or "indexOf" or "lastIndexOf", _):
                return Positions(name, text, a);
            default:
                return null;
        }
    }

    private static void MapAscii(string text, Span<char> span, Func<char, char> map)
    {
        for (var i = 0; i < text.Length; i++)
        {
            span[i] = char.IsAscii(text[i]) ? map(text[i]) : text[i];
        }
    }

    private static object Match(string name, string text, string pattern, long limit, CelEvaluator evaluator)
    {
        var (regex, error) = evaluator.Regex(pattern);
        if (regex is null)
        {
            return new CelError(error);
        }

        try
        {
            return name switch
            {
                "matches" => regex.IsMatch(text),
                "find" => regex.Match(text).Value,
                _ => new CelList(regex.Matches(text)
                    .Take(limit < 0 ? int.MaxValue : (int)Math.Min(limit, int.MaxValue))
                    .Select(m => (object)m.Value)),
            };
        }
        catch (RegexMatchTimeoutException)
        {
            return new CelError("the regular expression takes too long");
        }
    }

    private static string Replace(string text, string old, string replacement, long limit, CelEvaluator evaluator)
    {
        var result = new StringBuilder();
        var at = 0;
        while (limit != 0 && at <= text.Length)
        {
            var found = text.IndexOf(old, at, StringComparison.Ordinal);
            if (found < 0)
            {
                break;
            }

            // Long texts can be made of short ones; that is paid for as it happens.
            evaluator.Spend(1 + (replacement.Length / 10));
            result.Append(text, at, found - at).Append(replacement);
            at = found + old.Length;
            limit--;
            if (old.Length == 0)
            {
                if (at < text.Length)
                {
                    result.Append(text[at]);
                }

                at++;
            }
        }

        return at <= text.Length ? result.Append(text, at, text.Length - at).ToString() : result.ToString();
    }

    private static CelList Split(string text, string separator, long limit)
    {
        if (limit == 0)
        {
            return new([]);
        }

        if (separator.Length == 0)
        {
            var runes = text.EnumerateRunes().Select(r => r.ToString()).ToList();
            var head = limit < 0 || limit >= runes.Count ? runes : runes[..((int)limit - 1)];
            return new(head.Count == runes.Count ? runes : head.Append(string.Concat(runes[head.Count..])));
        }

        var count = limit < 0 ? int.MaxValue : (int)Math.Min(limit, int.MaxValue);
        return new(text.Split(separator, count, StringSplitOptions.None));
    }

    private static object Positions(string name, string text, object[] a)
    {
        var runes = text.EnumerateRunes().ToArray();
        long Argument(int index, long standard) => a.Length > index ? (long)a[index] : standard;
        switch (name)
        {
            case "charAt":
                var at = Argument(1, 0);
                return at < 0 || at > runes.Length ? OutOfRange(at)
                    : at == runes.Length ? ""
                    : runes[at].ToString();
            case "substring":
                var (start, end) = (Argument(1, 0), Argument(2, runes.Length));
                if (start > end)
                {
                    return new CelError(
                        $"invalid substring range. start: {start}, end: {end}");
                }

                return start < 0 || start > runes.Length ? OutOfRange(start)
                    : end > runes.Length ? OutOfRange(end)
                    : string.Concat(runes[(int)start..(int)end]);
            default:
                var sought = ((string)a[1]).EnumerateRunes().ToArray();
                var isLast = name == "lastIndexOf";
                var from = Argument(2, isLast ? runes.Length : 0);
                if (from < 0 || from > runes.Length)
                {
                    return OutOfRange(from);
                }

                return isLast
                    ? (long)runes.AsSpan(0, (int)Math.Min(runes.Length, from + sought.Length)).LastIndexOf(sought)
                    : runes.AsSpan((int)from).IndexOf(sought) is var found && found < 0 ? -1L : found + from;
        }
    }

    private static CelError OutOfRange(long index) =>
        new($"index out of range: {index.ToString(CultureInfo.InvariantCulture)}");
}
