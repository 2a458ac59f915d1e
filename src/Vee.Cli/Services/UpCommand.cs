using System.CommandLine;
using System.Globalization;
using Vee.Cli.Output;
using Vee.Cli.Terminals;
using Vee.Cli.Up;
using Vee.Machines.Linux;

namespace Vee.Cli.Services;

/// <summary><c>vee up</c>: everything on this computer.</summary>
internal sealed class UpCommand
{
    private const int AgentsDefault = 2;
    private const int AgentsMax = 16;

    private readonly Option<int?> agents = new("--agents")
    {
        Description = $"Agents to start, 1 to {AgentsMax}. Default: {AgentsDefault}.",
        HelpName = "N",
        CustomParser = result => Numbers.Parse(result, "--agents", 1, AgentsMax),
    };

    private readonly Option<string?> data = DataOption.New();

    private readonly Option<string?> kubeconfig = new("--kubeconfig")
    {
        Description = "Run operator and agents against this cluster instead of an embedded API server.",
        HelpName = "FILE",
    };

    private readonly Option<string?> memory = new("--agent-memory")
    {
        Description = "Memory that each agent has for hosts. Default: 4G.",
        HelpName = "SIZE",
    };

    private readonly Option<bool> foreground = new("--foreground")
    {
        Description = "Stay, and end everything on Ctrl-C, instead of going to the background.",
    };

    private readonly OutputOption output = new();
    private readonly StandardStreams streams;

    internal UpCommand(StandardStreams streams)
    {
        this.streams = streams;
        Command = new Command("up", "Starts an API server, the operator and agents on this computer.")
        {
            agents, data, kubeconfig, memory, foreground, output,
        };
        Command.Validators.Add(result => AgentMemory.Check(result, "--agent-memory", result.GetValue(memory)));
        Command.SetAction((parsed, _) => RunAsync(parsed));
    }

    internal Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var directory = new UpDirectory(GuestText.ToHostOrNull(parsed.GetValue(data)) ?? UpDirectory.Default);
        var settings = new UpSettings
        {
            AgentCount = parsed.GetValue(agents) ?? AgentsDefault,
            Kubeconfig = GuestText.ToHostOrNull(parsed.GetValue(kubeconfig)) is { } file
                ? Path.GetFullPath(file) : null,
            AgentMemory = parsed.GetValue(memory) ?? "4G",
            AgentCores = Environment.ProcessorCount,
        };
        try
        {
            directory.Create();
            return parsed.GetValue(foreground)
                ? await StayAsync(directory, settings)
                : await DetachAsync(directory, settings, output.Of(parsed));
        }
        catch (Exception error) when (error is UpException or IOException or UnauthorizedAccessException)
        {
            streams.Error.WriteLine($"vee up: {error.Message}");
            return ExitStatus.Failure;
        }
    }

    private async Task<int> StayAsync(UpDirectory directory, UpSettings settings)
    {
        using var taken = directory.TryLock() ?? throw Refused(directory);
        directory.RequireRoom();
        using var life = new ServiceLife(isBoundToInput: false);
        await using var supervisor = new Supervisor(directory, settings, TimeProvider.System, Say);
        try
        {
            var record = await supervisor.StartAsync(life.Stopping);
            Say("ready");
            UpText.WriteNextSteps(streams.Error, record, directory);
            await life.WaitAsync();
            Say("stopping");
            return 0;
        }
        catch (OperationCanceledException) when (life.Stopping.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception error) when (UpException.IsExpected(error))
        {
            directory.TryWriteFailure(Environment.ProcessId, error.Message);
            throw new UpException(error.Message);
        }
    }

    private async Task<int> DetachAsync(UpDirectory directory, UpSettings settings, OutputFormat format)
    {
        var started = TimeProvider.System.GetTimestamp();
        if (directory.IsLocked())
        {
            throw Refused(directory);
        }

        directory.RequireRoom();
        var record = await BackgroundUp.StartAsync(directory, settings, TimeProvider.System, Say);
        var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        Say(string.Create(CultureInfo.InvariantCulture, $"ready after {seconds:0.0} s"));
        if (format == OutputFormat.Table)
        {
            UpText.WriteNextSteps(streams.Output, record, directory);
        }
        else
        {
            DataWriter.Write(streams.Output, format, record);
        }

        return 0;
    }

    private static UpException Refused(UpDirectory directory)
    {
        var process = directory.ReadRecord() is { } record
            ? string.Create(CultureInfo.InvariantCulture, $"process {record.Supervisor}") : "another process";
        return new UpException(
            $"{directory.Root} is in use by {process}. End it with 'vee down', or use another directory with --data.");
    }

    private void Say(string what) => streams.Error.WriteLine($"vee up: {what}");
}
