using Vee.Hypervisor.Events;
using Vee.Hypervisor.Migration;

namespace Vee.Cli.Benchmarks.Migrations;

/// <summary>One experiment: a machine is moved once, between two new hosts.</summary>
/// <remarks>Equal cells give equal rows, on any computer.</remarks>
internal sealed record MigrationCell
{
    // A stop at the first minimum, however long it is.
    internal const long AnyDowntime = 3600 * VirtualTime.Second;

    /// <summary>What is moved.</summary>
    internal required MigrationLoad Load { get; init; }

    /// <summary>Bits in a second of the link between the hosts.</summary>
    internal required long LinkBitsPerSecond { get; init; }

    /// <summary>Nanoseconds to the other host and back.</summary>
    internal required long RoundTrip { get; init; }

    /// <summary>Name of a page codec.</summary>
    internal string Codec { get; init; } = "vee";

    /// <summary>So many times the measured cost has hosts' work on pages.</summary>
    internal int WorkFactor { get; init; } = 1;

    /// <summary>Nanoseconds that the machine may stand still.</summary>
    internal long DowntimeMax { get; init; } = 300 * VirtualTime.Millisecond;

    /// <summary>What is done when rounds do not help; a comparison of codecs changes none on the way.</summary>
    internal IReadOnlyList<EscalationStep> Ladder { get; init; } = [EscalationStep.Abort];

    /// <summary>In which way.</summary>
    internal MigrationVariant Variant { get; init; } = MigrationVariant.Standard;

    /// <summary>Of the program, the machine and the hosts, and of the moment at which it is moved.</summary>
    internal ulong Seed { get; init; } = 1;

    /// <summary>One line for people.</summary>
    internal string Title => FormattableString.Invariant(
        $"{Load.Name}, {LinkBitsPerSecond / 1e6:0} Mbit/s, {RoundTrip / 1e6:0.#} ms, {Codec}, ")
        + FormattableString.Invariant($"x{WorkFactor}, seed {Seed}, {Variant.Name}");
}
