namespace Vee.Operator.Decisions;

/// <summary>Times as statuses keep them: in UTC and whole seconds.</summary>
internal static class WallTime
{
    public static DateTime WholeSecond(DateTimeOffset time) =>
        new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerSecond), DateTimeKind.Utc);

    public static DateTime? WholeSecond(DateTimeOffset? time) => time is { } given ? WholeSecond(given) : null;

    /// <summary>The first whole second that is not before a time.</summary>
    public static DateTime WholeSecondAfter(DateTimeOffset time) =>
        WholeSecond(time + TimeSpan.FromTicks(TimeSpan.TicksPerSecond - 1));
}
