using System.CommandLine;
using System.Globalization;
using Vee.Cli.Output;
using Vee.Cli.Terminals;
using Vee.Cli.Up;
using Vee.Machines.Linux;

namespace Vee.Cli.Services;

/// <summary><c>vee down</c>: ends what <c>vee up</c> started.</summary>
internal sealed class DownCommand
{
    private readonly Option<string?> data = DataOption.New();
    private readonly OutputOption output = new();
    private readonly StandardStreams streams;

    internal DownCommand(StandardStreams streams)
    {
        this.streams = streams;
        Command = new Command("down", "Ends what 'vee up' started. Objects and images stay for the next 'vee up'.")
        {
            data, output,
        };
        Command.SetAction((parsed, _) => RunAsync(parsed));
    }

    internal Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var directory = new UpDirectory(GuestText.ToHostOrNull(parsed.GetValue(data)) ?? UpDirectory.Default);
        if (!directory.IsLocked())
        {
            Say(parsed, directory, isEnded: false, $"nothing runs in {directory.Root}.");
            return 0;
        }

        if (await TryStopAsync(directory) is { } failure)
        {
            streams.Error.WriteLine($"vee down: {failure}");
            return ExitStatus.Failure;
        }

        Say(parsed, directory, isEnded: true, "ended");
        return 0;
    }

    /// <returns>Null when it has ended; else why it has not.</returns>
    private static async Task<string?> TryStopAsync(UpDirectory directory)
    {
        if (directory.ReadRecord() is not { } record)
        {
            return $"something runs in {directory.Root}, and what should name its process is damaged. Find it with "
                + $"'pgrep -af -- \"up --foreground --data {directory.Root}\"' and end it with 'kill'.";
        }

        return await SupervisorStop.StopAsync(directory, record.Supervisor, TimeProvider.System)
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"process {record.Supervisor} has {directory.Root} and does not end; "
                    + $"its log is {directory.LogOf("up")}");
    }

    private void Say(ParseResult parsed, UpDirectory directory, bool isEnded, string what)
    {
        streams.Error.WriteLine($"vee down: {what}");
        var format = output.Of(parsed);
        if (format != OutputFormat.Table)
        {
            DataWriter.Write(streams.Output, format, new DownResult(directory.Root, isEnded));
        }
    }

    /// <summary>What programs are told.</summary>
    /// <param name="Directory">Where everything is kept.</param>
    /// <param name="IsEnded">False when nothing ran.</param>
    private sealed record DownResult(string Directory, bool IsEnded);
}
