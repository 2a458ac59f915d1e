using System.Collections.Immutable;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Vee.Api;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Vee.Operator.Acting;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Hosts;
using Vee.Tests.Shared;
using Xunit;

namespace Vee.Operator.Tests.Decisions;

public sealed class HostDecisionTests
{
    private const string Uid = "uid-h1";
    private static readonly DateTimeOffset Now = MachineCase.Now;
    private static readonly AgentReference Claim = new()
    {
        Name = "a1",
        Incarnation = MachineCase.First,
        Address = "127.0.0.1:1",
    };

    [Fact]
    public void A_new_host_is_bound_to_the_agent_with_most_room_and_made_there()
    {
        var plan = HostDecision.Decide(Input() with
        {
            Agents = [Agent("a1"), Agent("a2"), Agent("a3")],
            BoundBytes = new Dictionary<string, long> { ["a1"] = 1L << 29, ["a3"] = 1L << 28 },
        });
        Assert.Equal(("a2", true, HostStep.Create), (plan.Status.Agent!.Name, plan.IsBinding, plan.Step));
        Assert.Equal((3, 256L << 20), (plan.Status.Capacity!.Cores, plan.Status.Capacity.MemoryBytes));
    }

    [Fact]
    public void A_host_that_no_agent_has_room_for_is_told_the_arithmetic()
    {
        var plan = HostDecision.Decide(Input() with
        {
            Agents =
            [
                Agent("a1"), Agent("a2") with { IsReachable = false },
                Agent("a3") with { Labels = new Dictionary<string, string> { ["zone"] = "b" } },
            ],
            BoundBytes = new Dictionary<string, long> { ["a1"] = 900L << 20 },
            Host = Host(s => s with { AgentSelector = new Dictionary<string, string> { ["zone"] = "a" } }),
        });
        var bound = plan.Conditions.Single(c => c.Type == ConditionTypes.Bound);
        Assert.Equal(("False", Reasons.NoAgentFits), (bound.Status, bound.Reason));
        Assert.Equal(
            "agent a1 lacks the label zone=a and has 1Gi for hosts, 900Mi taken, 124Mi left, 256Mi needed; agent a2 "
            + "lacks the label zone=a and does not answer; agent a3 lacks the label zone=a",
            bound.Message);
        Assert.Equal(HostStep.None, plan.Step);
        Assert.NotNull(plan.RequeueAfter);
    }

    [Fact]
    public void A_host_that_its_agent_has_is_ready()
    {
        var plan = HostDecision.Decide(Bound(Agent("a1", hasHost: true)));
        Assert.Equal("True", Ready(plan).Status);
        Assert.Equal(HostStep.None, plan.Step);
    }

    [Fact]
    public void A_host_that_its_agent_lost_is_made_again()
    {
        var plan = HostDecision.Decide(Bound(Agent("a1")));
        Assert.Equal(("False", HostStep.Create, false), (Ready(plan).Status, plan.Step, plan.IsBinding));
    }

    [Fact]
    public void An_agent_that_was_started_anew_gets_its_hosts_again()
    {
        var plan = HostDecision.Decide(Bound(Agent("a1", hasHost: true) with { Incarnation = MachineCase.Second }));
        Assert.Equal(
            (MachineCase.Second, true, HostStep.Create), (plan.Status.Agent!.Incarnation, plan.IsBinding, plan.Step));
    }

    [Fact]
    public void A_silent_agent_shows_after_a_few_seconds_and_not_before()
    {
        var early = HostDecision.Decide(Bound(Silent(TimeSpan.FromSeconds(2))));
        Assert.Empty(early.Conditions);
        Assert.InRange(early.RequeueAfter!.Value, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4));
        var late = HostDecision.Decide(Bound(Silent(TimeSpan.FromSeconds(6))));
        Assert.Equal(("False", Reasons.AgentUnreachable), (Ready(late).Status, Ready(late).Reason));
        Assert.Equal("a1", late.Status.Agent!.Name);
    }

    [Fact]
    public void A_host_out_of_service_is_unbound()
    {
        var plan = HostDecision.Decide(Bound(Silent(TimeSpan.FromHours(1))) with
        {
            Host = Host(s => s with { OutOfService = true }, bound: true),
        });
        Assert.Null(plan.Status.Agent);
        Assert.True(plan.IsBinding);
        Assert.Equal(Reasons.OutOfService, Ready(plan).Reason);
    }

    [Fact]
    public void An_agent_that_is_full_after_all_is_left()
    {
        var plan = HostDecision.Refused(Bound(Agent("a1")), new AgentRefusal(AgentRefusalKind.AgentFull, "1Gi taken"));
        Assert.Null(plan.Status.Agent);
        Assert.Equal(Reasons.NoAgentFits, Ready(plan).Reason);
    }

    [Fact]
    public void A_host_that_is_impossible_can_be_mended_and_is_left_alone_until_it_is()
    {
        var refusal = new AgentRefusal(AgentRefusalKind.InvalidRequest, "there is no class 'Dance' of instructions");
        var input = Bound(Agent("a1"));
        var plan = HostDecision.Refused(input, refusal);
        Assert.Equal((null, true), (plan.Status.Agent, plan.IsBinding));
        Assert.Equal((Reasons.AgentRefused, refusal.Message), (Ready(plan).Reason, Ready(plan).Message));
        input.Host.Status = plan.Status with
        {
            Conditions = new ConditionList(TimeProvider.System).Merge(null, plan.Conditions, 1),
        };
        Assert.Equal(KStatus.Failed, KStatus.Of(JsonNode.Parse(KubernetesJson.Serialize(input.Host))!));
        var after = HostDecision.Decide(input);
        Assert.Equal((HostStep.None, false), (after.Step, after.IsBinding));
        Assert.Equal(refusal.Message, Ready(after).Message);
        input.Host.Metadata.Generation = 2;
        Assert.Equal(HostStep.Create, HostDecision.Decide(input).Step);
    }

    [Theory]
    [InlineData(HostTimePhase.Passes, 0, "False", Reasons.KeepsUp, "")]
    [InlineData(HostTimePhase.Lags, 0, "True", Reasons.Lags, "why")]
    [InlineData(HostTimePhase.Stands, 6, "True", Reasons.Stands, "why")]
    public void How_time_passes_is_said_apart(
        object phase, int seconds, string status, string reason, string message)
    {
        var plan = HostDecision.Decide(Bound(WithTime((HostTimePhase)phase, seconds)));
        Assert.Equal("True", Ready(plan).Status);
        var lag = plan.Conditions.Single(c => c.Type == ConditionTypes.TimeLag);
        Assert.Equal((status, reason), (lag.Status, lag.Reason));
        Assert.Equal(message, lag.Message);
    }

    [Fact]
    public void Time_that_stands_for_a_moment_does_not_show()
    {
        var plan = HostDecision.Decide(Bound(WithTime(HostTimePhase.Stands, 2)));
        Assert.DoesNotContain(plan.Conditions, c => c.Type == ConditionTypes.TimeLag);
        Assert.InRange(plan.RequeueAfter!.Value, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4));
    }

    [Fact]
    public void Nobody_knows_the_time_of_a_host_whose_agent_is_silent()
    {
        var plan = HostDecision.Decide(Bound(Silent(TimeSpan.FromHours(1))));
        Assert.Equal("Unknown", plan.Conditions.Single(c => c.Type == ConditionTypes.TimeLag).Status);
    }

    [Fact]
    public void Deleting_waits_for_machines_then_for_the_agent()
    {
        var busy = HostDecision.Decide(Deleting(Agent("a1", hasHost: true)) with { Machines = ["default/m"] });
        Assert.Equal((false, HostStep.None), (busy.IsFinalized, busy.Step));
        Assert.Contains("default/m", Ready(busy).Message, StringComparison.Ordinal);
        var free = HostDecision.Decide(Deleting(Agent("a1", hasHost: true)));
        Assert.Equal((false, HostStep.Delete), (free.IsFinalized, free.Step));
        Assert.True(HostDecision.Decide(Deleting(Agent("a1"))).IsFinalized);
        Assert.False(HostDecision.Decide(Deleting(Silent(TimeSpan.FromHours(1)))).IsFinalized);
        Assert.True(HostDecision.Decide(Deleting(Agent("a1") with { Incarnation = MachineCase.Second })).IsFinalized);
    }

    [Fact]
    public void Kstatus_understands_each_situation()
    {
        Assert.Equal(KStatus.Current, KStatusOf(Bound(Agent("a1", hasHost: true))));
        Assert.Equal(KStatus.InProgress, KStatusOf(Bound(Agent("a1"))));
        Assert.Equal(KStatus.InProgress, KStatusOf(Bound(Silent(TimeSpan.FromHours(1)))));
        Assert.Equal(KStatus.InProgress, KStatusOf(Input()));
        Assert.Equal(KStatus.InProgress, KStatusOf(Input() with { Agents = [Agent("a1")] }));
        Assert.Equal(KStatus.Terminating, KStatusOf(Deleting(Agent("a1", hasHost: true))));
        Assert.Equal(KStatus.Failed, KStatusOf(Input() with { Host = Host(s => s with { OutOfService = true }) }));
    }

    /// <summary>Judged as a client reads it after the plan was written.</summary>
    private static string KStatusOf(HostInput input)
    {
        var plan = HostDecision.Decide(input);
        input.Host.Status = plan.Status with
        {
            Conditions = new ConditionList(TimeProvider.System).Merge(null, plan.Conditions, 1),
        };
        return KStatus.Of(JsonNode.Parse(KubernetesJson.Serialize(input.Host))!);
    }

    private static ConditionDraft Ready(HostPlan plan) => plan.Conditions.Single(c => c.Type == ConditionTypes.Ready);

    private static AgentView Silent(TimeSpan silence) =>
        Agent("a1", hasHost: true) with { IsReachable = false, LastSeen = Now - silence };

    private static AgentView WithTime(HostTimePhase phase, int seconds) => Agent("a1") with
    {
        Hosts = ImmutableDictionary<string, HostView>.Empty.Add(Uid, new(Uid, "h1", 256L << 20)
        {
            Time = new HostTimeView(
                phase, phase == HostTimePhase.Passes ? "" : "why", Now - TimeSpan.FromSeconds(seconds)),
        }),
    };

    private static HostInput Bound(AgentView agent) =>
        Input() with { Host = Host(s => s, bound: true), Agents = [agent] };

    private static HostInput Deleting(AgentView agent)
    {
        var input = Bound(agent);
        input.Host.Metadata.DeletionTimestamp = Now.UtcDateTime;
        return input;
    }

    private static HostInput Input() => new()
    {
        Host = Host(s => s),
        Now = Now,
        Agents = [],
        BoundBytes = new Dictionary<string, long>(),
        Allocated = new HostAllocation(),
        Machines = [],
    };

    private static SimulatedHost Host(Func<SimulatedHostSpec, SimulatedHostSpec> change, bool bound = false) => new()
    {
        Metadata = new V1ObjectMeta { Name = "h1", Uid = Uid, Generation = 1 },
        Spec = change(new SimulatedHostSpec
        {
            Hardware = new HardwareSpec
            {
                Cores = [new CoreGroup { Name = "big", Count = 2 }, new CoreGroup { Name = "little", Count = 1 }],
                Memory = new HostMemory { Size = "256Mi" },
            },
        }),
        Status = bound ? new SimulatedHostStatus { Agent = Claim } : null,
    };

    private static AgentView Agent(string name, bool hasHost = false) => MachineCase.Agent() with
    {
        Name = name,
        Hosts = hasHost
            ? ImmutableDictionary<string, HostView>.Empty.Add(Uid, new(Uid, "h1", 256L << 20))
            : ImmutableDictionary<string, HostView>.Empty,
    };
}
