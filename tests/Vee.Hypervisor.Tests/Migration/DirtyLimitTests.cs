using Vee.Hypervisor.Migration;
using Vee.Hypervisor.Tests.Hosts;
using Xunit;

namespace Vee.Hypervisor.Tests.Migration;

/// <summary>vCPUs that dirty pages faster than they can be sent are held back, and no others.</summary>
public sealed class DirtyLimitTests(ITestOutputHelper output)
{
    private const string Program = "../tests/Vee.Hypervisor.Tests/Guests/Programs/dirtier";
    private const int Counter = 0;
    private const int Writer = 1;
    private const long Step = TestHost.Millisecond / 10;

    private static readonly MigrationOptions Limited = new()
    {
        DowntimeMax = 4 * TestHost.Millisecond,
        Ladder = [EscalationStep.DirtyLimit, EscalationStep.Abort],
    };

    [Fact]
    public void A_vcpu_that_writes_is_slowed_until_the_machine_moves_and_one_that_counts_is_not()
    {
        using var move = Machine();
        var free = Speeds(move, 20 * TestHost.Millisecond);

        BeginLimited(move, Limited);
        var limited = Speeds(move, 10 * TestHost.Millisecond);
        var limit = move.Source.DirtyLimit;
        move.RunToEnd();

        output.WriteLine($"free: {Text(free)}; at {limit} pages a second: {Text(limited)}");
        output.WriteLine($"{move.Result.Downtime} ns, {string.Join(" and ", move.Last.Dirtying)}");
        Assert.True(limited[Counter] > 0.97 * free[Counter], "a vCPU that dirties nothing is held back");
        Assert.True(limited[Writer] < 0.5 * free[Writer], "the vCPU that writes is not held back");
        Assert.True(move.Result.Downtime < Limited.DowntimeMax);
        Assert.Equal(limit, move.Last.DirtyLimit);
        Assert.Equal(0, move.Last.Dirtying[Counter].ThrottleTime);
        Assert.True(move.Last.Dirtying[Writer].ThrottleTime > 5 * TestHost.Millisecond);
        var step = Assert.Single(move.Last.Escalations);
        Assert.Contains($"{limit} pages a second", step.Reason, StringComparison.Ordinal);

        // The limit stays behind.
        Assert.Equal(0, move.Guest.DirtyLimit);
        AssertFree(move, free);
    }

    [Fact]
    public void Without_a_limit_the_same_machine_does_not_converge()
    {
        using var move = Machine();
        move.Begin(Limited with { Ladder = [EscalationStep.Abort] });
        move.RunToEnd();
        Assert.Equal("NotConverging", move.Last.Failure?.Reason);
        Assert.Equal(0, move.Last.DirtyLimit);
    }

    [Fact]
    public void A_limit_becomes_smaller_until_it_is_little_and_is_gone_when_the_migration_has_failed()
    {
        using var move = Machine();
        var free = Speeds(move, 20 * TestHost.Millisecond);

        // No stop is as short as that.
        move.Begin(Limited with { DowntimeMax = 1000 });
        move.RunToEnd();

        Assert.Equal("NotConverging", move.Last.Failure?.Reason);
        Assert.Equal(256, move.Last.DirtyLimit);
        Assert.Equal(EscalationStep.Abort, move.Last.Escalations[^1].Step);
        AssertFree(move, free);
    }

    [Theory]
    [InlineData(MigrationPhase.Copying)]
    [InlineData(MigrationPhase.Switching)]
    public void A_limit_is_gone_when_the_migration_is_given_up(MigrationPhase when)
    {
        using var move = Machine();
        var free = Speeds(move, 20 * TestHost.Millisecond);
        // What was offered is the target's to give up.
        BeginLimited(move, Limited with { GrantsAhead = false });
        move.RunUntil(() => move.Last.Phase == when, Step);

        Assert.True(move.Out.TryGiveUp(new MigrationFailure("Aborted", "somebody said so", IsRetryable: false)));

        AssertFree(move, free);
    }

    [Fact]
    public void A_machine_that_is_held_while_its_writer_sleeps_goes_on_and_moves()
    {
        using var move = Machine();
        BeginLimited(move, Limited);
        for (var count = 0; count < 5; count++)
        {
            move.Source.Hold();
            move.RunFor(2 * TestHost.Millisecond);
            move.Source.Release();
            move.RunFor(TestHost.Millisecond);
        }

        var before = Retired(move);
        move.RunToEnd();
        Assert.Equal(MigrationPhase.Done, move.Last.Phase);
        Assert.All(Retired(move).Zip(before), pair => Assert.True(pair.First > pair.Second));
    }

    [Fact]
    public void A_later_migration_begins_without_a_limit()
    {
        using var move = Machine();
        move.There(Limited);
        Assert.True(move.Last.DirtyLimit > 0);
        move.There(new MigrationOptions { DowntimeMax = TestHost.Second });
        Assert.Equal(0, move.Last.DirtyLimit);
        Assert.Equal(0, move.Last.Dirtying[Writer].ThrottleTime);
        Assert.True(move.Last.Dirtying[Writer].Pages > 0);
    }

    private static Move Machine()
    {
        var move = new Move(cores: 3);
        move.AddMachine(Program, "", harts: 2);
        move.RunFor(20 * TestHost.Millisecond);
        return move;
    }

    private static void BeginLimited(Move move, MigrationOptions options)
    {
        move.Begin(options);
        move.RunUntil(() => move.Source.DirtyLimit > 0, Step);
    }

    private static void AssertFree(Move move, double[] free)
    {
        var now = Speeds(move, 20 * TestHost.Millisecond);
        Assert.All(now.Zip(free), pair => Assert.InRange(pair.First / pair.Second, 0.95, 1.05));
    }

    /// <summary>Instructions of each hart in a nanosecond.</summary>
    private static double[] Speeds(Move move, long time)
    {
        var before = Retired(move);
        move.RunFor(time);
        return [.. Retired(move).Zip(before, (after, retired) => (double)(after - retired) / time)];
    }

    private static long[] Retired(Move move) =>
        [.. move.Guest.Machine.Harts.Select(hart => (long)hart.Retired)];

    private static string Text(double[] speeds) =>
        string.Join(" and ", speeds.Select(speed => FormattableString.Invariant($"{speed:0.000}")));
}
