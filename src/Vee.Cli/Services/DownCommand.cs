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

        var record = directory.ReadRecord();
        if (record is null || !await SupervisorStop.StopAsync(directory, record.Supervisor, TimeProvider.System))
        {
            streams.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"vee down: process {record?.Supervisor} has {directory.Root} and does not end; its log is "
                + $"{directory.LogOf("up")}"));
            return ExitStatus.Failure;
        }

        Say(parsed, directory, isEnded: true, "ended");
        return 0;
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
