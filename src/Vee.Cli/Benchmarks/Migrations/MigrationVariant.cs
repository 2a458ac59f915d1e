using Vee.Hypervisor.Migration;

namespace Vee.Cli.Benchmarks.Migrations;

/// <summary>A way to move a machine that differs from the standard in one thing.</summary>
/// <param name="Name">For tables; without commas.</param>
/// <param name="Change">What differs.</param>
internal sealed record MigrationVariant(string Name, Func<MigrationOptions, MigrationOptions> Change)
{
    /// <summary>Rounds, then a short stop, with all that helps.</summary>
    internal static MigrationVariant Standard { get; } = new("pre-copy", options => options);

    /// <summary>The other modes.</summary>
    internal static IReadOnlyList<MigrationVariant> Modes { get; } =
    [
        new("stop-and-copy", options => options with { Mode = MigrationMode.StopAndCopy }),
        new("post-copy", options => options with { Mode = MigrationMode.PostCopy }),
        new("hybrid", options => options with { Mode = MigrationMode.Hybrid }),
        new("hybrid whole pages", options => options with { Mode = MigrationMode.Hybrid, Codec = "none" }),
    ];

    /// <summary>One part left out, or doubled.</summary>
    internal static IReadOnlyList<MigrationVariant> Ablations { get; } =
    [
        new("without base images", options => options with { KeepsBaseImages = false }),
        new("without cold first", options => options with { SendsColdFirst = false }),
        new("without hold-back", options => options with { HoldsBackHot = false }),
        new("without columns", options => options with { SendsColumns = false }),
        new("two streams", options => options with { StreamCount = 2 }),
    ];
}
