using System.Collections.Immutable;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Machines;
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

        var found = Superseded.Of(machine, [agent, MachineCase.Agent() with { Name = "a3" }]);

        Assert.True(expected == string.Join(',', found.Select(f => f.Agent)), why);
        Assert.Empty(Superseded.Of(machine, [agent with { IsReachable = false }]));
    }
}
