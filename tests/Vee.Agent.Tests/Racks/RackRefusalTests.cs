using Grpc.Core;
using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Xunit;
using static Vee.Agent.Tests.Support.MachineCalls;

namespace Vee.Agent.Tests.Racks;

/// <summary>Hardware and racks that cannot be, and calls that nobody may make.</summary>
public sealed class RackRefusalTests : IAsyncLifetime
{
    private TestAgent agent = null!;

    public async ValueTask InitializeAsync() => agent = await TestAgent.StartAsync();

    public ValueTask DisposeAsync() => agent.DisposeAsync();

    [Fact]
    public async Task Impossible_hardware_is_refused_with_all_that_is_wrong()
    {
        var request = HostRequest();
        request.Cores.Clear();
        request.Cores.Add(new CoreGroup { Name = "all", Count = 0, FrequencyMhz = -1, CacheDomain = "none" });
        request.NetworkCard = new NetworkCard { BitsPerSecond = -1 };
        request.Disk = new HostDisk { LatencyVirtualNs = -1 };
        request.Costs = new HostCosts { ContextSwitch = new HostCost { VirtualNs = 5 } };

        var refusal = await RefusalOfAsync(StatusCode.InvalidArgument, () => CreateAsync(request));

        foreach (var part in new[]
        {
            "cores[0].count: 0", "frequencyMHz: -1", "there is no cache domain 'none'", "bandwidthBitsPerSecond: -1",
            "latencyNanoseconds: -1", "contextSwitch.source",
        })
        {
            Assert.Contains(part, refusal, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("fair", "slice", 1, "there is no scheduler 'fair'")]
    [InlineData("credit", "slyce", 1, "has no option 'slyce'")]
    [InlineData("credit", "slice", 0, "scheduler.options[slice]")]
    public async Task Impossible_schedulers_are_refused(string name, string option, long value, string told)
    {
        var request = HostRequest();
        request.Scheduler = new HostScheduler { Name = name, Options = { [option] = value } };

        Assert.Contains(
            told, await RefusalOfAsync(StatusCode.InvalidArgument, () => CreateAsync(request)),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_with_other_hardware_is_another_host()
    {
        await CreateAsync(HostRequest());
        await CreateAsync(HostRequest());
        var other = HostRequest();
        other.Scheduler = new HostScheduler { Name = "credit-2009" };

        Assert.Equal(Refusal.HostDiffers, await RefusalOfAsync(StatusCode.AlreadyExists, () => CreateAsync(other)));
    }

    [Fact]
    public async Task Impossible_racks_are_refused_and_change_nothing()
    {
        await CreateAsync(HostRequest());
        var wire = new LinkProfile { BitsPerSecond = 1, LatencyVirtualNs = 1000 };
        async Task<string> RefusedAsync(StatusCode status, Action<SetRackRequest> change)
        {
            var plan = TestRack.PlanOf(
                3, new LinkProfile(wire), ("test-agent", "127.0.0.1:1", ["h"]), ("x", "127.0.0.1:1", ["i"]));
            change(plan);
            return await RefusalOfAsync(status, () => SetAsync(plan));
        }

        Assert.Contains("latencyNanoseconds: 0", await RefusedAsync(
            StatusCode.InvalidArgument, plan => plan.Links[0].Forward.LatencyVirtualNs = 0), StringComparison.Ordinal);
        Assert.Contains("bandwidthBitsPerSecond: -5", await RefusedAsync(
            StatusCode.InvalidArgument, plan => plan.Links[0].Forward.BitsPerSecond = -5), StringComparison.Ordinal);
        Assert.Contains("loss", await RefusedAsync(
            StatusCode.InvalidArgument, plan => plan.Links[0].Forward.Loss = double.NaN), StringComparison.Ordinal);
        Assert.Contains("there is no host 'z'", await RefusedAsync(
            StatusCode.InvalidArgument, plan => plan.Links[0].To = "z"), StringComparison.Ordinal);
        Assert.Contains("is called 'h'", await RefusedAsync(
            StatusCode.InvalidArgument, plan =>
            {
                plan.Members[0].Hosts[0].Name = "j";
                plan.Links[0].From = "j";
            }), StringComparison.Ordinal);
        Assert.Equal(Refusal.UnknownHost, await RefusedAsync(
            StatusCode.NotFound, plan => plan.Members[0].Hosts[0].Uid = "nobody"));
        Assert.Equal(TimePhase.Passes, (await TestRack.InspectAsync(agent.Operator, "h")).Time.Phase);

        await SetAsync(TestRack.PlanOf(2, wire, ("test-agent", "127.0.0.1:1", ["h"])));
        await SetAsync(TestRack.PlanOf(2, wire, ("test-agent", "127.0.0.1:1", ["h"])));
        Assert.Equal(Refusal.StaleRack, await RefusalOfAsync(StatusCode.FailedPrecondition, () => SetAsync(
            TestRack.PlanOf(1, wire, ("test-agent", "127.0.0.1:1", ["h"])))));
    }

    [Fact]
    public async Task Racks_are_the_operators_and_only_agents_join_them()
    {
        var user = agent.Call(agent.Authority.Client(Roles.User));
        var peer = agent.Call(agent.Authority.Agent("other"));

        foreach (var caller in new[] { user, peer })
        {
            Assert.Equal(Refusal.RoleRequired, await RefusalOfAsync(StatusCode.PermissionDenied, async () =>
                await caller.SetRackAsync(new SetRackRequest(), cancellationToken: TestAgent.Token)));
        }

        Assert.Equal(Refusal.RoleRequired, await JoinAsync(user, StatusCode.PermissionDenied));
        Assert.Equal(Refusal.UnknownRack, await JoinAsync(peer, StatusCode.FailedPrecondition));
    }

    [Fact]
    public async Task Time_is_moved_on_free_running_hosts_alone_and_outside_clients_need_paced_ones()
    {
        await CreateAsync(HostRequest());
        var free = HostRequest();
        (free.Uid, free.Name, free.TimeMode) = ("free", "free", TimeMode.FreeRunning);
        await CreateAsync(free);
        var image = Programs.Spins();
        await agent.Operator.UploadAsync(image);
        var request = RequestFor(image);
        request.HostUid = "free";
        request.Ports.Add(new PublishedPort { Name = "web", Port = 80 });

        Assert.Equal(Refusal.Paced, await RefusalOfAsync(StatusCode.FailedPrecondition, async () =>
            await agent.Operator.AdvanceTimeAsync(
                new AdvanceTimeRequest { HostUid = "h", UntilVirtualNs = 1 }, cancellationToken: TestAgent.Token)));
        Assert.Equal(Refusal.FreeRunning, await RefusalOfAsync(
            StatusCode.FailedPrecondition, () => agent.Operator.CreateAsync(request)));
    }

    [Fact]
    public async Task Free_running_host_comes_to_where_it_is_told_and_no_further()
    {
        var free = HostRequest();
        free.TimeMode = TimeMode.FreeRunning;
        await CreateAsync(free);
        await agent.Operator.RunOnAsync(Programs.Spins(), change: request => request.HostUid = "h");
        Assert.Equal(0, (await agent.Operator.MeasureAsync("vm-1")).RetiredInstructions);

        await agent.Operator.AdvanceTimeAsync(
            new AdvanceTimeRequest { HostUid = "h", UntilVirtualNs = 1_000_000 }, cancellationToken: TestAgent.Token);
        await TestRack.AwaitTimeAsync(agent.Operator, "h", 1_000_000);

        // A jump takes two cycles of a microsecond's thousand: half a million in a millisecond. What is begun, a
        // quantum of 50 µs, is executed whole.
        Assert.InRange((await agent.Operator.MeasureAsync("vm-1")).RetiredInstructions, 490_000, 525_000);
        Assert.Equal(1_000_000, (await TestRack.InspectAsync(agent.Operator, "h")).VirtualTimeNs);
    }

    [Fact]
    public async Task Two_machines_of_a_host_never_have_one_address()
    {
        await CreateAsync(HostRequest());
        var image = Programs.Waits();
        await agent.Operator.UploadAsync(image);
        async Task<MachineState> AddAsync(string uid, uint address)
        {
            var request = RequestFor(image, uid);
            (request.HostUid, request.NetworkAddress) = ("h", address);
            return await agent.Operator.CreateAsync(request);
        }

        await AddAsync("one", 0x0A000003);
        await AddAsync("two", 0);
        await AddAsync("three", 0);
        Assert.Equal(Refusal.AddressUnavailable, await RefusalOfAsync(
            StatusCode.AlreadyExists, () => AddAsync("four", 0x0A000004)));
        Assert.Contains("gateway", await RefusalOfAsync(
            StatusCode.InvalidArgument, () => AddAsync("five", 0x0A000001)), StringComparison.Ordinal);
        await agent.Operator.DeleteAsync("three");
        await AddAsync("four", 0x0A000004);
    }

    private static CreateHostRequest HostRequest() => new()
    {
        Uid = "h",
        Name = "h",
        MemoryBytes = 1024 * MebiByte,
        Cores = { new CoreGroup { Name = "all", Count = 1, FrequencyMhz = 1000 } },
    };

    private static async Task<string> JoinAsync(Protocol.Agent.AgentClient caller, StatusCode status) =>
        await RefusalOfAsync(status, async () =>
        {
            using var call = caller.JoinRack(cancellationToken: TestAgent.Token);
            await call.RequestStream.WriteAsync(
                new RackMessage { Caller = new RackCaller { RackUid = "r", Generation = 1, Agent = "other" } },
                TestAgent.Token);
            await call.ResponseStream.MoveNext(TestAgent.Token);
        });

    private async Task CreateAsync(CreateHostRequest request) =>
        await agent.Operator.CreateHostAsync(request, cancellationToken: TestAgent.Token);

    private async Task SetAsync(SetRackRequest plan) =>
        await agent.Operator.SetRackAsync(plan, cancellationToken: TestAgent.Token);
}
