using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions.Machines;
using Vee.Protocol;

namespace Vee.Operator.Decisions.Migrations;

/// <summary>What is known of the side that a machine moves to.</summary>
internal abstract record TargetState
{
    private TargetState()
    {
    }

    /// <summary>The agent does not answer: the machine may or may not execute there.</summary>
    internal sealed record Unknown(string Message) : TargetState;

    /// <summary>What was there is gone, and nobody has to be asked to make sure.</summary>
    internal sealed record Gone(string Message) : TargetState;

    /// <summary>The agent answers.</summary>
    /// <param name="Migration">What it knows of the migration; null for nothing.</param>
    /// <param name="Machine">The machine, if it has been granted there.</param>
    internal sealed record Known(MigrationView? Migration, MachineView? Machine) : TargetState;

    /// <summary>Reads the record against what is known of its agent.</summary>
    public static TargetState Of(MachineInput input, MigrationRecord record)
    {
        var agent = input.Target;
        var isAnswering = agent is { IsReachable: true } && agent.Incarnation == record.Agent.Incarnation;
        if (isAnswering)
        {
            var uid = input.Machine.Metadata.Uid;
            return new Known(
                agent!.Find(uid, MigrationRole.Target, record.Number),
                agent.Machines.TryGetValue(uid, out var machine) && machine.Instance >= record.Instance
                    ? machine : null);
        }

        if (input.IsTargetOutOfService)
        {
            return new Gone($"host {record.HostName} is out of service");
        }

        if (agent is not null && Incarnation.Proves(agent.Incarnation, record.Agent.Incarnation))
        {
            return new Gone($"agent {agent.Name} was started anew");
        }

        return new Unknown(
            $"agent {record.Agent.Name} does not answer as {record.Agent.Incarnation}; waits until it does, or until "
            + $"spec.outOfService of host {record.HostName} says that it is gone for good");
    }
}
