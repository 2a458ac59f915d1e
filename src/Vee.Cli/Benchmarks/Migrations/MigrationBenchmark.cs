using System.Text.Json;
using Vee.Cli.Output;
using Vee.Cli.Terminals;

namespace Vee.Cli.Benchmarks.Migrations;

/// <summary><c>vee bench migration</c>: how long machines stand still when they are moved, and what helps.</summary>
internal sealed class MigrationBenchmark(StandardStreams streams, TimeProvider time)
{
    /// <summary>What can be chosen.</summary>
    internal static IReadOnlyList<string> PartNames { get; } = [.. Parts(isQuick: true).Select(part => part.Name)];

    /// <summary>Measures and reports.</summary>
    /// <returns>The exit status.</returns>
    internal int Execute(MigrationBenchmarkSettings settings)
    {
        var parts = Parts(settings.IsQuick).Where(part => settings.Part is null || part.Name == settings.Part)
            .ToArray();
        var map = parts.OfType<MapPart>().SingleOrDefault();
        if (settings.PicturePath is not null && map is null)
        {
            streams.Error.WriteLine("vee bench migration: --picture draws the map: leave --part out, or --part map.");
            return ExitStatus.Usage;
        }

        var runs = new MigrationRuns(streams.Error, time);
        var rows = new Dictionary<string, IReadOnlyList<MigrationRow>>();
        foreach (var part in parts)
        {
            rows.Add(part.Name, runs.Execute(part.Name, part.Cells));
        }

        var environment = BenchmarkEnvironment.Look(compiler: null, emulator: null, runs: 1, time);
        var json = BenchmarkJson.Write(environment, writer => MigrationFigures.Write(writer, rows));
        if (settings.Format == OutputFormat.Table)
        {
            foreach (var part in parts)
            {
                streams.Output.WriteLine($"## {part.Name}\n");
                part.Write(streams.Output, rows[part.Name]);
            }
        }
        else
        {
            using var document = JsonDocument.Parse(json);
            DataWriter.Write(streams.Output, settings.Format, document.RootElement);
        }

        return TryWrite("--json", settings.JsonPath, json)
            && TryWrite("--csv", settings.CsvPath, MigrationFigures.Csv(rows))
            && (map is null || settings.PicturePath is null
                || TryWrite("--picture", settings.PicturePath, MapPicture.File(map, rows[map.Name])))
            ? 0 : ExitStatus.Failure;
    }

    private static IReadOnlyList<IMigrationPart> Parts(bool isQuick) =>
    [
        new PausesPart(isQuick), new CodecsPart(isQuick), new MapPart(isQuick), new ScenariosPart(isQuick),
        new ModesPart(isQuick),
    ];

    private bool TryWrite(string option, string? path, byte[] content) =>
        BenchmarkJson.TryWriteFile(streams, "migration", path, content, option);
}

/// <summary>What <c>vee bench migration</c> is to do.</summary>
internal sealed record MigrationBenchmarkSettings
{
    /// <summary>One part; null for all.</summary>
    internal string? Part { get; init; }

    /// <summary>Whether a few small machines are enough: to see that it works.</summary>
    internal bool IsQuick { get; init; }

    /// <summary>How it is printed.</summary>
    internal OutputFormat Format { get; init; }

    /// <summary>Where all figures go too; null for nowhere.</summary>
    internal string? JsonPath { get; init; }

    /// <summary>The same as CSV.</summary>
    internal string? CsvPath { get; init; }

    /// <summary>Where the map goes, as SVG.</summary>
    internal string? PicturePath { get; init; }
}
