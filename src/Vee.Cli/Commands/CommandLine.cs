using System.CommandLine;
using System.CommandLine.Help;
using Vee.Cli.Commands.Machines;
using Vee.Cli.Services;
using Vee.Cli.Terminals;
using Vee.Machines.Linux;

namespace Vee.Cli.Commands;

/// <summary>The commands of <c>vee</c>.</summary>
internal static class CommandLine
{
    private const string Introduction = """
        Runs RISC-V Linux programs on simulated hardware, by themselves or as Kubernetes objects.

        Start a cluster here:   vee up              and end it:  vee down
        Run a program:          vee run guests/bin/hello
        See what it did:        vee run --stats guests/bin/hello
        Measure this machine:   vee bench machine
        Print the CRDs:         vee crds
        Simulate hosts:         vee sim config/experiments/mm1.yaml
        Use machines:           vee console|logs|start|stop|restart|pause|resume|top NAME

        Each command explains itself with --help.
        """;

    /// <summary>Does what the arguments say; they are parsed with one character per byte.</summary>
    /// <returns>The exit status.</returns>
    internal static int Run(string[] arguments)
    {
        using var streams = new StandardStreams();
        var status = Run(ExactArguments.Read(arguments), streams);
        if (streams.OutputFailure is not { } failure)
        {
            return status;
        }

        streams.Error.WriteLine($"vee: stdout could not be written: {failure}.");
        return status == 0 ? ExitStatus.Failure : status;
    }

    private static int Run(string[] arguments, StandardStreams streams)
    {
        if (arguments is [] or ["--help"] or ["-h"] or ["help"])
        {
            streams.Output.WriteLine(Introduction);
            return 0;
        }

        var run = new RunCommand(streams);
        var root = All(run, streams);
        var own = run.TakeGuestArguments(arguments, out var unknown);
        if (unknown is not null)
        {
            streams.Error.WriteLine(
                $"vee run: there is no option '{GuestText.ToHost(unknown)}'. Try 'vee run --help'.");
            return ExitStatus.Usage;
        }

        // A program may be called @name, and options of one letter do not exist, so neither is expanded.
        var parsed = root.Parse(own, new ParserConfiguration
        {
            ResponseFileTokenReplacer = null,
            EnablePosixBundling = false,
        });
        if (parsed.Errors is [var error, ..] && parsed.Action is not HelpAction)
        {
            if (parsed.CommandResult.Command == root)
            {
                streams.Error.WriteLine(
                    $"vee: there is no command '{GuestText.ToHost(arguments[0])}'. Try 'vee --help'.");
                return ExitStatus.Usage;
            }

            // A mistake inside a command is explained by that command's help.
            var command = $"vee {PathOf(parsed.CommandResult.Command)}";
            streams.Error.WriteLine($"{command}: {OneLine(GuestText.ToHost(error.Message))} Try '{command} --help'.");
            return ExitStatus.Usage;
        }

        return parsed.Invoke(new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
            Output = streams.Output,
            Error = streams.Error,
        });
    }

    /// <summary>The tree of commands.</summary>
    internal static RootCommand All(RunCommand run, StandardStreams streams)
    {
        var root = new RootCommand(Introduction)
        {
            run.Command, new BenchCommand(streams).Command, new CrdsCommand(streams).Command,
            new UpCommand(streams).Command, new DownCommand(streams).Command, new DemoCommand(streams).Command,
            new ControlPlaneCommand(streams).Command, new OperatorCommand(streams).Command,
            new AgentCommand(streams).Command, new SimCommand(streams).Command,
        };
        MachineCommands.AddTo(root, streams);
        return root;
    }

    private static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent and not RootCommand
            ? $"{PathOf(parent)} {command.Name}"
            : command.Name;

    private static string OneLine(string message) => message.ReplaceLineEndings(" ").TrimEnd();
}
