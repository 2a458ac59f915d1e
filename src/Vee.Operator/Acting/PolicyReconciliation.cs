using Vee.Api.Migrations;
using Vee.ControllerRuntime.Status;
using Vee.Operator.Decisions.Migrations;
using Vee.Operator.Gathering;

namespace Vee.Operator.Acting;

/// <summary>Says which machines a policy selects.</summary>
internal sealed class PolicyReconciliation(
    MigrationStores stores, StatusWriter<MigrationPolicy> statuses, ConditionList conditions)
{
    /// <summary>One visit.</summary>
    public async Task VisitAsync(MigrationPolicy policy, CancellationToken cancellation)
    {
        var report = PolicyDecision.Decide(policy, stores.Machines.List(), stores.Policies.List());
        var desired = new MigrationPolicy
        {
            Metadata = policy.Metadata,
            Spec = policy.Spec,
            Status = report.Status with
            {
                Conditions = conditions.Merge(
                    policy.Status?.Conditions, report.Conditions, policy.Metadata.Generation),
            },
        };
        await statuses.WriteAsync(policy, desired, isGuarded: false, cancellation);
    }
}
