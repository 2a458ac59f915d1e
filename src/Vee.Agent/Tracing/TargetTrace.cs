using System.Diagnostics;
using Vee.Hypervisor.Migration;

namespace Vee.Agent.Tracing;

/// <summary>The target's spans: receive, ready, resume.</summary>
internal sealed class TargetTrace : MigrationTrace
{
    private MigrationPhase phase = MigrationPhase.Preparing;
    private DateTimeOffset begun;
    private long begunVirtual;
    private bool isHere;
    private GoingOn? goingOn;

    internal TargetTrace(ActivityContext parent, TracedMove move, TimeProvider time)
        : base(parent, "target", move, time) => begun = Now;

    /// <inheritdoc/>
    internal override void Follow(MigrationReport report)
    {
        var before = phase;
        phase = report.Phase;
        if (phase == before || isHere)
        {
            return;
        }

        if (before == MigrationPhase.Ready)
        {
            End("ready", report);
            isHere = report.Failure is null;
            EndResume();
        }
        else if (phase is MigrationPhase.Ready or MigrationPhase.Failed)
        {
            End("receive", report);
        }
    }

    /// <inheritdoc/>
    internal override void GoesOn(long after)
    {
        goingOn = new GoingOn(Now, after);
        EndResume();
    }

    /// <summary>Which of the two is told first, that the machine is here or that it goes on, is all the same.</summary>
    private void EndResume()
    {
        if (isHere && goingOn is { } gone)
        {
            Write("resume", begun, gone.At > begun ? gone.At : begun, gone.After);
            goingOn = null;
        }
    }

    private void End(string name, MigrationReport report)
    {
        var now = Now;
        Write(name, begun, now, report.Elapsed - begunVirtual, report.Failure);
        (begun, begunVirtual) = (now, report.Elapsed);
    }

    /// <summary>The first instruction here.</summary>
    private sealed record GoingOn(DateTimeOffset At, long After);
}
