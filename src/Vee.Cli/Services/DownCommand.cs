using System.CommandLine;
using System.Globalization;
using Vee.Cli.Terminals;
using Vee.Cli.Up;
using Vee.Machines.Linux;

namespace Vee.Cli.Services;

/// <summary><c>vee down</c>: ends what <c>vee up</c> started.</summary>
internal sealed class DownCommand
{
    private readonly Option<string?> data = UpOptions.Data();
    private readonly StandardStreams streams;

    internal DownCommand(StandardStreams streams)
    {
        this.streams = streams;
        Command = new Command("down", "Ends what 'vee up' started. Objects and images stay for the next 'vee up'.")
        {
            data,
        };
        Command.SetAction((parsed, _) => RunAsync(parsed));
    }

    internal Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var directory = new UpDirectory(GuestText.ToHostOrNull(parsed.GetValue(data)) ?? UpDirectory.Default);
        if (!directory.IsLocked())
        {
            streams.Error.WriteLine($"vee down: nothing runs in {directory.Root}.");
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

        streams.Error.WriteLine("vee down: ended");
        return 0;
    }
}
