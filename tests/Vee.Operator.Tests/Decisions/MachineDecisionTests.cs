using System.Collections.Immutable;
using System.Text.Json.Nodes;
using k8s;
using Vee.Api;
using Vee.Api.VirtualMachines;
using Vee.Operator.Acting;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Machines;
using Vee.Tests.Shared;
using Xunit;

namespace Vee.Operator.Tests.Decisions;

public sealed class MachineDecisionTests
{
    private static readonly MachineEnding Asked = new("Signaled", "SIGTERM") { Signal = "SIGTERM", WasAsked = true };

    /// <summary>A sentence, the case, and what is said and done.</summary>
    private static readonly IReadOnlyDictionary<string, (MachineCase Case, string Status, Type? Step)> Cases =
        new Dictionary<string, (MachineCase, string, Type?)>
        {
            ["a new machine is placed and made"] = (new(), "Starting", typeof(MachineStep.Create)),
            ["a halted machine needs nothing"] = (new MachineCase().Strategy("Halted"), "Halted", null),
            ["a claim without a machine is carried out"] =
                (new MachineCase().Claimed(), "Starting", typeof(MachineStep.Create)),
            ["a machine that is made is started"] =
                (new MachineCase().Claimed().OnAgent(MachinePhase.Created), "Starting", typeof(MachineStep.Start)),
            ["a machine that is to be paused never executes"] = (
                new MachineCase().With(s => s with { Paused = true }).Claimed().OnAgent(MachinePhase.Created),
                "Starting", typeof(MachineStep.Pause)),
            ["a running machine is left alone"] =
                (new MachineCase().Claimed().OnAgent(MachinePhase.Running), "Running", null),
            ["a running machine is paused"] = (
                new MachineCase().With(s => s with { Paused = true }).Claimed().OnAgent(MachinePhase.Running),
                "Pausing", typeof(MachineStep.Pause)),
            ["a paused machine stays so"] = (
                new MachineCase().With(s => s with { Paused = true }).Claimed().OnAgent(MachinePhase.Paused),
                "Paused", null),
            ["a paused machine goes on"] =
                (new MachineCase().Claimed().OnAgent(MachinePhase.Paused), "Resuming", typeof(MachineStep.Resume)),
            ["halting asks a running machine to end"] = (
                new MachineCase().Strategy("Halted").Claimed().OnAgent(MachinePhase.Running),
                "Stopping", typeof(MachineStep.Stop)),
            ["halting removes a machine that never executed"] = (
                new MachineCase().Strategy("Halted").Claimed().OnAgent(MachinePhase.Created),
                "Stopping", typeof(MachineStep.Delete)),
            ["halting fences a claim that was never carried out"] =
                (new MachineCase().Strategy("Halted").Claimed(), "Stopping", typeof(MachineStep.Delete)),
            ["a halted machine that ended is removed"] = (
                new MachineCase().Strategy("Halted").Claimed().OnAgent(MachinePhase.Ended, Asked),
                "Stopping", typeof(MachineStep.Delete)),
            ["deleting asks a running machine to end"] = (
                new MachineCase().Claimed().OnAgent(MachinePhase.Running).Deleting(),
                "Deleting", typeof(MachineStep.Stop)),
            ["a restart asks a running machine to end"] = (
                new MachineCase().Claimed().OnAgent(MachinePhase.Running).RestartRequested("now"),
                "Stopping", typeof(MachineStep.Stop)),
            ["an answered restart does nothing"] = (
                new MachineCase().Claimed().Status(s => s with { RestartAnswered = "now" })
                    .OnAgent(MachinePhase.Running).RestartRequested("now"),
                "Running", null),
            ["the first crash is followed by a start at once"] = (
                new MachineCase().Claimed().OnAgent(MachinePhase.Ended, MachineCase.Crashed()),
                "Restarting", typeof(MachineStep.Delete)),
            ["the second crash waits"] = (
                new MachineCase().Status(s => s with { StartFailure = new StartFailure { ConsecutiveFailures = 1 } })
                    .Claimed().OnAgent(MachinePhase.Ended, MachineCase.Crashed()),
                "BackOff", null),
            ["a restart does not wait for the back-off"] = (
                new MachineCase().Status(s => s with { StartFailure = new StartFailure { ConsecutiveFailures = 5 } })
                    .Claimed().OnAgent(MachinePhase.Ended, MachineCase.Crashed()).RestartRequested("now"),
                "Stopping", typeof(MachineStep.Delete)),
            ["a machine that runs once and crashes has failed, its console kept"] = (
                new MachineCase().Strategy("Once").Claimed().OnAgent(MachinePhase.Ended, MachineCase.Crashed()),
                "Failed", null),
            ["a machine that runs once and exits has succeeded"] = (
                new MachineCase().Strategy("Once").Claimed().OnAgent(MachinePhase.Ended, MachineCase.Exited(0)),
                "Succeeded", null),
            ["RerunOnFailure does not follow a success"] = (
                new MachineCase().Strategy("RerunOnFailure").Claimed()
                    .OnAgent(MachinePhase.Ended, MachineCase.Exited(0)),
                "Succeeded", null),
            ["RerunOnFailure follows a failure"] = (
                new MachineCase().Strategy("RerunOnFailure").Claimed()
                    .OnAgent(MachinePhase.Ended, MachineCase.Exited(3)),
                "Restarting", typeof(MachineStep.Delete)),
            ["Always follows a success, too"] = (
                new MachineCase().Claimed().OnAgent(MachinePhase.Ended, MachineCase.Exited(0)),
                "Restarting", typeof(MachineStep.Delete)),
            ["a machine on a silent agent is not touched"] = (
                new MachineCase().Claimed().OnAgent(MachinePhase.Running)
                    .Agent(a => a with { IsReachable = false }),
                "Unknown", null),
            ["a machine that has ended does not need its agent"] = (
                new MachineCase().Strategy("Once").Claimed().Agent(a => a with { IsReachable = false })
                    .Status(s => s with
                    {
                        LastTermination = new TerminationStatus { Instance = 1, Reason = "Exited", ExitCode = 0 },
                    }),
                "Succeeded", null),
            ["a machine on an agent that was never seen is not touched"] =
                (new MachineCase().Claimed().AgentNeverSeen(), "Unknown", null),
            ["deleting waits for a silent agent"] = (
                new MachineCase().Claimed().Agent(a => a with { IsReachable = false }).Deleting(), "Unknown", null),
            ["a program that is missing is said"] = (
                new MachineCase().Image(ImageResolution.Failed("builtin:x", Reasons.ImageNotFound, "no x")),
                "ImageNotFound", null),
            ["a program that went away after the claim leaves nothing behind"] = (
                new MachineCase().Claimed()
                    .Image(ImageResolution.Failed("builtin:x", Reasons.ImageNotFound, "no x")),
                "Starting", typeof(MachineStep.Delete)),
            ["a machine that fits nowhere says so"] =
                (new MachineCase().Hosts(MachineCase.Host("h1", freeMiB: 1)), "Unschedulable", null),
        };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_situation_has_its_one_step(string name)
    {
        var (given, status, step) = Cases[name];
        var plan = given.Decide();
        Assert.Equal(status, plan.Conditions.PrintableStatus);
        Assert.Equal(step, plan.Step?.GetType());
        Assert.Equal(7, plan.Status.ObservedGeneration);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_condition_is_always_there_once(string name)
    {
        var types = Cases[name].Case.Decide().Conditions.All().Select(c => c.Type).ToList();
        Assert.Equal(
            ["Migrating", "Paused", "Ready", "Reconciling", "RestartRequired", "Running", "Scheduled", "Stalled"],
            types.Order(StringComparer.Ordinal));
    }

    /// <summary>What tools that wait for a machine take each of its states to be.</summary>
    private static readonly Dictionary<string, string> KStatusOf = new()
    {
        ["Running"] = KStatus.Current,
        ["Paused"] = KStatus.Current,
        ["Halted"] = KStatus.Current,
        ["Succeeded"] = KStatus.Current,
        ["Starting"] = KStatus.InProgress,
        ["Pausing"] = KStatus.InProgress,
        ["Resuming"] = KStatus.InProgress,
        ["Stopping"] = KStatus.InProgress,
        ["Restarting"] = KStatus.InProgress,
        // What waits for room, for its agent or for its time goes on without anybody's doing.
        ["BackOff"] = KStatus.InProgress,
        ["Unschedulable"] = KStatus.InProgress,
        ["Unknown"] = KStatus.InProgress,
        // These do not.
        ["Failed"] = KStatus.Failed,
        ["ImageNotFound"] = KStatus.Failed,
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Kstatus_understands_each_situation(string name)
    {
        var (given, status, _) = Cases[name];
        var input = given.Input();
        var told = Told(input, MachineDecision.Decide(input));
        Assert.Equal(input.IsDeleting ? KStatus.Terminating : KStatusOf[status], KStatus.Of(told));

        // What was said of the spec before says nothing of the changed one.
        told["metadata"]!["generation"] = 8;
        Assert.Equal(input.IsDeleting ? KStatus.Terminating : KStatus.InProgress, KStatus.Of(told));
    }

    /// <summary>The machine as a client reads it after the plan was written.</summary>
    internal static JsonNode Told(MachineInput input, MachinePlan plan)
    {
        var told = JsonNode.Parse(KubernetesJson.Serialize(input.Machine))!;
        told["status"] = JsonNode.Parse(KubernetesJson.Serialize(plan.Status with
        {
            Conditions = new ConditionList(TimeProvider.System).Merge(null, plan.Conditions.All(), 7),
        }));
        return told;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Whatever_waits_looks_again_or_is_settled_or_waits_for_the_user(string name)
    {
        var plan = Cases[name].Case.Decide();
        var isSettled = plan.Conditions.Ready.Status == "True" || plan.Conditions.IsStalled;
        Assert.True(isSettled || plan.RequeueAfter is not null, "nobody would look again");
    }

    [Fact]
    public void A_claim_names_host_agent_and_the_next_instance_before_anything_is_done()
    {
        var plan = new MachineCase().Status(s => s with { Instance = 4, Restarts = 2 }).Decide();
        Assert.True(plan.IsClaim);
        Assert.Equal(("h1", "a1", MachineCase.First, 5L, 3), (
            plan.Status.HostName, plan.Status.Agent!.Name, plan.Status.Agent.Incarnation, plan.Status.Instance,
            plan.Status.Restarts));
        Assert.Equal(5, Assert.IsType<MachineStep.Create>(plan.Step).Instance);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_machine_is_released_only_when_it_is_provably_gone(bool isAgentNew)
    {
        var given = new MachineCase().Claimed().OnAgent(MachinePhase.Running);
        given = isAgentNew ? given.Agent(a => a with { Incarnation = MachineCase.Second, Machines = Nothing })
            : given.Agent(a => a with { IsReachable = false }).OutOfService();
        var plan = given.Decide();
        Assert.True(plan.IsClaim);
        Assert.Null(plan.Status.Agent);
        Assert.Null(plan.Step);
        Assert.Equal("Lost", plan.Status.LastTermination!.Reason);
        Assert.Equal(1, plan.Status.Instance);
        Assert.Equal(1, plan.Status.StartFailure!.ConsecutiveFailures);
    }

    [Theory]
    [InlineData(MachineCase.First, MachineCase.Second, true)]
    [InlineData(MachineCase.First, MachineCase.Second, false)]
    [InlineData(MachineCase.Other, MachineCase.First, true)]
    [InlineData("something else", MachineCase.First, true)]
    public void Another_incarnation_that_proves_nothing_leaves_a_machine_where_it_may_be(
        string seen, string claimed, bool isReachable)
    {
        var plan = new MachineCase().Claimed()
            .Status(s => s with { Agent = s.Agent! with { Incarnation = claimed } })
            .Agent(a => a with { Incarnation = seen, IsReachable = isReachable, Machines = Nothing }).Decide();
        Assert.False(plan.IsClaim);
        Assert.Null(plan.Step);
        Assert.Equal("Unknown", plan.Conditions.PrintableStatus);
        Assert.Equal(claimed, plan.Status.Agent!.Incarnation);
    }

    [Theory]
    [InlineData(nameof(MachinePhase.Created))]
    [InlineData(nameof(MachinePhase.Running))]
    [InlineData(nameof(MachinePhase.Paused))]
    [InlineData(nameof(MachinePhase.Stopping))]
    public void On_a_host_out_of_service_that_answers_it_is_deleted_before_it_is_released(string phase)
    {
        var plan = new MachineCase().Claimed().OnAgent(Enum.Parse<MachinePhase>(phase)).OutOfService().Decide();
        Assert.Equal(new MachineStep.Delete(1), plan.Step);
        Assert.NotNull(plan.Status.Agent);
        Assert.Equal("Lost", plan.Status.LastTermination!.Reason);
        var after = new MachineCase().Claimed().Status(_ => plan.Status).OutOfService().DeletedOnAgent(1).Decide();
        Assert.True(after.IsClaim);
        Assert.Null(after.Status.Agent);
        Assert.Equal("Lost", after.Status.LastTermination!.Reason);
    }

    [Fact]
    public void A_claim_on_a_host_without_an_object_is_given_up_when_its_agent_knows_nothing_of_it()
    {
        Assert.Equal(new MachineStep.Delete(1), new MachineCase().Claimed().HostMissing().Decide().Step);
        Assert.Null(new MachineCase().Claimed().OnAgent(MachinePhase.Running).HostMissing().Decide().Step);
    }

    [Fact]
    public void What_the_agent_has_deleted_is_released_and_counts_as_no_failure()
    {
        var plan = new MachineCase().Claimed().DeletedOnAgent(1).Decide();
        Assert.True(plan.IsClaim);
        Assert.Null(plan.Status.Agent);
        Assert.Null(plan.Status.StartFailure);
    }

    [Fact]
    public void A_machine_that_ended_and_is_gone_from_its_agent_is_not_made_again_under_the_same_number()
    {
        var plan = new MachineCase().Claimed()
            .Status(s => s with { LastTermination = new TerminationStatus { Instance = 1, Reason = "Exited" } })
            .Decide();
        Assert.Null(plan.Step);
        Assert.Null(plan.Status.Agent);
        Assert.Equal("Exited", plan.Status.LastTermination!.Reason);
    }

    [Fact]
    public void A_crash_is_told_with_everything_known()
    {
        var plan = new MachineCase().Strategy("Once").Claimed()
            .OnAgent(MachinePhase.Ended, MachineCase.Crashed()).Decide();
        var last = plan.Status.LastTermination!;
        Assert.Equal(
            ("Signaled", "SIGSEGV", "0x10608", "crash+0x4", "0x0"),
            (last.Reason, last.Signal, last.Pc, last.Symbol, last.Address));
        Assert.True(Assert.Single(plan.Notes).IsWarning);
        Assert.Contains("SIGSEGV", plan.Conditions.Ready.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_run_makes_up_for_earlier_failures()
    {
        var plan = new MachineCase().Status(s => s with { StartFailure = new StartFailure { ConsecutiveFailures = 8 } })
            .Claimed().OnAgent(MachinePhase.Ended, MachineCase.Crashed())
            .StartedAt(MachineCase.Now - TimeSpan.FromMinutes(11)).Decide();
        Assert.Equal(1, plan.Status.StartFailure!.ConsecutiveFailures);
        Assert.IsType<MachineStep.Delete>(plan.Step);
    }

    [Fact]
    public void A_rejected_spec_is_tried_again_only_when_it_changes()
    {
        var given = new MachineCase().Claimed();
        var rejected = Refusals.OfCreate(
            given.Input(), new AgentRefusal(AgentRefusalKind.InvalidImage, "no ELF file"));
        Assert.Null(rejected.Status.Agent);
        Assert.Equal("ImageInvalid", rejected.Conditions.Ready.Reason);

        var again = new MachineCase().Status(_ => rejected.Status);
        Assert.Equal((true, null), (again.Decide().Conditions.IsStalled, again.Decide().Step));
        Assert.Equal("ImageInvalid", again.Decide().Conditions.Ready.Reason);
        var mended = again.With(s => s with { Workload = new WorkloadSpec { Args = ["other"] } });
        Assert.IsType<MachineStep.Create>(mended.Decide().Step);
    }

    [Fact]
    public void What_the_agent_will_not_take_is_said_and_not_asked_again()
    {
        var given = new MachineCase().Claimed();
        var rejected = Refusals.OfCreate(
            given.Input(), new AgentRefusal(AgentRefusalKind.InvalidRequest, "arguments of more than 1 MiB"));
        var again = new MachineCase().Status(_ => rejected.Status).Decide();
        Assert.Equal((true, null), (again.Conditions.IsStalled, again.Step));
        Assert.Contains("1 MiB", again.Conditions.Ready.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void A_host_that_is_coming_is_no_news(bool isComing, int notes)
    {
        var host = MachineCase.Host("h1") with { NotReady = "is not ready", IsComing = isComing };
        Assert.Equal(notes, new MachineCase().Hosts(host).Decide().Notes.Count);
    }

    [Fact]
    public void A_spec_that_changed_after_the_start_asks_for_a_restart()
    {
        var plan = new MachineCase().Claimed().OnAgent(MachinePhase.Running)
            .With(s => s with { Memory = new MemorySpec { Size = "128Mi" } }).Decide();
        Assert.Equal("True", plan.Conditions.RestartRequired.Status);
        Assert.Equal("True", plan.Conditions.Ready.Status);
        Assert.Null(plan.Step);
    }

    [Fact]
    public void A_machine_that_ran_once_and_was_lost_is_not_started_again()
    {
        var lost = new MachineCase().Strategy("Once").Claimed()
            .Agent(a => a with { Incarnation = MachineCase.Second, Machines = Nothing }).Decide();
        var after = new MachineCase().Strategy("Once").Status(_ => lost.Status).Decide();
        Assert.Equal("Failed", after.Conditions.PrintableStatus);
        Assert.Null(after.Step);
    }

    [Fact]
    public void Halting_lets_a_machine_that_ran_once_run_once_more()
    {
        var done = new MachineCase().Strategy("Halted").Status(s => s with
        {
            Instance = 1,
            StartedSpecHash = "x",
            LastTermination = new TerminationStatus { Instance = 1, Reason = "Exited", ExitCode = 0 },
        }).Decide();
        var after = new MachineCase().Strategy("Once").Status(_ => done.Status).Decide();
        Assert.IsType<MachineStep.Create>(after.Step);
    }

    [Fact]
    public void Nothing_is_left_of_a_deleted_machine_before_its_object_goes()
    {
        Assert.True(new MachineCase().Deleting().Decide().IsFinalized);
        Assert.False(new MachineCase().Claimed().Deleting().Decide().IsFinalized);
        Assert.False(new MachineCase().Claimed().OnAgent(MachinePhase.Running).Deleting().Decide().IsFinalized);
        Assert.False(new MachineCase().Claimed().DeletedOnAgent(1).Deleting().Decide().IsFinalized);
    }

    private static ImmutableDictionary<string, MachineView> Nothing => ImmutableDictionary<string, MachineView>.Empty;
}
