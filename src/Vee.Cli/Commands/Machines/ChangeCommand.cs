using System.CommandLine;
using System.Globalization;
using Vee.Api;
using Vee.Api.VirtualMachines;
using Vee.Cli.Cluster;
using Vee.Cli.Output;
using Vee.Cli.Terminals;
using Vee.ControllerRuntime.Clients;

namespace Vee.Cli.Commands.Machines;

/// <summary><c>vee start|stop|restart|pause|resume</c>: asks machines to be something else.</summary>
internal sealed class ChangeCommand
{
    private static readonly TimeSpan WaitDefault = TimeSpan.FromMinutes(5);

    private static readonly TableColumn<ChangeReport>[] Columns =
    [
        new("NAME", row => row.Name),
        new("RESULT", row => row.Result),
        new("STATUS", row => row.Status ?? ""),
    ];

    private readonly Argument<string[]> names =
        MachineName.Several(ArgumentArity.OneOrMore, "The VirtualMachines.");

    private readonly Option<bool> wait = new("--wait")
    {
        Description = "Wait until the machines are as asked, or say why they are not.",
    };

    private readonly OutputOption output = new();

    private readonly ClusterArguments cluster = new(
        "What a request may take; with --wait, how long is waited. Default: 30s; with --wait 5m.");

    private readonly MachineVerb verb;
    private readonly StandardStreams streams;
    private readonly TimeProvider time;
    private readonly VerbRun runner;

    internal ChangeCommand(MachineVerb verb, StandardStreams streams, TimeProvider time)
    {
        this.verb = verb;
        this.streams = streams;
        this.time = time;
        var name = $"{verb}".ToLowerInvariant();
        runner = new VerbRun(name, streams);
        Command = new Command(name, DescriptionOf(verb)) { names, wait, output };
        cluster.AddTo(Command);
        Command.SetAction((parsed, cancellation) => runner.RunAsync(() => RunAsync(parsed, cancellation)));
    }

    internal Command Command { get; }

    private static string DescriptionOf(MachineVerb verb) => verb switch
    {
        MachineVerb.Start => "Starts machines: halted ones get run strategy Always; ones that have run once more, run "
            + "once more.",
        MachineVerb.Stop => "Stops machines: asks their guests to end (SIGTERM), and ends them after the grace period.",
        MachineVerb.Restart => "Stops machines and starts them again, with what their specs say now.",
        MachineVerb.Pause => "Holds machines still between two instructions; their memory stays.",
        MachineVerb.Resume => "Lets paused machines go on.",
        _ => throw new ArgumentOutOfRangeException(nameof(verb), verb, "a verb without a description"),
    };

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var target = cluster.Read(parsed);
        var isWaiting = parsed.GetValue(wait);
        using var access = ClusterAccess.Open(isWaiting ? target with { Timeout = null } : target, time);
        var limit = target.Timeout ?? WaitDefault;

        // One machine that cannot be changed is no reason to leave the others as they are.
        var rows = await Task.WhenAll(parsed.GetValue(names)!.Distinct(StringComparer.Ordinal).Select(async name =>
        {
            try
            {
                return await ChangeAsync(access, name, isWaiting ? limit : null, cancellation);
            }
            catch (CommandFailedException failure)
            {
                runner.Say(failure.Message);
                return null;
            }
        }));
        var changed = rows.OfType<ChangeReport>().ToList();
        if (changed.Count > 0)
        {
            DataWriter.Write(streams.Output, output.Of(parsed), Columns, changed);
        }

        return rows.All(row => row is { IsAsAsked: not false }) ? 0 : ExitStatus.Failure;
    }

    /// <param name="access">The cluster.</param>
    /// <param name="name">The machine.</param>
    /// <param name="limit">How long to wait for the effect; null not to.</param>
    /// <param name="cancellation">Ends it.</param>
    private async Task<ChangeReport> ChangeAsync(
        ClusterAccess access, string name, TimeSpan? limit, CancellationToken cancellation)
    {
        var machine = await access.GetMachineAsync(name, cancellation);
        var change = MachineChange.Of(verb, machine, time.GetUtcNow());
        if (change.Patch is { } patch)
        {
            machine = await access.PatchMachineAsync(name, ResourcePatch.Merge(patch), cancellation);
        }

        if (limit is not { } wallTime)
        {
            return Report(machine, change.Result);
        }

        var goal = new MachineGoal(verb, machine.Metadata.Generation ?? 0, change.RestartRequest);
        var waiting = new MachineWait(
            token => access.GetMachineAsync(name, token), time, now => ShowProgress(name, now));
        var (last, progress) = await waiting.ForAsync(goal, wallTime, cancellation);
        if (progress.State == GoalState.Reached)
        {
            return Report(last, progress.Reason == Reasons.Succeeded ? "has run" : goal.Name) with { IsAsAsked = true };
        }

        var why = progress.State == GoalState.Underway
            ? string.Create(CultureInfo.InvariantCulture, $" after {wallTime.TotalSeconds:0} s") : "";
        runner.Say($"'{name}' is not {goal.Name}{why}: {progress.Reason}: {progress.Message}");
        return Report(last, $"not {goal.Name}") with
        {
            IsAsAsked = false,
            Reason = progress.Reason,
            Message = progress.Message,
        };
    }

    /// <summary>Somebody who watches wants to know what is waited for; a log does not.</summary>
    private void ShowProgress(string name, GoalProgress now)
    {
        if (!Console.IsErrorRedirected)
        {
            runner.Say($"'{name}': {now.Reason}: {now.Message}");
        }
    }

    private static ChangeReport Report(VirtualMachine machine, string result)
    {
        var ready = ConditionText.Find(machine, ConditionTypes.Ready);
        return new ChangeReport
        {
            Namespace = machine.Metadata.NamespaceProperty,
            Name = machine.Metadata.Name,
            Result = result,
            Status = machine.Status?.PrintableStatus,
            Reason = ready?.Reason,
            Message = ready?.Message,
        };
    }
}
