using Vee.Api;
using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Migrations;
using Xunit;

namespace Vee.Operator.Tests.Decisions.Migrations;

public sealed class PreparingTests
{
    [Fact]
    public void The_host_with_most_free_memory_that_a_link_leads_to_is_reserved_before_anybody_is_asked()
    {
        var plan = new MigrationCase().Decide();
        Assert.Null(plan.Step);
        Assert.Equal(
            ("move", "h2", "a2", 2L),
            (
                plan.Reservation!.Name, plan.Reservation.HostName, plan.Reservation.Agent.Name,
                plan.Reservation.Instance));
        Assert.InRange(plan.Reservation.Number, 1, (1L << 53) - 1);
        Assert.Equal(
            "Moves from host h1 to h2 by defaults", Assert.Single(plan.Notes).Message);
    }

    [Fact]
    public void A_machine_whose_pages_still_follow_is_not_moved_on()
    {
        var follows = new MigrationCase().Source(
            a => a.With(MigrationCase.View(MigrationRole.Target, MigrationStage.Fetching, 1)));
        var plan = follows.Decide();
        Assert.Null(plan.Reservation);
        Assert.Equal(Reasons.PagesFollow, plan.Conditions[0].Reason);
    }

    [Fact]
    public void Numbers_are_the_same_for_whoever_asks_and_others_for_each_attempt()
    {
        var migration = new MigrationCase().Input().Migration;
        Assert.Equal(MigrationNumber.Of(migration, 1), new MigrationCase().Input().NumberOf(1));
        Assert.NotEqual(MigrationNumber.Of(migration, 1), MigrationNumber.Of(migration, 2));
    }

    [Fact]
    public void A_token_is_beyond_all_that_were_given_out()
    {
        var plan = new MigrationCase().Machine(m => m.Status = m.Status! with { InstanceMax = 8 }).Decide();
        Assert.Equal(9, plan.Reservation!.Instance);
    }

    [Theory]
    [InlineData("named", "h3")]
    [InlineData("selected", "h3")]
    [InlineData("only linked", "h3")]
    [InlineData("unschedulable", "h3")]
    [InlineData("placement", "h3")]
    public void A_host_is_taken_that_meets_all_that_is_asked(string what, string expected)
    {
        var marked = MigrationCase.OnTarget("h3") with { Labels = new Dictionary<string, string> { ["a"] = "b" } };
        var selector = new Dictionary<string, string> { ["a"] = "b" };
        var migration = new MigrationCase().Hosts(MachineCase.Host("h1"), MigrationCase.OnTarget("h2"), marked);
        migration = what switch
        {
            "named" => migration.Spec(s => s with { Target = new PlacementSpec { HostName = "h3" } }),
            "selected" => migration.Spec(s => s with { Target = new PlacementSpec { HostSelector = selector } }),
            "only linked" => migration.Linked("h3"),
            "unschedulable" => migration.Hosts(
                MachineCase.Host("h1"), MigrationCase.OnTarget("h2") with { IsUnschedulable = true }, marked),
            _ => migration.Machine(
                m => m.Spec = m.Spec with { Placement = new PlacementSpec { HostSelector = selector } }),
        };
        Assert.Equal(expected, migration.Decide().Reservation?.HostName);
    }

    [Fact]
    public void Where_no_host_fits_each_is_named_with_all_that_it_lacks()
    {
        var plan = new MigrationCase().Linked().Spec(
            s => s with { Target = new PlacementSpec { HostName = "h3" } }).Decide();
        Assert.Null(plan.Reservation);
        Assert.Equal((MigrationPhases.Pending, Reasons.NoHostFits), (plan.Status.Phase, plan.Conditions[0].Reason));
        Assert.Equal(
            "none of 3 hosts fits: h1 is where the machine is and is not the host that target.hostName asks for (h3); "
            + "h2 has no link from host h1 and is not the host that target.hostName asks for (h3); "
            + "h3 has no link from host h1",
            plan.Conditions[0].Message);
        Assert.NotNull(plan.RequeueAfter);
    }

    public static TheoryData<string, string> What_cannot_move => new()
    {
        { "machine gone", Reasons.MachineGone },
        { "machine deleted", Reasons.MachineGone },
        { "other moves it", Reasons.AlreadyMigrating },
        { "not placed", Reasons.MachineNotRunning },
        { "not made", Reasons.MachineNotRunning },
        { "ended", Reasons.MachineNotRunning },
        { "is there", Reasons.AlreadyThere },
        { "spec changed", Reasons.SpecChanged },
        { "policy gone", Reasons.PolicyNotFound },
        { "late", Reasons.DeadlineExceeded },
    };

    [Theory]
    [MemberData(nameof(What_cannot_move))]
    public void What_cannot_move_fails_and_says_why(string what, string reason)
    {
        var plan = Broken(what).Decide();
        Assert.Null(plan.Reservation);
        Assert.Equal(
            (MigrationPhases.Failed, reason, false),
            (plan.Status.Phase, plan.Status.Failure!.Reason, plan.Status.Failure.IsRetryable));
        Assert.NotNull(plan.Status.CompletionTime);
        Assert.True(Assert.Single(plan.Notes).IsWarning);
        Assert.Contains(
            plan.Conditions, c => c.Type == ConditionTypes.Stalled && c.Status == ConditionDraft.True);
    }

    [Theory]
    [InlineData("machine gone")]
    [InlineData("not placed")]
    [InlineData("not made")]
    [InlineData("policy gone")]
    public void What_may_come_with_the_rest_of_its_manifest_is_waited_for(string what)
    {
        var plan = Broken(what).Created(TimeSpan.FromSeconds(1)).Decide();
        Assert.Equal(MigrationPhases.Pending, plan.Status.Phase);
        Assert.NotNull(plan.RequeueAfter);
    }

    [Fact]
    public void A_silent_agent_is_waited_for() => Assert.Equal(
        Reasons.AgentUnreachable,
        new MigrationCase().Source(a => a with { IsReachable = false }).Decide().Conditions[0].Reason);

    [Fact]
    public void One_that_is_given_up_before_it_begins_is_aborted()
    {
        var plan = new MigrationCase().Spec(s => s with { Abort = true }).Decide();
        Assert.Equal((MigrationPhases.Aborted, Reasons.Aborted), (plan.Status.Phase, plan.Status.Failure!.Reason));
        Assert.False(Assert.Single(plan.Notes).IsWarning);
    }

    [Theory]
    [InlineData("", "", true)]
    [InlineData("h1", "", true)]
    [InlineData("h1 h1", "", false)]
    [InlineData("h1", "h1", false)]
    [InlineData("h4 h5 h6 h7", "", true)]
    [InlineData("h4 h5 h6 h7 h8", "", false)]
    [InlineData("h4 h4 h5 h6", "h7", false)]
    [InlineData("h4 h4 h5 h6", "h4", true)]
    public void Five_move_at_once_and_two_from_a_host_the_oldest_first(string leaving, string waiting, bool isItsTurn)
    {
        var plan = new MigrationCase().Others(
            leaving.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            waiting.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Decide();
        Assert.Equal(isItsTurn, plan.Reservation is not null);
        Assert.Equal(!isItsTurn, plan.Conditions[0].Reason == Reasons.WaitsForTurn);
    }

    [Fact]
    public void The_policy_of_the_greatest_priority_that_selects_the_machine_holds()
    {
        var selector = new Dictionary<string, string> { ["app"] = "db" };
        var migration = new MigrationCase()
            .Policy("all", 1, new MigrationPolicySpec { Codec = MigrationCodecs.Zstd })
            .Policy("db", 2, new MigrationPolicySpec { Selector = selector, Codec = MigrationCodecs.Xbzrle })
            .Policy("also", 1, new MigrationPolicySpec { Codec = MigrationCodecs.None });
        Assert.Equal("policy/all", PolicyChoice.Of(migration.Input()).Source);
        migration.Machine(m => m.Metadata.Labels = new Dictionary<string, string> { ["app"] = "db" });
        var choice = PolicyChoice.Of(migration.Input());
        Assert.Equal(("policy/db", "xbzrle", 300), (
            choice.Source, choice.Settings!.Codec, choice.Settings.MaxDowntimeVirtualMs));
        var named = PolicyChoice.Of(migration.Spec(s => s with { PolicyName = "also" }).Input());
        Assert.Equal(("policy/also", "none"), (named.Source, named.Settings!.Codec));
        var inline = PolicyChoice.Of(migration.Spec(
            s => s with { PolicyName = null, Policy = new MigrationSettings { Streams = 4 } }).Input());
        Assert.Equal(("inline", 4, "vee"), (inline.Source, inline.Settings!.Streams, inline.Settings.Codec));
    }

    private static MigrationCase Broken(string what)
    {
        var migration = new MigrationCase();
        return what switch
        {
            "machine gone" => migration.NoMachine(),
            "machine deleted" => migration.Machine(
                m => m.Metadata.DeletionTimestamp = MachineCase.Now.UtcDateTime),
            "other moves it" => migration.Machine(
                m => m.Status = m.Status! with { Migration = new MigrationRecord { Name = "other", Number = 1 } }),
            "not placed" => migration.Machine(m => m.Status = m.Status! with { Agent = null }),
            "not made" => migration.Source(a => a.WithoutMachine(MachineCase.Uid, 1)),
            "ended" => migration.Source(a => a.With(a.Machines[MachineCase.Uid] with { Phase = MachinePhase.Ended })),
            "is there" => migration.Spec(s => s with { Target = new PlacementSpec { HostName = "h1" } }),
            "spec changed" => migration.SpecChanged(),
            "policy gone" => migration.Spec(s => s with { PolicyName = "none" }),
            "late" => migration.Spec(s => s with { DeadlineWallSeconds = 60 }),
            _ => throw new ArgumentException(what, nameof(what)),
        };
    }
}
