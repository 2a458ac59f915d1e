using Vee.Hypervisor.Events;
using static Vee.Cli.Benchmarks.Migrations.MarkdownTable;

namespace Vee.Cli.Benchmarks.Migrations;

/// <summary>Stories, with neighbours, told with each codec.</summary>
/// <remarks>
/// A machine is stopped at its first minimum, however long the pause is: so each codec has one. A column tells whether
/// it would have been moved within the usual 300 ms.
/// </remarks>
/// <param name="isQuick">Whether a few cells are enough.</param>
internal sealed class ScenariosPart(bool isQuick) : IMigrationPart
{
    private const long UsualDowntime = 300 * VirtualTime.Millisecond;

    private readonly IReadOnlyList<Story> stories = isQuick ? Story.Quick : Story.All;

    public string Name => "scenarios";

    public IReadOnlyList<MigrationCell> Cells =>
    [
        .. from story in stories
           from variant in story.Variants
           from codec in variant.Codecs
           select new MigrationCell
           {
               Load = variant.Load,
               LinkBitsPerSecond = variant.LinkBitsPerSecond,
               RoundTrip = variant.RoundTrip,
               Codec = codec,
               DowntimeMax = MigrationCell.AnyDowntime,
           },
    ];

    public void Write(TextWriter text, IReadOnlyList<MigrationRow> rows)
    {
        var left = new Queue<MigrationRow>(rows);
        foreach (var story in stories)
        {
            text.WriteLine($"### {story.Name}\n\n{story.Says}\n");
            var lines =
                from variant in story.Variants
                from codec in variant.Codecs
                select Line(story, variant, left.Dequeue());
            MarkdownTable.Write(
                text,
                [
                    "variant", "codec", "rounds", "MiB sent", "all of it, s", "stood still, ms", "within 300 ms",
                    .. story.Notices.Select(notice => notice.Header),
                ],
                lines);
        }
    }

    private static string[] Line(Story story, StoryVariant variant, MigrationRow row) =>
    [
        variant.Name, row.Cell.Codec, $"{row.Report.RoundCount}",
        Number(row.Report.BytesSent / (double)(1 << 20), "#,##0.0"), Number(row.Report.Elapsed / 1e9, "0.00"),
        row.Result is null ? $"**{row.Outcome}**" : Milliseconds(row.Downtime),
        row.Downtime <= UsualDowntime ? "yes" : "**no**",
        .. story.Notices.Select(notice => notice.Of(row)),
    ];
}
