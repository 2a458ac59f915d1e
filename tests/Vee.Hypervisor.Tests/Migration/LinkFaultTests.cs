using Vee.Hypervisor.Migration;
using Vee.Hypervisor.Network;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Machines.Networking;
using Xunit;

namespace Vee.Hypervisor.Tests.Migration;

/// <summary>
/// Links that are cut, lose, double, damage and reorder. Afterwards one executes, the target or the source, and what
/// the machine prints is as if it had stayed.
/// </summary>
public sealed class LinkFaultTests(ITestOutputHelper output)
{
    private const long Begin = 20 * TestHost.Millisecond;

    private static readonly MigrationOptions Options = new() { ProgressTimeout = 2 * TestHost.Second };

    private static readonly MigrationFailure Why = new("Cancelled", "somebody said so", IsRetryable: true);

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 8)];

    /// <summary>The link is taken away after each message of a whole migration, and is given back or not.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void A_link_may_go_after_any_message(bool comesBack, bool grantsAhead)
    {
        var outcomes = new SortedDictionary<string, int>();
        for (var index = 1; ; index++)
        {
            using var move = Begun(grantsAhead: grantsAhead);
            var count = 0;
            move.Intercept(arrival =>
            {
                count++;
                return [arrival];
            });
            move.RunUntil(() => count >= index || IsOver(move), 100_000);
            if (count < index)
            {
                break;
            }

            move.Relink(isLinked: false);
            move.RunFor(TestHost.Second);
            if (comesBack)
            {
                move.Relink(isLinked: true);
            }

            Settle(move, mayStandStill: !comesBack);
            Count(outcomes, move);
        }

        Print(outcomes);
        // It is back before anybody has lost patience.
        Assert.Equal(comesBack ? ["Done"] : Ends(grantsAhead), outcomes.Keys);
    }

    /// <summary>What is sent from some message on is lost and nobody is told, for a while or for good.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void All_from_any_message_on_may_be_lost(bool comesBack, bool grantsAhead)
    {
        var outcomes = new SortedDictionary<string, int>();
        for (var index = 1; ; index++)
        {
            using var move = Begun(grantsAhead: grantsAhead);
            var (count, lostUntil) = (0, 0L);
            move.Intercept(arrival =>
            {
                lostUntil = ++count == index ? arrival.ArrivesAt + TestHost.Second : lostUntil;
                return count < index || (comesBack && arrival.ArrivesAt > lostUntil) ? [arrival] : [];
            });
            move.RunUntil(() => count >= index || IsOver(move), 100_000);
            if (count < index)
            {
                break;
            }

            Settle(move, mayStandStill: !comesBack);
            Count(outcomes, move);
        }

        Print(outcomes);
        Assert.Equal(comesBack ? ["Done", "Failed"] : Ends(grantsAhead), outcomes.Keys);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Messages_may_be_damaged_lost_doubled_and_reordered(int seed)
    {
        var random = new Random(seed);
        using var move = Begun();
        var faults = new SortedDictionary<string, int>();
        move.Intercept(arrival => move.Hosts[0].Now < Begin + TestHost.Second
            ? Disturb(random, arrival, faults) : [arrival]);
        Settle(move, mayStandStill: false);
        output.WriteLine($"seed {seed}: {string.Join(", ", faults)}; {move.Last.Phase} {move.Last.Failure}");
        Assert.NotEmpty(faults);
    }

    /// <summary>Each message of a migration, in one of three places each.</summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public void A_damaged_message_is_sent_again(int first, bool grantsAhead)
    {
        for (var index = 1 + first; ; index += 2)
        {
            using var move = Begun(grantsAhead: grantsAhead);
            var count = 0;
            move.Intercept(arrival => [++count == index ? Damaged(arrival, (index % 3) / 2.0) : arrival]);
            Settle(move, mayStandStill: false);
            if (count < index)
            {
                output.WriteLine($"{count} messages");
                break;
            }

            Assert.True(move.Last.Phase == MigrationPhase.Done, $"message {index}: {move.Last.Failure}");
        }
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.2)]
    public void A_link_may_lose_much_of_what_it_carries(double loss)
    {
        using var move = Begun(Move.Wire with { Loss = loss });
        Settle(move, mayStandStill: false);
        output.WriteLine($"{move.Last.Phase} {move.Last.Failure}");
    }

    [Fact]
    public void A_link_may_lose_all_for_a_while()
    {
        using var move = Begun();
        move.RunUntil(() => move.Last.Phase == MigrationPhase.Copying, 50_000);
        move.Relink(isLinked: true, Move.Wire with { Loss = 1 });
        move.RunFor(TestHost.Second);
        move.Relink(isLinked: true);
        Settle(move, mayStandStill: false);
    }

    [Fact]
    public void A_peer_that_is_silent_for_too_long_ends_the_copying()
    {
        using var move = Move.Of("bin/writer", "--memory 4M --rate 2000 --pattern whole-pages --seconds 20");
        move.RunFor(600 * TestHost.Millisecond);
        move.Begin(Options);
        move.RunFor(5 * TestHost.Millisecond);
        move.Relink(isLinked: true, Move.Wire with { Loss = 1 });
        var before = move.Hosts[0].Now;
        move.RunFor(TestHost.Second);
        Assert.Equal(MigrationPhase.Copying, move.Last.Phase);
        move.RunUntil(() => move.Last.Phase == MigrationPhase.Failed, TestHost.Second / 4);

        Assert.Equal(("LinkLost", true), (move.Last.Failure!.Reason, move.Last.Failure.IsRetryable));
        Assert.InRange(move.Hosts[0].Now - before, 2 * TestHost.Second, 3 * TestHost.Second);
        Assert.False(move.Source.IsFrozen);
    }

    /// <summary>Nobody will ever tell whether the target had it.</summary>
    [Fact]
    public void A_source_that_is_told_that_its_target_is_gone_lets_go_for_good()
    {
        using var move = OfferedInVain();
        Assert.False(move.Out.TryGiveUp(Why));

        Assert.True(move.Out.TryConfirm());

        Assert.Equal(MigrationPhase.Granted, move.Last.Phase);
        Assert.False(move.Out.TryTakeBack(Why));
        move.RunFor(TestHost.Second);
        Assert.True(move.Source.IsFrozen);
    }

    /// <summary>Nothing can go on there, but what became of the migration can be told.</summary>
    [Fact]
    public void What_was_offered_and_has_ended_meanwhile_is_given_up_when_the_target_has_given_up()
    {
        using var move = OfferedInVain();
        move.Out.Abandon();
        Assert.Equal(MigrationPhase.Offered, move.Last.Phase);

        Assert.True(move.In.TrySettle());
        Assert.True(move.Out.TryTakeBack(move.TargetReports[^1].Failure!));

        Assert.Equal((MigrationPhase.Failed, "LinkLost"), (move.Last.Phase, move.Last.Failure!.Reason));
        Assert.Equal(TargetStand.GivenUp, move.In.Stand);
    }

    /// <summary>The message with the grant never comes.</summary>
    private static Move OfferedInVain()
    {
        var move = Begun();
        move.Intercept(arrival => arrival.Message is { Sequence: > 0, Payload: { Length: > 8 } payload }
            && payload.Span[8] == (byte)MigrationMessageKind.Whole ? [] : [arrival]);
        move.RunUntil(() => move.Last.Phase == MigrationPhase.Offered, TestHost.Second / 10);
        return move;
    }

    /// <summary>As the source sees it, of links that do not come back.</summary>
    private static string[] Ends(bool grantsAhead) =>
        grantsAhead ? ["Done", "Failed", "Granted", "Offered"] : ["Done", "Failed", "Granted"];

    private static Move Begun(LinkProfile? wire = null, bool grantsAhead = true)
    {
        var move = Move.Of(Unmoved.Program, Unmoved.Arguments, wire);
        move.RunFor(Begin);
        move.Begin(Options with { GrantsAhead = grantsAhead });
        return move;
    }

    private static bool IsOver(Move move) => move.Last.Phase is MigrationPhase.Done or MigrationPhase.Failed;

    /// <summary>Whatever was, is over at some time; then the machine ends as it would have.</summary>
    private static void Settle(Move move, bool mayStandStill)
    {
        for (var count = 0; count < 120 && !IsOver(move) && (count < 20 || !mayStandStill); count++)
        {
            move.RunFor(TestHost.Second / 2);
            move.AssertOneExecutes();
        }

        if (mayStandStill && move.IsNowhere)
        {
            GoesOnWhenTheOutcomeIsKnown(move);
        }
        else if (mayStandStill)
        {
            Assert.True(IsOver(move) || move.In.Stand == TargetStand.Owner, $"{move.Last.Phase} at the source");
        }
        else
        {
            Assert.True(IsOver(move), $"{move.Last.Phase} at the source, {move.In.Stand} at the target");
        }

        move.RunUntil(() => move.Guest.Machine.Ending is not null, TestHost.Second / 10);
        move.RunFor(TestHost.Second / 10);
        move.AssertOneExecutes();
        Assert.Equal(move.In.Stand == TargetStand.Owner, move.HasGranted);
        Assert.Equal(Unmoved.Output, move.Console.Output);
    }

    /// <summary>It is given away, and the target has not heard of it: the link comes back, or whoever speaks with both
    /// finds out.</summary>
    private static void GoesOnWhenTheOutcomeIsKnown(Move move)
    {
        if (move.Out.Stand == SourceStand.Granted)
        {
            Assert.Equal(TargetStand.Ready, move.In.Stand);
            move.Relink(isLinked: true);
            move.Intercept(arrival => [arrival]);
            move.RunFor(60 * TestHost.Second);
            Assert.Equal(TargetStand.Owner, move.In.Stand);
            return;
        }

        Assert.Equal(MigrationPhase.Offered, move.Last.Phase);
        Assert.Equal((SourceStand.Offered, TargetStand.Receiving), (move.Out.Stand, move.In.Stand));
        Assert.True(move.In.TrySettle());
        Assert.Equal(TargetStand.GivenUp, move.In.Stand);
        Assert.True(move.Out.TryTakeBack(move.TargetReports[^1].Failure!));
    }

    private static IEnumerable<Arrival> Disturb(
        Random random, Arrival arrival, SortedDictionary<string, int> faults)
    {
        var what = random.NextDouble() < 0.06
            ? new[] { "damaged", "lost", "doubled", "late" }[random.Next(4)] : "";
        if (what.Length > 0)
        {
            faults[what] = faults.GetValueOrDefault(what) + 1;
        }

        return what switch
        {
            "damaged" => [Damaged(arrival, random.NextDouble())],
            "lost" => [],
            "doubled" => [arrival, Later(arrival, random)],
            "late" => [Later(arrival, random)],
            _ => [arrival],
        };
    }

    private static Arrival Later(Arrival arrival, Random random) => arrival with
    {
        // A number of its own.
        Number = arrival.Number + (1UL << 40),
        ArrivesAt = arrival.ArrivesAt + random.Next(1, 3_000_000),
    };

    private static Arrival Damaged(Arrival arrival, double place)
    {
        Assert.Equal(NetworkMessageKind.Host, arrival.Message.Kind);
        var payload = arrival.Message.Payload.ToArray();
        payload[(int)(place * (payload.Length - 1))] ^= 0x10;
        return arrival with { Message = arrival.Message with { Payload = payload } };
    }

    private static void Count(SortedDictionary<string, int> outcomes, Move move)
    {
        var outcome = $"{move.Last.Phase}";
        outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
    }

    private void Print(SortedDictionary<string, int> outcomes) => output.WriteLine(string.Join(", ", outcomes));
}
