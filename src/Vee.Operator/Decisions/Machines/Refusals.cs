using Vee.Api;

namespace Vee.Operator.Decisions.Machines;

/// <summary>What an agent's no means for a machine.</summary>
internal static class Refusals
{
    /// <summary>What is said and done after an agent refused to make the claimed instance.</summary>
    /// <param name="input">What the decision rested on, the claim included.</param>
    /// <param name="refusal">The agent's answer.</param>
    public static MachinePlan OfCreate(MachineInput input, AgentRefusal refusal) => refusal.Kind switch
    {
        AgentRefusalKind.StaleInstance =>
            Ending.Release(input, EndReasons.Removed, "the agent has removed it before", isFailure: false),
        AgentRefusalKind.InvalidImage => Ending.Reject(input, Reasons.ImageInvalid, refusal.Message),
        AgentRefusalKind.WrongArchitecture => Ending.Reject(input, Reasons.ImageArchitecture, refusal.Message),
        AgentRefusalKind.ImageTooLarge => Ending.Reject(input, Reasons.ImageTooLarge, refusal.Message),
        AgentRefusalKind.MachineTypeUnsupported =>
            Ending.Reject(input, Reasons.MachineTypeUnsupported, refusal.Message),
        AgentRefusalKind.InvalidRequest => Ending.Reject(input, Reasons.AgentRefused, refusal.Message),
        AgentRefusalKind.PortUnavailable =>
            Ending.Release(input, Reasons.PortUnavailable, refusal.Message, isFailure: true),
        AgentRefusalKind.AddressUnavailable =>
            Ending.Release(input, Reasons.AddressTaken, refusal.Message, isFailure: true),
        AgentRefusalKind.HostFull => Ending.Release(input, Reasons.NoHostFits, refusal.Message, isFailure: true),
        AgentRefusalKind.UnknownHost => MachineDecision.Wait(
            input, MachineDecision.Underway(
                input, "Starting", Reasons.Starting, "waits for the host to be made on its agent")) with
        {
            RequeueAfter = TimeSpan.FromSeconds(1),
        },
        _ => Ending.Release(input, Reasons.AgentRefused, refusal.Message, isFailure: true),
    };
}
