using System.Diagnostics;
using Vee.Hypervisor.Migration;
using Vee.Protocol;
using MigrationFailure = Vee.Hypervisor.Migration.MigrationFailure;

namespace Vee.Agent.Tracing;

/// <summary>What a migration's spans are about.</summary>
internal sealed record TracedMove(ulong Number, string Namespace, string Name, string Uid);

/// <summary>
/// The spans of one side of a migration: written when they are over, with the wall times at which this side saw phases
/// change. Touched only in turns of the rack.
/// </summary>
internal abstract class MigrationTrace
{
    private const long NanosecondsPerMicrosecond = 1000;

    private readonly ActivityContext parent;
    private readonly TimeProvider time;
    private readonly KeyValuePair<string, object?>[] attributes;

    private protected MigrationTrace(ActivityContext parent, string role, TracedMove move, TimeProvider time)
    {
        this.parent = parent;
        this.time = time;
        attributes =
        [
            new("vee.migration.role", role),
            new(MigrationTracing.Number, (long)move.Number),
            new(MigrationTracing.MachineNamespace, move.Namespace),
            new(MigrationTracing.MachineName, move.Name),
            new(MigrationTracing.MachineUid, move.Uid),
        ];
    }

    private protected DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Begins the trace of the source.</summary>
    /// <param name="parent">The caller's span; null for none.</param>
    /// <param name="move">Which migration, and which machine.</param>
    /// <param name="time">The wall's.</param>
    /// <returns>Null when the caller has no trace, or nobody listens.</returns>
    internal static MigrationTrace? OfSource(ActivityContext? parent, TracedMove move, TimeProvider time) =>
        parent is { } caller && MigrationTracing.Source.HasListeners() ? new SourceTrace(caller, move, time) : null;

    /// <summary>Begins the trace of the target, as <see cref="OfSource"/> does.</summary>
    internal static MigrationTrace? OfTarget(ActivityContext? parent, TracedMove move, TimeProvider time) =>
        parent is { } caller && MigrationTracing.Source.HasListeners() ? new TargetTrace(caller, move, time) : null;

    /// <summary>The migration is so now.</summary>
    internal abstract void Follow(MigrationReport report);

    /// <summary>The machine that has come executes, or has nothing to do.</summary>
    /// <param name="after">Nanoseconds of virtual time since it took its place.</param>
    internal virtual void GoesOn(long after)
    {
    }

    /// <summary>Writes a span.</summary>
    /// <param name="name">What was done.</param>
    /// <param name="from">When it began.</param>
    /// <param name="to">When it was over.</param>
    /// <param name="virtualTime">How long it took in virtual time, nanoseconds.</param>
    /// <param name="failure">Why it came to nothing; null if it did not.</param>
    /// <param name="within">The span that it is part of; null for the caller's.</param>
    /// <param name="events">What happened meanwhile.</param>
    /// <returns>For spans within it.</returns>
    private protected ActivityContext Write(
        string name, DateTimeOffset from, DateTimeOffset to, long virtualTime, MigrationFailure? failure = null,
        ActivityContext? within = null, IEnumerable<ActivityEvent>? events = null)
    {
        using var span = MigrationTracing.Source.StartActivity(
            name, ActivityKind.Internal, within ?? parent, attributes, links: null, from);
        if (span is null)
        {
            return within ?? parent;
        }

        span.SetTag(MigrationTracing.VirtualMicroseconds, Microseconds(virtualTime));
        foreach (var happened in events ?? [])
        {
            span.AddEvent(happened);
        }

        if (failure is not null)
        {
            span.SetStatus(ActivityStatusCode.Error, failure.Reason);
        }

        span.SetEndTime(to.UtcDateTime);
        return span.Context;
    }

    private protected static long Microseconds(long nanoseconds) => nanoseconds / NanosecondsPerMicrosecond;
}
