using k8s;
using Vee.Api.SimulatedHosts;
using Vee.ControllerRuntime.Status;
using Vee.Operator.Decisions;

namespace Vee.Operator.Acting;

/// <summary>Writes what a host's status is to say.</summary>
internal sealed class HostStatuses(StatusWriter<SimulatedHost> statuses, ConditionList conditions)
{
    /// <summary>Writes the status, conditions apart, and what conditions say anew.</summary>
    /// <remarks>
    /// The number of a plan must never come back, so a status that has one is never written on old news.
    /// </remarks>
    public Task<SimulatedHost> WriteAsync(
        SimulatedHost host, SimulatedHostStatus status, IReadOnlyList<ConditionDraft> drafts, bool isGuarded,
        CancellationToken cancellation)
    {
        var desired = new SimulatedHost
        {
            Metadata = host.Metadata,
            Spec = host.Spec,
            Status = status with
            {
                Conditions = conditions.Merge(host.Status?.Conditions, drafts, host.Metadata.Generation),
            },
        };
        var hasNumber = (host.Status?.Rack ?? status.Rack) is not null;
        return statuses.WriteAsync(
            host, desired, isGuarded || (hasNumber && !IsSame(host.Status, desired.Status)), cancellation);
    }

    private static bool IsSame(SimulatedHostStatus? left, SimulatedHostStatus right) =>
        left is not null && KubernetesJson.Serialize(left) == KubernetesJson.Serialize(right);
}
