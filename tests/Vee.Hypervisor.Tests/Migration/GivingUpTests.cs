using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Migration;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Hypervisor.Tests.State;
using Vee.Machines.State;
using Xunit;

namespace Vee.Hypervisor.Tests.Migration;

/// <summary>Migrations that are given up, refused, or overtaken by the end of their guest.</summary>
public sealed class GivingUpTests(ITestOutputHelper output)
{
    private const long Begin = 20 * TestHost.Millisecond;
    private const long Step = 200_000;

    private static readonly MigrationFailure Cancelled = new("Cancelled", "somebody wants so", IsRetryable: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whoever_gives_up_at_the_source_has_the_machine_on_at_once_or_never(bool grantsAhead)
    {
        var phases = new SortedSet<string>();
        for (var steps = 0; ; steps++)
        {
            using var move = Begun(grantsAhead);
            move.RunFor(steps * Step);
            if (move.Last.Phase is MigrationPhase.Done or MigrationPhase.Failed)
            {
                break;
            }

            phases.Add($"{move.Last.Phase}");
            var isGranted = move.HasGranted;
            Assert.Equal(!isGranted, move.Out.TryGiveUp(Cancelled));
            GoesOn(move, isMoved: isGranted);
            Assert.Equal(isGranted ? null : "Cancelled", move.TargetReports[^1].Failure?.Reason);
        }

        output.WriteLine(string.Join(", ", phases));
        Assert.Superset(new HashSet<string> { "Preparing", "Copying", "Switching" }, phases);
        Assert.Equal(!grantsAhead, phases.Contains("Granted"));
    }

    /// <summary>Once it is ready the source may grant: it gives up only when somebody knows better.</summary>
    [Fact]
    public void Whoever_gives_up_at_a_target_that_is_not_ready_has_the_machine_on_at_the_source()
    {
        for (var steps = 0; ; steps++)
        {
            using var move = Begun();
            move.RunFor(steps * Step);
            if (move.In.Stand != TargetStand.Receiving)
            {
                Assert.True(steps > 10, $"{steps} steps");
                break;
            }

            Assert.True(move.In.TryGiveUp(Cancelled));
            move.RunFor(20 * TestHost.Millisecond);
            Assert.Equal("Cancelled", move.Last.Failure!.Reason);
            GoesOn(move, isMoved: false);
            Assert.True(move.In.TrySettle());
            Assert.Equal(TargetStand.GivenUp, move.In.Stand);
        }
    }

    /// <summary>It is over at any instant of the migration, by itself or by a signal.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    public void A_guest_that_ends_meanwhile_ends_where_it_is(int signal)
    {
        var reasons = new SortedDictionary<string, int>();
        for (var steps = 0; steps < 25; steps++)
        {
            using var move = Move.Of("bin/writer", "--memory 64K --rounds 2 --rate 500");
            move.RunFor((signal == 0 ? 61 * TestHost.Millisecond : 0) + (steps * Step));
            move.Begin();
            if (signal != 0)
            {
                move.RunFor(steps * Step);
                var isPostponed = move.Source.IsFrozen;
                move.Guest.SendSignal(signal);
                if (isPostponed)
                {
                    // It waits until it is known who has the machine: here, or for whoever sends it to the target.
                    move.Out.TryGiveUp(Cancelled);
                }
            }

            move.RunToEnd();
            move.RunFor(TestHost.Second / 2);
            move.AssertOneExecutes();
            Assert.NotNull(move.Guest.Machine.Ending);
            var outcome = move.Last.Failure?.Reason ?? "Done";
            reasons[outcome] = reasons.GetValueOrDefault(outcome) + 1;
        }

        output.WriteLine(string.Join(", ", reasons));
        Assert.Contains("GuestEnded", reasons.Keys);
    }

    [Fact]
    public void A_guest_that_is_taken_away_ends_its_migration()
    {
        using var move = Begun();
        move.RunFor(TestHost.Millisecond);
        move.Hosts[0].Remove(move.Hosts[0].Guests.Single(guest => guest.Program == move.Source));
        move.RunToEnd();
        Assert.Equal("GuestGone", move.Last.Failure!.Reason);
        move.RunFor(TestHost.Second);
        Assert.Equal("GuestGone", move.TargetReports[^1].Failure!.Reason);
    }

    [Fact]
    public void A_target_that_expects_another_machine_refuses()
    {
        using var move = Move.Of(Unmoved.Program, Unmoved.Arguments);
        move.Begin(memoryBytes: 32 << 20);
        move.RunToEnd();
        Assert.Equal(("OtherMachine", false), (move.Last.Failure!.Reason, move.Last.Failure.IsRetryable));
        GoesOn(move, isMoved: false);
    }

    [Fact]
    public void A_host_that_nobody_expects_the_machine_on_does_not_answer()
    {
        using var move = Move.Of("bin/writer", "--rate 100 --seconds 20");
        move.BeginWithoutTarget();
        move.RunToEnd();
        Assert.Equal(("NoAnswer", true), (move.Last.Failure!.Reason, move.Last.Failure.IsRetryable));
        var retired = move.Source.RetiredCount;
        move.RunFor(TestHost.Second);
        Assert.True(move.Source.RetiredCount > retired);
    }

    [Fact]
    public void What_cannot_begin_is_refused_and_changes_nothing()
    {
        using var move = Begun();
        var (host, guests) = (move.Hosts[0], move.Hosts[0].Guests.Count);
        Assert.Contains("being moved already", Refused(host, move, "b"), StringComparison.Ordinal);
        Assert.Contains("no link leads from 'a' to 'x'", Refused(host, move, "x"), StringComparison.Ordinal);
        Assert.Contains("is not on host 'c'", Refused(move.Hosts[2], move, "b"), StringComparison.Ordinal);
        Assert.Equal(guests, host.Guests.Count);
        move.RunToEnd();
        GoesOn(move, isMoved: true);
    }

    [Fact]
    public void A_host_is_hashed_meanwhile_and_that_changes_nothing()
    {
        using var move = Begun();
        for (var step = 0; step < 20; step++)
        {
            move.RunFor(TestHost.Millisecond);
            Assert.All(move.Hosts, host => Assert.Equal(host.Hash(), host.Hash()));
        }

        move.RunToEnd();
        GoesOn(move, isMoved: true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_checkpoint_with_a_migration_is_refused(int host)
    {
        using var move = Begun();
        move.RunFor(TestHost.Millisecond);
        var state = MemoryState.Of(move.Hosts[host].Save);
        var refused = Assert.Throws<StateRefusedException>(() => MemoryState.Read(state, move.Hosts[host].Restore));
        Assert.Contains("a migration that was under way does not go on", refused.Message, StringComparison.Ordinal);
    }

    private static string Refused(Host host, Move move, string peer) => Assert.Throws<ArgumentException>(() =>
        OutgoingMigration.Begin(
            host, new OutgoingMachine(77, move.Source, peer, 9), new MigrationOptions(), new Move.Deaf())).Message;

    private static Move Begun(bool grantsAhead = true)
    {
        var move = Move.Of(Unmoved.Program, Unmoved.Arguments);
        move.RunFor(Begin);
        move.Begin(new MigrationOptions { GrantsAhead = grantsAhead });
        return move;
    }

    private static void GoesOn(Move move, bool isMoved)
    {
        var guest = isMoved ? null : move.Source;
        var retired = guest?.RetiredCount ?? 0;
        move.RunFor(TestHost.Second);
        Assert.True(guest is null || guest.RetiredCount > retired || guest.Machine.Ending is not null);
        move.RunFor(Unmoved.Life);
        move.AssertOneExecutes();
        Assert.Equal(isMoved, move.In.Stand == TargetStand.Owner);
        Assert.Equal(Unmoved.Output, move.Console.Output);
    }
}
