using Vee.Cli.Output;

namespace Vee.Cli.Running;

/// <summary>What <c>vee run</c> was asked to do.</summary>
/// <remarks>What is the guest's has one character per byte; see <see cref="Vee.Machines.Linux.GuestText"/>.</remarks>
internal sealed record RunSettings
{
    /// <summary>PROGRAM as typed; the guest's argv[0], in the guest's form.</summary>
    internal required string Program { get; init; }

    /// <summary>The guest's arguments after argv[0], in the guest's form.</summary>
    internal required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Hardware threads.</summary>
    internal int HartCount { get; init; } = 1;

    /// <summary>RAM in bytes.</summary>
    internal ulong MemoryBytes { get; init; } = 256UL << 20;

    /// <summary>Seed of everything that is random to the guest.</summary>
    internal ulong Seed { get; init; } = 1;

    /// <summary>The host directory that is the guest's root; null for none.</summary>
    internal string? Root { get; init; }

    /// <summary>Environment variables as NAME=value, in the guest's form; a later one wins.</summary>
    internal IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>Whether counters are printed at the end.</summary>
    internal bool IsStatisticsWanted { get; init; }

    /// <summary>How they are printed.</summary>
    internal OutputFormat StatisticsFormat { get; init; }

    /// <summary>Where the trace goes: a path, <c>-</c> for stderr, null for nowhere.</summary>
    internal string? TraceFile { get; init; }

    /// <summary>Whether each hart has a host thread.</summary>
    internal bool IsParallel { get; init; }
}
