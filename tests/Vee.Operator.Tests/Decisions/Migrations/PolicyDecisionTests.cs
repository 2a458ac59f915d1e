using k8s.Models;
using Vee.Api;
using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Migrations;
using Xunit;

namespace Vee.Operator.Tests.Decisions.Migrations;

public sealed class PolicyDecisionTests
{
    private static readonly MigrationPolicySpec Databases =
        new() { Selector = new Dictionary<string, string> { ["app"] = "db" } };

    [Fact]
    public void A_policy_names_the_first_machines_that_it_selects_and_counts_all()
    {
        var policy = MigrationCase.Made("p", 0, Databases);
        VirtualMachine[] machines =
        [
            .. Enumerable.Range(0, 40).Select(n => Machine($"m{n:00}", "db")), Machine("web", "web"),
            Machine("elsewhere", "db", "other"),
        ];
        var report = PolicyDecision.Decide(policy, machines, [policy]);
        Assert.Equal((3, 40, 32, "m00"), (
            report.Status.ObservedGeneration, report.Status.MatchedMachines, report.Status.Machines!.Count,
            report.Status.Machines[0]));
        Assert.Null(report.Status.Conflict);
        Assert.Equal(ConditionDraft.True, report.Conditions[0].Status);
    }

    [Fact]
    public void Two_of_one_priority_that_select_one_machine_are_in_conflict_and_both_say_so()
    {
        var all = MigrationCase.Made("all", 7, new MigrationPolicySpec());
        var db = MigrationCase.Made("db", 7, Databases);
        VirtualMachine[] machines = [Machine("a", "web"), Machine("b", "db")];
        var one = PolicyDecision.Decide(all, machines, [all, db]);
        var two = PolicyDecision.Decide(db, machines, [all, db]);
        Assert.Equal(new PolicyConflict { PolicyName = "db", MachineName = "b" }, one.Status.Conflict);
        Assert.Equal(new PolicyConflict { PolicyName = "all", MachineName = "b" }, two.Status.Conflict);
        Assert.All(new[] { one, two }, report =>
        {
            Assert.Equal((ConditionDraft.False, Reasons.Conflict), (
                report.Conditions[0].Status, report.Conditions[0].Reason));
            Assert.Contains("for which all holds", report.Conditions[0].Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Of_two_priorities_there_is_no_conflict_nor_where_no_machine_is_selected_by_both()
    {
        var all = MigrationCase.Made("all", 1, new MigrationPolicySpec());
        var db = MigrationCase.Made("db", 2, Databases);
        var same = MigrationCase.Made("same", 1, Databases);
        Assert.Null(PolicyDecision.Decide(all, [Machine("b", "db")], [all, db]).Status.Conflict);
        Assert.Null(PolicyDecision.Decide(all, [Machine("a", "web")], [all, same]).Status.Conflict);
    }

    private static VirtualMachine Machine(string name, string app, string space = "default") => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = name,
            NamespaceProperty = space,
            Labels = new Dictionary<string, string> { ["app"] = app },
        },
    };
}
