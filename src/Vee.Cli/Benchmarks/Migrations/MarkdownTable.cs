namespace Vee.Cli.Benchmarks.Migrations;

/// <summary>Tables as Markdown has them.</summary>
internal static class MarkdownTable
{
    /// <summary>Writes one.</summary>
    internal static void Write(TextWriter text, IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows)
    {
        Line(header);
        Line([.. header.Select(_ => "---")]);
        foreach (var row in rows)
        {
            Line(row);
        }

        text.WriteLine();

        void Line(IReadOnlyList<string> cells) => text.WriteLine($"| {string.Join(" | ", cells)} |");
    }

    /// <summary>Bits in a second.</summary>
    internal static string Link(long bits) =>
        bits >= 1_000_000_000 ? Number(bits / 1e9, "0.#") + " Gbit/s" : Number(bits / 1e6, "0.#") + " Mbit/s";

    /// <summary>Nanoseconds to the other host and back.</summary>
    internal static string RoundTrip(long nanoseconds) => Number(nanoseconds / 1e6, "0.#") + " ms";

    /// <summary>Nanoseconds as milliseconds.</summary>
    internal static string Milliseconds(double nanoseconds) =>
        double.IsFinite(nanoseconds) ? Number(nanoseconds / 1e6, nanoseconds < 1e8 ? "0.00" : "#,##0") : "";

    internal static string Number(double value, string format) =>
        value.ToString(format, System.Globalization.CultureInfo.InvariantCulture);
}
