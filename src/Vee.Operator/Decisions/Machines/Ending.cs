using Vee.Api;
using Vee.Api.VirtualMachines;

namespace Vee.Operator.Decisions.Machines;

/// <summary>From an instance that has ended, or is gone, to none.</summary>
internal static class Ending
{
    /// <summary>The instance has ended; the agent keeps its console until it is deleted.</summary>
    public static MachinePlan Ended(MachineInput input, MachineView machine)
    {
        var ending = machine.Ending ?? new MachineEnding("Failed", "ended without saying how");
        var status = MachineDecision.Observed(input) with
        {
            LastTermination = Record(machine.Instance, ending, input.Now),
            Ports = null,
            StartTime = null,
        };
        var isNews = input.Status.LastTermination?.Instance != machine.Instance;
        MachineNote[] notes = isNews ? [Note(machine, ending)] : [];
        if (!input.IsWanted || input.RestartRequest is not null)
        {
            return Forget(input, status, machine, "Stopping", notes);
        }

        if (IsOver(input.Strategy, ending.IsSuccess))
        {
            return new MachinePlan
            {
                Status = status,
                Conditions = ending.IsSuccess
                    ? Succeeded(ending.Message) : MachineConditions.Stuck("Failed", Reasons.Failed, ending.Message),
                Notes = notes,
            };
        }

        var failure = isNews && !ending.WasAsked
            ? BackOff.After(input.Status.StartFailure, machine.StartedAt, ending.EndedAt ?? input.Now)
            : input.Status.StartFailure;
        status = status with { StartFailure = failure };
        if (!ending.WasAsked && failure?.RetryAfter?.ToUniversalTime() is { } retry && retry > input.Now.UtcDateTime)
        {
            return new MachinePlan
            {
                Status = status,
                Conditions = MachineConditions.Underway(
                    "BackOff", Reasons.BackOff,
                    Starting.WaitMessage(failure, retry, ending.Message), MachineDecision.HostOf(input)),
                RequeueAfter = MachineDecision.Positive(retry - input.Now.UtcDateTime),
                Notes = notes,
            };
        }

        return Forget(input, status, machine, "Restarting", notes);
    }

    /// <summary>The claim is given up: the instance can never execute again.</summary>
    /// <param name="input">What the decision rests on.</param>
    /// <param name="reason">One word for how it ended, unless the status already says how this instance did.</param>
    /// <param name="message">The same as a sentence.</param>
    /// <param name="isFailure">Whether it ended against everybody's will.</param>
    public static MachinePlan Release(MachineInput input, string reason, string message, bool isFailure)
    {
        var instance = MachineDecision.InstanceOf(input);
        var isKnown = input.Status.LastTermination?.Instance == instance;
        var last = isKnown ? input.Status.LastTermination : new TerminationStatus
        {
            Instance = instance,
            Reason = reason,
            Message = StatusText.Cut(message, StatusText.MessageLength),
            FinishedAt = WallTime.WholeSecond(input.Now),
        };
        return new MachinePlan
        {
            Status = MachineDecision.Observed(input) with
            {
                HostName = null,
                Agent = null,
                Ports = null,
                StartTime = null,
                LastTermination = last,
                StartFailure = isFailure && !isKnown
                    ? BackOff.After(input.Status.StartFailure, StartedAt(input), input.Now) : input.Status.StartFailure,
            },
            Conditions = MachineConditions.Underway("Stopped", Reasons.Starting, message, host: null),
            IsClaim = true,
            RequeueAfter = TimeSpan.FromMilliseconds(100),
            Notes = isFailure && !isKnown ? [new(true, reason, message)] : [],
        };
    }

    /// <summary>It executes on a host that is out of service: it is taken away there before it starts
    /// elsewhere.</summary>
    public static MachinePlan Evict(MachineInput input, MachineView machine)
    {
        var message = $"host {input.Status.HostName} is out of service: removed from it";
        var status = MachineDecision.Observed(input) with
        {
            LastTermination = new TerminationStatus
            {
                Instance = machine.Instance,
                Reason = EndReasons.Lost,
                Message = StatusText.Cut(message, StatusText.MessageLength),
                FinishedAt = WallTime.WholeSecond(input.Now),
            },
            Ports = null,
            StartTime = null,
        };
        return Forget(input, status, machine, "Stopping", [new(true, EndReasons.Lost, message)]);
    }

    /// <summary>The agent refused to make the instance from this spec; another try would end the same way.</summary>
    public static MachinePlan Reject(MachineInput input, string reason, string message)
    {
        var plan = Release(input, EndReasons.Rejected, message, isFailure: false);
        return plan with
        {
            Status = plan.Status with
            {
                LastTermination = plan.Status.LastTermination! with { RejectedReason = reason },
            },
            Conditions = MachineConditions.Stuck(reason, reason, message),
            Notes = [new(true, reason, message)],
        };
    }

    public static MachineConditions Succeeded(string message) => new()
    {
        PrintableStatus = "Succeeded",
        Ready = new(ConditionTypes.Ready, ConditionDraft.True, Reasons.Succeeded, message),
        Scheduled = MachineConditions.NotScheduled(Reasons.NotNeeded, "has run"),
        Running = new(ConditionTypes.Running, ConditionDraft.False, Reasons.Succeeded, message),
    };

    /// <summary>Whether no run follows one that ended so.</summary>
    public static bool IsOver(string strategy, bool isSuccess) =>
        strategy == RunStrategies.Once || (strategy == RunStrategies.RerunOnFailure && isSuccess);

    /// <summary>Said first, then done: an operator that dies in between does it again.</summary>
    private static MachinePlan Forget(
        MachineInput input, VirtualMachineStatus status, MachineView machine, string printable, MachineNote[] notes) =>
        new()
        {
            Status = status,
            Conditions = MachineDecision.Underway(input, printable, Reasons.Stopping, "has ended; being removed"),
            Step = new MachineStep.Delete(machine.Instance),
            RequeueAfter = TimeSpan.FromSeconds(30),
            Notes = notes,
        };

    private static MachineNote Note(MachineView machine, MachineEnding ending) => new(
        !ending.IsSuccess && !ending.WasAsked, ending.IsSuccess || ending.WasAsked ? "Ended" : "Failed",
        $"Instance {machine.Instance}: {ending.Message}");

    private static TerminationStatus Record(long instance, MachineEnding ending, DateTimeOffset now) => new()
    {
        Instance = instance,
        Reason = ending.Reason,
        ExitCode = ending.ExitCode,
        Signal = ending.Signal,
        Pc = ending.Pc,
        Symbol = StatusText.Cut(ending.Symbol, StatusText.SymbolLength),
        Address = ending.Address,
        Message = StatusText.Cut(ending.Message, StatusText.MessageLength),
        FinishedAt = WallTime.WholeSecond(ending.EndedAt ?? now),
    };

    private static DateTimeOffset? StartedAt(MachineInput input) =>
        input.Status.StartTime is { } start ? new DateTimeOffset(start.ToUniversalTime()) : null;
}
