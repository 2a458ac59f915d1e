using Prometheus;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime.Informers;
using Vee.Operator.Agents;

namespace Vee.Operator;

/// <summary>What the operator knows of agents, counted whenever somebody reads the metrics.</summary>
internal static class OperatorMetrics
{
    /// <summary>Adds the metrics to a registry.</summary>
    /// <param name="registry">Of the process.</param>
    /// <param name="agents">What is counted.</param>
    /// <param name="machines">The objects that machines on agents belong to.</param>
    /// <param name="byUid">The index of the store by uid.</param>
    public static void Register(
        CollectorRegistry registry, AgentDirectory agents, IStore<VirtualMachine> machines, string byUid)
    {
        var factory = Metrics.WithCustomRegistry(registry);
        var known = factory.CreateGauge("vee_operator_agents", "Agents that were seen.", "reachable");
        var orphans = factory.CreateGauge(
            "vee_operator_orphans", "Machines on agents whose objects were removed by force.", "agent");
        registry.AddBeforeCollectCallback(() =>
        {
            var views = agents.Views;
            known.WithLabels("true").Set(views.Count(v => v.IsReachable));
            known.WithLabels("false").Set(views.Count(v => !v.IsReachable));
            foreach (var view in views)
            {
                orphans.WithLabels(view.Name).Set(
                    view.Machines.Keys.Count(uid => machines.ByIndex(byUid, uid).Count == 0));
            }
        });
    }
}
