using System.Globalization;
using Vee.Cli.Output;
using Vee.Hypervisor.Events;
using Vee.Hypervisor.Scenarios;

namespace Vee.Cli.Simulations;

/// <summary>A report as tables for people.</summary>
internal static class SimulationTables
{
    private static readonly TableColumn<MeasurementSummary> Host = new("HOST", m => m.Subject.Host);
    private static readonly TableColumn<MeasurementSummary> Guest = new("GUEST", m => m.Subject.Guest ?? "");

    private static readonly IReadOnlyList<TableColumn<MeasurementSummary>> Classes =
    [
        Host, Guest, new("CLASS", m => m.Subject.Name ?? ""),
        Of("DONE/s", FigureNames.Throughput),
        Of("RESPONSE", FigureNames.Mean(FigureNames.Response)),
        Of("P95", FigureNames.Percentile(FigureNames.Response, 95)),
        Of("P99", FigureNames.Percentile(FigureNames.Response, 99)),
        Of("MAX", FigureNames.Max(FigureNames.Response)),
        Of("WAIT", FigureNames.Mean(FigureNames.Wait)),
        Of("WAIT P99", FigureNames.Percentile(FigureNames.Wait, 99)),
        Of("SERVICE", FigureNames.ServiceMean),
        Of("PRESENT", FigureNames.PresentMean),
        Of("MISSES", FigureNames.DeadlineMisses),
        Of("LATEST", FigureNames.TardinessMax),
    ];

    private static readonly IReadOnlyList<TableColumn<MeasurementSummary>> Guests =
    [
        Host, Guest,
        Of("CPU(cores)", FigureNames.CpuCores),
        Of("SHARE(%)", FigureNames.CpuShare, 100),
        Of("STEAL", FigureNames.StealTime),
        Of("SWITCHING", FigureNames.SwitchTime),
        Of("WAKE-TO-RUN P50", FigureNames.Percentile(FigureNames.WakeToRun, 50)),
        Of("P99", FigureNames.Percentile(FigureNames.WakeToRun, 99)),
        Of("MAX", FigureNames.Max(FigureNames.WakeToRun)),
    ];

    private static readonly IReadOnlyList<TableColumn<MeasurementSummary>> Machines =
    [
        Host, new("MACHINE", m => m.Subject.Guest ?? ""),
        new("STATE", m => m.Facts.First(fact => fact.Name == FigureNames.State).Value ?? "differs"),
        Of("STATUS", FigureNames.ExitStatus),
        Of("ENDED", FigureNames.EndedAt),
        Of("INSTRUCTIONS", FigureNames.Instructions),
        Of("CONSOLE(bytes)", FigureNames.ConsoleBytes),
    ];

    private static readonly IReadOnlyList<TableColumn<MeasurementSummary>> Memories =
    [
        Host, Guest,
        Of("PAGES WRITTEN/s", FigureNames.PagesWrittenRate),
        Of("DIRTIED", FigureNames.PagesDirtied),
        Of("DIRTIED/s", FigureNames.PagesDirtiedRate),
    ];

    private static readonly IReadOnlyList<TableColumn<MeasurementSummary>> Stations =
    [
        Host,
        new("STATION", m => NameOf(m.Subject)),
        Of("BUSY(%)", FigureNames.Utilisation, 100),
    ];

    private static readonly IReadOnlyList<TableColumn<MeasurementSummary>> Probes =
    [
        Host, new("PROBE", m => m.Subject.Guest ?? ""),
        Of("SENT", FigureNames.Sent),
        Of("ANSWERED", FigureNames.Answered),
        Of("LOST", FigureNames.Lost),
        Of("SLOW", FigureNames.Slow),
        Of("RESPONSE", FigureNames.Mean(FigureNames.Response)),
        Of("P99", FigureNames.Percentile(FigureNames.Response, 99)),
        Of("MAX", FigureNames.Max(FigureNames.Response)),
        Of("SILENCE", FigureNames.LongestSilence),
        Of("WAITING", FigureNames.PresentAtEnd),
        Of("REFUSED", FigureNames.ConnectionsRefused),
        Of("BROKEN", FigureNames.ConnectionsBroken),
    ];

    /// <summary>Writes it.</summary>
    internal static void Write(TextWriter writer, SimulationReport report)
    {
        var (first, last) = (report.Runs[0].Seed, report.Runs[^1].Seed);
        writer.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Scenario.Name}: {Seconds(report.Scenario.Warmup)} s of warm-up, then "
                + $"{Seconds(report.Scenario.Duration)} s measured"));
        writer.WriteLine(first == last
            ? $"Times are virtual milliseconds, of the run with seed {first}."
            : $"Times are virtual milliseconds: means of the runs with seeds {first} to {last} ± half of the 95 % "
                + "confidence interval.");
        Write(writer, Classes, report.Summary.Of(SubjectKind.Class));
        Write(writer, Probes, report.Summary.Of(SubjectKind.Probe));
        Write(writer, Machines, report.Summary.Of(SubjectKind.Machine));
        Write(writer, Guests, report.Summary.Of(SubjectKind.Guest));
        Write(
            writer, Memories,
            report.Summary.Of(SubjectKind.Guest).Where(m => m[FigureNames.PagesWritten].Mean is not null));
        Write(
            writer, Stations,
            report.Summary.Measurements.Where(m => m.Figures.Any(f => f.Name == FigureNames.Utilisation)));
    }

    private static void Write(
        TextWriter writer, IReadOnlyList<TableColumn<MeasurementSummary>> columns,
        IEnumerable<MeasurementSummary> rows)
    {
        if (rows.ToList() is { Count: > 0 } list)
        {
            writer.WriteLine();
            TextTable.Write(writer, columns, list);
        }
    }

    private static TableColumn<MeasurementSummary> Of(string header, string figure, double scale = 1) =>
        new(header, m => Text(m[figure], scale), IsNumber: true);

    private static string NameOf(MeasuredSubject subject) => subject.Kind switch
    {
        SubjectKind.Core => $"core {subject.Name}",
        SubjectKind.Disk => "disk",
        SubjectKind.Link => $"link to {subject.Name}",
        _ => "all cores",
    };

    private static string Seconds(long time) =>
        ((double)time / VirtualTime.Second).ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>About four digits of the mean, and as many places of the half-width.</summary>
    private static string Text(FigureSummary figure, double scale)
    {
        if (figure.Mean is not { } mean)
        {
            return "";
        }

        if (mean == 0 && figure.HalfWidth is null or 0.0)
        {
            return "0";
        }

        var format = Math.Abs(mean * scale) switch
        {
            >= 1000 => "0",
            >= 100 => "0.0",
            >= 10 => "0.00",
            >= 1 => "0.000",
            _ => "0.0000",
        };
        var text = (mean * scale).ToString(format, CultureInfo.InvariantCulture);
        return figure.HalfWidth switch
        {
            null => text,
            // What is behind a thousandth of a nanosecond is rounding of sums.
            < 1e-9 => $"{text} ± 0",
            var half => $"{text} ± {(half.Value * scale).ToString(format, CultureInfo.InvariantCulture)}",
        };
    }
}
