using System.CommandLine.Parsing;
using System.Globalization;

namespace Vee.Cli.Cluster;

/// <summary>Spans of wall time as people type them: <c>30</c> or <c>30s</c>, <c>5m</c>, <c>1h</c>.</summary>
internal static class Duration
{
    /// <summary>A day.</summary>
    private const int SecondsMax = 24 * 60 * 60;

    /// <summary>Reads an option's value.</summary>
    /// <returns>The span; null when it was refused.</returns>
    internal static TimeSpan? Parse(ArgumentResult result, string option)
    {
        var text = result.Tokens[0].Value;
        if (TryParse(text, out var span))
        {
            return span;
        }

        result.AddError($"{option} '{text}' must be a time from 1s to 24h, such as 30s, 5m or 1h.");
        return null;
    }

    /// <summary>Reads whole seconds, minutes or hours; a number alone is seconds.</summary>
    /// <returns>False when it is no such thing, shorter than a second or longer than a day.</returns>
    internal static bool TryParse(string text, out TimeSpan span)
    {
        span = TimeSpan.Zero;
        if (text.Length == 0)
        {
            return false;
        }

        var secondsInUnit = text[^1] switch
        {
            's' => 1,
            'm' => 60,
            'h' => 60 * 60,
            _ => 0,
        };
        var digits = secondsInUnit == 0 ? text : text[..^1];
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return false;
        }

        var seconds = (long)count * Math.Max(secondsInUnit, 1);
        if (seconds is < 1 or > SecondsMax)
        {
            return false;
        }

        span = TimeSpan.FromSeconds(seconds);
        return true;
    }
}
