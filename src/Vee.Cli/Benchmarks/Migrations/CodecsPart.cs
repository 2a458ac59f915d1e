using Vee.Hypervisor.Events;
using static Vee.Cli.Benchmarks.Migrations.MarkdownTable;

namespace Vee.Cli.Benchmarks.Migrations;

/// <summary>Each codec with equal machines, and <c>vee</c> against the best of the others.</summary>
/// <param name="isQuick">Whether a few cells are enough.</param>
internal sealed class CodecsPart(bool isQuick) : IMigrationPart
{
    private const string Ours = "vee";
    private const double LossFrom = 1.05;
    private const int Seeds = 3;

    private static readonly string[] Others = ["none", "deflate", "zstd", "xbrle2011", "xbrle2011-delta", "xbzrle"];

    public string Name => "codecs";

    public IReadOnlyList<MigrationCell> Cells { get; } =
    [
        .. from load in MigrationLoads.All
           where !isQuick || load.Name is "random-words"
           from megabits in isQuick ? [1_000] : new[] { 100, 1_000, 10_000 }
           from seed in Enumerable.Range(1, isQuick ? 1 : Seeds)
           from codec in isQuick ? ["none", Ours] : (string[])[Ours, .. Others]
           select new MigrationCell
           {
               Load = load,
               LinkBitsPerSecond = megabits * 1_000_000L,
               RoundTrip = 100 * VirtualTime.Microsecond,
               Codec = codec,
               Seed = (ulong)seed,
           },
    ];

    public void Write(TextWriter text, IReadOnlyList<MigrationRow> rows)
    {
        var contests = rows.GroupBy(row => (row.Cell.Load.Name, row.Cell.LinkBitsPerSecond))
            .Select(group => new Contest([.. group])).ToArray();
        var codecs = rows.Select(row => row.Cell.Codec).Distinct().ToArray();
        text.WriteLine(
            "Stood still, ms: the median of the seeds; - for what did not converge. The ratio is of seeds that are "
            + "paired: median (least..most).\n");
        MarkdownTable.Write(
            text, ["load", "link", .. codecs, "best other", "vee / it", "bytes / its"],
            contests.Select(contest => Line(codecs, contest)));
        var ratios = contests.Select(contest => contest.Ratio).OfType<PairedRatio>().ToArray();
        text.WriteLine(
            $"{ratios.Count(ratio => ratio.Median < 1 / LossFrom)} of {contests.Length} rows are won by more than 5 %, "
            + $"{ratios.Count(ratio => ratio.Median > LossFrom)} lost by more than 5 %; the worst is "
            + $"{Number(ratios.Max(ratio => ratio.Median), "0.00")}.\n");
    }

    private static string[] Line(string[] codecs, Contest contest)
    {
        var cell = contest.Rows[0].Cell;
        return
        [
            cell.Load.Name, Link(cell.LinkBitsPerSecond),
            .. codecs.Select(codec => double.IsFinite(contest.DowntimeOf(codec))
                ? Milliseconds(contest.DowntimeOf(codec)) : "-"),
            contest.Best,
            contest.Ratio is { } ratio
                ? $"{ratio.Text}{(ratio.Median > LossFrom ? " **loss**" : "")}" : "none converges",
            Number(contest.BytesRatio, "0.00"),
        ];
    }

    /// <summary>Equal machines, with each codec and seed.</summary>
    private sealed record Contest(IReadOnlyList<MigrationRow> Rows)
    {
        /// <summary>The codec with the shortest pause, but for ours.</summary>
        internal string Best { get; } = Rows.Select(row => row.Cell.Codec).Distinct().Where(codec => codec != Ours)
            .MinBy(codec => Median(Of(Rows, codec).Select(row => row.Downtime)))!;

        /// <summary>Ours of the best other's, seed by seed; null when neither converges.</summary>
        internal PairedRatio? Ratio
        {
            get
            {
                var ratios = Pairs().Select(pair => pair.Ours.Downtime / pair.Best.Downtime)
                    .Where(ratio => !double.IsNaN(ratio)).Order().ToArray();
                return ratios.Length == 0 ? null : new PairedRatio(ratios);
            }
        }

        internal double BytesRatio =>
            Median(Pairs().Select(pair => (double)pair.Ours.Report.BytesSent / pair.Best.Report.BytesSent));

        internal double DowntimeOf(string codec) => Median(Of(Rows, codec).Select(row => row.Downtime));

        private IEnumerable<(MigrationRow Ours, MigrationRow Best)> Pairs() => Of(Rows, Ours).Zip(Of(Rows, Best));

        private static IEnumerable<MigrationRow> Of(IReadOnlyList<MigrationRow> rows, string codec) =>
            rows.Where(row => row.Cell.Codec == codec).OrderBy(row => row.Cell.Seed);

        private static double Median(IEnumerable<double> values)
        {
            var sorted = values.Order().ToArray();
            return sorted[sorted.Length / 2];
        }
    }
}
