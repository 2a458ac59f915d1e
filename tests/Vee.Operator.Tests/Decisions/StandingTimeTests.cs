using Vee.Api;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Machines;
using Vee.Tests.Shared;
using Xunit;

namespace Vee.Operator.Tests.Decisions;

public sealed class StandingTimeTests
{
    [Theory]
    [InlineData(MachinePhase.Running, 6, "False", KStatus.InProgress)]
    [InlineData(MachinePhase.Running, 4, "True", KStatus.Current)]
    [InlineData(MachinePhase.Paused, 6, "True", KStatus.Current)]
    public void A_machine_whose_time_stands_for_long_is_not_ready(
        object phase, int seconds, string ready, string kstatus)
    {
        var input = new MachineCase().With(s => s with { Paused = (MachinePhase)phase == MachinePhase.Paused })
            .Claimed().OnAgent((MachinePhase)phase).TimeStands(TimeSpan.FromSeconds(seconds)).Input();
        var plan = MachineDecision.Decide(input);
        Assert.Equal((ready, null), (plan.Conditions.Ready.Status, plan.Step));
        Assert.Equal(kstatus, KStatus.Of(MachineDecisionTests.Told(input, plan)));
        Assert.Equal((MachinePhase)phase == MachinePhase.Running, plan.RequeueAfter is not null);
        Assert.Equal(ready == "False", plan.Conditions.Ready is { Reason: Reasons.TimeStands, Message: "why" });
    }
}
