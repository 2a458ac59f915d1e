using System.CommandLine;
using System.Text.Json;
using Vee.Cli.Output;
using Vee.Cli.Simulations;
using Vee.Cli.Terminals;
using Vee.Hypervisor.Scenarios;
using Vee.Machines.Linux;

namespace Vee.Cli.Commands;

/// <summary><c>vee sim</c>: simulates a scenario without agents or a cluster.</summary>
internal sealed class SimCommand
{
    private const int SeedsDefault = 10;
    private const int SeedsMax = 1000;
    private const ulong SeedDefault = 1;

    // Programs that read JSON numbers as floating point still tell seeds apart.
    private const ulong SeedMax = 1_000_000_000_000_000;

    private readonly Argument<string> file = new("FILE")
    {
        Description = "The scenario, a YAML file as docs/sim.md describes it; examples are in config/experiments.",
    };

    private readonly Option<string?> json = new("--json")
    {
        Description = "Also write the summary and the results of every seed to FILE, as JSON.",
        HelpName = "FILE",
    };

    private readonly OutputOption output = new();

    private readonly Option<ulong?> seed = new("--seed")
    {
        Description = $"The first seed, 0 to {SeedMax}. Default: {SeedDefault}.",
        HelpName = "S",
        CustomParser = result => Numbers.Parse(result, "--seed", 0, SeedMax),
    };

    private readonly Option<int?> seeds = new("--seeds")
    {
        Description = $"Runs, each with the next seed, 1 to {SeedsMax}. Default: {SeedsDefault}.",
        HelpName = "N",
        CustomParser = result => Numbers.Parse(result, "--seeds", 1, SeedsMax),
    };

    private readonly StandardStreams streams;

    internal SimCommand(StandardStreams streams)
    {
        this.streams = streams;
        Command = new Command(
            "sim",
            "Simulates the hosts, guests, jobs and machines of a scenario in virtual time, once for each seed, and "
                + "prints response, wait and utilisation with their confidence.")
        {
            file, json, output, seed, seeds,
        };
        Command.SetAction(Run);
    }

    internal Command Command { get; }

    private int Run(ParseResult parsed)
    {
        var path = GuestText.ToHost(parsed.GetValue(file)!);
        var jsonPath = GuestText.ToHostOrNull(parsed.GetValue(json));
        try
        {
            var bytes = ReadFile(path);
            var read = SimulationFile.Read(bytes, Path.GetDirectoryName(Path.GetFullPath(path))!);
            if (read.Value is not { } scenario)
            {
                foreach (var defect in read.Defects)
                {
                    streams.Error.WriteLine(
                        $"vee sim: {path}:{(defect.Position.Line > 0 ? "" : " ")}{defect}");
                }

                return ExitStatus.Usage;
            }

            using var target = jsonPath is null ? null : OpenJson(jsonPath);
            var first = parsed.GetValue(seed) ?? SeedDefault;
            var count = parsed.GetValue(seeds) ?? SeedsDefault;
            var runs = Execute(scenario, [.. Enumerable.Range(0, count).Select(index => first + (ulong)index)]);
            var report = new SimulationReport(
                scenario, SimulationFile.Sha256(bytes), runs, ScenarioSummary.Of(runs));
            return Print(report, output.Of(parsed), target, jsonPath);
        }
        catch (SimulationRefusedException refused)
        {
            streams.Error.WriteLine($"vee sim: {refused.Message}");
            return ExitStatus.Usage;
        }
        catch (ScenarioOverloadException overload)
        {
            streams.Error.WriteLine($"vee sim: {path}: {overload.Message}");
            return ExitStatus.Failure;
        }
        catch (ConservationException mistake)
        {
            streams.Error.WriteLine($"vee sim: a mistake of this program, not of the scenario: {mistake.Message}");
            return ExitStatus.Failure;
        }
    }

    private static byte[] ReadFile(string path)
    {
        try
        {
            return SimulationFile.ReadBytes(path);
        }
        catch (Exception error) when (
            error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new SimulationRefusedException($"'{path}' cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Opens it before anything is simulated: a name that is wrong is told at once.</summary>
    private static FileStream OpenJson(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write);
        }
        catch (Exception error) when (
            error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new SimulationRefusedException($"--json '{path}' cannot be written: {error.Message}", error);
        }
    }

    private IReadOnlyList<SimulationResult> Execute(Scenario scenario, IReadOnlyList<ulong> chosen)
    {
        var progress = Terminal.IsTerminal(descriptor: 2)
            ? new SimulationProgress(streams.Error, TimeProvider.System)
            : null;
        try
        {
            return SimulationRuns.Execute(scenario, chosen, progress is null ? null : progress.Show);
        }
        finally
        {
            progress?.Clear();
        }
    }

    private int Print(SimulationReport report, OutputFormat format, FileStream? target, string? jsonPath)
    {
        var bytes = report.ToJson();
        if (format == OutputFormat.Table)
        {
            SimulationTables.Write(streams.Output, report);
        }
        else
        {
            using var document = JsonDocument.Parse(bytes);
            DataWriter.Write(streams.Output, format, document.RootElement);
        }

        try
        {
            target?.Write(bytes);
            if (target is { CanSeek: true })
            {
                target.SetLength(bytes.Length);
            }

            target?.Flush();
            return 0;
        }
        catch (IOException error)
        {
            streams.Error.WriteLine($"vee sim: --json '{jsonPath}' cannot be written: {error.Message}");
            return ExitStatus.Failure;
        }
    }

    /// <summary>The command line names something that cannot be used; the message says what.</summary>
    private sealed class SimulationRefusedException(string message, Exception cause) : Exception(message, cause);
}
