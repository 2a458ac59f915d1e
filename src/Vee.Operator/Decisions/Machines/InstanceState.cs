using Vee.Api.VirtualMachines;
using Vee.Protocol;

namespace Vee.Operator.Decisions.Machines;

/// <summary>What became of the instance that the status claims.</summary>
internal abstract record InstanceState
{
    private InstanceState()
    {
    }

    /// <summary>No instance is claimed.</summary>
    internal sealed record None : InstanceState;

    /// <summary>The agent does not answer: the instance may or may not execute.</summary>
    internal sealed record Unknown(string Message) : InstanceState;

    /// <summary>The instance can never execute again, and nobody has to be asked to make sure.</summary>
    /// <param name="Reason">How it ended, in one word, unless the status already says how.</param>
    /// <param name="Message">The same as a sentence.</param>
    /// <param name="IsFailure">Whether it went against everybody's will.</param>
    internal sealed record Gone(string Reason, string Message, bool IsFailure) : InstanceState;

    /// <summary>Claimed, and not on its agent: not made yet, or refused.</summary>
    internal sealed record Absent : InstanceState;

    /// <summary>On its agent.</summary>
    internal sealed record Present(MachineView Machine) : InstanceState;

    /// <summary>Reads the claim against what is known of its agent.</summary>
    public static InstanceState Of(MachineInput input)
    {
        if (input.Status is not { Agent: { } claim, Instance: { } instance })
        {
            return new None();
        }

        if (input.DeletedInstance == instance)
        {
            return new Gone(EndReasons.Removed, "removed before it executed", IsFailure: false);
        }

        // An agent that answers is asked itself, whatever somebody says of its host.
        var isAnswering = input.Agent is { IsReachable: true } known && known.Incarnation == claim.Incarnation;
        if (input.IsHostOutOfService && !isAnswering)
        {
            return new Gone(
                EndReasons.Lost,
                $"host {input.Status.HostName} is out of service: what ran on it counts as gone", IsFailure: true);
        }

        if (input.Agent is not { } agent)
        {
            return new Unknown($"agent {claim.Name} has not been seen since the operator started; {WhatToDo(input)}");
        }

        if (agent.Incarnation != claim.Incarnation)
        {
            return Incarnation.Proves(agent.Incarnation, claim.Incarnation)
                ? new Gone(
                    EndReasons.Lost, $"agent {agent.Name} was started anew: what it held is gone", IsFailure: true)
                : new Unknown(
                    $"agent {agent.Name} was last seen as {agent.Incarnation}, which does not prove that "
                    + $"{claim.Incarnation}, which has the machine, has ended; {WhatToDo(input)}");
        }

        if (!agent.IsReachable)
        {
            var silentFor = input.Now - agent.LastSeen;
            return new Unknown(
                $"agent {agent.Name} has not answered since {agent.LastSeen.UtcDateTime:HH:mm:ss} UTC "
                + $"({(long)silentFor.TotalSeconds} s); {WhatToDo(input)}");
        }

        if (agent.Machines.TryGetValue(input.Machine.Metadata.Uid, out var machine) && machine.Instance >= instance)
        {
            return machine.Phase == MachinePhase.GivenAway && input.Status.Migration is null
                ? new Unknown(
                    $"agent {agent.Name} has given the machine to another host, and nothing says to which; delete the "
                    + "machine where it is, or this one")
                : new Present(machine);
        }

        // It has ended and was deleted, by an operator that got no further.
        return input.Status.LastTermination?.Instance == instance
            ? new Gone(EndReasons.Removed, "has ended", IsFailure: false)
            : new Absent();
    }

    private static string WhatToDo(MachineInput input) =>
        "the machine may run on, so it is not started elsewhere until the agent is back (also as a new process on its "
        + "data directory), or "
        + $"until spec.outOfService of host {input.Status.HostName} says that it is gone for good";
}

/// <summary>Values of <see cref="TerminationStatus.Reason"/> that no agent reports.</summary>
internal static class EndReasons
{
    /// <summary>The agent, or its host, is gone and the machine with it.</summary>
    public const string Lost = "Lost";

    /// <summary>Taken from its agent before it executed.</summary>
    public const string Removed = "Removed";

    /// <summary>The agent refused to make it from this spec; another try would end the same way.</summary>
    public const string Rejected = "Rejected";

    /// <summary>Whether the instance executed, or may have.</summary>
    public static bool IsOfARun(string? reason) =>
        reason is Lost or "Exited" or "Signaled" or "Faulted" or "Deadlocked" or "Stopped" or "Failed";
}
