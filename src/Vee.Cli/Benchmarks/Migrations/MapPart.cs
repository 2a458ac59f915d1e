using Vee.Hypervisor.Events;
using static Vee.Cli.Benchmarks.Migrations.MarkdownTable;

namespace Vee.Cli.Benchmarks.Migrations;

/// <summary>Where differences help: changed bytes of a page, dirty rate of the link, and cost of work.</summary>
/// <remarks>Every machine is stopped at its first minimum, so that each codec has a pause to compare.</remarks>
/// <param name="isQuick">Whether a few cells are enough.</param>
internal sealed class MapPart(bool isQuick) : IMigrationPart
{
    /// <summary>The codec that sends differences.</summary>
    internal const string Delta = "vee";

    private const long LinkBits = 1_000_000_000;
    private const int PageBits = 4096 * 8;
    private const int Mebibytes = 4;
    private const int FrequencyMHz = 4000;

    private readonly int seeds = isQuick ? 1 : 3;

    /// <summary>What it is compared with.</summary>
    internal static string[] Plain { get; } = ["none", "zstd"];

    /// <summary>Bytes of a page that a write changes.</summary>
    internal IReadOnlyList<int> Changed { get; } = isQuick ? [64] : [1, 16, 64, 256, 1024, 4096];

    /// <summary>Pages written of those that the link takes when they are sent as they are.</summary>
    internal IReadOnlyList<double> Rates { get; } = isQuick ? [2] : [0.1, 0.5, 1, 2, 4];

    /// <summary>So many times the measured cost.</summary>
    internal IReadOnlyList<int> Factors { get; } = isQuick ? [1] : [0, 1, 4];

    public string Name => "map";

    public IReadOnlyList<MigrationCell> Cells =>
    [
        .. from factor in Factors
           from rate in Rates
           from changed in Changed
           from codec in (string[])[Delta, .. Plain]
           from seed in Enumerable.Range(1, seeds)
           select new MigrationCell
           {
               Load = LoadOf(changed, rate),
               LinkBitsPerSecond = LinkBits,
               RoundTrip = 200 * VirtualTime.Microsecond,
               Codec = codec,
               WorkFactor = factor,
               DowntimeMax = MigrationCell.AnyDowntime,
               Seed = (ulong)seed,
           },
    ];

    public void Write(TextWriter text, IReadOnlyList<MigrationRow> rows)
    {
        var ratios = RatiosOf(rows);
        foreach (var plain in Plain)
        {
            foreach (var factor in Factors)
            {
                text.WriteLine(
                    $"Pause with `{Delta}` of that with `{plain}`, work x{factor}: median (least..most) of {seeds} "
                    + "seeds.\n");
                MarkdownTable.Write(
                    text,
                    [
                        "dirty rate / link", .. Changed.Select(
                            changed => string.Create(null, $"{changed} byte{(changed == 1 ? "" : "s")}")),
                    ],
                    Rates.Select(rate => (string[])
                    [
                        Number(rate, "0.#"),
                        .. Changed.Select(changed => ratios[new MapPlace(plain, factor, rate, changed)].Text),
                    ]));
            }
        }

        var open = ratios.Values.Count(ratio => ratio.Least <= 1 && ratio.Most > 1);
        text.WriteLine(
            $"{ratios.Values.Count(ratio => ratio.IsLost)} of {ratios.Count} places are **lost** (a median above 1), "
            + $"{open} have 1 within their interval.\n");
    }

    /// <summary>Ratios of pauses, seed by seed.</summary>
    internal IReadOnlyDictionary<MapPlace, PairedRatio> RatiosOf(IReadOnlyList<MigrationRow> rows)
    {
        var downtimes = Cells.Zip(rows).ToDictionary(
            pair => (pair.First.Load.Name, pair.First.WorkFactor, pair.First.Codec, pair.First.Seed),
            pair => pair.Second.Downtime);
        return (
            from plain in Plain
            from factor in Factors
            from rate in Rates
            from changed in Changed
            let name = NameOf(changed, rate)
            select (Place: new MapPlace(plain, factor, rate, changed), Ratio: new PairedRatio(
            [
                .. Enumerable.Range(1, seeds)
                    .Select(seed => downtimes[(name, factor, Delta, (ulong)seed)]
                        / downtimes[(name, factor, plain, (ulong)seed)])
                    .Order(),
            ]))).ToDictionary(pair => pair.Place, pair => pair.Ratio);
    }

    private static MigrationLoad LoadOf(int changed, double rate) => MigrationLoads.Writer(
        NameOf(changed, rate),
        $"--pattern scattered-bytes --bytes {changed} --rate {Number(rate * LinkBits / PageBits, "0")}",
        Mebibytes, FrequencyMHz);

    private static string NameOf(int changed, double rate) => $"{changed} bytes at {Number(rate, "0.#")} of the link";
}

/// <summary>A place of the map.</summary>
/// <param name="Plain">What is compared with.</param>
/// <param name="Factor">So many times the measured cost.</param>
/// <param name="Rate">Dirty rate of the link.</param>
/// <param name="Changed">Bytes that a write changes.</param>
internal sealed record MapPlace(string Plain, int Factor, double Rate, int Changed);
