using System.Collections.Immutable;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Machines;
using Vee.Operator.Decisions.Migrations;
using Vee.Operator.Tests.Decisions.Migrations;
using Xunit;

namespace Vee.Operator.Tests.Decisions;

public sealed class SupersededTests
{
    [Theory]
    [InlineData("a1", MachineCase.First, 4, "", "claimed here, and none of this")]
    [InlineData("a2", MachineCase.First, 4, "a1", "given up here, and claimed elsewhere since")]
    [InlineData(null, null, 3, "a1", "given up, and claimed nowhere")]
    [InlineData("a2", MachineCase.First, 2, "", "newer here than what was read")]
    [InlineData(null, null, 2, "", "newer here than what was read")]
    [InlineData(null, null, null, "", "nothing is known of it")]
    public void Only_what_a_machine_has_gone_on_without(
        string? name, string? incarnation, int? instance, string expected, string why)
    {
        var machine = new MachineCase().Claimed().Status(s => s with
        {
            Agent = name is null ? null : new AgentReference { Name = name, Incarnation = incarnation! },
            Instance = instance,
        }).Input().Machine;
        var held = new MachineView
        {
            Uid = MachineCase.Uid,
            Instance = 3,
            HostUid = "h",
            Phase = MachinePhase.Running,
        };
        var agent = MachineCase.Agent() with
        {
            Machines = ImmutableDictionary<string, MachineView>.Empty.Add(MachineCase.Uid, held),
        };

        var found = Superseded.Of(machine, [agent, MachineCase.Agent() with { Name = "a3" }], isOpen: _ => false);

        Assert.True(expected == string.Join(',', found.Select(f => f.Agent)), why);
        Assert.Empty(Superseded.Of(machine, [agent with { IsReachable = false }], isOpen: _ => false));
    }

    [Theory]
    [InlineData(nameof(MigrationStage.Granted), null, false, true)]
    [InlineData(nameof(MigrationStage.Granted), nameof(MigrationStage.Fetching), false, false)]
    [InlineData(nameof(MigrationStage.Fetching), nameof(MigrationStage.Fetching), false, false)]
    [InlineData(nameof(MigrationStage.Fetching), nameof(MigrationStage.Done), false, true)]
    [InlineData(nameof(MigrationStage.Done), nameof(MigrationStage.Done), true, false)]
    [InlineData(nameof(MigrationStage.Done), nameof(MigrationStage.Done), false, true)]
    public void A_source_keeps_what_it_gave_away_until_all_of_it_was_taken_and_told(
        string atSource, string? atTarget, bool isOpen, bool isRemoved)
    {
        var machine = Moved("a2");
        var target = MachineCase.Agent() with { Name = "a2", Incarnation = MachineCase.Other };
        if (atTarget is { } stage)
        {
            target = target.With(
                MigrationCase.View(MigrationRole.Target, Enum.Parse<MigrationStage>(stage), 2));
        }

        var given = MigrationCase.View(MigrationRole.Source, Enum.Parse<MigrationStage>(atSource), 1);
        var source = MachineCase.Agent().With(given).With(
            new MachineView { Uid = MachineCase.Uid, Instance = 1, HostUid = "h", Phase = MachinePhase.GivenAway });

        var found = Superseded.Of(machine, [source, target], number => isOpen && number == MachineCase.Number);

        Assert.Equal(isRemoved ? [new Superseded("a1", MachineCase.First, 1)] : [], found);
    }

    [Fact]
    public void What_is_left_on_the_one_agent_of_both_hosts_goes_too()
    {
        var agent = MachineCase.Agent().With(MigrationCase.View(MigrationRole.Source, MigrationStage.Done, 1)).With(
            new MachineView { Uid = MachineCase.Uid, Instance = 2, HostUid = "h2", Phase = MachinePhase.Running });

        var found = Superseded.Of(Moved("a1"), [agent], isOpen: _ => false);

        Assert.Equal([new Superseded("a1", MachineCase.First, 1)], found);
        Assert.Empty(Superseded.Of(
            Moved("a1"), [agent.WithoutMigration(MachineCase.Uid, MigrationRole.Source)], isOpen: _ => false));
    }

    private static VirtualMachine Moved(string agent) => new MachineCase().Claimed(2).Status(s => s with
    {
        Agent = new AgentReference
        {
            Name = agent,
            Incarnation = agent == "a1" ? MachineCase.First : MachineCase.Other,
        },
    }).Input().Machine;
}
