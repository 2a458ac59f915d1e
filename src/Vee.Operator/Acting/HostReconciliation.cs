using Vee.Api.SimulatedHosts;
using Vee.ControllerRuntime.Controllers;
using Vee.Operator.Agents;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Hosts;
using Vee.Operator.Gathering;
using Vee.Operator.Mapping;

namespace Vee.Operator.Acting;

/// <summary>Gather, decide, act, once for a host.</summary>
internal sealed class HostReconciliation(
    HostGatherer gatherer, AgentDirectory agents, HostStatuses statuses, RackReconciliation racks,
    EquipmentReconciliation equipment)
{
    /// <summary>One visit.</summary>
    /// <returns>Whether nothing of the host is left, and what is to become of its key.</returns>
    public async Task<(bool IsFinalized, ReconcileResult Result)> VisitAsync(
        SimulatedHost host, CancellationToken cancellation)
    {
        var plan = HostDecision.Decide(gatherer.Gather(host));
        if (plan.IsFinalized)
        {
            equipment.Forget(host);
            return (true, ReconcileResult.Done);
        }

        host = await WriteAsync(host, plan, cancellation);
        if (plan.Step != HostStep.None && await PerformAsync(host, plan.Step, cancellation) is { } refusal)
        {
            plan = HostDecision.Refused(gatherer.Gather(host), refusal);
            host = await WriteAsync(host, plan, cancellation);
        }
        else if (plan.Step != HostStep.None)
        {
            plan = HostDecision.Decide(gatherer.Gather(host));
            if (plan.IsFinalized)
            {
                equipment.Forget(host);
                return (true, ReconcileResult.Done);
            }

            host = await WriteAsync(host, plan, cancellation);
        }

        var (rack, planned) = await racks.VisitAsync(host, cancellation);
        return (false, ResultOf(plan.RequeueAfter, rack, await equipment.VisitAsync(planned, cancellation)));
    }

    private async Task<AgentRefusal?> PerformAsync(
        SimulatedHost host, HostStep step, CancellationToken cancellation)
    {
        if (host.Status?.Agent is not { } claim || agents.ClientOf(claim.Name, claim.Incarnation) is not { } agent)
        {
            return null;
        }

        if (step == HostStep.Delete)
        {
            var deleted = await agent.DeleteHostAsync(host.Metadata.Uid, cancellation);
            if (deleted.Value is not null)
            {
                agents.Observe(claim.Name, claim.Incarnation, v => v.WithoutHost(host.Metadata.Uid));
            }

            return deleted.Refusal;
        }

        var created = await agent.CreateHostAsync(HostMapping.ToRequest(host), cancellation);
        if (created.Value is { } view)
        {
            agents.Observe(claim.Name, claim.Incarnation, v => v.With(view));
        }

        return created.Refusal;
    }

    private Task<SimulatedHost> WriteAsync(SimulatedHost host, HostPlan plan, CancellationToken cancellation) =>
        statuses.WriteAsync(host, plan.Status, plan.Conditions, plan.IsBinding, cancellation);

    /// <summary>The earliest of them; null is for none.</summary>
    private static ReconcileResult ResultOf(params TimeSpan?[] again) =>
        again.Min() is { } first ? ReconcileResult.RequeueAfter(first) : ReconcileResult.Done;
}
