using System.Diagnostics;
using Vee.Hypervisor.Migration;
using Vee.Protocol;
using MigrationPhase = Vee.Hypervisor.Migration.MigrationPhase;
using MigrationResult = Vee.Hypervisor.Migration.MigrationResult;
using RoundReport = Vee.Hypervisor.Migration.RoundReport;

namespace Vee.Agent.Tracing;

/// <summary>The source's spans: prepare, copy, stop with its parts, post-copy.</summary>
internal sealed class SourceTrace : MigrationTrace
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    private MigrationPhase phase = MigrationPhase.Preparing;
    private Instant begun;
    private Stop? stop;

    internal SourceTrace(ActivityContext parent, TracedMove move, TimeProvider time)
        : base(parent, "source", move, time) => begun = new Instant(Now, 0);

    /// <inheritdoc/>
    internal override void Follow(MigrationReport report)
    {
        if (report.Phase == phase)
        {
            return;
        }

        var now = new Instant(Now, report.Elapsed);
        // As long as it is not known whether it goes on there, it stands still.
        if (report.Phase is not (MigrationPhase.Offered or MigrationPhase.Granted))
        {
            End(report, now);
            begun = now;
            phase = report.Phase;
        }

        if (report.Result is { } result && stop is { } still)
        {
            WriteParts(still, result);
        }
    }

    private void End(MigrationReport report, Instant now)
    {
        var (from, took) = (begun.Wall, now.Virtual - begun.Virtual);
        switch (phase)
        {
            case MigrationPhase.Preparing:
                Write("prepare", from, now.Wall, took, report.Failure);
                break;
            case MigrationPhase.Copying:
                var rounds = report.Rounds.Select(round => EventOf(round, now));
                Write("copy", from, now.Wall, took, report.Failure, events: rounds);
                break;
            case MigrationPhase.Switching:
                var context = Write("stop", from, now.Wall, took, report.Failure);
                stop = new Stop(context, from, now.Wall);
                break;
            case MigrationPhase.PostCopying:
                Write("post-copy", from, now.Wall, took, report.Failure);
                break;
        }
    }

    /// <summary>A round began at an instant of virtual time: it is put where that lies between those of the copy.
    /// </summary>
    private ActivityEvent EventOf(RoundReport round, Instant end)
    {
        var share = (double)(round.Begun - begun.Virtual) / Math.Max(1, end.Virtual - begun.Virtual);
        return new ActivityEvent(
            "round", begun.Wall + ((end.Wall - begun.Wall) * Math.Clamp(share, 0, 1)),
            new ActivityTagsCollection
            {
                ["vee.round"] = round.Number,
                ["vee.pages"] = round.Pages,
                ["vee.bytes"] = round.Bytes,
                ["vee.dirty_pages_after"] = round.DirtyAfter,
                [MigrationTracing.VirtualMicroseconds] = Microseconds(round.Duration),
            });
    }

    private void WriteParts(Stop still, MigrationResult result)
    {
        Divide(
            still.Context, still.From, still.To,
            ("drain", result.Drain), ("final memory", result.FinalMemory), ("state", result.State),
            ("verify", result.Verify), ("grant", result.Grant), ("resume", result.Resume));
    }

    /// <summary>Parts that were measured in virtual time share the wall time that all of them took.</summary>
    private void Divide(
        ActivityContext within, DateTimeOffset from, DateTimeOffset to,
        params ReadOnlySpan<(string Name, long Virtual)> parts)
    {
        var total = 0L;
        foreach (var part in parts)
        {
            total += part.Virtual;
        }

        var gone = 0L;
        foreach (var (name, took) in parts)
        {
            var begin = At(gone);
            gone += took;
            // A span lasts a tick at least, and none may outlast the whole.
            Write(name, begin < to ? begin : to - Tick, At(gone), took, within: within);
        }

        DateTimeOffset At(long elapsed) => from + ((to - from) * ((double)elapsed / Math.Max(1, total)));
    }

    /// <summary>An instant by the wall's time, and in nanoseconds of virtual time since the migration began.</summary>
    private readonly record struct Instant(DateTimeOffset Wall, long Virtual);

    /// <summary>The span of the stop, which is over before its parts are known.</summary>
    private sealed record Stop(ActivityContext Context, DateTimeOffset From, DateTimeOffset To);
}
