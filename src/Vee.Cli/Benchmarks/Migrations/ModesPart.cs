using Vee.Hypervisor.Events;
using Vee.Hypervisor.Migration;
using static Vee.Cli.Benchmarks.Migrations.MarkdownTable;

namespace Vee.Cli.Benchmarks.Migrations;

/// <summary>Equal machines moved in each mode, and without each part of the engine.</summary>
/// <param name="isQuick">Whether a few cells are enough.</param>
internal sealed class ModesPart(bool isQuick) : IMigrationPart
{
    private const long DowntimeMax = 5 * VirtualTime.Millisecond;

    private static readonly string[] Loads =
        ["counters", "random-words", "whole-pages", "scattered-bytes", "ledger", "kvstore"];

    public string Name => "modes";

    public IReadOnlyList<MigrationCell> Cells { get; } =
    [
        .. from load in MigrationLoads.All
           where isQuick ? load.Name == "counters" : Loads.Contains(load.Name)
           from microseconds in isQuick ? [100] : new[] { 100, 10_000 }
           from variant in (MigrationVariant[])
               [MigrationVariant.Standard, .. MigrationVariant.Modes, .. MigrationVariant.Ablations]
           select new MigrationCell
           {
               Load = load,
               LinkBitsPerSecond = 100_000_000,
               RoundTrip = microseconds * VirtualTime.Microsecond,
               // Few machines, all of which converge.
               DowntimeMax = isQuick ? 20 * DowntimeMax : DowntimeMax,
               Ladder = [EscalationStep.Abort],
               Variant = variant,
           },
    ];

    public void Write(TextWriter text, IReadOnlyList<MigrationRow> rows)
    {
        text.WriteLine(
            $"At most {Milliseconds(DowntimeMax)} ms are meant, the ladder is to give up. Waits are of vCPUs "
            + "for pages that follow the machine.\n");
        MarkdownTable.Write(
            text,
            [
                "load", "RTT", "how", "stood still, ms", "all of it, ms", "KiB", "pages after it", "waited for",
                "half within, ms", "99 of 100, ms", "all waits, ms",
            ],
            rows.Select(Line));
    }

    private static string[] Line(MigrationRow row)
    {
        var cell = row.Cell;
        var followed = row.Result?.PostCopy;
        return
        [
            cell.Load.Name, RoundTrip(cell.RoundTrip), cell.Variant.Name,
            row.Result is { } result ? Milliseconds(result.Downtime) : $"**{row.Outcome}**",
            row.Result is null ? "" : Milliseconds(row.Report.Elapsed),
            $"{row.Report.BytesSent >> 10}", $"{followed?.Pages}", $"{followed?.Faults.Count}",
            followed is null ? "" : Milliseconds(followed.Faults.WaitMedian),
            followed is null ? "" : Milliseconds(followed.Faults.WaitPercentile99),
            followed is null ? "" : Milliseconds(followed.Faults.WaitTotal),
        ];
    }
}
