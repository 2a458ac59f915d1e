using System.Globalization;

namespace Vee.ControlPlane.Cel;

/// <summary>Timestamps: RFC 3339 text, parts in a time zone.</summary>
internal static class CelTime
{
    /// <summary>Reads an RFC 3339 timestamp or date; null when it is none.</summary>
    internal static DateTimeOffset? TryParse(string text) =>
        text.Length >= 10 && char.IsAsciiDigit(text[0]) && DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : null;

    internal static string Format(DateTimeOffset time)
    {
        var fraction = time.ToString("fffffff", CultureInfo.InvariantCulture).TrimEnd('0');
        var zone = time.Offset == TimeSpan.Zero ? "Z" : time.ToString("zzz", CultureInfo.InvariantCulture);
        var seconds = time.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
        return fraction.Length == 0 ? seconds + zone : $"{seconds}.{fraction}{zone}";
    }

    /// <summary>A part of a timestamp.</summary>
    /// <param name="name">The function that asks, for example <c>getHours</c>.</param>
    /// <param name="time">The timestamp.</param>
    /// <param name="zone">A zone of the time zone data base, an offset such as <c>-08:00</c>, or null for UTC.</param>
    internal static object Part(string name, DateTimeOffset time, string? zone)
    {
        if (ToZone(time, zone) is not { } local)
        {
            return new CelError($"unknown time zone {zone}");
        }

        return name switch
        {
            "getFullYear" => local.Year,
            "getMonth" => local.Month - 1,
            "getDayOfYear" => local.DayOfYear - 1,
            "getDayOfMonth" => local.Day - 1,
            "getDate" => local.Day,
            "getDayOfWeek" => (long)local.DayOfWeek,
            "getHours" => local.Hour,
            "getMinutes" => local.Minute,
            "getSeconds" => local.Second,
            _ => (long)local.Millisecond,
        };
    }

    /// <summary>A whole part of a duration.</summary>
    internal static object Part(string name, long nanoseconds) => name switch
    {
        "getHours" => nanoseconds / 3_600_000_000_000,
        "getMinutes" => nanoseconds / 60_000_000_000,
        "getSeconds" => nanoseconds / 1_000_000_000,
        _ => nanoseconds / 1_000_000,
    };

    private static DateTimeOffset? ToZone(DateTimeOffset time, string? zone)
    {
        if (zone is null or "UTC" or "")
        {
            return time.ToUniversalTime();
        }

        var isNegative = zone.StartsWith('-');
        if (TimeSpan.TryParseExact(zone.TrimStart('-', '+'), "hh\\:mm", CultureInfo.InvariantCulture, out var offset))
        {
            return time.ToOffset(isNegative ? -offset : offset);
        }

        return TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var known)
            ? TimeZoneInfo.ConvertTime(time, known)
            : null;
    }
}
