using Vee.Api;
using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Migrations;
using Xunit;

namespace Vee.Operator.Tests.Decisions.Migrations;

public sealed class ConcludingTests
{
    private static readonly MigrationFailure Retryable =
        new() { Reason = "LinkLost", Message = "the link is gone", IsRetryable = true };

    private static MigrationCase Moved() =>
        new MigrationCase().Said(1, MigrationPhases.Committed).Moved();

    [Fact]
    public void A_machine_that_has_moved_is_a_success_with_what_its_source_tells()
    {
        var plan = Moved().AtSource(
            MigrationStage.Done, v => v with { Result = new MigrationOutcome { DowntimeVirtualUs = 12_345 } }).Decide();
        Assert.Equal(
            (MigrationPhases.Succeeded, 12_345), (plan.Status.Phase, plan.Status.Result!.DowntimeVirtualUs));
        Assert.NotNull(plan.Status.CompletionTime);
        Assert.Equal(ConditionDraft.True, plan.Conditions[0].Status);
        Assert.Equal(
            "Executes on host h2; stood still for 12.345 ms of virtual time", Assert.Single(plan.Notes).Message);
    }

    [Fact]
    public void A_failure_that_came_too_late_is_none() => Assert.Null(
        Moved().Status(s => s with { Failure = Concluding.AbortFailure }).AtSource(MigrationStage.Done)
            .Decide().Status.Failure);

    [Theory]
    [InlineData(nameof(MigrationStage.Granted))]
    [InlineData(nameof(MigrationStage.Fetching))]
    public void The_source_is_waited_for_as_long_as_pages_may_be_there(string stage)
    {
        var plan = Moved().AtSource(Enum.Parse<MigrationStage>(stage)).Decide();
        Assert.Equal(MigrationPhases.Committed, plan.Status.Phase);
        Assert.NotNull(plan.RequeueAfter);
    }

    [Fact]
    public void A_source_that_tells_nothing_more_is_not_waited_for_for_ever()
    {
        var silent = Moved().AtSource(MigrationStage.Granted).AtTarget(MigrationStage.Done);
        Assert.Equal(MigrationPhases.Committed, silent.At(TimeSpan.FromSeconds(29)).Decide().Status.Phase);
        Assert.Equal(MigrationPhases.Succeeded, silent.At(TimeSpan.FromSeconds(30)).Decide().Status.Phase);
        Assert.Equal(MigrationPhases.Succeeded, Moved().Decide().Status.Phase);
        Assert.Equal(
            MigrationPhases.Committed,
            Moved().Source(a => a with { IsReachable = false }).AtTarget(MigrationStage.Fetching)
                .At(TimeSpan.FromHours(1)).Decide().Status.Phase);
    }

    [Fact]
    public void Without_the_source_that_has_its_pages_the_machine_is_ended()
    {
        var anew = Moved().Source(a => a with { Incarnation = MachineCase.Second }).AtTarget(MigrationStage.Fetching);
        var plan = anew.Decide();
        Assert.Equal(MigrationPhases.Committed, plan.Status.Phase);
        Assert.Equal(Moved().Number, Assert.IsType<MigrationStep.LosePages>(plan.Step).Number);
        var cut = Moved().Source(a => a with { IsReachable = false }).AtTarget(MigrationStage.Fetching);
        Assert.Null(cut.Decide().Step);
    }

    [Fact]
    public void A_machine_whose_pages_are_lost_has_not_been_moved_well()
    {
        var plan = Moved().AtTarget(MigrationStage.Failed, new MigrationFailure { Reason = "PagesLost" }).Decide();
        Assert.Equal((MigrationPhases.Failed, "PagesLost"), (plan.Status.Phase, plan.Status.Failure!.Reason));
    }

    [Fact]
    public void A_source_that_was_started_anew_is_not_waited_for()
    {
        var anew = Moved().Source(a => a with { Incarnation = MachineCase.Second }).AtTarget(MigrationStage.Done);
        var plan = anew.Decide();
        Assert.Equal(MigrationPhases.Succeeded, plan.Status.Phase);
        Assert.Contains("its source did not tell", plan.Notes[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_attempt_that_may_do_better_is_followed_by_another_later_each_time()
    {
        var first = new MigrationCase().Said(1, MigrationPhases.Copying).Status(s => s with { Failure = Retryable });
        var second = new MigrationCase().Said(2, MigrationPhases.Copying).Status(s => s with { Failure = Retryable });
        var (one, two) = (first.Decide(), second.Decide());
        Assert.Equal(
            (MigrationPhases.Pending, MachineCase.Now.UtcDateTime.AddSeconds(10)),
            (one.Status.Phase, one.Status.RetryAfter));
        Assert.Equal(MachineCase.Now.UtcDateTime.AddSeconds(20), two.Status.RetryAfter);
        Assert.Equal("Attempt 1 failed: the link is gone", Assert.Single(one.Notes).Message);

        var waiting = first.Status(_ => one.Status);
        Assert.Equal(Reasons.Retrying, waiting.Decide().Conditions[0].Reason);
        Assert.Equal(waiting.Input().NumberOf(2), waiting.At(TimeSpan.FromSeconds(10)).Decide().Reservation!.Number);
    }

    [Theory]
    [InlineData("last attempt", MigrationPhases.Failed, "LinkLost")]
    [InlineData("abort", MigrationPhases.Failed, "LinkLost")]
    [InlineData("aborted", MigrationPhases.Aborted, Reasons.Aborted)]
    [InlineData("late", MigrationPhases.Failed, Reasons.DeadlineExceeded)]
    [InlineData("machine deleted", MigrationPhases.Failed, Reasons.MachineGone)]
    [InlineData("machine lost", MigrationPhases.Failed, Reasons.MachineLost)]
    [InlineData("lost at the target", MigrationPhases.Failed, Reasons.MachineLost)]
    [InlineData("agent started anew", MigrationPhases.Failed, Reasons.MachineLost)]
    [InlineData("source told", MigrationPhases.Failed, "NoProgress")]
    [InlineData("nobody told", MigrationPhases.Failed, Reasons.Failed)]
    public void An_attempt_that_cannot_do_better_is_the_end(string what, string phase, string reason)
    {
        var migration = new MigrationCase().Said(1, MigrationPhases.Copying);
        var plan = (what switch
        {
            "last attempt" => migration.Said(3, MigrationPhases.Copying).Status(s => s with { Failure = Retryable }),
            "abort" => migration.Spec(s => s with { Abort = true }).Status(s => s with { Failure = Retryable }),
            "aborted" => migration.Status(s => s with { Failure = Concluding.AbortFailure }),
            "late" => migration.Status(s => s with { Failure = Concluding.LateFailure }),
            "machine deleted" => migration.NoMachine(),
            "machine lost" => migration.Machine(m => m.Status = m.Status! with
            {
                LastTermination = new TerminationStatus { Instance = 1, Message = "its agent is gone" },
            }),
            "lost at the target" => migration.Machine(m => m.Status = m.Status! with
            {
                LastTermination = new TerminationStatus { Instance = 2, Message = "the agent there is gone" },
            }),
            "agent started anew" => migration.Source(a => a with { Incarnation = MachineCase.Second }),
            "source told" => migration.AtSource(MigrationStage.Failed, v => v with
            {
                Failure = new MigrationFailure { Reason = "NoProgress", Message = "no progress" },
            }),
            _ => migration,
        }).Decide();
        Assert.Equal((phase, reason), (plan.Status.Phase, plan.Status.Failure!.Reason));
        Assert.Equal(MachineCase.Now.UtcDateTime, plan.Status.CompletionTime);
        Assert.Single(plan.Notes);
    }

    [Fact]
    public void What_probes_have_seen_is_added_once_they_have_told()
    {
        var seen = new ProbeBlackout { HostName = "observer", Name = "store", LongestSilenceVirtualUs = 15_000 };
        var migration = new MigrationCase().Probes(seen).Status(s => s with
        {
            Phase = MigrationPhases.Succeeded,
            Result = new MigrationOutcome(),
            CompletionTime = MachineCase.Now.UtcDateTime,
        });
        var early = migration.Decide();
        Assert.Null(early.Status.Result!.Probes);
        Assert.Equal(Concluding.ProbesAfter, early.RequeueAfter);
        var due = migration.At(Concluding.ProbesAfter).Decide();
        Assert.Equal(seen, Assert.Single(due.Status.Result!.Probes!));
        Assert.Null(due.RequeueAfter);
        Assert.Empty(due.Conditions);
    }

    [Fact]
    public void What_is_over_stays_so()
    {
        var plan = new MigrationCase().Status(s => s with { Phase = MigrationPhases.Failed })
            .Spec(s => s with { Abort = true }).Decide();
        Assert.Equal(MigrationPhases.Failed, plan.Status.Phase);
        Assert.Null(plan.Reservation);
        Assert.Null(plan.RequeueAfter);
    }
}
