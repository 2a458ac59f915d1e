using Vee.Api;
using Vee.Api.VirtualMachines;

namespace Vee.Cli.Commands.Machines;

/// <summary>How far a machine is on its way to what was asked.</summary>
internal enum GoalState
{
    /// <summary>Not there, and something may still change.</summary>
    Underway,

    /// <summary>There.</summary>
    Reached,

    /// <summary>Not there, and nothing changes until somebody changes something.</summary>
    OutOfReach,
}

/// <summary>How far a machine is, and what its conditions say about it.</summary>
internal readonly record struct GoalProgress(GoalState State, string Reason, string Message);

/// <summary>What is waited for after a verb.</summary>
/// <param name="Verb">The verb.</param>
/// <param name="Generation">A status about an older spec says nothing.</param>
/// <param name="RestartRequest">Must be answered first; null for none.</param>
internal sealed record MachineGoal(MachineVerb Verb, long Generation, string? RestartRequest)
{
    /// <summary>The goal in one word.</summary>
    internal string Name => Verb switch
    {
        MachineVerb.Stop => "halted",
        MachineVerb.Pause => "paused",
        _ => "running",
    };

    /// <summary>Compares a machine with the goal.</summary>
    internal GoalProgress Compare(VirtualMachine machine)
    {
        if (machine.Metadata.DeletionTimestamp is not null)
        {
            return new(GoalState.OutOfReach, Reasons.Deleting, "it is being deleted");
        }

        if (machine.Status is not { } status || (status.ObservedGeneration ?? 0) < Generation
            || ConditionText.Find(machine, ConditionTypes.Ready) is not { } ready)
        {
            return new(GoalState.Underway, "NotSeen", "the operator has not seen the change yet; is it running?");
        }

        if (RestartRequest is not null && status.RestartAnswered != RestartRequest)
        {
            return new(GoalState.Underway, ready.Reason, ready.Message);
        }

        if (HasReached(machine, ready.Status == "True" ? ready.Reason : null))
        {
            return new(GoalState.Reached, ready.Reason, ready.Message);
        }

        // Ready means that the machine is as its spec asks, which then is not what this verb is about.
        var isSettled = ready.Status == "True" || ConditionText.IsTrue(machine, ConditionTypes.Stalled);
        return new(
            isSettled ? GoalState.OutOfReach : GoalState.Underway, ready.Reason,
            ready.Status == "True" ? Explain(ready.Reason, ready.Message) : ready.Message);
    }

    /// <param name="machine">The machine.</param>
    /// <param name="readyReason">Null while it is not ready.</param>
    private bool HasReached(VirtualMachine machine, string? readyReason) => Verb switch
    {
        MachineVerb.Stop => readyReason == Reasons.Halted,
        MachineVerb.Pause => ConditionText.IsTrue(machine, ConditionTypes.Paused),
        // A short program may have run before anybody looked.
        _ => readyReason is Reasons.Running or Reasons.Succeeded,
    };

    private string Explain(string reason, string message) => (Verb, reason) switch
    {
        (MachineVerb.Pause, Reasons.Halted or Reasons.Succeeded) =>
            "it does not execute, so there is nothing to hold still; it will be held still when it is started",
        (_, Reasons.Paused) => "it is held still; 'vee resume' lets it go on",
        (_, Reasons.Halted) => "it is halted; 'vee start' starts it",
        _ => message,
    };
}
