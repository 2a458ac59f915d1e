using System.Text.Json.Nodes;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Tables;

/// <summary>Time spans as kubectl shows them: <c>8s</c>, <c>4m20s</c>, <c>326d</c>.</summary>
/// <remarks>Source: <c>k8s.io/apimachinery/pkg/util/duration</c>.</remarks>
internal static class Age
{
    private const int HoursOfYear = 24 * 365;

    /// <summary>How long ago a point in time was.</summary>
    /// <returns><c>&lt;unknown&gt;</c> where there is none, <c>&lt;invalid&gt;</c> where it is none.</returns>
    internal static string Since(JsonNode? time, DateTimeOffset now)
    {
        if (Json.GetString(time) is not { Length: > 0 } text)
        {
            return "<unknown>";
        }

        return Timestamp.Parse(text) is { } then ? Text(now - then) : "<invalid>";
    }

    internal static string Text(TimeSpan age)
    {
        var seconds = (long)age.TotalSeconds;
        var minutes = seconds / 60;
        var hours = minutes / 60;
        return seconds switch
        {
            < -1 => "<invalid>",
            < 0 => "0s",
            < 120 => $"{seconds}s",
            _ when minutes < 10 => Two(minutes, "m", seconds % 60, "s"),
            _ when minutes < 180 => $"{minutes}m",
            _ when hours < 8 => Two(hours, "h", minutes % 60, "m"),
            _ when hours < 48 => $"{hours}h",
            _ when hours < 24 * 8 => Two(hours / 24, "d", hours % 24, "h"),
            _ when hours < HoursOfYear * 2 => $"{hours / 24}d",
            _ when hours < HoursOfYear * 8 => Two(hours / HoursOfYear, "y", hours / 24 % 365, "d"),
            _ => $"{hours / HoursOfYear}y",
        };
    }

    private static string Two(long large, string largeUnit, long small, string smallUnit) =>
        small == 0 ? $"{large}{largeUnit}" : $"{large}{largeUnit}{small}{smallUnit}";
}
