using k8s.Models;
using Vee.Operator.Acting;
using Vee.Operator.Decisions;
using Xunit;

namespace Vee.Operator.Tests.Acting;

public sealed class StatusWriteTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
    private static readonly DateTime Before = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void A_condition_keeps_its_time_until_its_status_changes()
    {
        V1Condition[] before =
        [
            new() { Type = "Ready", Status = "True", Reason = "A", Message = "", LastTransitionTime = Before },
            new() { Type = "Bound", Status = "True", Reason = "A", Message = "", LastTransitionTime = Before },
        ];
        var after = StatusWrite.Merge(
            before, [new("Ready", "True", "B", "news"), new("Bound", "False", "B", "")], 3, Now);
        Assert.Equal(["Bound", "Ready"], after.Select(c => c.Type));
        Assert.Equal([WallTime.WholeSecond(Now), Before], after.Select(c => c.LastTransitionTime));
        Assert.Equal(["B", "B"], after.Select(c => c.Reason));
        Assert.All(after, c => Assert.Equal(3, c.ObservedGeneration));
    }

    [Fact]
    public void What_is_not_said_stays()
    {
        V1Condition[] before = [new() { Type = "Ready", Status = "True", LastTransitionTime = Before }];
        Assert.Same(before[0], Assert.Single(StatusWrite.Merge(before, [], 3, Now)));
    }
}
