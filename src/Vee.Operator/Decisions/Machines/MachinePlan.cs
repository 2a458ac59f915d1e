using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;

namespace Vee.Operator.Decisions.Machines;

/// <summary>The one thing to do next on an agent.</summary>
internal abstract record MachineStep
{
    private MachineStep()
    {
    }

    /// <summary>Give the agent the program if it has not got it, and make the instance.</summary>
    internal sealed record Create(StartSpec Spec, string HostName, long Instance) : MachineStep;

    /// <summary>Let the instance execute.</summary>
    internal sealed record Start(long Instance) : MachineStep;

    /// <summary>Hold it still.</summary>
    internal sealed record Pause(long Instance) : MachineStep;

    /// <summary>Let it go on.</summary>
    internal sealed record Resume(long Instance) : MachineStep;

    /// <summary>Ask the guest to end, and end it when the period has passed.</summary>
    internal sealed record Stop(long Instance, TimeSpan GracePeriod) : MachineStep;

    /// <summary>Make sure that the instance never executes again, and forget it.</summary>
    internal sealed record Delete(long Instance) : MachineStep;

    /// <summary>Give a migration up at the agent that has the machine.</summary>
    internal sealed record CancelAtSource(long Number) : MachineStep;

    /// <summary>Give it up at the agent that the machine moves to, which refuses once it has been granted.</summary>
    internal sealed record CancelAtTarget(long Number) : MachineStep;

    /// <summary>Tell the agent that the machine moves to that it has been given away.</summary>
    internal sealed record SettleAtTarget(long Number) : MachineStep;

    /// <summary>Tell the agent that has offered the machine what has become of the target: it has given up, and why, or
    /// it is gone for good.</summary>
    internal sealed record SettleAtSource(long Number, MigrationFailure? WhyGivenUp) : MachineStep;

    /// <summary>Make sure that the instance never comes to the agent that the machine moves to.</summary>
    internal sealed record DeleteAtTarget(long Instance) : MachineStep;
}

/// <summary>What is to be said and done.</summary>
internal sealed record MachinePlan
{
    /// <summary>The whole status as it is to be, conditions apart.</summary>
    public required VirtualMachineStatus Status { get; init; }

    /// <summary>What the conditions are to say.</summary>
    public required MachineConditions Conditions { get; init; }

    /// <summary>
    /// Whether the status claims or releases an instance: it is then written only if the object is still the one that
    /// was read, and before anything else is done.
    /// </summary>
    public bool IsClaim { get; init; }

    /// <summary>What to do on the agent after the status is written.</summary>
    public MachineStep? Step { get; init; }

    /// <summary>When to look again although nothing happens.</summary>
    public TimeSpan? RequeueAfter { get; init; }

    /// <summary>Whether nothing of the machine is left, so that the object may go.</summary>
    public bool IsFinalized { get; init; }

    /// <summary>What people are told.</summary>
    public IReadOnlyList<MachineNote> Notes { get; init; } = [];
}

/// <summary>An event.</summary>
internal sealed record MachineNote(bool IsWarning, string Reason, string Message);
