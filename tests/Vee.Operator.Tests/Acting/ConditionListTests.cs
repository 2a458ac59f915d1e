using k8s.Models;
using Vee.Operator.Acting;
using Xunit;

namespace Vee.Operator.Tests.Acting;

public sealed class ConditionListTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly DateTime Before = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly ConditionList list = new(new FixedTime());

    [Fact]
    public void A_condition_keeps_its_time_until_its_status_changes()
    {
        V1Condition[] before =
        [
            new() { Type = "Ready", Status = "True", Reason = "A", Message = "", LastTransitionTime = Before },
            new() { Type = "Bound", Status = "True", Reason = "A", Message = "", LastTransitionTime = Before },
        ];
        var after = list.Merge(before, [new("Ready", "True", "B", "news"), new("Bound", "False", "B", "")], 3);
        Assert.Equal(["Bound", "Ready"], after.Select(c => c.Type));
        Assert.Equal([Now.UtcDateTime, Before], after.Select(c => c.LastTransitionTime));
        Assert.Equal(["B", "B"], after.Select(c => c.Reason));
        Assert.All(after, c => Assert.Equal(3, c.ObservedGeneration));
    }

    [Fact]
    public void What_is_not_said_stays()
    {
        V1Condition[] before = [new() { Type = "Ready", Status = "True", LastTransitionTime = Before }];
        var kept = Assert.Single(list.Merge(before, [], 3));
        Assert.Equal(("Ready", "True", Before), (kept.Type, kept.Status, kept.LastTransitionTime));
    }

    [Fact]
    public void The_list_that_was_read_stays_as_it_was()
    {
        V1Condition[] before = [new() { Type = "Ready", Status = "True", Reason = "A", LastTransitionTime = Before }];
        list.Merge(before, [new("Ready", "Unknown", "B", "")], 3);
        Assert.Equal(("True", "A", Before), (before[0].Status, before[0].Reason, before[0].LastTransitionTime));
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
