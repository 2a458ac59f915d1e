using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using Vee.Cli.Benchmarks.Migrations;
using Vee.Hypervisor.Events;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Pages;
using Xunit;

namespace Vee.Cli.Tests;

/// <summary><c>vee bench migration</c>, with a few small machines.</summary>
public sealed class MigrationBenchTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Every_part_has_rows_that_are_complete()
    {
        using var scratch = new ScratchDirectory();
        string Of(string name) => Path.Combine(scratch.FullName, name);

        var outcome = await VeeProcess.RunAsync(
            Repository.Vee,
            [
                "bench", "migration", "--quick", "--json", Of("rows.json"), "--csv", Of("rows.csv"), "--picture",
                Of("map.svg"),
            ],
            "", limit: Patience);

        Assert.True(outcome.Status == 0, outcome.Output + outcome.Error);
        using var json = JsonDocument.Parse(
            await File.ReadAllBytesAsync(Of("rows.json"), TestContext.Current.CancellationToken));
        var count = 0;
        foreach (var part in MigrationBenchmark.PartNames)
        {
            Assert.Contains($"## {part}", outcome.Output, StringComparison.Ordinal);
            var rows = json.RootElement.GetProperty(part).EnumerateArray().ToArray();
            Assert.NotEmpty(rows);
            Assert.All(rows, row => Assert.Equal("Moved", row.GetProperty("outcome").GetString()));
            Assert.All(rows, AssertPartsAddUp);
            count += rows.Length;
        }

        var lines = await File.ReadAllLinesAsync(Of("rows.csv"), TestContext.Current.CancellationToken);
        Assert.Equal(count + 1, lines.Length);
        Assert.All(lines, line => Assert.Equal(lines[0].Split(',').Length, line.Split(',').Length));
        var picture = XDocument.Load(Of("map.svg"));
        Assert.Equal("http://www.w3.org/2000/svg", picture.Root!.Name.NamespaceName);
    }

    [Fact]
    public async Task The_picture_needs_the_map()
    {
        using var scratch = new ScratchDirectory();
        var outcome = await VeeProcess.RunAsync(
            Repository.Vee,
            [
                "bench", "migration", "--quick", "--part", "codecs", "--picture",
                Path.Combine(scratch.FullName, "map.svg"),
            ],
            "", limit: Patience);

        Assert.Equal(2, outcome.Status);
        Assert.Contains("--picture draws the map", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void No_name_of_a_load_divides_a_line() => Assert.All(
        new PausesPart(isQuick: false).Cells.Concat(new ScenariosPart(isQuick: false).Cells),
        cell => Assert.DoesNotContain(',', cell.Load.Name));

    [Fact]
    public void Equal_cells_give_equal_rows_and_another_seed_gives_another()
    {
        var cell = Cell("random-words");
        var rows = new[] { cell, cell, cell with { Seed = 2 } }.Select(each => MigrationRack.Execute(each)).ToArray();
        var figures = rows.Select(Line).ToArray();

        Assert.Equal(figures[0], figures[1]);
        Assert.NotEqual(rows[0].Downtime, rows[2].Downtime);
        // The load was not the same, not just its name.
        Assert.NotEqual(rows[0].Report.BytesSent, rows[2].Report.BytesSent);
    }

    [Fact]
    public void A_client_waits_for_the_pause_and_its_own_interval()
    {
        var row = MigrationRack.Execute(Cell("streamer"));

        Assert.Equal(0, row.Client!.Lost);
        Assert.InRange(row.Silence, row.Downtime, row.Downtime + (2 * VirtualTime.Millisecond));
    }

    [Fact]
    public void Recorded_pages_have_changed_and_are_the_same_each_time()
    {
        byte[] Record() => MigrationRack.RecordPages(
            Cell("kvstore"), interval: 100 * VirtualTime.Millisecond, looks: 2, pagesOfLook: 10);
        var pairs = Record();

        Assert.InRange(pairs.Length / (2 * PageFormat.PageBytes), 1, 20);
        Assert.All(
            pairs.Chunk(2 * PageFormat.PageBytes),
            pair => Assert.NotEqual(pair[..PageFormat.PageBytes], pair[PageFormat.PageBytes..]));
        Assert.Equal(pairs, Record());
    }

    /// <summary>Hardware that says nothing of costs has those that this benchmark says.</summary>
    [Fact]
    public void Work_costs_what_migrations_take_it_to_cost()
    {
        foreach (var codec in PageCodecKinds.All)
        {
            var cell = Cell("moving-records") with { Codec = codec.Name };
            Assert.Equal(Line(MigrationRack.Execute(cell, new CostProfile())), Line(MigrationRack.Execute(cell)));
        }
    }

    [Fact]
    public void Work_that_costs_more_makes_pauses_longer()
    {
        var downtimes = new[] { 0, 1, 4 }
            .Select(factor => MigrationRack.Execute(Cell("random-words") with { WorkFactor = factor }).Downtime)
            .ToArray();

        Assert.True(downtimes[0] < downtimes[1] && downtimes[1] < downtimes[2], string.Join(' ', downtimes));
    }

    [Fact]
    public void A_ratio_of_codecs_shows_what_is_lost()
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        var part = new CodecsPart(isQuick: true);
        var rows = part.Cells.Select(cell => MigrationRack.Execute(cell)).ToArray();
        part.Write(text, rows);
        Assert.Contains("0 lost by more than 5 %", text.ToString(), StringComparison.Ordinal);

        // The other way round: what was ours is the other's.
        MigrationRow[] turned =
        [
            .. part.Cells.Select((cell, index) => rows[rows.Length - 1 - index] with { Cell = cell }),
        ];
        text = new StringWriter(CultureInfo.InvariantCulture);
        part.Write(text, turned);
        Assert.Contains("1 lost by more than 5 %", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("**loss**", text.ToString(), StringComparison.Ordinal);
    }

    private static MigrationCell Cell(string load) => new()
    {
        Load = MigrationLoads.All.Single(known => known.Name == load),
        LinkBitsPerSecond = 1_000_000_000,
        RoundTrip = 200 * VirtualTime.Microsecond,
    };

    private static string Line(MigrationRow row) => System.Text.Encoding.UTF8.GetString(MigrationFigures.Csv(
        new Dictionary<string, IReadOnlyList<MigrationRow>> { ["part"] = [row] }));

    private static void AssertPartsAddUp(JsonElement row)
    {
        long Of(string name) => row.GetProperty($"{name}VirtualNs").GetInt64();
        string[] parts = ["drain", "memory", "state", "verify", "grant", "resume"];
        Assert.Equal(Of("downtime"), parts.Sum(Of));
        // The bound has a round trip, of which one way may be saved.
        Assert.InRange(Of("downtime"), Of("bound") - (Of("roundTrip") / 2), long.MaxValue);
        Assert.InRange(
            row.GetProperty("pagesSent").GetInt64(), row.GetProperty("pagesTotal").GetInt64(), long.MaxValue);
    }
}
