using System.CommandLine;
using System.Security.Cryptography;
using Vee.Agent;
using Vee.Cli.Cluster;
using Vee.Cli.Output;
using Vee.Cli.Terminals;
using Vee.ControlPlane.Storage;
using Vee.Machines.Linux;

namespace Vee.Cli.Services;

/// <summary>What the commands share that serve until they are told to end.</summary>
internal abstract class ServiceCommand
{
    private readonly StandardStreams streams;

    private readonly Option<bool> exitWithInput = new("--exit-with-stdin")
    {
        Description = "End when standard input does, as when the process that holds it dies.",
    };

    private readonly OutputOption output = new();

    private protected ServiceCommand(StandardStreams streams, string name, string description)
    {
        this.streams = streams;
        Command = new Command(name, description) { exitWithInput, output };
        Command.SetAction((parsed, _) => RunAsync(parsed));
    }

    internal Command Command { get; }

    /// <summary>Serves until told to end.</summary>
    /// <returns>The exit status.</returns>
    private protected abstract Task<int> ServeAsync(ParseResult parsed, ServiceLife life);

    private protected Option<string> Required(string name, string help, string description)
    {
        var option = new Option<string>(name) { Description = description, HelpName = help, Required = true };
        Command.Add(option);
        return option;
    }

    private protected Option<string?> Optional(string name, string help, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = help };
        Command.Add(option);
        return option;
    }

    private protected Option<int> Number(string name, string description, int least, int most, int otherwise)
    {
        var option = new Option<int>(name)
        {
            Description = $"{description}, {least} to {most}. Default: {otherwise}.",
            HelpName = "N",
            DefaultValueFactory = _ => otherwise,
            CustomParser = result => Numbers.Parse(result, name, least, most) ?? otherwise,
        };
        Command.Add(option);
        return option;
    }

    /// <summary>Prints where it serves, as soon as it does.</summary>
    private protected void Announce(ParseResult parsed, params IReadOnlyList<ServedAddress> addresses) =>
        DataWriter.Write(streams.Output, output.Of(parsed), ServedAddress.Columns, addresses);

    private protected static string Text(ParseResult parsed, Option<string> option) =>
        GuestText.ToHost(parsed.GetRequiredValue(option));

    private async Task<int> RunAsync(ParseResult parsed)
    {
        using var life = new ServiceLife(parsed.GetValue(exitWithInput));
        try
        {
            return await ServeAsync(parsed, life);
        }
        catch (OperationCanceledException) when (life.Stopping.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception error) when (error is StoreException or AgentStartException or IOException
            or UnauthorizedAccessException or CryptographicException or k8s.Exceptions.KubeConfigException
            or CommandFailedException)
        {
            streams.Error.WriteLine($"vee {Command.Name}: {error.Message}");
            return ExitStatus.Failure;
        }
    }
}
