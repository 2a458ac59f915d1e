using static Vee.Cli.Benchmarks.Migrations.MarkdownTable;

namespace Vee.Cli.Benchmarks.Migrations;

/// <summary>A pause as a ratio of another one, of several seeds that are paired.</summary>
/// <param name="Sorted">The least first, at least one.</param>
internal sealed record PairedRatio(IReadOnlyList<double> Sorted)
{
    internal double Least => Sorted[0];

    internal double Median => Sorted[Sorted.Count / 2];

    internal double Most => Sorted[^1];

    /// <summary>Whether the median is above 1 as it is printed.</summary>
    internal bool IsLost => Math.Round(Median, 2) > 1;

    /// <summary>Median and interval; what is lost stands out.</summary>
    internal string Text => (IsLost ? $"**{Number(Median, "0.00")}**" : Number(Median, "0.00"))
        + $" ({Number(Least, "0.00")}..{Number(Most, "0.00")})";
}
