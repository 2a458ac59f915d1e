using Vee.Api;
using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;

namespace Vee.Operator.Decisions.Migrations;

/// <summary>What is to be said of a policy.</summary>
internal sealed record PolicyReport(MigrationPolicyStatus Status, IReadOnlyList<ConditionDraft> Conditions);

/// <summary>Decides what the status of a policy says.</summary>
/// <remarks>Pure: the same input gives the same report.</remarks>
internal static class PolicyDecision
{
    /// <summary>What is to be said.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="machines">All machines.</param>
    /// <param name="policies">All policies, that one among them.</param>
    public static PolicyReport Decide(
        MigrationPolicy policy, IEnumerable<VirtualMachine> machines, IReadOnlyList<MigrationPolicy> policies)
    {
        var matched = machines.Where(m => PolicyChoice.Selects(policy, m))
            .OrderBy(m => m.Metadata.Name, StringComparer.Ordinal).ToList();
        var conflict = ConflictOf(policy, matched, policies);
        var status = (policy.Status ?? new MigrationPolicyStatus()) with
        {
            ObservedGeneration = policy.Metadata.Generation,
            MatchedMachines = matched.Count,
            Machines = matched.Count == 0 ? null
                : [.. matched.Take(MigrationPolicyStatus.NamedMachinesMax).Select(m => m.Metadata.Name)],
            Conflict = conflict,
        };
        return new PolicyReport(status, Conditions(policy, conflict));
    }

    private static PolicyConflict? ConflictOf(
        MigrationPolicy policy, List<VirtualMachine> matched, IReadOnlyList<MigrationPolicy> policies)
    {
        var rivals = policies
            .Where(p => p.Metadata.Uid != policy.Metadata.Uid
                && PolicyChoice.PriorityOf(p) == PolicyChoice.PriorityOf(policy))
            .OrderBy(p => p.Metadata.Name, StringComparer.Ordinal);
        var conflicts = from rival in rivals
                        from machine in matched
                        where PolicyChoice.Selects(rival, machine)
                        select new PolicyConflict
                        {
                            PolicyName = rival.Metadata.Name,
                            MachineName = machine.Metadata.Name,
                        };
        return conflicts.FirstOrDefault();
    }

    private static IReadOnlyList<ConditionDraft> Conditions(MigrationPolicy policy, PolicyConflict? conflict)
    {
        if (conflict is null)
        {
            return
            [
                new(ConditionTypes.Ready, ConditionDraft.True, Reasons.AsSpecified, ""),
                new(ConditionTypes.Reconciling, ConditionDraft.False, Reasons.AsSpecified, ""),
                new(ConditionTypes.Stalled, ConditionDraft.False, Reasons.AsSpecified, ""),
            ];
        }

        var holds = string.CompareOrdinal(policy.Metadata.Name, conflict.PolicyName) < 0
            ? policy.Metadata.Name : conflict.PolicyName;
        var message = $"policy {conflict.PolicyName} has the same priority and selects machine {conflict.MachineName}, "
            + $"too, for which {holds} holds: give one of both another priority";
        return
        [
            new(ConditionTypes.Ready, ConditionDraft.False, Reasons.Conflict, message),
            new(ConditionTypes.Reconciling, ConditionDraft.False, Reasons.AsSpecified, ""),
            new(ConditionTypes.Stalled, ConditionDraft.True, Reasons.Conflict, message),
        ];
    }
}
