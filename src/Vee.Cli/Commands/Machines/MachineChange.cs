using System.Globalization;
using System.Text.Json.Nodes;
using Vee.Api;
using Vee.Api.VirtualMachines;
using Vee.Cli.Cluster;

namespace Vee.Cli.Commands.Machines;

/// <summary>What people ask of a machine.</summary>
internal enum MachineVerb
{
    Start,
    Stop,
    Restart,
    Pause,
    Resume,
}

/// <summary>What a verb means for one machine.</summary>
/// <param name="Patch">A merge patch; null when the machine is asked for this already.</param>
/// <param name="Result">What is said to have been done.</param>
/// <param name="RestartRequest">Must be answered before the verb has had its effect; null for none.</param>
internal sealed record MachineChange(JsonObject? Patch, string Result, string? RestartRequest = null)
{
    /// <summary>Finds out what to change.</summary>
    /// <exception cref="CommandFailedException">The verb makes no sense for this machine as it is.</exception>
    internal static MachineChange Of(MachineVerb verb, VirtualMachine machine, DateTimeOffset now)
    {
        if (machine.Metadata.DeletionTimestamp is not null)
        {
            throw new CommandFailedException($"'{machine.Metadata.Name}' is being deleted.");
        }

        return verb switch
        {
            MachineVerb.Start => Start(machine, now),
            MachineVerb.Stop => StrategyOf(machine) == RunStrategies.Halted
                ? Nothing("halted already") : new(RunStrategy(RunStrategies.Halted), "asked to stop"),
            MachineVerb.Restart => Restart(machine, now),
            MachineVerb.Pause => machine.Spec.Paused == true
                ? Nothing("paused already") : new(Paused(true), "asked to pause"),
            MachineVerb.Resume => machine.Spec.Paused == true
                ? new(Paused(false), "asked to go on") : Nothing("not paused"),
            _ => throw new ArgumentOutOfRangeException(nameof(verb), verb, "a verb without a meaning"),
        };
    }

    private static MachineChange Start(VirtualMachine machine, DateTimeOffset now) => StrategyOf(machine) switch
    {
        RunStrategies.Halted => new(RunStrategy(RunStrategies.Always), "asked to start"),
        // Strategies that let a run be the last keep their meaning: the machine runs once more.
        not RunStrategies.Always when HasFinished(machine) => Request(now, "asked to run once more"),
        _ => Nothing("to run already"),
    };

    private static MachineChange Restart(VirtualMachine machine, DateTimeOffset now) =>
        StrategyOf(machine) == RunStrategies.Halted
            ? throw new CommandFailedException(
                $"'{machine.Metadata.Name}' is halted. 'vee start {machine.Metadata.Name}' starts it.")
            : Request(now, "asked to restart");

    private static MachineChange Nothing(string result) => new(null, result);

    private static string StrategyOf(VirtualMachine machine) => machine.Spec.RunStrategy ?? RunStrategies.Always;

    private static bool HasFinished(VirtualMachine machine) =>
        ConditionText.Find(machine, ConditionTypes.Ready)?.Reason is Reasons.Succeeded or Reasons.Failed;

    private static JsonObject RunStrategy(string strategy) =>
        new() { ["spec"] = new JsonObject { ["runStrategy"] = strategy } };

    private static JsonObject Paused(bool isPaused) => new() { ["spec"] = new JsonObject { ["paused"] = isPaused } };

    /// <summary>The time is precise enough that two requests of one person differ.</summary>
    private static MachineChange Request(DateTimeOffset now, string result)
    {
        var request = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["annotations"] = new JsonObject { [Labels.RestartRequested] = request },
            },
        };
        return new MachineChange(patch, result, request);
    }
}
