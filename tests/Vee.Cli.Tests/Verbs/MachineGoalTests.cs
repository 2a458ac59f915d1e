using k8s.Models;
using Vee.Api;
using Vee.Api.VirtualMachines;
using Vee.Cli.Commands.Machines;
using Xunit;

namespace Vee.Cli.Tests.Verbs;

public sealed class MachineGoalTests
{
    [Theory]
    [InlineData("Start", "True", "Running", "Reached")]
    [InlineData("Start", "True", "Succeeded", "Reached")]
    [InlineData("Start", "True", "Paused", "OutOfReach")]
    [InlineData("Start", "False", "NotScheduled", "Underway")]
    [InlineData("Start", "False", "BackOff", "Underway")]
    [InlineData("Start", "Unknown", "AgentUnreachable", "Underway")]
    [InlineData("Stop", "True", "Halted", "Reached")]
    [InlineData("Stop", "False", "Stopping", "Underway")]
    [InlineData("Pause", "True", "Paused", "Reached")]
    [InlineData("Pause", "True", "Halted", "OutOfReach")]
    [InlineData("Pause", "False", "Starting", "Underway")]
    [InlineData("Resume", "True", "Running", "Reached")]
    [InlineData("Resume", "True", "Halted", "OutOfReach")]
    public void A_machine_is_compared_with_what_was_asked(string verb, string ready, string reason, string state)
    {
        var goal = new MachineGoal(Enum.Parse<MachineVerb>(verb), Generation: 3, RestartRequest: null);

        var progress = goal.Compare(Machine(ready, reason));

        Assert.Equal(Enum.Parse<GoalState>(state), progress.State);
        Assert.Equal(reason, progress.Reason);
    }

    [Fact]
    public void A_status_about_an_older_spec_says_nothing()
    {
        var goal = new MachineGoal(MachineVerb.Start, Generation: 4, RestartRequest: null);

        Assert.Equal(GoalState.Underway, goal.Compare(Machine("True", Reasons.Running)).State);
    }

    [Fact]
    public void A_restart_is_over_when_it_was_answered()
    {
        var goal = new MachineGoal(MachineVerb.Restart, Generation: 3, RestartRequest: "now");
        var machine = Machine("True", Reasons.Running);

        var before = goal.Compare(machine);
        machine.Status = machine.Status! with { RestartAnswered = "now" };
        var after = goal.Compare(machine);

        Assert.Equal((GoalState.Underway, GoalState.Reached), (before.State, after.State));
    }

    [Fact]
    public void What_is_stalled_is_not_waited_for()
    {
        var machine = Machine("False", Reasons.ImageInvalid);
        machine.Status = machine.Status! with
        {
            Conditions =
            [
                .. machine.Status.Conditions!,
                VerbCluster.Condition(ConditionTypes.Stalled, "True", Reasons.ImageInvalid),
            ],
        };

        var progress = new MachineGoal(MachineVerb.Start, 3, null).Compare(machine);

        Assert.Equal(new GoalProgress(GoalState.OutOfReach, Reasons.ImageInvalid, "why"), progress);
    }

    private static VirtualMachine Machine(string ready, string reason)
    {
        var status = VerbCluster.Ready(ready, reason, "why");
        var paused = reason == Reasons.Paused ? "True" : "False";
        return new VirtualMachine
        {
            Metadata = new V1ObjectMeta { Name = "web" },
            Status = status with
            {
                ObservedGeneration = 3,
                Conditions = [.. status.Conditions!, VerbCluster.Condition(ConditionTypes.Paused, paused, reason)],
            },
        };
    }
}
