using System.Globalization;
using Vee.Api;
using Vee.Api.VirtualMachines;

namespace Vee.Operator.Decisions.Machines;

/// <summary>From no instance to one that is made.</summary>
internal static class Starting
{
    /// <summary>Nothing is claimed: start the machine, or say why not.</summary>
    public static MachinePlan WithoutInstance(MachineInput input)
    {
        if (!input.IsWanted)
        {
            return Halted(input);
        }

        return MayNotStart(input) ?? Claim(input, Placement.Find(input.Spec, input.Hosts));
    }

    /// <summary>The claim stands and the agent has no such instance: make it.</summary>
    public static MachinePlan Claimed(MachineInput input)
    {
        var instance = MachineDecision.InstanceOf(input);
        if (WithoutAddress(input) is { } readdressed)
        {
            return readdressed;
        }

        if (input.StartSpec is { } spec)
        {
            return MachineDecision.Act(
                input,
                MachineDecision.Underway(
                    input, "Starting", Reasons.Starting,
                    string.Create(CultureInfo.InvariantCulture, $"instance {instance} is being made")),
                new MachineStep.Create(spec, MachineDecision.HostOf(input), instance));
        }

        // The program went away between claim and start. The number is used up, so that a late call of an operator
        // that still had the program is refused.
        return MachineDecision.Act(
            input,
            MachineDecision.Underway(input, "Starting", input.Image.Reason!, input.Image.Message!),
            new MachineStep.Delete(instance));
    }

    /// <summary>
    /// A claim of before machines had addresses, or one whose address another machine has, too, as two operators may
    /// give it away at once: another address, before anything is made with this one. If the spec asks for another than
    /// the claim has by now, the claim is given up, as it is when the program is gone.
    /// </summary>
    private static MachinePlan? WithoutAddress(MachineInput input)
    {
        var (own, asked) = (input.Status.Network?.Address, input.Spec.Network?.Address);
        if (own is not null && !input.Addresses.ContainsKey(own) && (asked is null || asked == own))
        {
            return null;
        }

        var found = Addressing.Find(input);
        return found.Address is { } address && (own is null || asked is null)
            ? new MachinePlan
            {
                Status = MachineDecision.Observed(input) with { Network = new NetworkStatus { Address = address } },
                Conditions = MachineDecision.Underway(
                    input, "Starting", Reasons.Starting, $"has the address {address} now"),
                IsClaim = true,
                RequeueAfter = TimeSpan.FromSeconds(30),
            }
            : MachineDecision.Act(
                input,
                MachineDecision.Underway(
                    input, "Starting", found.Reason ?? Reasons.Starting, found.Message ?? "asks for another address"),
                new MachineStep.Delete(MachineDecision.InstanceOf(input)));
    }

    private static MachinePlan Halted(MachineInput input) => new()
    {
        Status = MachineDecision.Observed(input) with
        {
            HostName = null,
            Ports = null,
            StartTime = null,
            StartFailure = null,
            // A machine that was halted is free to run once more.
            StartedSpecHash = null,
            RestartAnswered = input.RestartRequest ?? input.Status.RestartAnswered,
        },
        Conditions = new MachineConditions
        {
            PrintableStatus = input.IsDeleting ? "Deleting" : "Halted",
            Ready = new(
                ConditionTypes.Ready, ConditionDraft.True, Reasons.Halted, "does not execute, as the spec asks"),
            Scheduled = MachineConditions.NotScheduled(Reasons.NotNeeded, "needs no host while halted"),
            Running = new(ConditionTypes.Running, ConditionDraft.False, Reasons.Halted, ""),
        },
        IsFinalized = input.IsDeleting,
    };

    /// <summary>What keeps a machine from a wanted start, in the order in which people should mend it.</summary>
    private static MachinePlan? MayNotStart(MachineInput input) =>
        Finished(input) ?? NoProgram(input) ?? Rejected(input) ?? BackingOff(input);

    /// <summary>Its run is over and the strategy says that there is no other.</summary>
    public static MachinePlan? Finished(MachineInput input)
    {
        if (input.RestartRequest is not null
            || input.Status.LastTermination is not { } last
            || !EndReasons.IsOfARun(last.Reason)
            || input.Status.StartedSpecHash is null
            || last.Instance != input.Status.Instance)
        {
            return null;
        }

        var isSuccess = last is { Reason: "Exited", ExitCode: 0 };
        if (!Ending.IsOver(input.Strategy, isSuccess))
        {
            return null;
        }

        var conditions = isSuccess
            ? Ending.Succeeded(last.Message ?? "")
            : MachineConditions.Stuck("Failed", Reasons.Failed, last.Message ?? "");
        return new MachinePlan { Status = MachineDecision.Observed(input), Conditions = conditions };
    }

    private static MachinePlan? NoProgram(MachineInput input) => input.Image.Image is not null ? null : new MachinePlan
    {
        Status = MachineDecision.Observed(input) with { HostName = null, Ports = null },
        Conditions = MachineConditions.Stuck(input.Image.Reason!, input.Image.Reason!, input.Image.Message!),
        Notes = [new(true, input.Image.Reason!, input.Image.Message!)],
    };

    /// <summary>An agent refused exactly this before, and would again.</summary>
    private static MachinePlan? Rejected(MachineInput input)
    {
        if (input.RestartRequest is not null
            || input.Status.LastTermination is not { Reason: EndReasons.Rejected } last
            || input.Status.StartedSpecHash != input.StartSpec?.Hash())
        {
            return null;
        }

        return new MachinePlan
        {
            Status = MachineDecision.Observed(input),
            Conditions = MachineConditions.Stuck(
                last.RejectedReason ?? Reasons.AgentRefused, last.RejectedReason ?? Reasons.AgentRefused,
                last.Message ?? ""),
        };
    }

    private static MachinePlan? BackingOff(MachineInput input)
    {
        if (input.RestartRequest is not null
            || input.Status.StartFailure is not { RetryAfter: { } due } failure
            || due.ToUniversalTime() is var retry && retry <= input.Now.UtcDateTime)
        {
            return null;
        }

        var message = WaitMessage(failure, retry, input.Status.LastTermination?.Message ?? "not known");
        return new MachinePlan
        {
            Status = MachineDecision.Observed(input),
            Conditions = MachineConditions.Underway("BackOff", Reasons.BackOff, message, host: null),
            RequeueAfter = MachineDecision.Positive(retry - input.Now.UtcDateTime),
        };
    }

    internal static string WaitMessage(StartFailure failure, DateTime retry, string last) => string.Create(
        CultureInfo.InvariantCulture,
        $"started again at {retry:HH:mm:ss} UTC, after {failure.ConsecutiveFailures} ends in a row; the last: {last}");

    private static MachinePlan Claim(MachineInput input, PlacementResult placement)
    {
        if (placement.Host is not { } host)
        {
            return new MachinePlan
            {
                Status = MachineDecision.Observed(input) with { HostName = null, Ports = null },
                Conditions = new MachineConditions
                {
                    PrintableStatus = "Unschedulable",
                    Ready = new(ConditionTypes.Ready, ConditionDraft.False, Reasons.NotScheduled, placement.Message!),
                    Scheduled = MachineConditions.NotScheduled(placement.Reason!, placement.Message!),
                    Running = new(ConditionTypes.Running, ConditionDraft.False, Reasons.NotScheduled, ""),
                    IsReconciling = true,
                },
                RequeueAfter = TimeSpan.FromSeconds(30),
                Notes = input.Hosts.Any(h => h.IsComing) ? [] : [new(true, placement.Reason!, placement.Message!)],
            };
        }

        var network = Addressing.Find(input);
        if (network.Address is not { } address)
        {
            return new MachinePlan
            {
                Status = MachineDecision.Observed(input) with { HostName = null, Ports = null },
                Conditions = MachineConditions.Stuck(network.Reason!, network.Reason!, network.Message!),
                RequeueAfter = TimeSpan.FromSeconds(30),
                Notes = [new(true, network.Reason!, network.Message!)],
            };
        }

        var spec = input.StartSpec!;
        var instance = input.NextInstance;
        var hasStarted = input.Status.Restarts is not null;
        return new MachinePlan
        {
            Status = MachineDecision.Observed(input) with
            {
                HostName = host.Name,
                Agent = host.Agent,
                Instance = instance,
                Network = new NetworkStatus { Address = address },
                Restarts = hasStarted ? checked(input.Status.Restarts + 1) : 0,
                StartTime = null,
                StartFailure = input.RestartRequest is null ? input.Status.StartFailure : null,
                Ports = null,
                SourceDigest = spec.ImageDigest,
                StartedSpecHash = spec.Hash(),
                RestartAnswered = input.RestartRequest ?? input.Status.RestartAnswered,
            },
            Conditions = MachineConditions.Underway(
                "Starting", Reasons.Starting, $"claimed on host {host.Name} as instance {instance}", host.Name),
            IsClaim = true,
            Step = new MachineStep.Create(spec, host.Name, instance),
            RequeueAfter = TimeSpan.FromSeconds(30),
            Notes = [new(false, "Scheduled", $"Placed on host {host.Name} as instance {instance}")],
        };
    }
}
