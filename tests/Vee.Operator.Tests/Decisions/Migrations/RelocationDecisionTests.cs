using k8s.Models;
using Vee.Api;
using Vee.Api.Migrations;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions.Migrations;
using Xunit;

namespace Vee.Operator.Tests.Decisions.Migrations;

public sealed class RelocationDecisionTests
{
    private readonly VirtualMachine machine = new MachineCase().Claimed().Status(s => s with
    {
        Conditions = [new V1Condition { Type = ConditionTypes.Running, Status = "True" }],
    }).Input().Machine;

    private readonly SimulatedHost host = new()
    {
        Metadata = new V1ObjectMeta { Name = "h1", Labels = new Dictionary<string, string> { ["rack"] = "r1" } },
    };

    private readonly List<VirtualMachineMigration> migrations = [];

    [Fact]
    public void A_machine_stays_where_it_may() => Assert.Equal((null, 0, null), Said(Decide()));

    [Fact]
    public void A_machine_whose_placement_its_host_does_not_meet_any_more_is_moved()
    {
        machine.Spec = machine.Spec with { Placement = new PlacementSpec { HostName = "h2" } };
        Assert.Equal(Labels.CausePlacement, Decide().Cause);
        machine.Spec = machine.Spec with
        {
            Placement = new PlacementSpec { HostSelector = new Dictionary<string, string> { ["rack"] = "r1" } },
        };
        Assert.Null(Decide().Cause);
        host.Metadata.Labels["rack"] = "r2";
        Assert.Equal(Labels.CausePlacement, Decide().Cause);
    }

    [Fact]
    public void A_host_that_is_unschedulable_is_evacuated()
    {
        host.Spec = host.Spec with { Unschedulable = true };
        Assert.Equal(Labels.CauseEvacuation, Decide().Cause);
    }

    [Theory]
    [InlineData("not running")]
    [InlineData("halted")]
    [InlineData("moves")]
    [InlineData("asked for")]
    [InlineData("no host")]
    public void A_machine_that_cannot_move_or_does_already_is_left_alone(string what)
    {
        host.Spec = host.Spec with { Unschedulable = true };
        SimulatedHost? on = host;
        switch (what)
        {
            case "not running":
                machine.Status = machine.Status! with { Conditions = [] };
                break;
            case "halted":
                machine.Spec = machine.Spec with { RunStrategy = RunStrategies.Halted };
                break;
            case "moves":
                machine.Status = machine.Status! with { Migration = new MigrationRecord() };
                break;
            case "asked for":
                Add("by-hand", MigrationPhases.Pending, isOwn: false);
                break;
            default:
                on = null;
                break;
        }

        Assert.Null(Decide(on).Cause);
    }

    [Fact]
    public void After_a_failure_the_next_one_waits_twice_as_long_each_time_ten_minutes_at_most()
    {
        host.Spec = host.Spec with { Unschedulable = true };
        foreach (var (failures, seconds) in new[] { (1, 60), (2, 120), (3, 240), (4, 480), (5, 600) })
        {
            Add($"f{failures}", MigrationPhases.Failed);
            Assert.Equal((null, 0, TimeSpan.FromSeconds(seconds)), Said(Decide()));
        }

        Add("well", MigrationPhases.Succeeded);
        Assert.Equal(Labels.CauseEvacuation, Decide().Cause);
    }

    [Fact]
    public void Five_that_are_over_are_kept_of_its_own_and_all_of_others()
    {
        for (var number = 0; number < 8; number++)
        {
            Add($"own{number}", MigrationPhases.Succeeded);
            Add($"other{number}", MigrationPhases.Succeeded, isOwn: false);
        }

        Assert.Equal(["own0", "own1", "own2"], Decide().Delete.Select(m => m.Metadata.Name).Order());
    }

    [Fact]
    public void One_that_waits_is_taken_back_when_its_cause_is_gone()
    {
        Add("waits", MigrationPhases.Pending);
        Add("moves", MigrationPhases.Copying);
        Add("by-hand", MigrationPhases.Pending, isOwn: false);
        Assert.Equal("waits", Assert.Single(Decide().Delete).Metadata.Name);
        host.Spec = host.Spec with { Unschedulable = true };
        Assert.Empty(Decide().Delete);
    }

    /// <summary>The record is written before the migration's own status: it was taken back, made anew, taken back …
    /// </summary>
    [Fact]
    public void One_whose_machine_says_that_it_moves_is_not_taken_back()
    {
        Add("moves", MigrationPhases.Pending);
        host.Spec = host.Spec with { Unschedulable = true };
        machine.Status = machine.Status! with { Migration = new MigrationRecord() };

        Assert.Equal((null, 0, null), Said(Decide()));
    }

    [Fact]
    public void What_is_made_belongs_to_the_machine_and_says_why()
    {
        var made = RelocationDecision.Make(machine, Labels.CauseEvacuation);
        Assert.Equal(("m-", "default", "m"), (
            made.Metadata.GenerateName, made.Metadata.NamespaceProperty, made.Spec.VirtualMachineName));
        Assert.Equal(Labels.CauseEvacuation, made.Metadata.Labels[Labels.MigrationCause]);
        var owner = Assert.Single(made.Metadata.OwnerReferences);
        Assert.Equal((MachineCase.Uid, VirtualMachine.KindName, true), (owner.Uid, owner.Kind, owner.Controller));
    }

    private RelocationPlan Decide() => Decide(host);

    private RelocationPlan Decide(SimulatedHost? on) => RelocationDecision.Decide(new RelocationInput
    {
        Machine = machine,
        Host = on,
        Migrations = migrations,
        Now = MachineCase.Now,
    });

    private void Add(string name, string phase, bool isOwn = true) => migrations.Add(new VirtualMachineMigration
    {
        Metadata = new V1ObjectMeta
        {
            Name = name,
            CreationTimestamp = MachineCase.Now.UtcDateTime.AddSeconds(migrations.Count),
            Labels = isOwn ? new Dictionary<string, string> { [Labels.MigrationCause] = "placement" } : null,
        },
        Status = new VirtualMachineMigrationStatus
        {
            Phase = phase,
            CompletionTime = MigrationPhases.IsFinal(phase) ? MachineCase.Now.UtcDateTime : null,
        },
    });

    private static (string? Cause, int Deleted, TimeSpan? Again) Said(RelocationPlan plan) =>
        (plan.Cause, plan.Delete.Count, plan.RequeueAfter);
}
