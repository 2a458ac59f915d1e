using System.CommandLine;
using Grpc.Core;
using Vee.Cli.Cluster;
using Vee.Cli.Output;
using Vee.Cli.Terminals;
using Vee.Protocol;

namespace Vee.Cli.Commands.Machines;

/// <summary><c>vee logs</c>: what a machine has printed.</summary>
internal sealed class LogsCommand
{
    private const int TailLinesMax = 1_000_000;

    private readonly Argument<string> name = MachineName.One();

    private readonly Option<bool> follow = new("--follow", "-f")
    {
        Description = "Go on with what it prints, until it ends.",
    };

    private readonly Option<bool> previous = new("--previous", "-p")
    {
        Description = "What the instance before the current one printed, and how it ended.",
    };

    private readonly Option<int?> tail = new("--tail")
    {
        Description = $"Only the last N lines, 1 to {TailLinesMax}. Default: all that is kept.",
        HelpName = "N",
        CustomParser = result => Numbers.Parse(result, "--tail", 1, TailLinesMax),
    };

    private readonly OutputOption output = ConsolePrinter.NewOption();

    private readonly ClusterArguments cluster = new("What a request to the API server may take. Default: 30s.");
    private readonly StandardStreams streams;
    private readonly TimeProvider time;
    private readonly VerbRun runner;

    internal LogsCommand(StandardStreams streams, TimeProvider time)
    {
        this.streams = streams;
        this.time = time;
        runner = new VerbRun("logs", streams);
        Command = new Command(
            "logs",
            "Prints what a machine has written to its standard streams, to ours. Its agent keeps the last bytes "
                + "(spec.console.logBytes) of the current instance and of the one before it.")
        {
            name, follow, previous, tail, output,
        };
        cluster.AddTo(Command);
        Command.SetAction((parsed, cancellation) => runner.RunAsync(() => RunAsync(parsed, cancellation)));
    }

    internal Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        using var access = ClusterAccess.Open(cluster.Read(parsed), time);
        var current = MachineOnAgent.Of(await access.GetMachineAsync(parsed.GetValue(name)!, cancellation));
        var machine = parsed.GetValue(previous) ? current.Previous() : current;
        using var agents = await AgentAccess.OpenAsync(access, cancellation);
        var request = new ReadLogRequest
        {
            Uid = machine.Uid,
            Instance = machine.Instance,
            Follow = parsed.GetValue(follow),
            TailLines = parsed.GetValue(tail) ?? 0,
        };
        var printer = ConsolePrinter.Of(output.Of(parsed), streams, runner.Say);
        try
        {
            using var call = agents.Connect(machine.Agent).ReadLog(request, machine.CallOptions(cancellation));
            await foreach (var message in call.ResponseStream.ReadAllAsync(cancellation))
            {
                if (!printer.Print(message))
                {
                    break;
                }
            }
        }
        catch (RpcException error)
        {
            throw machine.Explain(error);
        }
        finally
        {
            printer.PrintRest();
        }

        if ((request.Follow || machine.IsPrevious) && printer.End is { } end)
        {
            runner.Say(machine.IsPrevious
                ? $"{machine.Title} ended: {end.Message}" : $"'{machine.Name}' has ended: {end.Message}");
        }

        return 0;
    }
}
