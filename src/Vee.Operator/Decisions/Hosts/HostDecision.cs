using Vee.Api;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;

namespace Vee.Operator.Decisions.Hosts;

/// <summary>Decides the one next step of a host, and what its status says.</summary>
/// <remarks>Pure: the same input gives the same plan.</remarks>
internal static class HostDecision
{
    /// <summary>How long an agent may be silent before its hosts are said not to be ready.</summary>
    /// <remarks>A dead agent is to show within 15 s; a connection that is made anew is not to show.</remarks>
    public static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    public static HostPlan Decide(HostInput input)
    {
        if (input.IsDeleting)
        {
            return Deleting(input);
        }

        if (input.Spec.OutOfService ?? false)
        {
            const string Message =
                "spec.outOfService says that its agent is gone for good; take it back to have it bound anew";
            return Plan(input, Conditions(ConditionDraft.False, Reasons.OutOfService, Message, isBound: false)) with
            {
                Status = Observed(input) with { Agent = null },
                IsBinding = input.Status.Agent is not null,
            };
        }

        return input.Status.Agent is { } agent ? Bound(input, agent) : Unbound(input);
    }

    /// <summary>What is said and done after the agent refused to make the host.</summary>
    public static HostPlan Refused(HostInput input, AgentRefusal refusal) => refusal.Kind switch
    {
        AgentRefusalKind.AgentFull =>
            Unbind(input, Conditions(ConditionDraft.False, Reasons.NoAgentFits, refusal.Message, isBound: false)),
        AgentRefusalKind.InvalidRequest =>
            Unbind(input, Conditions(ConditionDraft.False, Reasons.AgentRefused, refusal.Message, isBound: false)),
        _ => Plan(input, Conditions(ConditionDraft.False, Reasons.AgentRefused, refusal.Message, isBound: true)) with
        {
            RequeueAfter = LookAgain,
        },
    };

    private static HostPlan Unbind(HostInput input, IReadOnlyList<ConditionDraft> conditions) =>
        Plan(input, conditions) with
        {
            Status = Observed(input) with { Agent = null },
            IsBinding = true,
            RequeueAfter = LookAgain,
        };

    private static HostPlan Deleting(HostInput input)
    {
        if (input.Machines.Count > 0)
        {
            var names = string.Join(", ", input.Machines.Order(StringComparer.Ordinal).Take(8));
            var more = input.Machines.Count > 8 ? " and more" : "";
            return Plan(input, Deleting($"waits until its machines are halted or deleted: {names}{more}"));
        }

        var isGone = input.Status.Agent is not { } claim || (input.Spec.OutOfService ?? false)
            || AgentOf(input, claim) is { } seen
                && (seen.Incarnation != claim.Incarnation || (seen.IsReachable && !seen.Hosts.ContainsKey(input.Uid)));
        if (isGone)
        {
            return Plan(input, Deleting("is gone from its agent")) with { IsFinalized = true };
        }

        return AgentOf(input, input.Status.Agent!) is { IsReachable: true }
            ? Plan(input, Deleting("is being removed from its agent")) with
            {
                Step = HostStep.Delete,
                RequeueAfter = Soon,
            }
            : Plan(input, Deleting(
                $"waits for agent {input.Status.Agent!.Name}, which does not answer; if it is gone for good, say so "
                + "with spec.outOfService")) with
            {
                RequeueAfter = LookAgain,
            };
    }

    private static HostPlan Unbound(HostInput input)
    {
        // It is impossible, whoever is asked: unbound, so that its spec can be mended, and left alone until it is.
        if (input.Status.Conditions?.FirstOrDefault(c => c.Type == ConditionTypes.Ready) is
            { Reason: Reasons.AgentRefused } refused && refused.ObservedGeneration == input.Host.Metadata.Generation)
        {
            return Plan(
                input, Conditions(ConditionDraft.False, Reasons.AgentRefused, refused.Message, isBound: false));
        }

        var binding = AgentBinding.Find(input);
        if (binding.Agent is not { } agent)
        {
            return Plan(input, Conditions(ConditionDraft.False, binding.Reason!, binding.Message!, isBound: false)) with
            {
                RequeueAfter = LookAgain,
            };
        }

        return Bind(input, agent, $"bound to agent {agent.Name}; being made there");
    }

    private static HostPlan Bound(HostInput input, AgentReference claim)
    {
        if (AgentOf(input, claim) is not { } agent)
        {
            return Plan(input, Conditions(
                ConditionDraft.Unknown, Reasons.AgentUnreachable,
                $"agent {claim.Name} has not been seen since the operator started", isBound: true)) with
            {
                RequeueAfter = LookAgain,
            };
        }

        if (!agent.IsReachable)
        {
            var silence = input.Now - agent.LastSeen;
            return silence < SilenceMax
                ? new HostPlan
                {
                    Status = Observed(input),
                    Conditions = [],
                    RequeueAfter = SilenceMax - silence + TimeSpan.FromMilliseconds(100),
                }
                : Plan(input, Conditions(
                    ConditionDraft.False, Reasons.AgentUnreachable,
                    $"agent {agent.Name} has not answered since {agent.LastSeen.UtcDateTime:HH:mm:ss} UTC",
                    isBound: true)) with
                {
                    RequeueAfter = LookAgain,
                };
        }

        if (agent.Incarnation != claim.Incarnation || agent.Address != claim.Address)
        {
            return Bind(input, agent, $"agent {agent.Name} was started anew; being made there");
        }

        return agent.Hosts.TryGetValue(input.Uid, out var made)
            ? Simulated(input, agent, made.Time)
            : Plan(input, Conditions(
                ConditionDraft.False, Reasons.Starting, $"being made on agent {agent.Name}", isBound: true)) with
            {
                Step = HostStep.Create,
                RequeueAfter = Soon,
            };
    }

    /// <summary>Its agent has it, which is all that was asked: that its time passes is said apart.</summary>
    private static HostPlan Simulated(HostInput input, AgentView agent, HostTimeView time)
    {
        var conditions = Conditions(
            ConditionDraft.True, Reasons.AsSpecified, $"simulated by agent {agent.Name}", isBound: true);
        conditions.RemoveAll(c => c.Type == ConditionTypes.TimeLag);
        if (time.StandsFrom is { } from && input.Now < from)
        {
            return Plan(input, conditions) with { RequeueAfter = from - input.Now + TimeSpan.FromMilliseconds(100) };
        }

        conditions.Add(time.Phase switch
        {
            HostTimePhase.Stands => new(
                ConditionTypes.TimeLag, ConditionDraft.True, Reasons.Stands, time.Message),
            HostTimePhase.Lags => new(ConditionTypes.TimeLag, ConditionDraft.True, Reasons.Lags, time.Message),
            _ => new(ConditionTypes.TimeLag, ConditionDraft.False, Reasons.KeepsUp, ""),
        });
        return Plan(input, conditions);
    }

    private static HostPlan Bind(HostInput input, AgentView agent, string message) =>
        Plan(input, Conditions(ConditionDraft.False, Reasons.Starting, message, isBound: true)) with
        {
            Status = Observed(input) with
            {
                Agent = new AgentReference
                {
                    Name = agent.Name,
                    Incarnation = agent.Incarnation,
                    Address = agent.Address,
                },
            },
            IsBinding = true,
            Step = HostStep.Create,
            RequeueAfter = Soon,
        };

    private static AgentView? AgentOf(HostInput input, AgentReference claim) =>
        input.Agents.FirstOrDefault(a => a.Name == claim.Name);

    private static HostPlan Plan(HostInput input, IReadOnlyList<ConditionDraft> conditions) =>
        new() { Status = Observed(input), Conditions = conditions };

    private static SimulatedHostStatus Observed(HostInput input) => input.Status with
    {
        ObservedGeneration = input.Host.Metadata.Generation,
        Capacity = new HostCapacity { Cores = input.CoreCount, MemoryBytes = input.MemoryBytes },
        Allocated = input.Allocated,
        Free = MemorySize.ToText(Math.Max(0, input.MemoryBytes - input.Allocated.MemoryBytes)),
    };

    private static List<ConditionDraft> Deleting(string message) =>
    [
        new(ConditionTypes.Ready, ConditionDraft.False, Reasons.Deleting, message),
        new(ConditionTypes.Reconciling, ConditionDraft.True, Reasons.Deleting, message),
    ];

    private static List<ConditionDraft> Conditions(string ready, string reason, string message, bool isBound)
    {
        // An agent may come or have room at any time, so a host without one is under way, not stalled.
        var isStalled = reason == Reasons.OutOfService || (reason == Reasons.AgentRefused && !isBound);
        var isUnderway = ready != ConditionDraft.True && !isStalled;
        return
        [
            new(ConditionTypes.Ready, ready, reason, message),
            new(
                ConditionTypes.Bound, isBound ? ConditionDraft.True : ConditionDraft.False,
                isBound ? Reasons.AgentFound : reason, isBound ? "" : message),
            new(
                ConditionTypes.Reconciling, isUnderway ? ConditionDraft.True : ConditionDraft.False,
                isUnderway ? reason : Reasons.AsSpecified, isUnderway ? message : ""),
            new(ConditionTypes.TimeLag, ConditionDraft.Unknown, reason, message),
            new(
                ConditionTypes.Stalled, isStalled ? ConditionDraft.True : ConditionDraft.False,
                isStalled ? reason : Reasons.AsSpecified, isStalled ? message : ""),
        ];
    }
}
