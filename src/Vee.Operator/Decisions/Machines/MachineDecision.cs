using Vee.Api;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions.Migrations;

namespace Vee.Operator.Decisions.Machines;

/// <summary>Decides the one next step of a machine, and what its status says.</summary>
/// <remarks>Pure: the same input gives the same plan.</remarks>
internal static class MachineDecision
{
    /// <summary>How often a machine is looked at that waits for something which may come without a sign.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(30);

    public static MachinePlan Decide(MachineInput input) =>
        input.Status.Migration is { } record ? Handover.Decide(input, record) : DecideInPlace(input);

    /// <summary>A machine that does not move.</summary>
    private static MachinePlan DecideInPlace(MachineInput input) => InstanceState.Of(input) switch
    {
        InstanceState.None => Starting.WithoutInstance(input),
        // What has ended stays ended, whether its agent answers or not.
        InstanceState.Unknown when !input.IsDeleting && Starting.Finished(input) is { } finished => finished,
        InstanceState.Unknown unknown => Wait(input, MachineConditions.Unreachable(unknown.Message, HostOf(input))),
        InstanceState.Gone gone => Ending.Release(input, gone.Reason, gone.Message, gone.IsFailure),
        InstanceState.Present { Machine.Phase: not MachinePhase.Ended } present when input.IsHostOutOfService =>
            Ending.Evict(input, present.Machine),
        InstanceState.Absent when !input.IsWanted || input.IsHostOutOfService || input.IsHostMissing => Act(
            input, Underway(input, "Stopping", Reasons.Stopping, "making sure that it is not started late"),
            new MachineStep.Delete(InstanceOf(input))),
        InstanceState.Absent => Starting.Claimed(input),
        InstanceState.Present { Machine.Phase: MachinePhase.Ended } ended => Ending.Ended(input, ended.Machine),
        InstanceState.Present present => Executing(input, present.Machine),
        _ => throw new InvalidOperationException("an instance state without a rule"),
    };

    /// <summary>A status that keeps what it said and says the given conditions.</summary>
    internal static MachinePlan Wait(MachineInput input, MachineConditions conditions) => new()
    {
        Status = Observed(input),
        Conditions = conditions,
        RequeueAfter = LookAgain,
    };

    internal static MachinePlan Act(MachineInput input, MachineConditions conditions, MachineStep step) => new()
    {
        Status = Observed(input),
        Conditions = conditions,
        Step = step,
        RequeueAfter = LookAgain,
    };

    internal static MachineConditions Underway(MachineInput input, string status, string reason, string message) =>
        MachineConditions.Underway(status, reason, message, input.Status.HostName);

    internal static VirtualMachineStatus Observed(MachineInput input) => input.Status with
    {
        ObservedGeneration = input.Machine.Metadata.Generation,
        Source = input.Image.Source,
    };

    internal static string HostOf(MachineInput input) => input.Status.HostName ?? "";

    internal static long InstanceOf(MachineInput input) => input.Status.Instance ?? 0;

    /// <summary>An instance on its agent that has not ended.</summary>
    private static MachinePlan Executing(MachineInput input, MachineView machine)
    {
        if (!input.IsWanted || input.RestartRequest is not null)
        {
            return Stopping(input, machine);
        }

        return machine.Phase switch
        {
            MachinePhase.Created when input.IsPauseWanted => Act(
                input, Underway(input, "Starting", Reasons.Starting, "made; to be held still, as the spec asks"),
                new MachineStep.Pause(machine.Instance)),
            MachinePhase.Created => Act(
                input, Underway(input, "Starting", Reasons.Starting, "made; about to execute"),
                new MachineStep.Start(machine.Instance)),
            MachinePhase.Running when input.IsPauseWanted => Act(
                input, Underway(input, "Pausing", Reasons.Paused, "to be held still"),
                new MachineStep.Pause(machine.Instance)),
            MachinePhase.Paused when !input.IsPauseWanted => Act(
                input, Underway(input, "Resuming", Reasons.Starting, "to go on"),
                new MachineStep.Resume(machine.Instance)),
            MachinePhase.Stopping => Wait(
                input, Underway(input, "Stopping", Reasons.Stopping, "was asked to end and may be started again then")),
            _ => Settled(input, machine),
        };
    }

    private static MachinePlan Stopping(MachineInput input, MachineView machine)
    {
        var why = input.IsDeleting ? "it is being deleted"
            : input.IsWanted ? "a restart was asked for" : "the spec asks for Halted";
        var conditions = Underway(
            input, input.IsDeleting ? "Deleting" : "Stopping",
            input.IsDeleting ? Reasons.Deleting : Reasons.Stopping, $"asked to end, as {why}");
        return machine.Phase switch
        {
            MachinePhase.Created => Act(input, conditions, new MachineStep.Delete(machine.Instance)),
            MachinePhase.Stopping => Wait(input, conditions),
            _ => Act(input, conditions, new MachineStep.Stop(machine.Instance, input.GracePeriod)) with
            {
                Notes = [new(false, Reasons.Stopping, $"Asked instance {machine.Instance} to end, as {why}")],
            },
        };
    }

    /// <summary>Executing or held still, as asked.</summary>
    internal static MachinePlan Settled(MachineInput input, MachineView machine)
    {
        var isRunning = machine.Phase == MachinePhase.Running;
        var host = HostOf(input);
        var hasRecovered = machine.StartedAt is { } start && input.Now - start >= BackOff.ResetAfter;
        var failure = hasRecovered ? null : input.Status.StartFailure;
        var conditions = MachineConditions.Settled(
            isRunning ? "Running" : "Paused", isRunning ? Reasons.Running : Reasons.Paused,
            isRunning ? $"executes on host {host}" : $"held still on host {host}", isRunning, host);
        var standing = isRunning && input.Agent?.Hosts.TryGetValue(machine.HostUid, out var simulated) == true
            ? simulated.Time : null;
        var stands = standing?.StandsFrom <= input.Now;
        var startTime = WallTime.WholeSecond(machine.StartedAt);
        var isNews = isRunning && input.Status.StartTime?.ToUniversalTime() != startTime;
        return new MachinePlan
        {
            Status = Observed(input) with
            {
                StartTime = startTime,
                SourceDigest = machine.ImageDigest,
                Ports = machine.Ports.Count == 0 ? null
                    : [.. machine.Ports.Select(Published)],
                StartFailure = failure is null ? null : failure with { RetryAfter = null },
            },
            Conditions = conditions with
            {
                Ready = stands ? conditions.Ready with
                {
                    Status = ConditionDraft.False,
                    Reason = Reasons.TimeStands,
                    Message = standing!.Message,
                } : conditions.Ready,
                IsReconciling = stands,
                Paused = new(
                    ConditionTypes.Paused, isRunning ? ConditionDraft.False : ConditionDraft.True,
                    isRunning ? Reasons.Running : Reasons.Paused, ""),
                RestartRequired = RestartRequired(input, machine),
            },
            RequeueAfter = stands ? LookAgain
                : standing?.StandsFrom is { } from ? Positive(from - input.Now)
                : failure is not null && machine.StartedAt is { } since
                    ? Positive(since + BackOff.ResetAfter - input.Now) : null,
            Notes = isNews ? [new(false, Reasons.Running, $"Instance {machine.Instance} executes on host {host}")] : [],
        };
    }

    private static PortStatus Published(PortView port) =>
        new() { Name = port.Name, Port = port.Port, Address = port.Address };

    private static ConditionDraft RestartRequired(MachineInput input, MachineView machine)
    {
        if (input.StartSpec is { } wanted && wanted.Hash() != machine.SpecHash)
        {
            return new(
                ConditionTypes.RestartRequired, ConditionDraft.True, Reasons.SpecChanged,
                "the spec or its program changed after the start: restart the machine for it to take effect");
        }

        return new(ConditionTypes.RestartRequired, ConditionDraft.False, Reasons.UpToDate, "");
    }

    internal static TimeSpan Positive(TimeSpan wait) =>
        wait < TimeSpan.FromMilliseconds(100) ? TimeSpan.FromMilliseconds(100) : wait;
}
