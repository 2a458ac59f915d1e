using Vee.Api;
using Vee.Api.SimulatedHosts;
using Vee.Operator.Decisions.Racks;
using Vee.Operator.Mapping;
using Xunit;

namespace Vee.Operator.Tests.Decisions.Racks;

public sealed class RackDecisionTests
{
    [Fact]
    public void A_host_without_links_is_left_alone()
    {
        var outcome = new RackCase().Host("a", "x").Host("b", "x").Visit("a");
        Assert.Equal((null, null), (outcome.Rack, outcome.Telling));
        Assert.Equal(("True", Reasons.NotNeeded), (outcome.Linked.Status, outcome.Linked.Reason));
    }

    [Fact]
    public void The_oldest_host_numbers_and_the_others_follow_before_anybody_is_told()
    {
        var given = new RackCase().Host("b", "x").Host("a", "x", "b").Host("c", "y", "a");
        Assert.Null(given.Visit("a").Rack);
        Assert.Null(given.Visit("c").Telling);
        var first = given.Visit("b");
        Assert.Equal((given["b"].Metadata.Uid, 1, 3), (first.Rack!.Uid, first.Rack.Generation, first.Rack.Hosts));

        // Agent x has another host of the plan, which does not say so yet; agent y has not.
        Assert.Null(first.Telling);
        Assert.Equal(first.Rack, given.Visit("c").Rack);
        Assert.NotNull(given.Visit("c").Telling);
        Assert.NotNull(given.Visit("a").Telling);
        Assert.Equal(first.Rack, given.Visit("b").Rack);
        Assert.Equal("shares its time with a, c", given.Visit("b").Linked.Message);
    }

    [Fact]
    public void An_agent_is_told_members_by_agent_and_each_link_both_ways()
    {
        var given = new RackCase().Host("a", "x").Host("b", "y").Host("c", "x")
            .Change("a", s => s with { Links = [new LinkSpec { To = "b", Latency = "1ms" }] })
            .Change("b", s => s with { Links = [new LinkSpec { To = "a", Latency = "2ms" }] })
            .Change("c", s => s with { Links = [new LinkSpec { To = "b", Bandwidth = "1Mbit" }] }).Settle();
        var request = RackMapping.ToRequest(given.Visit("a").Telling!, given["a"].Status!.Rack!);
        Assert.Equal((given["a"].Metadata.Uid, 1L), (request.Uid, request.Generation));
        Assert.Equal(["x x:1 a c", "y y:1 b"], request.Members.Select(
            m => $"{m.Agent} {m.Address} {string.Join(' ', m.Hosts.Select(h => h.Name))}"));
        Assert.All(request.Members.SelectMany(m => m.Hosts), h => Assert.Equal(given[h.Name].Metadata.Uid, h.Uid));
        Assert.Equal(["a b 1000000 2000000", "b c 50000 50000"], request.Links.Select(
            l => $"{l.From} {l.To} {l.Forward.LatencyVirtualNs} {l.Backward.LatencyVirtualNs}"));
        Assert.Equal(1_000_000, request.Links[1].Backward.BitsPerSecond);
        Assert.Equal(1_000_000, request.Links[1].Forward.BitsPerSecond);
    }

    [Fact]
    public void An_agent_that_was_started_anew_and_a_link_that_changed_make_another_plan()
    {
        var given = new RackCase().Host("a", "x", "b").Host("b", "y").Settle();
        Assert.Equal(1, given["a"].Status!.Rack!.Generation);
        given.Status("b", s => s with { Agent = RackCase.AgentOf("y", 2) }).Settle();
        Assert.Equal(2, given["b"].Status!.Rack!.Generation);
        given.Change("a", s => s with { Links = [new LinkSpec { To = "b", Loss = "0.1" }] }).Settle();
        Assert.Equal(3, given["b"].Status!.Rack!.Generation);
        Assert.Equal(3, given.Settle()["a"].Status!.Rack!.Generation);
    }

    [Fact]
    public void A_link_is_there_when_both_of_its_hosts_say_that_they_are_in_the_plan()
    {
        var given = new RackCase().Host("a", "x", "b").Host("b", "y").Host("c", "z", "b").Settle();
        Assert.Equal(["a", "c"], Linked("b"));
        given.Status("a", s => s with { Agent = RackCase.AgentOf("x", 2) });
        Assert.Empty(Linked("b"));
        given.Visit("a");
        given.Visit("b");
        Assert.Equal(["a"], Linked("b"));
        given.Settle();
        Assert.Equal(["a", "c"], Linked("b"));

        IEnumerable<string> Linked(string name) =>
            RackPlan.Of(given[name], given.All)!.LinkedWith(given[name]).Order(StringComparer.Ordinal);
    }

    [Fact]
    public void A_host_that_loses_its_links_is_told_to_be_alone()
    {
        var given = new RackCase().Host("a", "x", "b").Host("b", "y").Settle()
            .Change("a", s => s with { Links = null });
        foreach (var name in new[] { "a", "b" })
        {
            var outcome = given.Visit(name);
            Assert.Equal((given[name].Metadata.Uid, 2, 1),
                (outcome.Rack!.Uid, outcome.Rack.Generation, outcome.Rack.Hosts));
            Assert.Equal(name, Assert.Single(outcome.Telling!.Members).Metadata.Name);
        }
    }

    [Fact]
    public void The_number_of_a_host_that_was_in_another_rack_does_not_come_back()
    {
        var given = new RackCase().Host("a", "x", "b").Host("b", "y").Host("c", "z").Settle()
            .Status("b", s => s with { Rack = s.Rack! with { Generation = 7 } })
            .Status("a", s => s with { Rack = s.Rack! with { Generation = 7 } })
            .Remove("a").Change("b", s => s with { Links = [new LinkSpec { To = "c" }] }).Settle();
        Assert.Equal((given["b"].Metadata.Uid, 8), (given["c"].Status!.Rack!.Uid, given["c"].Status!.Rack!.Generation));
    }

    [Fact]
    public void A_member_that_was_alone_meanwhile_makes_another_plan()
    {
        var given = new RackCase().Host("a", "x", "b").Host("b", "y").Settle();

        // The link goes and comes back, and only one of the two looks in between.
        var links = given["a"].Spec.Links;
        given.Change("a", s => s with { Links = null }).Visit("b");
        given.Change("a", s => s with { Links = links }).Settle();
        Assert.Equal((3, 3), (given["a"].Status!.Rack!.Generation, given["b"].Status!.Rack!.Generation));
    }

    [Fact]
    public void A_host_of_a_silent_agent_stays_in_its_rack_until_somebody_says_that_it_is_gone()
    {
        var given = new RackCase().Host("a", "x", "b").Host("b", "y", "c").Host("c", "z").Settle().Silence("b")
            .Settle();
        Assert.Equal((1, 3), (given["a"].Status!.Rack!.Generation, given["a"].Status!.Rack!.Hosts));
        given.Change("b", s => s with { OutOfService = true }).Status("b", s => s with { Agent = null }).Settle();
        Assert.Equal((2, 1), (given["a"].Status!.Rack!.Generation, given["a"].Status!.Rack!.Hosts));
        Assert.Equal((given["c"].Metadata.Uid, 2), (given["c"].Status!.Rack!.Uid, given["c"].Status!.Rack!.Generation));
        Assert.Equal("no agent simulates host b any more", given.Visit("a").Linked.Message);
    }

    [Fact]
    public void A_host_that_is_being_deleted_leaves_when_its_machines_have()
    {
        var given = new RackCase().Host("a", "x", "b").Host("b", "y").Settle();
        given["b"].Metadata.DeletionTimestamp = MachineCase.Now.UtcDateTime;
        given.Status("b", s => s with
        {
            Allocated = new HostAllocation { Machines = 1 },
            Conditions = [RackCase.Ready("False", Reasons.Deleting)],
        }).Settle();
        Assert.Equal(2, given["a"].Status!.Rack!.Hosts);
        given.Status("b", s => s with { Allocated = new HostAllocation() }).Settle();
        Assert.Equal((2, 1), (given["a"].Status!.Rack!.Generation, given["a"].Status!.Rack!.Hosts));
    }

    [Fact]
    public void A_link_that_cannot_be_is_not_there_and_says_why()
    {
        var given = new RackCase().Host("a", "x", "b", "c", "d").Host("b", "x").Host("c", "x")
            .Change("b", s => s with { Time = new TimeSpec { Mode = TimeModes.FreeRunning } })
            .Status("c", s => s with { Agent = null });
        var outcome = given.Visit("a");
        Assert.Null(outcome.Rack);
        Assert.Equal(("False", Reasons.LinkPending), (outcome.Linked.Status, outcome.Linked.Reason));
        Assert.Equal(
            "the time of host b is FreeRunning, and of this host Paced: give both one time.mode; "
            + "no agent simulates host c yet; there is no host d",
            outcome.Linked.Message);
        Assert.Equal("no agent simulates the host yet",
            given.Status("a", s => s with { Agent = null }).Visit("a").Linked.Message);
    }

    [Fact]
    public void A_number_that_an_agent_finds_stale_is_overtaken()
    {
        var given = new RackCase().Host("a", "x", "b").Host("b", "y").Settle();
        given.Status("b", s => s with { Rack = RackDecision.Beyond(s.Rack! with { Generation = 100 }) }).Settle();
        Assert.Equal((201, 201), (given["a"].Status!.Rack!.Generation, given["b"].Status!.Rack!.Generation));
    }
}
