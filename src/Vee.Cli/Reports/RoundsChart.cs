using System.Xml.Linq;
using Vee.Api.Migrations;

namespace Vee.Cli.Reports;

/// <summary>
/// Rounds over virtual time: a bar each, as wide as it took and as high as its bytes; a line of the stop that was
/// expected at its end, and the longest that was meant.
/// </summary>
internal static class RoundsChart
{
    private const double Width = 800;
    private const double Height = 220;
    private const double Base = 190;
    private const double Room = 170;

    internal static XElement Of(IReadOnlyList<RoundStatus> rounds, int? downtimeMaxMs)
    {
        var first = rounds[0].BegunVirtualMs;
        var span = Math.Max(1, rounds.Max(End) - first);
        var bytes = Math.Max(1, rounds.Max(round => round.Bytes));
        var known = rounds.Where(round => round.DowntimeExpectedVirtualUs != MigrationProgress.DowntimeUnknownUs)
            .ToList();
        var meantUs = (downtimeMaxMs ?? 0) * 1000.0;
        var stop = Math.Max(1, known.Select(round => (double)round.DowntimeExpectedVirtualUs).Append(meantUs).Max());
        double X(double milliseconds) => (milliseconds - first) / span * Width;
        double Y(double part) => Base - (part * Room);
        return Svg.Picture(
            Width, Height,
            "Rounds over virtual time: bytes as bars, expected stop as a line",
            [
                .. rounds.Select(round => Svg.Box(
                    X(round.BegunVirtualMs), Y((double)round.Bytes / bytes),
                    Math.Max(1, X(End(round)) - X(round.BegunVirtualMs) - 1), (double)round.Bytes / bytes * Room,
                    "#7aa6d8", $"round {round.Round}: {round.Pages} pages, {round.Bytes} bytes")),
                Svg.Line(
                    known.Select(round => (X(End(round)), Y(round.DowntimeExpectedVirtualUs / stop))), "#c0392b"),
                meantUs > 0
                    ? Svg.Line([(0, Y(meantUs / stop)), (Width, Y(meantUs / stop))], "#888", isDashed: true) : null,
                Svg.Text(0, Height - 6, $"{first} ms"),
                Svg.Text(Width - 90, Height - 6, $"{first + span} ms"),
                Svg.Text(0, 14, $"bars: bytes, up to {bytes}; line: expected stop, up to {stop / 1000:0.#} ms"),
            ]);
    }

    private static long End(RoundStatus round) => round.BegunVirtualMs + Math.Max(1, round.DurationVirtualMs);
}
