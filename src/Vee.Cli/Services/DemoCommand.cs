using System.CommandLine;
using System.Globalization;
using Vee.Cli.Output;
using Vee.Cli.Terminals;
using Vee.Cli.Up;

namespace Vee.Cli.Services;

/// <summary><c>vee demo</c>: all of it once, from nothing to nothing.</summary>
internal sealed class DemoCommand
{
    private readonly OutputOption output = new();
    private readonly StandardStreams streams;

    internal DemoCommand(StandardStreams streams)
    {
        this.streams = streams;
        Command = new Command(
            "demo",
            "Starts everything, applies config/samples, talks to the kvstore guest, shows its console and metrics, "
                + "moves two stores to another host while clients write, and takes everything down again.")
        {
            output,
        };
        Command.SetAction((parsed, _) => RunAsync(output.Of(parsed)));
    }

    internal Command Command { get; }

    private async Task<int> RunAsync(OutputFormat format)
    {
        var time = TimeProvider.System;
        var started = time.GetTimestamp();
        var root = Directory.CreateTempSubdirectory("vee-demo-");
        using var life = new ServiceLife(isBoundToInput: false);
        // Programs read the result alone.
        var shown = format == OutputFormat.Table ? streams.Output : streams.Error;
        var tour = new DemoTour(new UpDirectory(root.FullName), time, streams.Error, shown);
        try
        {
            var result = await tour.RunAsync(life.Stopping);
            if (format != OutputFormat.Table)
            {
                DataWriter.Write(streams.Output, format, result);
            }

            var seconds = time.GetElapsedTime(started).TotalSeconds;
            streams.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"\nvee demo: done after {seconds:0.0} s, everything is taken down"));
            root.Delete(recursive: true);
            return 0;
        }
        catch (Exception error) when (UpException.IsExpected(error) || error is OperationCanceledException)
        {
            streams.Error.WriteLine($"vee demo: {error.Message} What it left is in {root.FullName}.");
            return ExitStatus.Failure;
        }
    }
}
