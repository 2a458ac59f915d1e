using System.Globalization;
using System.Text;

namespace Vee.ControlPlane.Cel;

/// <summary>The function <c>format</c>: <c>%s %d %f %e %b %x %X %o %%</c>, with a precision for <c>%f</c> and
/// <c>%e</c>.
/// </summary>
internal static class CelFormat
{
    internal static object Format(string pattern, CelList arguments)
    {
        var text = new StringBuilder();
        var next = 0;
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] != '%')
            {
                text.Append(pattern[i]);
                continue;
            }

            var start = ++i;
            while (i < pattern.Length && (char.IsAsciiDigit(pattern[i]) || pattern[i] == '.'))
            {
                i++;
            }

            if (i >= pattern.Length)
            {
                return new CelError("unexpected end of string");
            }

            if (pattern[i] == '%')
            {
                text.Append('%');
                continue;
            }

            if (next >= arguments.Count)
            {
                return new CelError($"index {next} out of range");
            }

            var part = One(pattern[i], pattern[start..i].TrimStart('.'), arguments[next++]);
            if (part is not string done)
            {
                return part;
            }

            text.Append(done);
        }

        return text.ToString();
    }

    private static object One(char verb, string precision, object value)
    {
        var digits = int.TryParse(precision, NumberStyles.None, CultureInfo.InvariantCulture, out var p)
            ? Math.Min(p, 100)
            : 6;
        return (verb, value) switch
        {
            ('s', _) => Text(value),
            ('d', long or ulong) => CelNumbers.ToText(value),
            ('f', double number) => number.ToString("F" + digits, CultureInfo.InvariantCulture),
            ('f', long or ulong) =>
                ((double)CelNumbers.ToDouble(value)).ToString("F" + digits, CultureInfo.InvariantCulture),
            ('e', double number) => Exponent(number, digits),
            ('b', long whole) => Signed(whole, 2),
            ('b', bool flag) => flag ? "1" : "0",
            ('o', long whole) => Signed(whole, 8),
            ('x', long whole) => Signed(whole, 16),
            ('X', long whole) => Signed(whole, 16).ToUpperInvariant(),
            ('x', string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text)),
            ('X', string text) => Convert.ToHexString(Encoding.UTF8.GetBytes(text)),
            ('x', byte[] bytes) => Convert.ToHexStringLower(bytes),
            ('X', byte[] bytes) => Convert.ToHexString(bytes),
            _ => new CelError($"could not parse formatting clause: unrecognized formatting clause \"{verb}\""),
        };
    }

    private static string Text(object value) => value switch
    {
        CelNull => "null",
        CelList list => $"[{string.Join(", ", list.Items.Select(Text))}]",
        CelMap map => $"{{{string.Join(", ", Entries(map).Order(StringComparer.Ordinal))}}}",
        CelTypeValue type => type.Name,
        _ => CelNumbers.ToText(value) as string ?? "",
    };

    private static IEnumerable<string> Entries(CelMap map) =>
        map.Keys.Select(key => $"{Text(key)}: {Text(map.Find(key)!)}");

    private static string Exponent(double number, int digits) =>
        number.ToString("e" + digits, CultureInfo.InvariantCulture).Replace("e+0", "e+", StringComparison.Ordinal)
            .Replace("e-0", "e-", StringComparison.Ordinal);

    private static string Signed(long whole, int radix) => whole < 0
        ? "-" + Convert.ToString(checked(-whole), radix)
        : Convert.ToString(whole, radix);
}
