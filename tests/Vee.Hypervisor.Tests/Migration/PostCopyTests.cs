using Vee.Hypervisor.Migration;
using Vee.Hypervisor.Pages;
using Vee.Hypervisor.Tests.Hosts;
using Xunit;

namespace Vee.Hypervisor.Tests.Migration;

/// <summary>Machines that execute at the target while pages follow them end as if they had stayed.</summary>
public sealed class PostCopyTests
{
    private const string Writer = "--memory 4M --rounds 2500 --pattern random-words";
    private static readonly MigrationOptions PostCopy = new() { Mode = MigrationMode.PostCopy };
    private static readonly MigrationOptions Hybrid = new()
    {
        Mode = MigrationMode.Hybrid,
        DowntimeMax = 2 * TestHost.Millisecond,
    };

    public static TheoryData<string> Codecs => [.. PageCodecKinds.All.Select(kind => kind.Name)];

    [Theory]
    [MemberData(nameof(Codecs))]
    public void A_writer_whose_pages_follow_ends_as_one_that_stays(string codec)
    {
        using var stays = Move.Of("bin/writer", Writer);
        stays.RunFor(4 * TestHost.Second);

        using var moves = Move.Of("bin/writer", Writer);
        moves.RunFor(20 * TestHost.Millisecond);
        moves.There(PostCopy with { Codec = codec });
        moves.RunFor(4 * TestHost.Second);

        Assert.NotEqual("", stays.Console.Output);
        Assert.Equal(stays.Console.Output, moves.Console.Output);
        AssertFollowed(moves.Result, moves);
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void After_a_round_only_what_has_changed_follows(string codec)
    {
        using var moves = Move.Of("bin/writer", Writer);
        moves.RunFor(20 * TestHost.Millisecond);
        var result = moves.There(Hybrid with { Codec = codec });

        AssertFollowed(result, moves);
        Assert.Equal(1, moves.Last.RoundCount);
        Assert.True(result.PostCopy!.Pages < moves.Last.PagesTotal, $"{result.PostCopy}");
        Assert.InRange(result.Downtime, 1, Hybrid.DowntimeMax);
    }

    [Fact]
    public void What_follows_are_deltas_of_what_the_target_has()
    {
        using var plain = Move.Of("bin/writer", Writer);
        using var deltas = Move.Of("bin/writer", Writer);
        foreach (var (move, codec) in new[] { (plain, "none"), (deltas, "vee") })
        {
            move.RunFor(20 * TestHost.Millisecond);
            move.There(Hybrid with { Codec = codec });
        }

        var (whole, delta) = (plain.Result.PostCopy!, deltas.Result.PostCopy!);
        Assert.True(delta.Bytes * whole.Pages * 4 < whole.Bytes * delta.Pages, $"{delta} against {whole}");
    }

    [Fact]
    public void A_stop_that_is_short_enough_needs_no_pages_after_it()
    {
        using var moves = Move.Of("bin/writer", Writer);
        moves.RunFor(20 * TestHost.Millisecond);
        var result = moves.There(Hybrid with { DowntimeMax = TestHost.Second });

        Assert.Null(result.PostCopy);
    }

    [Fact]
    public void Where_nothing_is_left_nothing_follows()
    {
        using var moves = Move.Of("bin/kvstore", "--port 6379");
        moves.RunFor(20 * TestHost.Millisecond);
        var result = moves.There(Hybrid with { DowntimeMax = 1 });

        Assert.Null(result.PostCopy);
    }

    [Fact]
    public void Machines_whose_pages_followed_move_on_and_back()
    {
        using var stays = Move.Of("bin/writer", Writer);
        stays.RunFor(6 * TestHost.Second);

        using var moves = Move.Of("bin/writer", Writer);
        moves.RunFor(20 * TestHost.Millisecond);
        MigrationOptions[] ways = [PostCopy, Hybrid, new MigrationOptions(), PostCopy];
        foreach (var way in ways)
        {
            moves.There(way);
            moves.RunFor(5 * TestHost.Millisecond);
        }

        moves.RunFor(6 * TestHost.Second);
        Assert.Equal(stays.Console.Output, moves.Console.Output);
    }

    [Fact]
    public void Pages_that_follow_for_too_long_are_not_begun_with()
    {
        using var moves = Move.Of("bin/writer", Writer);
        moves.RunFor(20 * TestHost.Millisecond);
        moves.Begin(PostCopy with { PostCopyMax = TestHost.Millisecond });
        moves.RunToEnd();

        Assert.Equal("PostCopyTooLong", moves.Last.Failure?.Reason);
        Assert.False(moves.Source.IsFrozen);
    }

    [Fact]
    public void The_ladder_ends_in_post_copy_where_rounds_do_not_help()
    {
        using var moves = Move.Of("bin/writer", Writer);
        moves.RunFor(20 * TestHost.Millisecond);
        var result = moves.There(new MigrationOptions
        {
            Codec = "none",
            DowntimeMax = TestHost.Millisecond,
            Ladder = [EscalationStep.PostCopy, EscalationStep.Abort],
        });

        Assert.Equal([EscalationStep.PostCopy], moves.Last.Escalations.Select(step => step.Step));
        AssertFollowed(result, moves);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(60)]
    public void A_link_that_is_cut_while_pages_follow_makes_the_machine_wait(int after)
    {
        using var stays = Move.Of("bin/writer", Writer);
        stays.RunFor(30 * TestHost.Second);

        var slow = Move.Wire with { BandwidthBitsPerSecond = 100_000_000 };
        using var moves = Move.Of("bin/writer", Writer, slow);
        moves.RunFor(20 * TestHost.Millisecond);
        moves.Begin(PostCopy);
        moves.RunUntil(() => moves.Last.Phase == MigrationPhase.PostCopying);
        moves.RunFor(after * TestHost.Millisecond);
        moves.Relink(isLinked: false);
        moves.RunFor(3 * TestHost.Second);
        Assert.Equal(MigrationPhase.PostCopying, moves.Last.Phase);
        moves.AssertOneExecutes();
        moves.Relink(isLinked: true);
        moves.RunToEnd();
        moves.RunFor(30 * TestHost.Second);

        Assert.Null(moves.Last.Failure);
        Assert.Equal(stays.Console.Output, moves.Console.Output);
    }

    [Fact]
    public void Without_its_source_a_machine_is_lost_and_says_so()
    {
        var slow = Move.Wire with { BandwidthBitsPerSecond = 100_000_000 };
        using var moves = Move.Of("bin/writer", Writer, slow);
        moves.RunFor(20 * TestHost.Millisecond);
        moves.Begin(PostCopy);
        moves.RunUntil(() => moves.Last.Phase == MigrationPhase.PostCopying);

        Assert.True(moves.In.TryLosePages("host 'a' is gone"));
        Assert.Equal("PagesLost", moves.TargetReports[^1].Failure?.Reason);
        Assert.Contains("host 'a' is gone", moves.Lost, StringComparison.Ordinal);
    }

    private static void AssertFollowed(MigrationResult result, Move move)
    {
        Assert.NotNull(result.PostCopy);
        Assert.True(result.PostCopy.Pages > 0);
        Assert.True(result.PostCopy.Faults.Count > 0);
        Assert.Equal(0, result.PostCopy.Faults.Mismatches);
        Assert.InRange(result.PostCopy.Faults.WaitMedian, 2 * Move.Wire.LatencyNanoseconds, TestHost.Second);
        Assert.Equal(
            result.Downtime,
            result.Drain + result.FinalMemory + result.State + result.Verify + result.Grant + result.Resume);
        Assert.False(move.Guest.Machine.IsIncomplete);
    }
}
