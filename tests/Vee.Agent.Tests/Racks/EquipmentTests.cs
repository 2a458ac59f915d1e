using Google.Protobuf;
using Grpc.Core;
using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Xunit;
using static Vee.Agent.Tests.Support.MachineCalls;

namespace Vee.Agent.Tests.Racks;

/// <summary>What hosts have beside machines: probes, and work of their own.</summary>
public sealed class EquipmentTests
{
    private const long Millisecond = 1_000_000;
    private const long Second = 1_000_000_000;
    private const uint StoreAddress = 0x0A000010;

    [Fact]
    public async Task A_probe_sees_a_machine_be_paused_from_another_agent()
    {
        await using var rack = new TestRack();
        var store = await rack.StartAsync("store");
        var watch = await rack.StartProcessAsync("watch");
        await store.Client.CreateHostAsync("a");
        await watch.Client.CreateHostAsync("b");
        await store.Client.RunOnAsync(Repository.Guest("kvstore"), "kv", request =>
        {
            request.HostUid = "a";
            request.NetworkAddress = StoreAddress;
        });
        await RackCalls.SetAsync(
            TestRack.PlanOf(
                1, new LinkProfile { BitsPerSecond = 1_000_000_000, LatencyVirtualNs = 200_000 },
                (store.Name, store.Address, ["a"]), (watch.Name, watch.Address, ["b"])),
            store, watch);
        await SetAsync(watch.Client, Ping());
        // It may have asked before the rack was joined, and was told that there is no way.
        var first = await AwaitAsync(watch.Client, reading => reading.Answered > 100);

        var before = (await TestRack.InspectAsync(store.Client, "a")).VirtualTimeNs;
        await store.Client.PauseAsync("kv");
        var paused = (await TestRack.InspectAsync(store.Client, "a")).VirtualTimeNs;
        await TestRack.AwaitTimeAsync(store.Client, "a", paused + (Second / 2));
        await store.Client.ResumeAsync("kv");
        var resumed = (await TestRack.InspectAsync(store.Client, "a")).VirtualTimeNs;
        var seen = await AwaitAsync(watch.Client, reading => reading.LongestSilenceStartVirtualNs > 0
            && reading.Answered > reading.Sent - 20);

        Assert.InRange(
            seen.LongestSilenceVirtualNs, Second / 2, resumed - before + (30 * Millisecond));
        Assert.InRange(
            seen.LongestSilenceStartVirtualNs, before - (30 * Millisecond), paused + (30 * Millisecond));
        // Each that was meant to be sent meanwhile was answered late, and none was lost.
        Assert.InRange(seen.Slow, 40, seen.Sent);
        Assert.Equal((0, first.Breaks), (seen.Lost, seen.Breaks));
        Assert.InRange(seen.ResponseMaxVirtualNs, Second / 2, seen.LongestSilenceVirtualNs + (10 * Millisecond));
        // Two latencies, the wires and the work of the store, however long the wall took for them.
        Assert.InRange(first.ResponseP50VirtualNs, 400_000, 2 * Millisecond);
    }

    [Fact]
    public async Task A_probe_that_comes_while_its_rack_is_joined_gets_its_answers()
    {
        await using var rack = new TestRack();
        var store = await rack.StartAsync("store");
        var watch = await rack.StartAsync("watch");
        await store.Client.CreateHostAsync("a");
        await watch.Client.CreateHostAsync("b");
        await store.Client.RunOnAsync(Repository.Guest("kvstore"), "kv", request =>
        {
            request.HostUid = "a";
            request.NetworkAddress = StoreAddress;
        });
        var plan = TestRack.PlanOf(
            1, new LinkProfile { BitsPerSecond = 1_000_000_000, LatencyVirtualNs = 5 * Millisecond },
            (store.Name, store.Address, ["a"]), (watch.Name, watch.Address, ["b"]));

        // One waits for the other, and meanwhile the probe comes and asks.
        await RackCalls.SetAsync(plan, watch);
        await SetAsync(watch.Client, Ping());
        await RackCalls.SetAsync(plan, store);

        await AwaitAsync(watch.Client, reading => reading.Answered > 20);
    }

    [Fact]
    public async Task Datagrams_come_back_from_a_machine_that_sends_them_back()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.CreateHostAsync("b");
        await agent.Operator.RunOnAsync(Repository.Guest("streamer"), "echo", request =>
        {
            request.HostUid = "b";
            request.NetworkAddress = StoreAddress;
            request.Arguments.AddRange(["--receive", "5000", "--echo"]);
        });
        await SetAsync(agent.Operator, Datagrams());
        var seen = await AwaitAsync(agent.Operator, reading => reading.Answered > 50);

        // Through the switch and back; what was sent before the machine listened is lost.
        Assert.InRange(seen.ResponseP50VirtualNs, 10_000, Millisecond);
        Assert.InRange(seen.Lost, 0, 100);
    }

    [Fact]
    public async Task Probes_that_stay_go_on_and_others_begin_anew()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.CreateHostAsync("b");
        var (first, second) = (Ping(), Datagrams());
        await SetAsync(agent.Operator, first, second);
        var before = await AwaitAsync(agent.Operator, reading => reading.Sent > 20);

        second.IntervalVirtualNs *= 2;
        await SetAsync(agent.Operator, first, second);
        var after = (await TestRack.InspectAsync(agent.Operator, "b")).Probes;
        Assert.Equal(["ping", "datagrams"], after.Select(reading => reading.Name));
        Assert.True(after[0].Sent >= before.Sent, $"{after[0].Sent} after {before.Sent}");
        Assert.InRange(after[1].Sent, 0, 20);

        await SetAsync(agent.Operator);
        Assert.Empty((await TestRack.InspectAsync(agent.Operator, "b")).Probes);
        await agent.Operator.DeleteHostAsync("b");
    }

    [Fact]
    public async Task A_probe_that_begins_anew_gets_answers_of_a_machine_that_it_has_asked_before()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.CreateHostAsync("b");
        await agent.Operator.RunOnAsync(Repository.Guest("kvstore"), "kv", request =>
        {
            request.HostUid = "b";
            request.NetworkAddress = StoreAddress;
        });
        var ping = Ping();
        await SetAsync(agent.Operator, ping);
        await AwaitAsync(agent.Operator, reading => reading.Answered > 20);

        ping.IntervalVirtualNs *= 2;
        await SetAsync(agent.Operator, ping);
        await AwaitAsync(agent.Operator, reading => reading.Answered > 20);
        await SetAsync(agent.Operator);
        await SetAsync(agent.Operator, ping);
        await AwaitAsync(agent.Operator, reading => reading.Answered > 20);
    }

    [Fact]
    public async Task A_host_that_catches_up_with_another_one_is_no_blackout()
    {
        await using var rack = new TestRack();
        var store = await rack.StartAsync("store");
        await store.Client.CreateHostAsync("a");
        await store.Client.RunOnAsync(Repository.Guest("kvstore"), "kv", request =>
        {
            request.HostUid = "a";
            request.NetworkAddress = StoreAddress;
        });
        await TestRack.AwaitTimeAsync(store.Client, "a", 3 * Second);

        // Its time begins three seconds later, and passes in a moment when both become a rack.
        await store.Client.CreateHostAsync("b");
        await SetAsync(store.Client, Ping());
        await RackCalls.SetAsync(
            TestRack.PlanOf(
                1, new LinkProfile { BitsPerSecond = 1_000_000_000, LatencyVirtualNs = 200_000 },
                (store.Name, store.Address, ["a", "b"])),
            store);
        var seen = await AwaitAsync(store.Client, reading => reading.Answered > 20);

        Assert.InRange(seen.LongestSilenceVirtualNs, 0, Second);
        Assert.InRange(seen.Sent, 20, 200);
    }

    [Fact]
    public async Task A_machine_called_dom0_is_not_the_end_of_a_host_that_gets_work()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.CreateHostAsync("b");
        await agent.Operator.RunOnAsync(Programs.Spins(), "dom0", request => request.HostUid = "b");
        var work = new HostWork
        {
            VcpuCount = 1,
            Tasks = { new HostTask { Name = "dump", PauseVirtualNs = 100_000, CpuVirtualNs = 1000 } },
        };
        await agent.Operator.EquipHostAsync(
            new EquipHostRequest { HostUid = "b", Work = work }, cancellationToken: TestAgent.Token);
        Assert.Single((await TestRack.InspectAsync(agent.Operator, "b")).Tasks);
    }

    [Fact]
    public async Task What_cannot_be_probed_is_refused_and_what_there_is_stays()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.CreateHostAsync("b");
        await agent.Operator.RunOnAsync(Repository.Guest("kvstore"), "kv", request =>
        {
            request.HostUid = "b";
            request.NetworkAddress = StoreAddress;
        });
        await SetAsync(agent.Operator, Ping());

        Assert.Contains("probes[0].interval_virtual_ns", await RefusedAsync(p => p.IntervalVirtualNs = 999));
        Assert.Contains("probes[0].tcp.request", await RefusedAsync(p => p.Tcp.Request = ByteString.Empty));
        Assert.Contains("probes[0].tcp.answer_bytes", await RefusedAsync(p => p.Tcp.AnswerBytes = 0));
        Assert.Contains("probes[0].target_port", await RefusedAsync(p => p.TargetPort = 65_536));
        Assert.Contains("probes[0].address", await RefusedAsync(p => p.Address = 0));
        Assert.Contains("not 10.0.0.1", await RefusedAsync(p => p.Address = 0x0A000001));
        Assert.Contains("probes[0].address", await RefusedAsync(p => p.Address = 0x7F000001));
        Assert.Contains("probes[0].name", await RefusedAsync(p => p.Name = ""));
        Assert.Contains("tcp or udp", await RefusedAsync(p => p.ClearExchange()));
        Assert.Contains("datagram_bytes", await RefusedAsync(p => p.Udp = new UdpExchange { LostAfterVirtualNs = 1 }));
        Assert.Contains(
            "10.0.0.16", await RefusedAsync(p => p.Address = StoreAddress, StatusCode.AlreadyExists));
        var twice = await Assert.ThrowsAsync<RpcException>(() => SetAsync(agent.Operator, Ping(), Ping()));
        Assert.Equal("two probes have one name", twice.Status.Detail);
        Assert.Single((await TestRack.InspectAsync(agent.Operator, "b")).Probes);

        // And the other way round: an address that a probe has is no machine's, until it is given back.
        var request = RequestFor(Repository.Guest("kvstore"), "other");
        (request.HostUid, request.NetworkAddress) = ("b", Ping().Address);
        Assert.Equal(
            StatusCode.AlreadyExists,
            (await Assert.ThrowsAsync<RpcException>(() => agent.Operator.CreateAsync(request))).StatusCode);
        await SetAsync(agent.Operator);
        await agent.Operator.CreateAsync(request);

        async Task<string> RefusedAsync(Action<HostProbe> change, StatusCode status = StatusCode.InvalidArgument)
        {
            var probe = Ping();
            change(probe);
            var refused = await Assert.ThrowsAsync<RpcException>(() => SetAsync(agent.Operator, probe));
            Assert.Equal(status, refused.StatusCode);
            return refused.Status.Detail;
        }
    }

    [Fact]
    public async Task Work_of_the_host_competes_with_machines_and_can_be_throttled()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.CreateHostAsync(
            new CreateHostRequest
            {
                Uid = "b",
                Name = "b",
                MemoryBytes = 1024 * MebiByte,
                Cores = { new CoreGroup { Name = "all", Count = 1, FrequencyMhz = 50 } },
                Costs = new HostCosts { PerPage = { ["copy"] = Assumed(1000) } },
                TimeMode = TimeMode.FreeRunning,
            },
            cancellationToken: TestAgent.Token);
        await agent.Operator.RunOnAsync(Programs.Spins(), "spins", request => request.HostUid = "b");
        var work = new HostWork
        {
            VcpuCount = 1,
            Tasks =
            {
                // 100 ms of work after each 100 µs: it is at it all the time.
                new HostTask
                {
                    Name = "dump", PauseVirtualNs = 100_000, Pages = new PageWork { What = "copy", Count = 100_000 },
                },
            },
        };
        await EquipAsync(work);
        await AdvanceAsync(2 * Second);
        var fair = await DoneAsync();
        Assert.InRange(fair, 9, 11);

        // A tenth of a core: once in a second, and what has begun goes on.
        work.CapPercent = 10;
        await EquipAsync(work);
        await AdvanceAsync(12 * Second);
        Assert.InRange(await DoneAsync() - fair, 9, 12);

        work.Tasks[0].Pages.What = "burn";
        var refused = await Assert.ThrowsAsync<RpcException>(() => EquipAsync(work));
        Assert.Contains("there are: copy", refused.Status.Detail, StringComparison.Ordinal);
        await EquipAsync(null);
        Assert.Empty((await TestRack.InspectAsync(agent.Operator, "b")).Tasks);

        async Task EquipAsync(HostWork? asked) => await agent.Operator.EquipHostAsync(
            new EquipHostRequest { HostUid = "b", Work = asked }, cancellationToken: TestAgent.Token);

        async Task AdvanceAsync(long until)
        {
            await agent.Operator.AdvanceTimeAsync(
                new AdvanceTimeRequest { HostUid = "b", UntilVirtualNs = until }, cancellationToken: TestAgent.Token);
            await TestRack.AwaitTimeAsync(agent.Operator, "b", until);
        }

        async Task<long> DoneAsync() => (await TestRack.InspectAsync(agent.Operator, "b")).Tasks.Single().Done;
    }

    private static HostCost Assumed(long cost) => new() { VirtualNs = cost, Source = "assumed" };

    private static HostProbe Ping() => new()
    {
        Name = "ping",
        Address = 0x0A0000FA,
        TargetAddress = StoreAddress,
        TargetPort = 6379,
        IntervalVirtualNs = 10 * Millisecond,
        SlowAfterVirtualNs = 5 * Millisecond,
        Tcp = new TcpExchange
        {
            Request = ByteString.CopyFromUtf8("PING\r\n"),
            AnswerBytes = 7,
            ReconnectAfterVirtualNs = 20 * Millisecond,
        },
    };

    private static HostProbe Datagrams() => new()
    {
        Name = "datagrams",
        Address = 0x0A0000FB,
        TargetAddress = StoreAddress,
        TargetPort = 5000,
        IntervalVirtualNs = 10 * Millisecond,
        SlowAfterVirtualNs = 5 * Millisecond,
        Udp = new UdpExchange { DatagramBytes = 64, LostAfterVirtualNs = Second },
    };

    private static async Task SetAsync(Protocol.Agent.AgentClient agent, params HostProbe[] probes) =>
        await agent.EquipHostAsync(
            new EquipHostRequest { HostUid = "b", Probes = { probes } }, cancellationToken: TestAgent.Token);

    private static async Task<ProbeReading> AwaitAsync(
        Protocol.Agent.AgentClient agent, Func<ProbeReading, bool> condition)
    {
        ProbeReading? last = null;
        await Wait.ForAsync(
            async () => condition(last = (await TestRack.InspectAsync(agent, "b")).Probes[0]), "the probe has seen it");
        return last!;
    }
}
