using Vee.Hypervisor.Hardware;

namespace Vee.Cli.Benchmarks.Migrations;

/// <summary>What hosts' work on a page costs in a benchmark: what was measured, so many times.</summary>
internal static class HostWorkCosts
{
    private const string Source = "docs/benchmarks/pages.md";

    // As migrations take them where hardware says nothing; a test compares the two.
    private static readonly Dictionary<string, long> Nanoseconds = new()
    {
        ["none"] = 200, ["none-decode"] = 200,
        ["deflate"] = 40_000, ["deflate-decode"] = 50_000,
        ["zstd"] = 14_000, ["zstd-decode"] = 6_000,
        ["xbrle2011"] = 2_700, ["xbrle2011-decode"] = 2_600,
        ["xbrle2011-delta"] = 2_700, ["xbrle2011-delta-decode"] = 2_600,
        ["xbzrle"] = 950, ["xbzrle-decode"] = 800,
        ["vee"] = 1_050, ["vee-decode"] = 850,
        ["vee-fast"] = 550, ["vee-fast-decode"] = 850,
        ["vee-small"] = 1_050, ["vee-small-decode"] = 850,
        ["copies"] = 30_000, ["copies-decode"] = 28_000,
        ["digest"] = 400, ["copy"] = 400,
    };

    /// <summary>Costs of a host whose work takes so many times as long as was measured.</summary>
    /// <param name="factor">0 for work that costs nothing.</param>
    internal static CostProfile Times(int factor) => new()
    {
        PerPage = Nanoseconds.ToDictionary(
            cost => cost.Key, cost => new Cost(cost.Value * factor, factor == 1 ? Source : $"{factor} x {Source}")),
    };
}
