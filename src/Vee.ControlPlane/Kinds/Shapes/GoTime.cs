namespace Vee.ControlPlane.Kinds.Shapes;

/// <summary>Checks times as Go parses them, with its words.</summary>
/// <remarks>Source: package time, formats RFC3339 and RFC3339Micro of Kubernetes.</remarks>
internal static class GoTime
{
    private const string Layout = "2006-01-02T15:04:05Z07:00";
    private const string MicroLayout = "2006-01-02T15:04:05.000000Z07:00";

    private static readonly string[] Elements = ["2006", "-", "01", "-", "02", "T", "15", ":", "04", ":", "05"];

    /// <summary>What is wrong with the text; null when nothing is.</summary>
    /// <param name="text">For example <c>2026-01-02T03:04:05.000006Z</c>.</param>
    /// <param name="micro">Exactly six digits of a second are demanded.</param>
    internal static string? Error(string text, bool micro)
    {
        var layout = micro ? MicroLayout : Layout;
        var at = 0;
        foreach (var element in Elements)
        {
            if (!Matches(text, at, element))
            {
                return Cannot(text, layout, text[Math.Min(at, text.Length)..], element);
            }

            at += element.Length;
        }

        if (Range(text) is { } range)
        {
            return $"parsing time {Quote(text)}: {range} out of range";
        }

        var digits = 0;
        if (at < text.Length && text[at] == '.')
        {
            while (at + 1 + digits < text.Length && char.IsAsciiDigit(text[at + 1 + digits]))
            {
                digits++;
            }
        }

        if (micro && digits != 6)
        {
            return Cannot(text, layout, text[at..], ".000000");
        }

        at += digits == 0 ? 0 : digits + 1;
        return Zone(text[at..]) ? null : Cannot(text, layout, text[at..], "Z07:00");
    }

    private static bool Matches(string text, int at, string element)
    {
        if (at + element.Length > text.Length)
        {
            return false;
        }

        for (var i = 0; i < element.Length; i++)
        {
            var c = text[at + i];
            if (char.IsAsciiDigit(element[i]) ? !char.IsAsciiDigit(c) : c != element[i])
            {
                return false;
            }
        }

        return true;
    }

    private static string? Range(string text)
    {
        int Two(int at) => (text[at] - '0') * 10 + text[at + 1] - '0';
        var year = Two(0) * 100 + Two(2);
        return (Two(5), Two(8), Two(11), Two(14), Two(17)) switch
        {
            ( < 1 or > 12, _, _, _, _) => "month",
            (_, < 1, _, _, _) => "day",
            (var month, var day, _, _, _) when year > 0 && day > DateTime.DaysInMonth(year, month) => "day",
            (_, _, > 23, _, _) => "hour",
            (_, _, _, > 59, _) => "minute",
            (_, _, _, _, > 59) => "second",
            _ => null,
        };
    }

    private static bool Zone(string text) => text == "Z"
        || (text.Length == 6 && text[0] is '+' or '-' && Matches(text, 1, "07:00"));

    private static string Cannot(string text, string layout, string rest, string element) =>
        $"parsing time {Quote(text)} as {Quote(layout)}: cannot parse {Quote(rest)} as {Quote(element)}";

    private static string Quote(string text) => $"\"{text}\"";
}
