namespace Vee.ControllerRuntime.Clients;

/// <summary>Times of leases and events, which the API server takes with exactly six decimals.</summary>
internal static class MicroTime
{
    /// <summary>A time in whole microseconds that the client library writes with six decimals.</summary>
    /// <remarks>The library leaves the decimals out of whole seconds, and Go's MicroTime then refuses the object; so a
    /// whole second becomes one microsecond more.</remarks>
    internal static DateTime Of(DateTimeOffset time)
    {
        var ticks = time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMicrosecond);
        return new DateTime(
            ticks % TimeSpan.TicksPerSecond == 0 ? ticks + TimeSpan.TicksPerMicrosecond : ticks, DateTimeKind.Utc);
    }
}
