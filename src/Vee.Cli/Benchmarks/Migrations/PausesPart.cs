using Vee.Hypervisor.Events;
using Vee.Hypervisor.Migration;
using static Vee.Cli.Benchmarks.Migrations.MarkdownTable;

namespace Vee.Cli.Benchmarks.Migrations;

/// <summary>How long machines stand still, against the least with a round trip and what was predicted.</summary>
/// <remarks>Of several seeds the one is shown that is furthest from it; all are counted.</remarks>
/// <param name="isQuick">Whether a few cells are enough.</param>
internal sealed class PausesPart(bool isQuick) : IMigrationPart
{
    private const double OverBoundMax = 1.25;
    private const double ErrorMax = 0.2;
    private const int Seeds = 3;

    public string Name => "pauses";

    public IReadOnlyList<MigrationCell> Cells { get; } =
    [
        .. from load in MigrationLoads.All
           where !isQuick || load.Name is "counters" or "streamer"
           from megabits in isQuick ? [1_000] : new[] { 100, 1_000, 10_000 }
           from microseconds in isQuick ? [2_000] : new[] { 100, 2_000, 50_000 }
           from seed in Enumerable.Range(1, isQuick ? 1 : Seeds)
           select new MigrationCell
           {
               Load = load,
               LinkBitsPerSecond = megabits * 1_000_000L,
               RoundTrip = microseconds * VirtualTime.Microsecond,
               Ladder = new MigrationOptions().Ladder,
               Seed = (ulong)seed,
           },
    ];

    public void Write(TextWriter text, IReadOnlyList<MigrationRow> rows)
    {
        MarkdownTable.Write(
            text,
            [
                "load", "link", "RTT", "rounds", "pages, KiB in the stop", "stood still, ms",
                "least with a round trip, ms",
                "ratio", "predicted / real", "client waited, ms",
            ],
            rows.GroupBy(row => (row.Cell.Load.Name, row.Cell.LinkBitsPerSecond, row.Cell.RoundTrip))
                .Select(group => group.OrderBy(row => row.Result is null ? double.PositiveInfinity : row.OverBound))
                .Select(sorted => Line(sorted.Last())));
        var moved = rows.Where(row => row.Result is not null).ToArray();
        var errors = moved.Select(row => Math.Abs(row.Predicted - 1)).Order().ToArray();
        var near = moved.Count(row => row.OverBound <= OverBoundMax);
        text.WriteLine(
            $"{moved.Length} of {rows.Count} migrations converge, {near} of these within "
            + $"{OverBoundMax} times the least.");
        if (errors.Length > 0)
        {
            var (half, nine) = (errors[errors.Length / 2], errors[errors.Length * 9 / 10]);
            text.WriteLine(
                $"Predicted: off by {Number(half, "0.0 %")} in half of them, by at most {Number(nine, "0.0 %")} "
                + $"in 90 of 100{(nine > ErrorMax ? " (**loss**)" : "")}, by {Number(errors[^1], "0.0 %")} at the "
                + "most.");
        }

        text.WriteLine();
    }

    private static string[] Line(MigrationRow row) => row.Result is not { } result
        ? [
            row.Cell.Load.Name, Link(row.Cell.LinkBitsPerSecond), RoundTrip(row.Cell.RoundTrip),
            $"{row.Report.RoundCount}", "", $"**{row.Outcome}**", "", "", "", "",
        ]
        : [
            row.Cell.Load.Name, Link(row.Cell.LinkBitsPerSecond), RoundTrip(row.Cell.RoundTrip),
            $"{row.Report.RoundCount}", $"{result.FinalPages}, {(result.FinalBytes + result.StateBytes) >> 10}",
            Milliseconds(result.Downtime), Milliseconds(result.DowntimeBound),
            Number(row.OverBound, "0.00") + (row.OverBound > OverBoundMax ? " **loss**" : ""),
            Number(row.Predicted, "0.00"), row.Client is null ? "" : Milliseconds(row.Silence),
        ];
}
