using System.Xml.Linq;
using Vee.Api.Migrations;

namespace Vee.Cli.Reports;

/// <summary>The stop as one bar of its parts.</summary>
internal static class StopChart
{
    private const double Width = 800;
    private const double Height = 60;

    private static readonly string[] Colours = ["#bbb", "#7aa6d8", "#8e7ab5", "#e0a458", "#6ab187", "#c0392b"];

    internal static IReadOnlyList<(string Name, long Us)> PartsOf(MigrationOutcome result) =>
    [
        ("drain", result.DrainVirtualUs), ("memory", result.FinalMemoryVirtualUs), ("state", result.StateVirtualUs),
        ("verify", result.VerifyVirtualUs), ("grant", result.GrantVirtualUs), ("resume", result.ResumeVirtualUs),
    ];

    internal static XElement Of(MigrationOutcome result)
    {
        var parts = PartsOf(result);
        var all = (double)Math.Max(1, parts.Sum(part => part.Us));
        var at = 0.0;
        var boxes = new List<XElement>();
        foreach (var ((name, us), colour) in parts.Zip(Colours))
        {
            var width = us / all * Width;
            boxes.Add(Svg.Box(at, 0, width, 30, colour, $"{name}: {us / 1000.0:0.###} ms"));
            if (width > 60)
            {
                boxes.Add(Svg.Text(at + 4, 50, name));
            }

            at += width;
        }

        return Svg.Picture(Width, Height, "Parts of the stop", boxes);
    }
}
