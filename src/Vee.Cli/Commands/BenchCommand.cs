using System.CommandLine;
using Vee.Cli.Benchmarks;
using Vee.Cli.Benchmarks.Migrations;
using Vee.Cli.Benchmarks.Pages;
using Vee.Cli.Benchmarks.Racks;
using Vee.Cli.Output;
using Vee.Cli.Terminals;
using Vee.Machines.Linux;

namespace Vee.Cli.Commands;

/// <summary><c>vee bench</c>: measurements of this program on this computer.</summary>
internal sealed class BenchCommand
{
    private const int RunsDefault = 5;

    private readonly Option<string?> json = new("--json")
    {
        Description = "Also write every sample to FILE, as JSON.",
        HelpName = "FILE",
    };

    private readonly Option<bool> guests = new("--guests")
    {
        Description = "Also measure pages of the machines that `bench migration` moves, as they change.",
    };

    private readonly OutputOption output = new();

    private readonly Option<string[]> pairs = new("--pairs")
    {
        Description = "Also measure the pages of FILE: old and new ones in turn, 4096 bytes each, gzip if it ends in "
            + ".gz. May be given more than once.",
        HelpName = "FILE",
    };

    private readonly Option<int?> runs = new("--runs")
    {
        Description = $"Times that each program is run, 1 to 100. Default: {RunsDefault}.",
        HelpName = "N",
        CustomParser = result => Numbers.Parse(result, "--runs", 1, 100),
    };

    private readonly StandardStreams streams;

    internal BenchCommand(StandardStreams streams)
    {
        this.streams = streams;
        var machine = new Command(
            "machine",
            "Runs the programs of guests/bench here, in qemu-riscv64 and natively where those are installed, and "
                + "compares times and outputs; then measures what a machine costs.")
        {
            json, output, runs,
        };
        machine.SetAction(Run);
        var rack = new Command(
            "rack",
            "Simulates 64 guests on a host, then a rack of two linked hosts on one agent and on two, in turn, and "
                + "compares times.")
        {
            json, output, runs,
        };
        rack.SetAction((parsed, _) => new RackBenchmark(this.streams, TimeProvider.System).ExecuteAsync(
            parsed.GetValue(runs) ?? RunsDefault, output.Of(parsed), GuestText.ToHostOrNull(parsed.GetValue(json))));
        var pages = new Command(
            "pages",
            "Encodes and decodes pages as they would go to another host, with each codec in turn, and compares times "
                + "and sizes.")
        {
            guests, json, output, pairs, runs,
        };
        pages.SetAction(parsed => new PageBenchmark(this.streams, TimeProvider.System).Execute(
            [.. (parsed.GetValue(pairs) ?? []).Select(GuestText.ToHost)], parsed.GetValue(guests),
            parsed.GetValue(runs) ?? RunsDefault, output.Of(parsed),
            GuestText.ToHostOrNull(parsed.GetValue(json))));
        Command = new Command("bench", "Measures this program on this computer.") 
        {
            machine, rack, pages, Migration(),
        };
    }

    internal Command Command { get; }

    private Command Migration()
    {
        var part = new Option<string?>("--part")
        {
            Description = $"Only {string.Join(", ", MigrationBenchmark.PartNames)}. Default: all of them.",
            HelpName = "PART",
        };
        part.AcceptOnlyFromAmong([.. MigrationBenchmark.PartNames]);
        var csv = new Option<string?>("--csv")
        {
            Description = "Also write every migration to FILE, a line each.",
            HelpName = "FILE",
        };
        var picture = new Option<string?>("--picture")
        {
            Description = "Also draw where differences help to FILE, as SVG.",
            HelpName = "FILE",
        };
        var quick = new Option<bool>("--quick") { Description = "A few small machines, to see that it works." };
        var migration = new Command(
            "migration",
            "Moves machines between simulated hosts with each codec, and compares how long they stand still. All times "
                + "are virtual, so that the figures are the same on any computer.")
        {
            csv, json, output, part, picture, quick,
        };
        migration.SetAction(parsed => new MigrationBenchmark(streams, TimeProvider.System).Execute(
            new MigrationBenchmarkSettings
            {
                Part = parsed.GetValue(part),
                IsQuick = parsed.GetValue(quick),
                Format = output.Of(parsed),
                JsonPath = GuestText.ToHostOrNull(parsed.GetValue(json)),
                CsvPath = GuestText.ToHostOrNull(parsed.GetValue(csv)),
                PicturePath = GuestText.ToHostOrNull(parsed.GetValue(picture)),
            }));
        return migration;
    }

    private int Run(ParseResult parsed) => new MachineBenchmark(streams, TimeProvider.System).Execute(
        parsed.GetValue(runs) ?? RunsDefault, output.Of(parsed), GuestText.ToHostOrNull(parsed.GetValue(json)));
}
