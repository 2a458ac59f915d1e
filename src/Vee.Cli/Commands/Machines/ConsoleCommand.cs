using System.CommandLine;
using Grpc.Core;
using Vee.Api.VirtualMachines;
using Vee.Cli.Cluster;
using Vee.Cli.Output;
using Vee.Cli.Terminals;

namespace Vee.Cli.Commands.Machines;

/// <summary><c>vee console</c>: a machine's standard streams become ours.</summary>
internal sealed class ConsoleCommand
{
    private const string Description = """
        Connects to the console of a machine: prints what it printed and prints, and sends what is typed.

        On a terminal, Ctrl-] leaves; the machine runs on. A Process machine has no terminal of its own, so yours edits
        and sends line by line, Ctrl-D ends the guest's input for good and Ctrl-C leaves too; with --raw, and for System
        machines always, every key goes to the guest. The end of a file or pipe as input ends the guest's input, and the
        console stays until the machine ends; with --exit-on-eof the guest's input stays open and the console is left
        when nothing has been printed for a second.
        """;

    private readonly Argument<string> name = MachineName.One();

    private readonly Option<bool> skipsReplay = new("--no-replay")
    {
        Description = "Do not begin with what the console's log has kept.",
    };

    private readonly Option<bool> raw = new("--raw")
    {
        Description = "Send every key as it is, at once and without showing it: the guest does that.",
    };

    private readonly Option<bool> exitsOnEnd = new("--exit-on-eof")
    {
        Description = "At the end of the input, leave the guest's input open, and leave when it is silent.",
    };

    private readonly OutputOption output = ConsolePrinter.NewOption();

    private readonly ClusterArguments cluster = new("What a request to the API server may take. Default: 30s.");
    private readonly StandardStreams streams;
    private readonly TimeProvider time;
    private readonly VerbRun runner;

    internal ConsoleCommand(StandardStreams streams, TimeProvider time)
    {
        this.streams = streams;
        this.time = time;
        runner = new VerbRun("console", streams);
        Command = new Command("console", Description) { name, skipsReplay, raw, exitsOnEnd, output };
        cluster.AddTo(Command);
        Command.SetAction((parsed, cancellation) => runner.RunAsync(() => RunAsync(parsed, cancellation)));
    }

    internal Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        using var access = ClusterAccess.Open(cluster.Read(parsed), time);
        var machine = await access.GetMachineAsync(parsed.GetValue(name)!, cancellation);
        var onAgent = MachineOnAgent.Of(machine);
        using var agents = await AgentAccess.OpenAsync(access, cancellation);
        var settings = new ConsoleSettings(
            IsReplayed: !parsed.GetValue(skipsReplay),
            IsRaw: parsed.GetValue(raw) || machine.Spec.Machine?.Type == MachineTypes.System,
            LeavesAtEnd: parsed.GetValue(exitsOnEnd));
        var printer = ConsolePrinter.Of(output.Of(parsed), streams, runner.Say);
        var session = new ConsoleSession(onAgent, settings, streams, printer, time);
        try
        {
            await session.RunAsync(agents.Connect(onAgent.Agent), Connected, cancellation);
        }
        catch (RpcException error)
        {
            throw onAgent.Explain(error);
        }
        finally
        {
            runner.IsRaw = false;
            printer.PrintRest();
        }

        void Connected()
        {
            runner.IsRaw = settings.IsRaw && session.IsOnTerminal;
            if (session.IsOnTerminal)
            {
                runner.Say(
                    $"connected to '{onAgent.Name}', instance {onAgent.Instance}. Ctrl-] leaves; the machine runs on.");
            }
        }

        if (printer.End is { } end)
        {
            runner.Say($"'{onAgent.Name}' has ended: {end.Message}");
        }
        else if (session.IsOnTerminal)
        {
            runner.Say($"left '{onAgent.Name}', which runs on.");
        }

        return 0;
    }
}
