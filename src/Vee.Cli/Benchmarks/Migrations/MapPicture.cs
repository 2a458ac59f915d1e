using System.Xml.Linq;
using Vee.Cli.Reports;
using static Vee.Cli.Benchmarks.Migrations.MarkdownTable;

namespace Vee.Cli.Benchmarks.Migrations;

/// <summary>
/// The map as a picture: a panel for each cost and what is compared with; blue is won, red is lost, and the line is the
/// contour at 1.
/// </summary>
internal static class MapPicture
{
    private const double Box = 56;
    private const double Left = 60;
    private const double Top = 44;
    private const double Gap = 30;

    /// <summary>Draws it.</summary>
    internal static byte[] File(MapPart map, IReadOnlyList<MigrationRow> rows)
    {
        var ratios = map.RatiosOf(rows);
        var width = Left + (map.Changed.Count * Box) + Gap;
        var height = Top + (map.Rates.Count * Box) + Gap + Gap;
        var shapes = new List<XElement?>();
        foreach (var (row, plain) in MapPart.Plain.Index())
        {
            foreach (var (column, factor) in map.Factors.Index())
            {
                Panel(shapes, map, ratios, plain, factor, (column * width, row * height));
            }
        }

        return Svg.File(Svg.Picture(
            width * map.Factors.Count, height * MapPart.Plain.Length,
            "Pause with differences of that without, by changed bytes, dirty rate and cost of work", shapes));
    }

    private static void Panel(
        List<XElement?> shapes, MapPart map, IReadOnlyDictionary<MapPlace, PairedRatio> ratios, string plain,
        int factor, (double X, double Y) at)
    {
        PairedRatio Ratio(int row, int column) =>
            ratios[new MapPlace(plain, factor, map.Rates[row], map.Changed[column])];
        double X(int column) => at.X + Left + (column * Box);
        // The highest rate is at the top.
        double Y(int row) => at.Y + Top + ((map.Rates.Count - 1 - row) * Box);
        shapes.Add(Svg.Text(at.X + Left, at.Y + 16, $"{MapPart.Delta} / {plain}, work x{factor}"));
        shapes.Add(Svg.Text(at.X, at.Y + Top - 10, "rate / link"));
        shapes.Add(Svg.Text(at.X + Left, Y(0) + Box + 40, "bytes of a page that a write changes"));
        for (var column = 0; column < map.Changed.Count; column++)
        {
            shapes.Add(Svg.Text(X(column) + 10, Y(0) + Box + 18, $"{map.Changed[column]}"));
        }

        for (var row = 0; row < map.Rates.Count; row++)
        {
            shapes.Add(Svg.Text(at.X + 20, Y(row) + (Box / 2), Number(map.Rates[row], "0.#")));
            for (var column = 0; column < map.Changed.Count; column++)
            {
                var ratio = Ratio(row, column);
                shapes.Add(Svg.Box(X(column), Y(row), Box, Box, Colour(ratio.Median), ratio.Text));
                shapes.Add(Svg.Text(X(column) + 10, Y(row) + (Box / 2) + 4, Number(ratio.Median, "0.00")));
            }
        }

        for (var row = 0; row < map.Rates.Count; row++)
        {
            for (var column = 0; column < map.Changed.Count; column++)
            {
                var isLost = Ratio(row, column).IsLost;
                if (column > 0 && isLost != Ratio(row, column - 1).IsLost)
                {
                    shapes.Add(Svg.Line([(X(column), Y(row)), (X(column), Y(row) + Box)], "#000"));
                }

                if (row > 0 && isLost != Ratio(row - 1, column).IsLost)
                {
                    shapes.Add(Svg.Line([(X(column), Y(row) + Box), (X(column) + Box, Y(row) + Box)], "#000"));
                }
            }
        }
    }

    /// <summary>Deeper the further from 1, by the ratio's logarithm; a quarter or four times is as deep as it gets.
    /// </summary>
    private static string Colour(double ratio)
    {
        var depth = (int)(150 * Math.Min(1, Math.Abs(Math.Log2(ratio)) / 2));
        return ratio > 1 ? $"rgb(255,{245 - depth},{245 - depth})" : $"rgb({245 - depth},{250 - (depth / 3)},255)";
    }
}
