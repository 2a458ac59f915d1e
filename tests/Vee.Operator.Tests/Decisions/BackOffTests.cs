using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions.Machines;
using Xunit;

namespace Vee.Operator.Tests.Decisions;

public sealed class BackOffTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 10)]
    [InlineData(3, 20)]
    [InlineData(6, 160)]
    [InlineData(7, 300)]
    [InlineData(int.MaxValue, 300)]
    public void Waits_double_from_ten_seconds_to_five_minutes(int failures, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), BackOff.Delay(failures));

    [Fact]
    public void The_first_failure_is_followed_at_once() =>
        Assert.Null(BackOff.After(null, null, MachineCase.Now).RetryAfter);

    [Fact]
    public void A_failure_counts_on_from_those_before()
    {
        var end = MachineCase.Now;
        var failure = BackOff.After(new StartFailure { ConsecutiveFailures = 2 }, end - TimeSpan.FromMinutes(1), end);
        Assert.Equal(3, failure.ConsecutiveFailures);
        Assert.Equal(end.UtcDateTime + TimeSpan.FromSeconds(20), failure.RetryAfter);
    }

    [Fact]
    public void A_wait_is_never_shortened_by_keeping_whole_seconds()
    {
        var end = MachineCase.Now + TimeSpan.FromMilliseconds(1);
        var failure = BackOff.After(new StartFailure { ConsecutiveFailures = 1 }, null, end);
        Assert.True(failure.RetryAfter >= end.UtcDateTime + BackOff.First);
        Assert.Equal(0, failure.RetryAfter!.Value.Ticks % TimeSpan.TicksPerSecond);
    }
}
