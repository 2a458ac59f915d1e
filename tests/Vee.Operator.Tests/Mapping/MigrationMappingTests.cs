using Google.Protobuf;
using Vee.Api.Migrations;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Migrations;
using Vee.Operator.Mapping;
using Vee.Protocol;
using Xunit;
using MigrationRole = Vee.Operator.Decisions.Migrations.MigrationRole;
using Wire = Vee.Protocol;

namespace Vee.Operator.Tests.Mapping;

public sealed class MigrationMappingTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    [Fact]
    public void Settings_are_told_in_the_units_of_the_contract()
    {
        var options = MigrationMapping.ToOptions(new MigrationSettings
        {
            Mode = MigrationModes.Hybrid,
            Codec = "xbzrle",
            Bandwidth = "50Mbit",
            MaxDowntimeVirtualMs = 300,
            CompletionTimeoutVirtualSeconds = 7,
            ProgressTimeoutVirtualSeconds = 150,
            PostCopyMaxVirtualSeconds = 60,
            Streams = 4,
            Ladder = [EscalationSteps.DirtyLimit, EscalationSteps.PostCopy],
            Without = new AblationSpec { HoldBack = true, GrantAhead = true },
        });
        Assert.Equal(
            new MigrationOptions
            {
                Mode = MigrationMode.Hybrid,
                Codec = "xbzrle",
                BitsPerSecondMax = 50_000_000,
                DowntimeMaxVirtualNs = 300_000_000,
                CompletionTimeoutVirtualNs = 7_000_000_000,
                ProgressTimeoutVirtualNs = 150_000_000_000,
                PostCopyMaxVirtualNs = 60_000_000_000,
                StreamCount = 4,
                Ladder = new MigrationLadder { Steps = { EscalationStep.DirtyLimit, EscalationStep.PostCopy } },
                Without = new MigrationAblation { HoldBack = true, GrantAhead = true },
            },
            options);
    }

    [Fact]
    public void A_ladder_without_steps_is_none_and_no_ladder_is_the_agents()
    {
        Assert.Empty(MigrationMapping.ToOptions(new MigrationSettings { Ladder = [] }).Ladder.Steps);
        Assert.Null(MigrationMapping.ToOptions(new MigrationSettings()).Ladder);
    }

    [Fact]
    public void What_an_agent_tells_is_kept_in_the_units_of_the_api()
    {
        var view = new MigrationState
        {
            Migration = 77,
            Uid = "u",
            Instance = 3,
            Role = Wire.MigrationRole.Source,
            Phase = MigrationPhase.Done,
            Failure = new Wire.MigrationFailure { Reason = "LinkLost", Message = "gone", IsRetryable = true },
            Progress = new Wire.MigrationProgress
            {
                Rounds = 2,
                ElapsedVirtualNs = 5_000_000,
                BitsPerSecond = 9,
                DirtyLimitPagesPerSecond = 256,
                ThrottleVirtualNs = { 0, 7_999_999 },
                DowntimeExpectedVirtualNs = 12_345_678,
                Escalations = { new Escalation { Step = EscalationStep.MoreStreams, AtVirtualNs = 3_000_000 } },
                LastRounds = { new RoundReport { Round = 1, Pages = 7, DurationVirtualNs = 4_000_000 } },
            },
            Result = new MigrationResult
            {
                DowntimeVirtualNs = 12_345_678,
                GrantVirtualNs = 1_999,
                TotalWallNs = 2_000_000,
                RootDigest = ByteString.CopyFrom(0xab, 0xcd),
                Forms = { new FormCount { Form = "word-mask", Pages = 1, Bytes = 2 } },
                PostCopy = new PostCopyResult { Pages = 5, Faults = 4, WaitMedianVirtualNs = 7_000 },
            },
        }.ToView(Now);

        Assert.Equal((77L, "u", 3L, MigrationRole.Source, MigrationStage.Done), (
            view.Number, view.Uid, view.Instance, view.Role, view.Stage));
        Assert.Equal((256L, 7L), (
            view.Progress!.DirtyLimitPagesPerVirtualSecond, view.Progress.ThrottleMaxVirtualMs));
        Assert.Equal(("LinkLost", "gone", true), (
            view.Failure!.Reason, view.Failure.Message, view.Failure.IsRetryable));
        Assert.Equal((2, 5L, 9L, 12_345L), (
            view.Progress!.Rounds, view.Progress.ElapsedVirtualMs, view.Progress.BitsPerVirtualSecond,
            view.Progress.DowntimeExpectedVirtualUs));
        Assert.Equal(new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), view.Progress.ObservedAt);
        Assert.Equal((EscalationSteps.MoreStreams, 3L), (view.Escalations[0].Step, view.Escalations[0].AtVirtualMs));
        Assert.Equal((1, 7L, 4L), (view.Rounds[0].Round, view.Rounds[0].Pages, view.Rounds[0].DurationVirtualMs));
        Assert.Equal((5L, 4L, 7L), (
            view.Result!.PostCopy!.Pages, view.Result.PostCopy.Faults, view.Result.PostCopy.WaitMedianVirtualUs));
        Assert.Equal((12_345L, 1L, 2L, "abcd", "word-mask"), (
            view.Result!.DowntimeVirtualUs, view.Result.GrantVirtualUs, view.Result.TotalWallMs,
            view.Result.RootDigest, view.Result.Forms![0].Form));
    }

    [Fact]
    public void A_phase_or_a_role_that_is_none_is_no_migration()
    {
        Assert.Throws<InvalidDataException>(() => new MigrationState { Role = Wire.MigrationRole.Target }.ToView(Now));
        Assert.Throws<InvalidDataException>(
            () => new MigrationState { Phase = MigrationPhase.Copying }.ToView(Now));
    }

    [Theory]
    [InlineData(Refusal.Migrating, nameof(AgentRefusalKind.Migrating))]
    [InlineData(Refusal.NotLinked, nameof(AgentRefusalKind.NotLinked))]
    [InlineData(Refusal.NotMovable, nameof(AgentRefusalKind.NotMovable))]
    [InlineData(Refusal.UnknownMigration, nameof(AgentRefusalKind.UnknownMigration))]
    [InlineData(Refusal.MigrationCommitted, nameof(AgentRefusalKind.MigrationCommitted))]
    [InlineData(Refusal.NotFetching, nameof(AgentRefusalKind.NotFetching))]
    [InlineData(Refusal.NotReady, nameof(AgentRefusalKind.NotReady))]
    public void Refusals_have_their_kinds(string reason, string kind) =>
        Assert.Equal(kind, $"{AgentMapping.ToKind(reason)}");

    [Fact]
    public void A_view_never_goes_back_and_an_expected_machine_is_no_machine_yet()
    {
        var done = new MigrationState
        {
            Migration = 7, Uid = "u", Role = Wire.MigrationRole.Source, Phase = MigrationPhase.Done,
        }.ToView(Now);
        var agent = Decisions.MachineCase.Agent().With(done).With(done with { Stage = MigrationStage.Copying });
        Assert.Equal(MigrationStage.Done, agent.Find("u", MigrationRole.Source, 7)!.Stage);
        Assert.Null(agent.Find("u", MigrationRole.Source, 8));
        Assert.Null(agent.Find("u", MigrationRole.Target, 7));
        Assert.Equal(8, agent.With(done with { Number = 8 }).Migrations[("u", MigrationRole.Source)].Number);
        var expected = new MachineState { Uid = "u", Instance = 2, Phase = Wire.MachinePhase.Expected }.ToView();
        Assert.Empty(agent.With(expected).Machines);
        var running = agent.With(expected with { Phase = Operator.Decisions.MachinePhase.Running });
        Assert.Single(running.WithoutMachine("u", 1).Machines);
        Assert.Empty(running.WithoutMachine("u", 2).Machines);
    }

    [Fact]
    public void A_downtime_that_the_source_cannot_tell_yet_is_one_that_the_API_takes()
    {
        var view = new MigrationState
        {
            Role = Wire.MigrationRole.Source,
            Phase = MigrationPhase.Copying,
            Progress = new Wire.MigrationProgress { DowntimeExpectedVirtualNs = long.MaxValue },
        }.ToView(Now);

        Assert.Equal(
            Vee.Api.Migrations.MigrationProgress.DowntimeUnknownUs, view.Progress!.DowntimeExpectedVirtualUs);
        Assert.True(view.Progress.DowntimeExpectedVirtualUs < 1L << 53);
        Assert.Null(view.Progress.DirtyLimitPagesPerVirtualSecond);
        Assert.Null(view.Progress.ThrottleMaxVirtualMs);
    }
}
