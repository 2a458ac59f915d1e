using Vee.Api.VirtualMachines;

namespace Vee.Operator.Decisions.Machines;

/// <summary>When a machine that ended is started again.</summary>
/// <remarks>
/// At once the first time, then after 10 s, doubled each time up to 5 minutes; a run of 10 minutes makes up for all.
/// Source: Kubernetes documentation, Pod Lifecycle, container restart policy.
/// </remarks>
internal static class BackOff
{
    public static readonly TimeSpan First = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan ResetAfter = TimeSpan.FromMinutes(10);

    /// <summary>The failures in a row after one more, and the earliest next start.</summary>
    /// <param name="before">The failures before this one.</param>
    /// <param name="startedAt">When the run that failed began, if it did.</param>
    /// <param name="endedAt">When it ended.</param>
    public static StartFailure After(StartFailure? before, DateTimeOffset? startedAt, DateTimeOffset endedAt)
    {
        var ranLong = startedAt is { } start && endedAt - start >= ResetAfter;
        var failures = checked((ranLong ? 0 : before?.ConsecutiveFailures ?? 0) + 1);
        return new StartFailure
        {
            ConsecutiveFailures = failures,
            RetryAfter = failures <= 1 ? null : WallTime.WholeSecondAfter(endedAt + Delay(failures)),
        };
    }

    /// <summary>The wait after so many failures in a row.</summary>
    public static TimeSpan Delay(int failures)
    {
        if (failures <= 1)
        {
            return TimeSpan.Zero;
        }

        var doublings = Math.Min(failures - 2, 16);
        return TimeSpan.FromTicks(Math.Min(First.Ticks << doublings, Longest.Ticks));
    }
}
