using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Xunit;
using static Vee.Agent.Tests.Support.MachineCalls;

namespace Vee.Agent.Tests.Racks;

/// <summary>Racks whose members die, are silent, lie, and come and go.</summary>
public sealed class TroubleTests : IAsyncDisposable
{
    private static readonly LinkProfile Wire = new() { BitsPerSecond = 1_000_000_000, LatencyVirtualNs = 1_000_000 };

    private readonly TestRack rack = new();

    public ValueTask DisposeAsync() => rack.DisposeAsync();

    [Fact]
    public async Task Time_keeps_pace_in_a_rack_of_two_agents_and_outside_clients_take_part()
    {
        var wall = System.Diagnostics.Stopwatch.StartNew();
        var (left, right) = await JoinPacedAsync();
        var request = StoreOn("b");
        await right.Client.UploadAsync(Repository.Guest("kvstore"));
        var port = (await right.Client.CreateAsync(request)).Ports[0].AgentPort;
        await right.Client.StartAsync("store");
        var before = await TestRack.InspectAsync(left.Client, "a");
        var talking = System.Diagnostics.Stopwatch.StartNew();

        using var client = await OutsideClient.ConnectAsync(port);
        for (var ping = 0; ping < 50; ping++)
        {
            await client.Client.SendAsync("PING\r\n"u8.ToArray(), TestAgent.Token);
            var answer = new byte[7];
            await client.GetStream().ReadExactlyAsync(answer, TestAgent.Token);
            Assert.Equal("+PONG\r\n"u8, answer);
            await Task.Delay(10, TestAgent.Token);
        }

        var after = await TestRack.InspectAsync(left.Client, "a");
        Assert.InRange(after.VirtualTimeNs, 0, wall.Elapsed.TotalNanoseconds);
        Assert.InRange(
            after.VirtualTimeNs - before.VirtualTimeNs, talking.Elapsed.TotalNanoseconds / 4, double.MaxValue);
        Assert.Equal(TimePhase.Passes, after.Time.Phase);
    }

    [Fact]
    public async Task Others_stop_when_a_member_dies_say_so_and_go_on_without_it()
    {
        var left = await rack.StartAsync("left");
        var right = await rack.StartProcessAsync("right");
        await JoinAsync(1, left, right);
        await left.Client.RunOnAsync(Programs.Spins(), "spins", request => request.HostUid = "a");

        await right.Process!.KillAsync();

        var stands = await AwaitPhaseAsync(left, "a", TimePhase.Stands);
        Assert.Contains("agent 'right'", stands.Time.Message, StringComparison.Ordinal);
        Assert.Contains(right.Address, stands.Time.Message, StringComparison.Ordinal);
        Assert.Equal(stands.VirtualTimeNs, (await TestRack.InspectAsync(left.Client, "a")).VirtualTimeNs);
        Assert.Equal(TimePhase.Stands, (await left.Client.HostAsync("a")).Time.Phase);

        // What is wanted of its machines is done though time stands.
        var retired = (await left.Client.MeasureAsync("spins")).RetiredInstructions;
        await left.Client.PauseAsync("spins");
        await left.Client.ResumeAsync("spins");
        await left.Client.RunOnAsync(Programs.Spins(), "late", request => request.HostUid = "a");
        await left.Client.DeleteAsync("late");
        Assert.Equal(retired, (await left.Client.MeasureAsync("spins")).RetiredInstructions);

        await SetRackAsync(2, left);
        var passes = await AwaitPhaseAsync(left, "a", TimePhase.Passes);
        await TestRack.AwaitTimeAsync(left.Client, "a", passes.VirtualTimeNs + 1_000_000);
        await Wait.ForAsync(
            async () => (await left.Client.MeasureAsync("spins")).RetiredInstructions > retired, "it executes again");
    }

    [Fact]
    public async Task Member_that_is_silent_for_long_is_waited_for_and_all_go_on_with_it()
    {
        var left = await rack.StartAsync("left");
        var right = await rack.StartProcessAsync("right");
        await JoinAsync(1, left, right);
        await left.Client.RunOnAsync(Programs.Spins(), "spins", request => request.HostUid = "a");

        right.Process!.Send("STOP");
        var stands = await AwaitPhaseAsync(left, "a", TimePhase.Stands);
        await left.Client.PauseAsync("spins");
        await left.Client.ResumeAsync("spins");
        right.Process.Send("CONT");

        Assert.Contains("agent 'right'", stands.Time.Message, StringComparison.Ordinal);
        var passes = await AwaitPhaseAsync(left, "a", TimePhase.Passes);
        await TestRack.AwaitTimeAsync(left.Client, "a", passes.VirtualTimeNs + 1_000_000);
    }

    [Fact]
    public async Task Member_that_lies_about_its_clock_is_named_and_nothing_is_simulated_on_its_word()
    {
        var left = await rack.StartAsync("left");
        await CreateHostAsync(left, "a");
        var plan = TestRack.PlanOf(1, Wire, ("left", left.Address, ["a"]), ("a-liar", "127.0.0.1:1", ["b"]));
        await left.Client.SetRackAsync(plan, cancellationToken: TestAgent.Token);

        using var call = rack.Call(left.Address, rack.Authority.Agent("a-liar")).JoinRack(
            cancellationToken: TestAgent.Token);
        foreach (var message in new[]
        {
            new RackMessage { Caller = new RackCaller { RackUid = "rack", Generation = 1, Agent = "a-liar" } },
            new RackMessage { Hello = new RackHello() },

            // It is where all are, and something happens before.
            new RackMessage { Window = new RackWindow { BoundVirtualNs = -1, LimitVirtualNs = 1_000_000_000 } },
        })
        {
            await call.RequestStream.WriteAsync(message, TestAgent.Token);
        }

        await Wait.ForAsync(
            async () => (await TestRack.InspectAsync(left.Client, "a")).Time.Message.Contains(
                "agent 'a-liar' contradicts itself", StringComparison.Ordinal),
            "the liar is named");
        Assert.Equal(0, (await TestRack.InspectAsync(left.Client, "a")).VirtualTimeNs);
        await SetRackAsync(2, left);
        await AwaitPhaseAsync(left, "a", TimePhase.Passes);
    }

    [Fact]
    public async Task Nothing_is_lost_when_plans_change_all_the_time()
    {
        var (left, right) = await JoinPacedAsync();
        await RunStreamerAsync(right, "receiver", "b", 0x0A000020, "--receive", "5000", "--count", "300");
        await RunStreamerAsync(
            left, "sender", "a", 0x0A000010, "--to", "10.0.0.32:5000", "--count", "300", "--rate", "100");

        for (var generation = 2; generation < 22; generation++)
        {
            await SetRackAsync(generation, left, right);
            await Task.Delay(100, TestAgent.Token);
        }

        await right.Client.AwaitEndAsync("receiver");
        var said = await right.Client.LogAsync("receiver");
        // What may not have arrived is sent again, so that some come twice; the receiver counts those, too.
        Assert.Matches("received [0-9]+, lost 0, reordered 0, ", said);
    }

    [Fact]
    public async Task Over_a_link_that_loses_everything_nothing_comes_and_time_passes()
    {
        var (left, right) = await JoinPacedAsync(new LinkProfile(Wire) { Loss = 1 });
        await RunStreamerAsync(
            right, "receiver", "b", 0x0A000020, "--receive", "5000", "--count", "10", "--idle-ms", "500");
        await RunStreamerAsync(
            left, "sender", "a", 0x0A000010, "--to", "10.0.0.32:5000", "--count", "10", "--rate", "100");

        Assert.Equal(MachineEndReason.Exited, (await left.Client.AwaitEndAsync("sender")).Reason);
        var before = await TestRack.InspectAsync(right.Client, "b");
        await TestRack.AwaitTimeAsync(right.Client, "b", before.VirtualTimeNs + 500_000_000);
        Assert.DoesNotContain("received 1", await right.Client.LogAsync("receiver"), StringComparison.Ordinal);
    }

    private static CreateMachineRequest StoreOn(string host)
    {
        var request = RequestFor(Repository.Guest("kvstore"), "store");
        request.HostUid = host;
        request.MemoryBytes = 64 * MebiByte;
        request.Ports.Add(new PublishedPort { Name = "redis", Port = 6379 });
        return request;
    }

    private static async Task RunStreamerAsync(
        TestRack.Member member, string uid, string host, uint address, params string[] arguments) =>
        await member.Client.RunOnAsync(Repository.Guest("streamer"), uid, request =>
        {
            request.HostUid = host;
            request.NetworkAddress = address;
            request.Arguments.AddRange(arguments);
        });

    private static async Task<HostInspection> AwaitPhaseAsync(TestRack.Member member, string host, TimePhase phase)
    {
        HostInspection inspection = new();
        await Wait.ForAsync(
            async () => (inspection = await TestRack.InspectAsync(member.Client, host)).Time.Phase == phase,
            $"the time of {host} is {phase}");
        return inspection;
    }

    private static async Task CreateHostAsync(TestRack.Member member, string name) =>
        await member.Client.CreateHostAsync(name);

    private static async Task SetRackAsync(long generation, params TestRack.Member[] members) =>
        await SetRackAsync(generation, Wire, members);

    private static async Task SetRackAsync(long generation, LinkProfile wire, params TestRack.Member[] members)
    {
        string[] names = ["a", "b"];
        var plan = TestRack.PlanOf(
            generation, wire,
            [.. members.Select((member, index) => (member.Name, member.Address, new[] { names[index] }))]);
        foreach (var member in members)
        {
            await member.Client.SetRackAsync(plan, cancellationToken: TestAgent.Token);
        }
    }

    private static async Task JoinAsync(long generation, TestRack.Member left, TestRack.Member right)
    {
        await CreateHostAsync(left, "a");
        await CreateHostAsync(right, "b");
        await SetRackAsync(generation, left, right);
        await AwaitPhaseAsync(left, "a", TimePhase.Passes);
        await AwaitPhaseAsync(right, "b", TimePhase.Passes);
    }

    private async Task<(TestRack.Member Left, TestRack.Member Right)> JoinPacedAsync(LinkProfile? wire = null)
    {
        var (left, right) = (await rack.StartAsync("left"), await rack.StartAsync("right"));
        await CreateHostAsync(left, "a");
        await CreateHostAsync(right, "b");
        await SetRackAsync(1, wire ?? Wire, left, right);
        await AwaitPhaseAsync(left, "a", TimePhase.Passes);
        await AwaitPhaseAsync(right, "b", TimePhase.Passes);
        return (left, right);
    }
}
