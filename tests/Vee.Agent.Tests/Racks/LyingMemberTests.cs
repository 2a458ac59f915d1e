using Grpc.Core;
using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Xunit;
using static Vee.Agent.Tests.Racks.RackCalls;

namespace Vee.Agent.Tests.Racks;

/// <summary>Members of racks that say what cannot be.</summary>
public sealed class LyingMemberTests : IAsyncDisposable
{
    private readonly TestRack rack = new();

    public ValueTask DisposeAsync() => rack.DisposeAsync();

    /// <summary>Rack.SimulateWindow: the skew of limits overflows, and every machine ends.</summary>
    [Fact]
    public async Task A_member_with_an_impossible_limit_ends_no_machine() =>
        await LieAsync(async call =>
        {
            await call.RequestStream.WriteAsync(HelloOf(0), TestAgent.Token);
            await call.RequestStream.WriteAsync(
                new RackMessage { Window = new RackWindow { LimitVirtualNs = long.MinValue } }, TestAgent.Token);
        });

    /// <summary>Rack.Stop(epoch + 1) overflows, and every machine ends.</summary>
    [Fact]
    public async Task A_member_with_the_last_epoch_ends_no_machine() =>
        await LieAsync(async call =>
        {
            await call.RequestStream.WriteAsync(
                HelloOf(long.MaxValue), TestAgent.Token);
            await Task.Delay(300, TestAgent.Token);
            await call.RequestStream.CompleteAsync();
        });

    /// <summary>Host.Receive keeps what never arrives; the next epoch counts from 1 again and meets it.</summary>
    [Fact]
    public async Task A_member_whose_message_never_arrives_ends_no_machine() =>
        await LieAsync(async call =>
        {
            RackArrival Arrival(long at) => new()
            {
                Link = 2,
                Number = 1,
                ArrivesAtVirtualNs = at,
                Message = new GuestMessage { Kind = 1, SourceAddress = 5, DestinationAddress = 6 },
            };
            await call.RequestStream.WriteAsync(HelloOf(0), TestAgent.Token);
            await call.RequestStream.WriteAsync(
                new RackMessage
                {
                    Window = new RackWindow { LimitVirtualNs = 1, Arrivals = { Arrival(long.MaxValue) } },
                },
                TestAgent.Token);
            await Task.Delay(300, TestAgent.Token);
            await call.RequestStream.WriteAsync(HelloOf(1), TestAgent.Token);
            long now = -1;
            while (now < 0 && await call.ResponseStream.MoveNext(TestAgent.Token))
            {
                now = call.ResponseStream.Current.Hello is { Epoch: 1 } hello ? hello.VirtualTimeNs : -1;
            }

            await call.RequestStream.WriteAsync(
                new RackMessage
                {
                    Window = new RackWindow
                    {
                        Epoch = 1,
                        VirtualTimeNs = now,
                        BoundVirtualNs = now,
                        LimitVirtualNs = now + 1,
                        Arrivals = { Arrival(now + 1_000_000) },
                    },
                },
                TestAgent.Token);
        });

    /// <summary>RackNetwork.AcceptAsync takes the caller's word for who it is.</summary>
    [Fact]
    public async Task No_agent_speaks_for_another()
    {
        var left = await rack.StartAsync("left");
        await left.Client.CreateHostAsync("a");
        await SetAsync(TestRack.PlanOf(1, Wire, ("left", left.Address, ["a"]), ("a-peer", "127.0.0.1:1", ["b"])), left);
        using var call = rack.Call(left.Address, rack.Authority.Agent("stranger")).JoinRack(
            cancellationToken: TestAgent.Token);
        await call.RequestStream.WriteAsync(
            new RackMessage { Caller = new RackCaller { RackUid = "rack", Generation = 1, Agent = "a-peer" } },
            TestAgent.Token);
        await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(TestAgent.Token));
    }

    /// <summary>RackMessages.Read lets a hello be 146 years ahead: all hosts go there, second by second.</summary>
    [Fact]
    public async Task A_member_does_not_take_all_hosts_to_the_end_of_time()
    {
        var left = await rack.StartProcessAsync("left");
        await FreeHostAsync(left, "a", hashes: true);
        await left.Client.RunOnAsync(Programs.Waits(), "waits", request => request.HostUid = "a");
        await SetAsync(TestRack.PlanOf(1, Wire, ("left", left.Address, ["a"]), ("a-liar", "127.0.0.1:1", ["b"])), left);
        using var call = rack.Call(left.Address, rack.Authority.Agent("a-liar")).JoinRack(
            cancellationToken: TestAgent.Token);
        await call.RequestStream.WriteAsync(
            new RackMessage { Caller = new RackCaller { RackUid = "rack", Generation = 1, Agent = "a-liar" } },
            TestAgent.Token);
        await call.RequestStream.WriteAsync(
            HelloOf(0, (long.MaxValue / 2) - 1), TestAgent.Token);
        await Task.Delay(500, TestAgent.Token);
        var inspection = left.Client.InspectHostAsync(
            new InspectHostRequest { Uid = "a" }, deadline: In(20),
                cancellationToken: TestAgent.Token).ResponseAsync;
        await Try(inspection);
        Assert.True(inspection.IsCompletedSuccessfully, "the host does not answer any more");
        Assert.InRange((await inspection).VirtualTimeNs, 0, 1L << 60);
    }

    /// <summary>What comes for another's guest would go to whoever claims its address.</summary>
    [Fact]
    public async Task A_member_does_not_place_addresses_at_hosts_of_others()
    {
        var left = await rack.StartAsync("left");
        await FreeHostAsync(left, "a");
        await SetAsync(TestRack.PlanOf(1, Wire, ("left", left.Address, ["a"]), ("a-liar", "127.0.0.1:1", ["b"])), left);
        using var call = rack.Call(left.Address, rack.Authority.Agent("a-liar")).JoinRack(
            cancellationToken: TestAgent.Token);
        await call.RequestStream.WriteAsync(
            new RackMessage { Caller = new RackCaller { RackUid = "rack", Generation = 1, Agent = "a-liar" } },
            TestAgent.Token);
        var hello = HelloOf(0);
        hello.Hello.Placements.Add(new RackPlacement { Address = 9, Host = "a" });
        await call.RequestStream.WriteAsync(hello, TestAgent.Token);
        await Wait.ForAsync(
            async () => (await TestRack.InspectAsync(left.Client, "a")).Time.Message.Contains(
                "an address is at a host of another agent", StringComparison.Ordinal),
            "the liar is named");
    }

    private static RackMessage HelloOf(long epoch, long time = 0) => new()
    {
        Hello = new RackHello { Epoch = epoch, VirtualTimeNs = time, TimeMode = TimeMode.FreeRunning },
    };

    private async Task LieAsync(Func<AsyncDuplexStreamingCall<RackMessage, RackMessage>, Task> lie)
    {
        var left = await rack.StartAsync("left");
        await FreeHostAsync(left, "a");
        await left.Client.RunOnAsync(Programs.Waits(), "waits", request => request.HostUid = "a");
        await SetAsync(TestRack.PlanOf(1, Wire, ("left", left.Address, ["a"]), ("a-liar", "127.0.0.1:1", ["b"])), left);
        await AdvanceAsync(left, "a", 1_000_000_000);
        using var call = rack.Call(left.Address, rack.Authority.Agent("a-liar")).JoinRack(
            cancellationToken: TestAgent.Token);
        await call.RequestStream.WriteAsync(
            new RackMessage { Caller = new RackCaller { RackUid = "rack", Generation = 1, Agent = "a-liar" } },
            TestAgent.Token);
        await lie(call);
        await Task.Delay(700, TestAgent.Token);
        var machine = (await left.Client.LookAsync("waits"))!;
        Assert.True(machine.Phase == MachinePhase.Running, $"{machine.End}");
    }
}
