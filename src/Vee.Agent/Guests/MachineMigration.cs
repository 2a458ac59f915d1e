using System.Diagnostics;
using Vee.Agent.Tracing;
using Vee.Hypervisor.Migration;

namespace Vee.Agent.Guests;

/// <summary>Which side of a migration an agent is. Zero is invalid.</summary>
internal enum MigrationRole : byte
{
    Invalid = 0,
    Source = 1,
    Target = 2,
}

/// <summary>A migration as one of its agents shows it.</summary>
internal sealed record MigrationView(
    ulong Number, string Uid, long Instance, MigrationRole Role, MigrationReport Report)
{
    internal long BegunAtWallMs { get; init; }

    internal long EndedAtWallMs { get; init; }

    /// <summary>How long the machine stood still by the wall's time, as this side saw it.</summary>
    internal long StillWallNs { get; init; }
}

/// <summary>One side of a migration: the engine in turns of its host's rack, and how it is for everybody.</summary>
internal sealed class MachineMigration : IMigrationObserver
{
    private static readonly TimeSpan TellInterval = TimeSpan.FromSeconds(1);

    private readonly TimeProvider time;
    private readonly Action<MachineMigration> tell;
    private readonly MigrationTrace? trace;
    private volatile MigrationView view;
    private long toldAt;
    private long stoppedAt;
    private bool isEndTold;

    /// <param name="number">Of the migration.</param>
    /// <param name="spec">The machine here.</param>
    /// <param name="role">Which side.</param>
    /// <param name="host">Where its engine is.</param>
    /// <param name="time">The wall's.</param>
    /// <param name="tell">Told of changes of phase, and once a second; in turns of the rack.</param>
    /// <param name="caller">The span that its own are part of; null for no trace.</param>
    internal MachineMigration(
        ulong number, GuestSpec spec, MigrationRole role, SimulatedHost host, TimeProvider time,
        Action<MachineMigration> tell, ActivityContext? caller)
    {
        var move = new TracedMove(number, spec.Namespace, spec.Name, spec.Uid);
        trace = role == MigrationRole.Source
            ? MigrationTrace.OfSource(caller, move, time) : MigrationTrace.OfTarget(caller, move, time);
        Host = host;
        this.time = time;
        this.tell = tell;
        view = new MigrationView(
            number, spec.Uid, spec.Instance, role, new MigrationReport { Phase = MigrationPhase.Preparing })
        {
            BegunAtWallMs = WallMs(),
        };
    }

    internal SimulatedHost Host { get; }

    /// <summary>How it is; any thread may ask.</summary>
    internal MigrationView View => view;

    /// <summary>The engine at the source. Touched only in turns of the rack.</summary>
    internal OutgoingMigration? Out { get; set; }

    /// <summary>The engine at the target. Touched only in turns of the rack.</summary>
    internal IncomingMigration? In { get; set; }

    /// <inheritdoc/>
    public void Changed(MigrationReport report)
    {
        trace?.Follow(report);
        var before = view.Report.Phase;
        var isNews = report.Phase != before || time.GetElapsedTime(toldAt) >= TellInterval;
        stoppedAt = report.Phase == MigrationPhase.Switching && before != report.Phase
            ? time.GetTimestamp() : stoppedAt;
        var isOver = report.Phase is MigrationPhase.Done or MigrationPhase.Failed;
        view = view with
        {
            Report = report,
            EndedAtWallMs = isOver && view.EndedAtWallMs == 0 ? WallMs() : view.EndedAtWallMs,
            StillWallNs = isOver && stoppedAt != 0 && view.StillWallNs == 0
                ? (long)time.GetElapsedTime(stoppedAt).TotalNanoseconds : view.StillWallNs,
        };
        if (isNews)
        {
            toldAt = time.GetTimestamp();
            tell(this);
        }
    }

    /// <summary>The machine that has come executes, or has nothing to do; in a turn of the rack.</summary>
    /// <param name="after">Nanoseconds of virtual time since it took its place.</param>
    internal void GoesOn(long after) => trace?.GoesOn(after);

    /// <summary>Whether it is over, the first time that this is asked afterwards; in a turn of the rack.</summary>
    internal bool TryEnd()
    {
        var isNews = !isEndTold && view.Report.Phase is (MigrationPhase.Done or MigrationPhase.Failed);
        isEndTold |= isNews;
        return isNews;
    }

    /// <summary>Gives it up if this side still can; in a turn of the rack.</summary>
    internal bool TryGiveUp(MigrationFailure why) => Out?.TryGiveUp(why) ?? In?.TryGiveUp(why) ?? true;

    private long WallMs() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
