using Vee.Api;
using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Machines;
using Vee.Operator.Decisions.Migrations;
using Xunit;

namespace Vee.Operator.Tests.Decisions.Migrations;

/// <summary>Who has a machine that moves, row by row of what both sides may say.</summary>
public sealed class HandoverTests
{
    private static MachineCase Copying() => new MachineCase().Moving().OnAgent(MachinePhase.Running)
        .AtSource(MigrationStage.Copying).AtTarget(MigrationStage.Copying);

    private static MachineCase GivenAway() => new MachineCase().Moving().OnAgent(MachinePhase.GivenAway)
        .AtSource(MigrationStage.Granted);

    private static MachineCase Offered() => new MachineCase().Moving().OnAgent(MachinePhase.Paused)
        .AtSource(MigrationStage.Offered);

    [Fact]
    public void While_pages_go_the_machine_runs_where_it_is()
    {
        var plan = Copying().Decide();
        Assert.Null(plan.Step);
        Assert.False(plan.IsClaim);
        Assert.NotNull(plan.Status.Migration);
        Assert.Equal(("Migrating", "True", "True"), (
            plan.Conditions.PrintableStatus, plan.Conditions.Ready.Status, plan.Conditions.Migrating.Status));
    }

    [Fact]
    public void A_machine_that_is_paused_or_changed_meanwhile_is_left_alone_until_it_has_moved()
    {
        Assert.Null(Copying().With(s => s with { Paused = true }).Decide().Step);
        Assert.Null(new MachineCase().Moving().OnAgent(MachinePhase.Paused).AtSource(MigrationStage.Switching)
            .Decide().Step);
    }

    [Theory]
    [InlineData(nameof(MigrationStage.Granted))]
    [InlineData(nameof(MigrationStage.Fetching))]
    [InlineData(nameof(MigrationStage.Done))]
    public void The_claim_follows_a_machine_that_executes_on_the_target(string stage)
    {
        var plan = GivenAway().AtSource(Enum.Parse<MigrationStage>(stage)).AtTarget(MigrationStage.Done)
            .Target(OnTarget).Decide();
        AssertMoved(plan);
    }

    [Fact]
    public void The_target_is_believed_whatever_became_of_the_source()
    {
        AssertMoved(new MachineCase().Moving().AgentNeverSeen().Target(OnTarget).Decide());
        AssertMoved(new MachineCase().Moving().Agent(a => a with { IsReachable = false }).Target(OnTarget).Decide());
        AssertMoved(new MachineCase().Moving().Deleting().Target(OnTarget).Decide());
    }

    [Fact]
    public void A_grant_that_did_not_arrive_is_forwarded() => Assert.Equal(
        new MachineStep.SettleAtTarget(MachineCase.Number),
        GivenAway().AtTarget(MigrationStage.Ready).Decide().Step);

    [Fact]
    public void A_machine_that_was_given_to_a_silent_target_is_waited_for()
    {
        var plan = GivenAway().Target(a => a! with { IsReachable = false }).Decide();
        Assert.Null(plan.Step);
        Assert.False(plan.IsClaim);
        Assert.NotNull(plan.Status.Migration);
        Assert.Equal(
            (Reasons.OutcomeUnknown, ConditionDraft.Unknown),
            (plan.Conditions.Migrating.Reason, plan.Conditions.Ready.Status));
        Assert.Contains("agent a2 does not answer", plan.Conditions.Migrating.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_that_was_given_to_a_target_that_is_gone_is_lost()
    {
        var restarted = GivenAway().Target(a => a! with { Incarnation = "fedcba9876543210.3" }).Decide();
        var declared = GivenAway().Target(_ => null).TargetOutOfService().Decide();
        Assert.All(new[] { restarted, declared }, plan =>
        {
            Assert.True(plan.IsClaim);
            Assert.Null(plan.Status.Migration);
            Assert.Null(plan.Status.Agent);
            Assert.Equal(EndReasons.Lost, plan.Status.LastTermination!.Reason);
            Assert.Contains("was given to host h2", plan.Status.LastTermination.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_target_that_has_not_got_what_was_given_is_asked_first_and_then_closed()
    {
        var asked = GivenAway().Decide();
        var closed = GivenAway().TargetUnaware().Decide();
        var lost = GivenAway().DeletedOnAgent(2).Decide();
        Assert.Equal(new MachineStep.CancelAtTarget(MachineCase.Number), asked.Step);
        Assert.Equal(new MachineStep.DeleteAtTarget(2), closed.Step);
        Assert.Equal(EndReasons.Lost, lost.Status.LastTermination!.Reason);
        Assert.Null(lost.Status.Migration);
    }

    [Fact]
    public void What_was_offered_is_the_targets_to_tell()
    {
        Assert.Equal(
            new MachineStep.SettleAtTarget(MachineCase.Number),
            Offered().AtTarget(MigrationStage.Copying).Decide().Step);
        Assert.NotNull(Assert.IsType<MachineStep.SettleAtSource>(
            Offered().AtTarget(MigrationStage.Failed).Decide().Step).WhyGivenUp);
        Assert.Null(Offered().AtTarget(MigrationStage.Done).Decide().Step);
        Assert.Equal(
            new MachineStep.SettleAtSource(MachineCase.Number, WhyGivenUp: null),
            Offered().Target(a => a! with { Incarnation = "fedcba9876543210.3" }).Decide().Step);
        AssertMoved(Offered().AtTarget(MigrationStage.Done).Target(OnTarget).Decide());
        var silent = Offered().Target(a => a! with { IsReachable = false }).Decide();
        Assert.Null(silent.Step);
        Assert.Equal(Reasons.OutcomeUnknown, silent.Conditions.Migrating.Reason);
    }

    [Fact]
    public void A_migration_that_failed_is_ended_at_the_target_before_the_record_goes()
    {
        var failed = new MachineCase().Moving().OnAgent(MachinePhase.Running).AtSource(MigrationStage.Failed);
        Assert.Equal(
            new MachineStep.CancelAtTarget(MachineCase.Number), failed.AtTarget(MigrationStage.Copying).Decide().Step);
        Assert.Equal(new MachineStep.DeleteAtTarget(2), failed.AtTarget(MigrationStage.Failed).Decide().Step);

        var cleared = failed.DeletedOnAgent(2).Decide();
        Assert.True(cleared.IsClaim);
        Assert.Null(cleared.Status.Migration);
        Assert.Equal(("h1", 1L, 2L), (cleared.Status.HostName, cleared.Status.Instance, cleared.Status.InstanceMax));
    }

    [Fact]
    public void A_migration_that_failed_keeps_its_record_while_the_target_is_silent()
    {
        var plan = new MachineCase().Moving().OnAgent(MachinePhase.Running).AtSource(MigrationStage.Failed)
            .Target(a => a! with { IsReachable = false }).Decide();
        Assert.Null(plan.Step);
        Assert.NotNull(plan.Status.Migration);
        Assert.Equal(ConditionDraft.True, plan.Conditions.Ready.Status);
        Assert.Contains("agent a2", plan.Conditions.Migrating.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_target_that_is_gone_needs_no_asking_but_the_source_does()
    {
        var gone = Copying().Target(_ => null).TargetOutOfService();
        Assert.Equal(new MachineStep.CancelAtSource(MachineCase.Number), gone.Decide().Step);
        var plan = gone.AtSource(MigrationStage.Failed).Decide();
        Assert.True(plan.IsClaim);
        Assert.Null(plan.Status.Migration);
        Assert.Equal("h1", plan.Status.HostName);

        var silent = Copying().Target(_ => null).TargetOutOfService().Agent(a => a with { IsReachable = false });
        Assert.NotNull(silent.Decide().Status.Migration);
    }

    public static TheoryData<string> Reasons_to_give_up =>
    [
        "deleted", "halted", "restarted", "ended", "host lost", "migration gone", "migration deleted", "other",
        "failed",
    ];

    [Theory]
    [MemberData(nameof(Reasons_to_give_up))]
    public void What_is_not_to_move_any_more_is_given_up_at_its_source(string why)
    {
        var begun = GiveUp(Copying(), why).Decide();
        Assert.Equal(new MachineStep.CancelAtSource(MachineCase.Number), begun.Step);
        Assert.NotNull(begun.Status.Migration);

        var untold = GiveUp(new MachineCase().Moving().OnAgent(MachinePhase.Running), why);
        Assert.Equal(new MachineStep.CancelAtSource(MachineCase.Number), untold.Decide().Step);
        untold.SourceUnaware();
        Assert.Equal(new MachineStep.CancelAtTarget(MachineCase.Number), untold.Decide().Step);
        Assert.Equal(new MachineStep.DeleteAtTarget(2), untold.TargetUnaware().Decide().Step);
    }

    [Fact]
    public void What_was_given_away_is_not_given_up() => Assert.Equal(
        new MachineStep.SettleAtTarget(MachineCase.Number),
        GivenAway().AtTarget(MigrationStage.Ready).Deleting().Decide().Step);

    [Fact]
    public void A_silent_source_is_waited_for()
    {
        var plan = Copying().Agent(a => a with { IsReachable = false }).Decide();
        Assert.Null(plan.Step);
        Assert.NotNull(plan.Status.Migration);
        Assert.Equal(ConditionDraft.Unknown, plan.Conditions.Ready.Status);
        Assert.Contains("agent a1", plan.Conditions.Migrating.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_source_that_is_gone_leaves_nothing_to_come_at_the_target_before_the_machine_is_lost()
    {
        var gone = new MachineCase().Moving().Agent(a => a with { Incarnation = MachineCase.Second });
        var unclear = gone.Target(a => a! with { IsReachable = false }).Decide();
        Assert.Equal((null, Reasons.OutcomeUnknown), (unclear.Step, unclear.Conditions.Migrating.Reason));

        gone.Target(a => a! with { IsReachable = true }).AtTarget(MigrationStage.Ready);
        Assert.Equal(new MachineStep.CancelAtTarget(MachineCase.Number), gone.Decide().Step);
        gone.AtTarget(MigrationStage.Failed);
        Assert.Equal(new MachineStep.DeleteAtTarget(2), gone.Decide().Step);
        gone.DeletedOnAgent(2);
        Assert.Null(gone.Decide().Status.Migration);
        gone.Status(s => s with { Migration = null });
        Assert.Equal(EndReasons.Lost, gone.Decide().Status.LastTermination!.Reason);
    }

    [Fact]
    public void The_next_instance_is_beyond_all_that_were_given_out()
    {
        var plan = new MachineCase().Status(s => s with { Instance = 1, InstanceMax = 5 }).Decide();
        Assert.Equal(6, plan.Status.Instance);
    }

    [Fact]
    public void What_was_given_away_to_nobody_knows_whom_is_not_started_again()
    {
        var plan = new MachineCase().Claimed().OnAgent(MachinePhase.GivenAway).Decide();
        Assert.False(plan.IsClaim);
        Assert.Equal(ConditionDraft.Unknown, plan.Conditions.Running.Status);
    }

    private static AgentView OnTarget(AgentView? agent) => agent!.With(new MachineView
    {
        Uid = MachineCase.Uid,
        Instance = 2,
        HostUid = "uid-h2",
        Phase = MachinePhase.Running,
    });

    private static void AssertMoved(MachinePlan plan)
    {
        Assert.True(plan.IsClaim);
        Assert.Null(plan.Step);
        Assert.Null(plan.Status.Migration);
        Assert.Equal(
            ("h2", "a2", MachineCase.Other, 2L),
            (plan.Status.HostName, plan.Status.Agent!.Name, plan.Status.Agent.Incarnation, plan.Status.Instance));
    }

    private static MachineCase GiveUp(MachineCase machine, string why) => why switch
    {
        "deleted" => machine.Deleting(),
        "halted" => machine.Strategy(RunStrategies.Halted),
        "restarted" => machine.RestartRequested("now"),
        "ended" => machine.OnAgent(MachinePhase.Ended, MachineCase.Exited(0)),
        "host lost" => machine.OutOfService(),
        "migration gone" => machine.Migration(_ => null),
        "migration deleted" => machine.Migration(m =>
        {
            m.Metadata.DeletionTimestamp = MachineCase.Now.UtcDateTime;
            return m;
        }),
        "other" => machine.Migration(m =>
        {
            m.Status = m.Status! with { Number = 78 };
            return m;
        }),
        "failed" => machine.Migration(m =>
        {
            m.Status = m.Status! with { Failure = new MigrationFailure { Reason = "Aborted" } };
            return m;
        }),
        _ => throw new ArgumentException(why, nameof(why)),
    };
}
