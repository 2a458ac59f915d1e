using Vee.Hypervisor.Probes;

namespace Vee.Cli.Benchmarks.Migrations;

/// <summary>A machine that is moved: what it executes, and who asks it meanwhile.</summary>
internal sealed record MigrationLoad
{
    /// <summary>The machine's address.</summary>
    internal const uint Address = 0x0A00_000A;

    /// <summary>For people, unique among loads of a part.</summary>
    internal required string Name { get; init; }

    /// <summary>One of the programs that this program carries.</summary>
    internal required string Program { get; init; }

    /// <summary>Its arguments, but for a seed.</summary>
    internal required string Arguments { get; init; }

    /// <summary>Whether it takes <c>--seed</c>.</summary>
    internal bool HasSeed { get; init; }

    /// <summary>The machine's RAM, bytes.</summary>
    internal ulong MemoryBytes { get; init; } = 64UL << 20;

    /// <summary>It is moved when it has touched so much, bytes.</summary>
    internal ulong TouchedBytes { get; init; }

    /// <summary>Cycles in a microsecond of the cores that execute it.</summary>
    internal int FrequencyMHz { get; init; } = 1000;

    /// <summary>Nanoseconds of virtual time from then until it is moved.</summary>
    internal long WarmUp { get; init; } = 50_000_000;

    /// <summary>Who asks it, over links of their own; the first is the one whose silence is measured.</summary>
    internal Func<IReadOnlyList<Probe>> Clients { get; init; } = static () => [];

    /// <summary>All of its arguments.</summary>
    internal string[] ArgumentsOf(ulong seed) =>
        [.. Arguments.Split(' '), .. HasSeed ? new[] { "--seed", $"{seed}" } : []];
}
