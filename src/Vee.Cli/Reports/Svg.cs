using System.Globalization;
using System.Text;
using System.Xml.Linq;

namespace Vee.Cli.Reports;

/// <summary>Shapes of SVG 1.1 that pages draw with; what is pointed at says what it is.</summary>
internal static class Svg
{
    internal static XElement Picture(double width, double height, string label, IEnumerable<XElement?> shapes) => new(
        "svg", new XAttribute("viewBox", $"0 0 {Text(width)} {Text(height)}"), new XAttribute("role", "img"),
        new XAttribute("aria-label", label), shapes);

    /// <summary>A picture as a file of its own.</summary>
    internal static byte[] File(XElement picture)
    {
        XNamespace svg = "http://www.w3.org/2000/svg";
        var whole = new XElement(picture);
        foreach (var element in whole.DescendantsAndSelf())
        {
            element.Name = svg + element.Name.LocalName;
        }

        whole.SetAttributeValue("font-family", "sans-serif");
        return Encoding.UTF8.GetBytes(whole.ToString() + "\n");
    }

    internal static XElement Box(double x, double y, double width, double height, string colour, string says) => new(
        "rect", new XAttribute("x", Text(x)), new XAttribute("y", Text(y)), new XAttribute("width", Text(width)),
        new XAttribute("height", Text(height)), new XAttribute("fill", colour), new XElement("title", says));

    internal static XElement Line(
        IEnumerable<(double X, double Y)> points, string colour, bool isDashed = false) => new(
        "polyline", new XAttribute("points", string.Join(' ', points.Select(p => $"{Text(p.X)},{Text(p.Y)}"))),
        new XAttribute("fill", "none"), new XAttribute("stroke", colour), new XAttribute("stroke-width", 2),
        isDashed ? new XAttribute("stroke-dasharray", "6 4") : null);

    internal static XElement Text(double x, double y, string text) => new(
        "text", new XAttribute("x", Text(x)), new XAttribute("y", Text(y)), new XAttribute("font-size", 13), text);

    private static string Text(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
