using Vee.Api;
using Vee.Api.Migrations;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Migrations;
using Xunit;

namespace Vee.Operator.Tests.Decisions.Migrations;

public sealed class AttemptTests
{
    [Fact]
    public void The_target_is_told_first_and_the_status_says_all_of_the_attempt()
    {
        var migration = new MigrationCase().Reserved(isSaid: false);
        var plan = migration.Decide();
        var step = Assert.IsType<MigrationStep.Expect>(plan.Step);
        Assert.Equal(("h1", "h2", 2L), (step.SourceHost, step.Record.HostName, step.Record.Instance));
        Assert.Equal(
            (MigrationPhases.Preparing, migration.Number, 1, "defaults"),
            (plan.Status.Phase, plan.Status.Number, plan.Status.Attempts, plan.Status.PolicySource));
        Assert.Equal(("h1", 1L, "h2", 2L), (
            plan.Status.Source!.HostName, plan.Status.Source.Instance,
            plan.Status.Target!.HostName, plan.Status.Target.Instance));
        Assert.Equal(PolicyChoice.Defaults, plan.Status.EffectivePolicy);
    }

    [Fact]
    public void The_source_is_told_when_the_target_expects_it()
    {
        var told = new MigrationCase().Reserved().Expected().Decide();
        var found = new MigrationCase().Reserved().AtTarget(MigrationStage.Preparing).Decide();
        Assert.All(new[] { told, found }, plan =>
        {
            var step = Assert.IsType<MigrationStep.Migrate>(plan.Step);
            Assert.Equal((1L, 2L, "vee"), (step.Instance, step.Record.Instance, step.Settings.Codec));
        });
    }

    [Fact]
    public void Settings_stay_as_they_were_when_the_attempt_began()
    {
        var plan = new MigrationCase().Reserved()
            .Policy("new", 1, new MigrationPolicySpec { Codec = MigrationCodecs.Zstd }).Expected().Decide();
        Assert.Equal("vee", Assert.IsType<MigrationStep.Migrate>(plan.Step).Settings.Codec);
    }

    [Theory]
    [InlineData(nameof(MigrationStage.Preparing), MigrationPhases.Preparing)]
    [InlineData(nameof(MigrationStage.Copying), MigrationPhases.Copying)]
    [InlineData(nameof(MigrationStage.Switching), MigrationPhases.Switching)]
    [InlineData(nameof(MigrationStage.Ready), MigrationPhases.Switching)]
    [InlineData(nameof(MigrationStage.Granted), MigrationPhases.Committed)]
    [InlineData(nameof(MigrationStage.Fetching), MigrationPhases.Committed)]
    [InlineData(nameof(MigrationStage.Done), MigrationPhases.Committed)]
    public void Phases_are_those_of_the_source(string stage, string phase)
    {
        var plan = new MigrationCase().Reserved().AtSource(Enum.Parse<MigrationStage>(stage)).Decide();
        Assert.Null(plan.Step);
        Assert.Equal(phase, plan.Status.Phase);
        Assert.Equal(Attempt.ProgressInterval, plan.RequeueAfter);
    }

    [Fact]
    public void Progress_is_written_each_five_seconds_and_at_each_step_of_the_ladder()
    {
        var before = new MigrationProgress { ObservedAt = MachineCase.Now.UtcDateTime.AddSeconds(-4), Rounds = 1 };
        var later = new MigrationProgress { ObservedAt = MachineCase.Now.UtcDateTime, Rounds = 2 };
        var migration = new MigrationCase().Reserved().Said(1, MigrationPhases.Copying)
            .Status(s => s with { Progress = before })
            .AtSource(MigrationStage.Copying, v => v with { Progress = later });
        Assert.Equal(1, migration.Decide().Status.Progress!.Rounds);
        Assert.Equal(2, migration.At(TimeSpan.FromSeconds(1)).Decide().Status.Progress!.Rounds);

        migration.At(TimeSpan.Zero).AtSource(MigrationStage.Copying, v => v with
        {
            Progress = later,
            Escalations = [new EscalationStatus { Step = EscalationSteps.MoreStreams, Reason = "not nearer" }],
            Rounds = [.. Enumerable.Range(0, 70).Select(r => new RoundStatus { Round = r })],
        });
        var escalated = migration.Decide();
        Assert.Equal(2, escalated.Status.Progress!.Rounds);
        Assert.Equal("MoreStreams: not nearer", Assert.Single(escalated.Notes).Message);
        Assert.Equal((64, 69), (escalated.Status.Rounds!.Count, escalated.Status.Rounds[^1].Round));
    }

    [Theory]
    [InlineData("abort", Reasons.Aborted)]
    [InlineData("late", Reasons.DeadlineExceeded)]
    [InlineData("target started anew", Reasons.AgentRestarted)]
    [InlineData("machine deleted", Reasons.MachineGone)]
    [InlineData("failed", "LinkLost")]
    [InlineData("target silent", Reasons.AgentUnreachable)]
    public void What_is_to_be_given_up_says_so_and_asks_nobody(string what, string reason)
    {
        var migration = new MigrationCase().Reserved();
        var plan = (what switch
        {
            "abort" => migration.AtSource(MigrationStage.Copying).Spec(s => s with { Abort = true }),
            "late" => migration.AtSource(MigrationStage.Copying).Spec(s => s with { DeadlineWallSeconds = 60 }),
            "failed" => migration.AtSource(MigrationStage.Failed, v => v with
            {
                Failure = new MigrationFailure { Reason = "LinkLost", Message = "gone", IsRetryable = true },
            }),
            "target started anew" => migration.AtSource(MigrationStage.Failed)
                .Target(a => a with { Incarnation = "fedcba9876543210.3" }),
            "machine deleted" => migration.AtSource(MigrationStage.Failed)
                .Machine(m => m.Metadata.DeletionTimestamp = MachineCase.Now.UtcDateTime),
            _ => migration.Target(a => a with { IsReachable = false }),
        }).Decide();
        Assert.Null(plan.Step);
        Assert.Equal(reason, plan.Status.Failure!.Reason);
        Assert.False(MigrationPhases.IsFinal(plan.Status.Phase));
        Assert.Equal(ConditionDraft.False, plan.Conditions[0].Status);
    }

    [Fact]
    public void What_was_given_away_cannot_be_given_up()
    {
        var plan = new MigrationCase().Reserved().AtSource(MigrationStage.Granted)
            .Status(s => s with { Failure = Concluding.LateFailure }).Spec(s => s with { Abort = true }).Decide();
        Assert.Null(plan.Status.Failure);
        Assert.Equal(MigrationPhases.Committed, plan.Status.Phase);
    }

    [Theory]
    [InlineData(nameof(AgentRefusalKind.NotLinked), true)]
    [InlineData(nameof(AgentRefusalKind.HostFull), true)]
    [InlineData(nameof(AgentRefusalKind.StaleInstance), true)]
    [InlineData(nameof(AgentRefusalKind.Migrating), true)]
    [InlineData(nameof(AgentRefusalKind.NotMovable), false)]
    [InlineData(nameof(AgentRefusalKind.InvalidRequest), false)]
    [InlineData(nameof(AgentRefusalKind.PortUnavailable), false)]
    public void An_agent_that_refuses_ends_the_attempt(string kind, bool isRetryable)
    {
        var input = new MigrationCase().Reserved().Input();
        var plan = Attempt.Refused(input, input.Record!, new(Enum.Parse<AgentRefusalKind>(kind), "no"));
        Assert.Equal((kind, "no", isRetryable), (
            plan.Status.Failure!.Reason, plan.Status.Failure.Message, plan.Status.Failure.IsRetryable));
        Assert.Null(plan.Step);
    }

    [Fact]
    public void A_second_attempt_begins_without_what_the_first_has_left()
    {
        var migration = new MigrationCase().Said(1, MigrationPhases.Pending).Status(s => s with
        {
            Failure = Concluding.LateFailure with { IsRetryable = true },
            RetryAfter = MachineCase.Now.UtcDateTime,
            Progress = new MigrationProgress(),
        }).Reserved(attempt: 2, isSaid: false);
        var status = migration.Decide().Status;
        Assert.Equal((2, MigrationPhases.Preparing), (status.Attempts, status.Phase));
        Assert.Equal(MigrationNumber.Of(migration.Input().Migration, 2), status.Number);
        Assert.Null(status.Failure);
        Assert.Null(status.RetryAfter);
        Assert.Null(status.Progress);
        Assert.Equal(MachineCase.Now.UtcDateTime, status.StartTime);
    }
}
