using Vee.Hypervisor.Migration;
using Vee.Hypervisor.Probes;

namespace Vee.Cli.Benchmarks.Migrations;

/// <summary>What came of a cell. Durations are nanoseconds of virtual time.</summary>
internal sealed record MigrationRow
{
    /// <summary>The outcome of a machine that has moved.</summary>
    internal const string Moved = "Moved";

    /// <summary>The experiment.</summary>
    internal required MigrationCell Cell { get; init; }

    /// <summary>The source's last word.</summary>
    internal required MigrationReport Report { get; init; }

    /// <summary>What the first client saw since the migration began; null without clients.</summary>
    internal ProbeMeter? Client { get; init; }

    /// <summary>The client's longest time without an answer.</summary>
    internal long Silence { get; init; }

    /// <summary>What came of it; null when it was given up.</summary>
    internal MigrationResult? Result => Report.Result;

    /// <summary><see cref="Moved"/>, or why not, in one word.</summary>
    internal string Outcome => Report.Failure?.Reason ?? Moved;

    /// <summary>How long the machine stood still; for ever if it did not converge.</summary>
    internal double Downtime => Result?.Downtime ?? double.PositiveInfinity;

    /// <summary>By how many times the bound.</summary>
    internal double OverBound => Result is { } result ? (double)result.Downtime / result.DowntimeBound : double.NaN;

    /// <summary>What was predicted, of what it was.</summary>
    internal double Predicted => Result is { } result ? (double)result.DowntimePredicted / result.Downtime : double.NaN;
}
