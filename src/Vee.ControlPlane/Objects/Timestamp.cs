using System.Globalization;

namespace Vee.ControlPlane.Objects;

/// <summary>Points in time as the API writes them.</summary>
internal static class Timestamp
{
    private const string Seconds = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>In whole seconds of UTC: <c>metav1.Time</c>.</summary>
    internal static string Text(DateTimeOffset time) =>
        time.UtcDateTime.ToString(Seconds, CultureInfo.InvariantCulture);

    /// <summary>Reads either precision; null for what is no time.</summary>
    internal static DateTimeOffset? Parse(string? text) =>
        DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time)
            ? time
            : null;
}
