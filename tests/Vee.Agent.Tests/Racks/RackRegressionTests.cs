using System.Diagnostics;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Vee.Agent.Racks;
using Vee.Agent.Scheduling;
using Vee.Agent.Tests.Support;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Racks;
using Vee.Hypervisor.Scheduling;
using Vee.Protocol;
using Xunit;
using static Vee.Agent.Tests.Support.MachineCalls;
using RackHello = Vee.Protocol.RackHello;
using RackWindow = Vee.Protocol.RackWindow;
using TimePhase = Vee.Protocol.TimePhase;

namespace Vee.Agent.Tests.Racks;

/// <summary>What went wrong once in racks of agents.</summary>
public sealed class RackRegressionTests : IAsyncDisposable
{
    private static readonly LinkProfile Wire = new() { BitsPerSecond = 1_000_000_000, LatencyVirtualNs = 1_000_000 };

    private readonly TestRack rack = new();

    public ValueTask DisposeAsync() => rack.DisposeAsync();

    /// <summary>Rack.Work, Dissolved: what is left for a host that was deleted goes round for ever.</summary>
    [Fact]
    public async Task Work_for_a_host_that_is_gone_does_not_keep_a_thread_busy_for_ever()
    {
        var pool = new WorkerPool(1, TimeProvider.System);
        var parts = PartsOf(pool);
        var (line, one) = Alone("a", parts);
        var (other, _) = Alone("b", parts);
        await DoneAsync(line);
        one.Dissolve(new Dictionary<HostLine, Rack>());

        await Task.Delay(100, TestAgent.Token);
        line.Post(() => { });
        await Task.Delay(100, TestAgent.Token);

        await DoneAsync(other);
    }

    /// <summary>Rack.Dissolve: a plan that is replaced while it gathers gives away hosts that it has not got.</summary>
    [Fact]
    public async Task A_host_has_one_rack_at_a_time_though_plans_follow_each_other_at_once()
    {
        using var pool = new WorkerPool(2, TimeProvider.System);
        var parts = PartsOf(pool);
        var (line, first) = Alone("a", parts);
        await DoneAsync(line);
        using var entered = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        line.Post(() =>
        {
            entered.Set();
            leave.Wait(5000, TestAgent.Token);
        });
        entered.Wait(TestAgent.Token);

        var second = new Rack(RackMembers.Alone("a"), 1, parts);
        var third = new Rack(RackMembers.Alone("a"), 1, parts);
        first.Dissolve(new Dictionary<HostLine, Rack> { [line] = second });
        second.Dissolve(new Dictionary<HostLine, Rack> { [line] = third });
        await Task.Delay(300, TestAgent.Token);
        var touched = false;
        line.Post(() => Volatile.Write(ref touched, true));
        await Task.Delay(300, TestAgent.Token);
        var isTouchedByTwo = Volatile.Read(ref touched);
        leave.Set();
        await Task.Delay(300, TestAgent.Token);

        Assert.False(isTouchedByTwo, "another rack simulates the host while the first is in its turn");
        Assert.Same(third, line.Rack);
    }

    /// <summary>Rack.Dissolve: machines that were to be looked at are not, and never again.</summary>
    [Fact]
    public async Task A_machine_that_something_happened_to_is_looked_at_by_the_next_rack()
    {
        using var pool = new WorkerPool(1, TimeProvider.System);
        var parts = PartsOf(pool);
        var (block, _) = Alone("b", parts);
        using var entered = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        block.Post(() =>
        {
            entered.Set();
            leave.Wait(5000, TestAgent.Token);
        });
        entered.Wait(TestAgent.Token);
        var (line, first) = Alone("a", parts);
        var guest = new FakeGuest(line);
        line.Guests.Add(guest);
        var second = new Rack(RackMembers.Alone("a"), 1, parts);
        first.Dissolve(new Dictionary<HostLine, Rack> { [line] = second });
        leave.Set();

        await DoneAsync(line);
        await Task.Delay(200, TestAgent.Token);
        Assert.NotEqual(0, guest.Looks);
    }

    /// <summary>What was left before came after what was left later.</summary>
    [Fact]
    public async Task Work_is_done_in_the_order_in_which_it_is_left_though_the_host_changes_racks()
    {
        using var pool = new WorkerPool(2, TimeProvider.System);
        var parts = PartsOf(pool);
        var (line, current) = Alone("a", parts);
        var order = new List<int>();
        for (var number = 0; number < 20_000; number++)
        {
            var left = number;
            line.Post(() => order.Add(left));
            if (number % 100 == 0)
            {
                var next = new Rack(RackMembers.Alone("a"), 1, parts);
                current.Dissolve(new Dictionary<HostLine, Rack> { [line] = next });
                current = next;
            }
        }

        await DoneAsync(line);
        Assert.Equal(Enumerable.Range(0, 20_000), order);
    }

    /// <summary>Rack.Disconnected keeps the hello of who has gone; TryGoOn goes on with it.</summary>
    [Fact]
    public async Task Time_does_not_pass_on_the_word_of_a_member_that_has_gone()
    {
        using var pool = new WorkerPool(1, TimeProvider.System);
        var parts = PartsOf(pool);
        var line = LineOf("b");
        var joining = new Rack(
            new RackMembers("r", 1, "b", [new RackPeer("a", "", ["a"]), new RackPeer("c", "", ["c"])],
                new RackPlan(["a", "b", "c"], [])), 1, parts);
        line.Rack = joining;
        joining.Give([line], []);
        var (a, c) = (new FakeConnection(), new FakeConnection());
        joining.Connected("a", a);
        joining.HelloCame("a", a, new Vee.Agent.Racks.RackHello(0, 1000, true, []));
        joining.Disconnected("a", a, "it died");
        joining.Connected("c", c);
        joining.HelloCame("c", c, new Vee.Agent.Racks.RackHello(0, 0, true, []));

        await Task.Delay(300, TestAgent.Token);
        Assert.Equal(Vee.Agent.Racks.TimePhase.Stands, line.Time.Phase);
    }

    /// <summary>As U05: a member starts anew while a third is waited for; honest members contradict each other.</summary>
    [Fact]
    public async Task A_member_that_starts_anew_while_another_is_awaited_makes_nobody_a_liar()
    {
        using var pool = new WorkerPool(1, TimeProvider.System);
        var parts = PartsOf(pool);
        var line = LineOf("b");
        var joining = new Rack(
            new RackMembers("r", 1, "b", [new RackPeer("a", "", ["a"]), new RackPeer("c", "", ["c"])],
                new RackPlan(["a", "b", "c"], [])), 1, parts);
        line.Rack = joining;
        joining.Give([line], []);
        var (old, a, c) = (new FakeConnection(), new FakeConnection(), new FakeConnection());
        joining.Connected("a", old);
        joining.HelloCame("a", old, new Vee.Agent.Racks.RackHello(0, 1000, true, []));
        joining.Disconnected("a", old, "it died");

        // The new process has come to 0, and so says c, which never heard of the one before.
        joining.Connected("a", a);
        joining.Connected("c", c);
        joining.HelloCame("c", c, new Vee.Agent.Racks.RackHello(0, 0, true, []));
        joining.HelloCame("a", a, new Vee.Agent.Racks.RackHello(0, 0, true, []));
        foreach (var (name, connection) in new[] { ("a", a), ("c", c) })
        {
            joining.WindowCame(name, connection, new Vee.Agent.Racks.RackWindow(
                0, 0, new RackReport(name, 0, long.MaxValue, []), 1_000_000));
        }

        await Task.Delay(300, TestAgent.Token);
        Assert.DoesNotContain("contradicts itself", line.Time.Message, StringComparison.Ordinal);
    }

    /// <summary>Rack.StopThoseWhoseTimeIsUp acts between report and window: the next report contradicts.</summary>
    [Fact]
    public async Task A_machine_whose_grace_period_passes_does_not_make_its_agent_a_liar()
    {
        var (left, right) = await JoinPacedAsync(new LinkProfile(Wire) { LatencyVirtualNs = 20_000 });
        for (var instance = 1; instance <= 10; instance++)
        {
            var number = instance;
            await left.Client.RunOnAsync(DeafSpinner(), "deaf", request =>
            {
                (request.HostUid, request.Instance) = ("a", number);
                request.NetworkAddress = 0x0A000010;
            });
            await left.Client.StopAsync(100 + (number * 3), "deaf", number);
            await Task.Delay(400, TestAgent.Token);
            foreach (var (member, host) in new[] { (left, "a"), (right, "b") })
            {
                var time = (await TestRack.InspectAsync(member.Client, host)).Time;
                Assert.True(time.Phase != TimePhase.Stands, $"instance {number}, {host}: {time.Message}");
            }

            await left.Client.DeleteAsync("deaf", number);
        }
    }

    /// <summary>Rack.nextStop stays behind: whoever is to be ended by its grace period is not after a plan.</summary>
    [Fact]
    public async Task A_grace_period_passes_though_the_plan_changes()
    {
        var left = await rack.StartAsync("left");
        await left.Client.CreateHostAsync("a");
        await left.Client.RunOnAsync(DeafSpinner(), "deaf", request => request.HostUid = "a");
        await Task.Delay(300, TestAgent.Token);
        await left.Client.StopAsync(1000, "deaf");
        await SetAsync(TestRack.PlanOf(1, Wire, (left.Name, left.Address, ["a"])), left);

        await Task.Delay(3000, TestAgent.Token);
        var phase = (await left.Client.LookAsync("deaf"))!.Phase;
        await left.Client.DeleteAsync("deaf");
        Assert.Equal(MachinePhase.Ended, phase);
    }

    /// <summary>Rack.DriveTogether: Turn.Until(lookAgainAt) with 0, so again and again at once.</summary>
    [Fact]
    public async Task An_idle_rack_needs_no_processor()
    {
        var (left, right) = (await rack.StartProcessAsync("left"), await rack.StartProcessAsync("right"));
        await JoinAsync(Wire, left, right);
        await Task.Delay(1000, TestAgent.Token);
        var before = left.Process!.ProcessorTime + right.Process!.ProcessorTime;
        var wall = Stopwatch.StartNew();
        await Task.Delay(3000, TestAgent.Token);
        var used = (left.Process.ProcessorTime + right.Process.ProcessorTime - before) / wall.Elapsed;
        // A rack that took turn after turn would use a whole one; new processes have some work of their own.
        Assert.True(used < 0.4, $"an idle rack of two agents uses {used:P0} of a core");
    }

    /// <summary>Guest.Settle releases who has left its host already: it leaves again, and takes all with it.</summary>
    [Fact]
    public async Task A_machine_that_ends_while_its_host_catches_up_ends_alone()
    {
        var left = await rack.StartAsync("left");
        foreach (var name in new[] { "a", "b" })
        {
            await FreeHostAsync(left, name);
        }

        await left.Client.RunOnAsync(Programs.Exits(3), "exits", request => request.HostUid = "a");
        await left.Client.RunOnAsync(Programs.Spins(), "spins", request => request.HostUid = "b");
        await AdvanceAsync(left, "a", 1);
        await AdvanceAsync(left, "b", 10_000_000);
        await TestRack.AwaitTimeAsync(left.Client, "b", 10_000_000);
        await SetAsync(TestRack.PlanOf(1, Wire, (left.Name, left.Address, ["a", "b"])), left);
        await AdvanceAsync(left, "a", 20_000_000);
        await Task.Delay(1000, TestAgent.Token);

        var time = (await TestRack.InspectAsync(left.Client, "a")).Time.Message;
        var neighbour = (await left.Client.LookAsync("spins"))!;
        Assert.True(neighbour.Phase == MachinePhase.Running, $"{neighbour}; {time}");
        Assert.Equal(3, (await left.Client.AwaitEndAsync("exits")).ExitStatus);
    }

    /// <summary>Rack.SimulateWindow: the skew of limits overflows, and every machine ends.</summary>
    [Fact]
    public async Task A_member_with_an_impossible_limit_ends_no_machine() =>
        await LieAsync(async call =>
        {
            await call.RequestStream.WriteAsync(new RackMessage { Hello = new RackHello { TimeMode = TimeMode.FreeRunning } }, TestAgent.Token);
            await call.RequestStream.WriteAsync(
                new RackMessage { Window = new RackWindow { LimitVirtualNs = long.MinValue } }, TestAgent.Token);
        });

    /// <summary>Rack.Stop(epoch + 1) overflows, and every machine ends.</summary>
    [Fact]
    public async Task A_member_with_the_last_epoch_ends_no_machine() =>
        await LieAsync(async call =>
        {
            await call.RequestStream.WriteAsync(
                new RackMessage { Hello = new RackHello { TimeMode = TimeMode.FreeRunning, Epoch = long.MaxValue } }, TestAgent.Token);
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
            await call.RequestStream.WriteAsync(new RackMessage { Hello = new RackHello { TimeMode = TimeMode.FreeRunning } }, TestAgent.Token);
            await call.RequestStream.WriteAsync(
                new RackMessage { Window = new RackWindow { LimitVirtualNs = 1, Arrivals = { Arrival(long.MaxValue) } } },
                TestAgent.Token);
            await Task.Delay(300, TestAgent.Token);
            await call.RequestStream.WriteAsync(new RackMessage { Hello = new RackHello { TimeMode = TimeMode.FreeRunning, Epoch = 1 } }, TestAgent.Token);
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

    /// <summary>GuestRegistry.SetRack forgets the generation when it has no hosts in a plan.</summary>
    [Fact]
    public async Task A_plan_that_comes_late_is_refused_after_one_without_this_agent()
    {
        var left = await rack.StartAsync("left");
        await left.Client.CreateHostAsync("a");
        await SetAsync(TestRack.PlanOf(4, Wire, (left.Name, left.Address, ["a"])), left);
        await SetAsync(TestRack.PlanOf(6, Wire, ("x", "127.0.0.1:1", ["b"])), left);
        Assert.Equal(Refusal.StaleRack, await RefusalOfAsync(StatusCode.FailedPrecondition, () => SetAsync(
            TestRack.PlanOf(5, Wire, (left.Name, left.Address, ["a"]), ("x", "127.0.0.1:1", ["b"])), left)));
    }

    /// <summary>Rack waits for members that have no host, which never open the rack.</summary>
    [Fact]
    public async Task A_member_without_hosts_is_not_waited_for()
    {
        var left = await rack.StartAsync("left");
        var right = await rack.StartAsync("right");
        await left.Client.CreateHostAsync("a");
        await SetAsync(TestRack.PlanOf(1, Wire, (left.Name, left.Address, ["a"]), (right.Name, right.Address, [])), left, right);
        await Task.Delay(1500, TestAgent.Token);
        var time = (await TestRack.InspectAsync(left.Client, "a")).Time;
        Assert.True(time.Phase == TimePhase.Passes, time.Message);
    }

    /// <summary>What a machine has used is read when it is looked at: at the end of a step as long as the wall likes.</summary>
    [Fact]
    public async Task How_long_a_machine_has_lived_does_not_depend_on_steps()
    {
        var ages = new List<long>();
        foreach (var until in new[] { 1_000L, 50_000_000L })
        {
            var left = await rack.StartAsync($"left-{until}");
            await FreeHostAsync(left, "a");
            await left.Client.RunOnAsync(Programs.Exits(3), "exits", request => request.HostUid = "a");
            await AdvanceAsync(left, "a", until);
            await left.Client.AwaitEndAsync("exits");
            ages.Add((await left.Client.MeasureAsync("exits")).VirtualTimeNs);
        }

        Assert.Equal(ages[0], ages[1]);
    }

    /// <summary>U01 as callers come to it: a host is inspected while it is deleted.</summary>
    [Fact]
    public async Task An_agent_goes_on_though_hosts_are_inspected_while_they_are_deleted()
    {
        // In a process of its own: it cannot be stopped any more once its threads are lost.
        var left = await rack.StartProcessAsync("left");
        await left.Client.CreateHostAsync("stays");
        for (var round = 0; round < 150; round++)
        {
            await left.Client.CreateHostAsync("goes", 64 * MebiByte);
            var deletion = Task.CompletedTask;
            var inspections = new List<Task>();
            for (var call = 0; call < 12; call++)
            {
                if (call == 6)
                {
                    deletion = left.Client.DeleteHostAsync("goes");
                }

                inspections.Add(left.Client.InspectHostAsync(
                    new InspectHostRequest { Uid = "goes" }, deadline: DateTime.UtcNow.AddSeconds(1), cancellationToken: TestAgent.Token).ResponseAsync);
            }

            await deletion;
            await Task.WhenAll(inspections.Select(Try));
            var stays = left.Client.InspectHostAsync(
                new InspectHostRequest { Uid = "stays" }, deadline: DateTime.UtcNow.AddSeconds(5), cancellationToken: TestAgent.Token).ResponseAsync;
            await Try(stays);
            Assert.True(stays.IsCompletedSuccessfully, $"round {round}: the agent does not answer any more");
        }
    }

    /// <summary>U02 as an operator comes to it: plans that follow each other at once.</summary>
    [Fact]
    public async Task Plans_that_follow_each_other_at_once_end_nothing()
    {
        var left = await rack.StartProcessAsync("left");
        foreach (var name in new[] { "a", "b" })
        {
            await left.Client.CreateHostAsync(name);
            await left.Client.RunOnAsync(Programs.Spins(), $"spins-{name}", request => request.HostUid = name);
        }

        for (var generation = 1; generation < 400; generation += 2)
        {
            await Task.WhenAll(
                Try(SetAsync(TestRack.PlanOf(generation, Wire, (left.Name, left.Address, ["a", "b"])), left)),
                Try(SetAsync(TestRack.PlanOf(generation + 1, Wire, (left.Name, left.Address, ["a"])), left)));
            foreach (var name in new[] { "a", "b" })
            {
                var inspection = left.Client.InspectHostAsync(
                    new InspectHostRequest { Uid = name }, deadline: DateTime.UtcNow.AddSeconds(5), cancellationToken: TestAgent.Token).ResponseAsync;
                await Try(inspection);
                Assert.True(inspection.IsCompletedSuccessfully, $"plan {generation}: {name} does not answer");
                var time = (await inspection).Time;
                Assert.True(time.Phase != TimePhase.Stands, $"plan {generation}, {name}: {time.Message}");
            }
        }
    }

    /// <summary>A host that had failed went on under the next plan, with machines whose memory was gone.</summary>
    [Fact]
    public async Task A_host_that_has_failed_stays_so_when_the_plan_changes()
    {
        using var pool = new WorkerPool(1, TimeProvider.System);
        var parts = PartsOf(pool);
        var (line, first) = Alone("a", parts);
        var guest = new FakeGuest(line);
        line.Guests.Add(guest);
        line.Post(() => throw new InvalidOperationException("a defect"));
        await DoneAsync(line);
        Assert.IsType<InvalidOperationException>(guest.Failure);
        var failedAt = line.Host.Now;

        first.Dissolve(new Dictionary<HostLine, Rack> { [line] = new(RackMembers.Alone("a"), 1, parts) });
        await DoneAsync(line);

        Assert.Equal(Vee.Agent.Racks.TimePhase.Stands, line.Time.Phase);
        Assert.Equal(failedAt, line.Host.Now);
    }

    /// <summary>Holds as it is: three agents, of which one is killed and comes back under new plans.</summary>
    [Fact]
    public async Task Three_agents_go_on_when_one_dies_and_comes_back()
    {
        var members = new List<TestRack.Member>();
        string[] names = ["a", "b", "c"];
        foreach (var name in names)
        {
            var member = name == "b" ? await rack.StartProcessAsync(name) : await rack.StartAsync(name);
            members.Add(member);
            await member.Client.CreateHostAsync(name);
        }

        SetRackRequest Plan(long generation) => TestRack.PlanOf(
            generation, Wire, [.. members.Select(member => (member.Name, member.Address, new[] { member.Name }))]);
        await SetAsync(Plan(1), [.. members]);
        for (var round = 0; round < 4; round++)
        {
            foreach (var member in members)
            {
                await Wait.ForAsync(
                    async () => (await TestRack.InspectAsync(member.Client, member.Name)).Time.Phase == TimePhase.Passes,
                    $"round {round}: {member.Name} passes");
                await TestRack.AwaitTimeAsync(
                    member.Client, member.Name,
                    (await TestRack.InspectAsync(member.Client, member.Name)).VirtualTimeNs + 100_000_000);
            }

            await members[1].Process!.KillAsync();
            members[1] = await rack.StartProcessAsync("b");
            await members[1].Client.CreateHostAsync("b");
            await SetAsync(Plan(round + 2), [.. members]);
        }
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
            new RackMessage { Hello = new RackHello { TimeMode = TimeMode.FreeRunning, VirtualTimeNs = (long.MaxValue / 2) - 1 } }, TestAgent.Token);
        await Task.Delay(500, TestAgent.Token);
        var inspection = left.Client.InspectHostAsync(
            new InspectHostRequest { Uid = "a" }, deadline: DateTime.UtcNow.AddSeconds(20), cancellationToken: TestAgent.Token).ResponseAsync;
        await Try(inspection);
        Assert.True(inspection.IsCompletedSuccessfully, "the host does not answer any more");
        Assert.InRange((await inspection).VirtualTimeNs, 0, 1L << 60);
    }

    /// <summary>CallsEndpoint: whoever was called takes messages of 4 MiB, whoever calls of 64, windows may be more.</summary>
    [Fact]
    public async Task A_window_with_much_in_it_comes_over()
    {
        var (left, right) = (await rack.StartAsync("left"), await rack.StartAsync("right"));
        foreach (var (member, host) in new[] { (left, "a"), (right, "b") })
        {
            await member.Client.CreateHostAsync(
                new CreateHostRequest
                {
                    Uid = host,
                    Name = host,
                    MemoryBytes = 1024 * MebiByte,
                    Cores = { new CoreGroup { Name = "all", Count = 2, FrequencyMhz = 4000 } },
                    NetworkCard = new NetworkCard { BitsPerSecond = 40_000_000_000, QueueBytes = 64 << 20 },
                    TimeMode = TimeMode.FreeRunning,
                },
                cancellationToken: TestAgent.Token);
        }

        async Task StreamAsync(TestRack.Member member, string uid, string host, uint address, params string[] arguments) =>
            await member.Client.RunOnAsync(Repository.Guest("streamer"), uid, request =>
            {
                (request.HostUid, request.NetworkAddress, request.MemoryBytes) = (host, address, 64 * MebiByte);
                request.Arguments.AddRange(arguments);
            });
        await StreamAsync(right, "receiver", "b", 0x0A000020, "--receive", "5000", "--count", "400", "--idle-ms", "3000");
        await StreamAsync(
            left, "sender", "a", 0x0A000010, "--to", "10.0.0.32:5000", "--count", "400", "--rate", "4000", "--bytes", "60000");
        var wire = new LinkProfile { BitsPerSecond = 40_000_000_000, LatencyVirtualNs = 100_000_000 };
        await SetAsync(TestRack.PlanOf(1, wire, (left.Name, left.Address, ["a"]), (right.Name, right.Address, ["b"])), left, right);
        await AdvanceAsync(left, "a", 5_000_000_000);
        await AdvanceAsync(right, "b", 5_000_000_000);
        await Task.Delay(12_000, TestAgent.Token);
        var there = await TestRack.InspectAsync(right.Client, "b");
        Assert.True(there.VirtualTimeNs == 5_000_000_000, $"{there.VirtualTimeNs}, {there.Windows} windows, {there.Time}");
    }

    /// <summary>Idle time is not skipped at once: it costs what the scheduler's timers cost, in one turn.</summary>
    [Fact]
    public async Task A_month_in_which_nothing_happens_passes_at_once()
    {
        const long Month = 30L * 86_400 * 1_000_000_000;
        var left = await rack.StartProcessAsync("left");
        await FreeHostAsync(left, "a");
        await left.Client.RunOnAsync(Programs.Waits(), "waits", request => request.HostUid = "a");
        var wall = Stopwatch.StartNew();
        await AdvanceAsync(left, "a", Month);
        await TestRack.AwaitTimeAsync(left.Client, "a", Month);
        var inspection = await TestRack.InspectAsync(left.Client, "a");
        Assert.True(wall.Elapsed < TimeSpan.FromSeconds(1), $"{wall.Elapsed}, {inspection.Events} events");
    }

    private static Task Try(Task task) => task.ContinueWith(_ => { }, TaskScheduler.Default);

    private static byte[] DeafSpinner() => new Program()
        .Put64(0, 1, 0, 0).Call(134, 15, Program.Data, 0, 8).Label("spin").Jump("spin").Build();

    private static HostLine LineOf(string name) => new(
        name,
        new Host(
            name,
            new HardwareProfile
            {
                Name = "test",
                Cores = [new CoreClass { Name = "c", Count = 1, Capacity = 1024 }],
                MemoryBytes = 1 << 30,
            },
            new FirstComeScheduler(), 1),
        isPaced: true);

    private static (HostLine Line, Rack Rack) Alone(string name, RackParts parts)
    {
        var line = LineOf(name);
        var alone = new Rack(RackMembers.Alone(name), 1, parts);
        line.Rack = alone;
        alone.Give([line], []);
        return (line, alone);
    }

    private static RackParts PartsOf(WorkerPool pool) => new(
        pool, new FakeNetwork(() => { }), new FakeObserver(), TimeProvider.System, NullLogger<Rack>.Instance);

    private static async Task DoneAsync(HostLine line)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        line.Post(() => done.TrySetResult());
        await done.Task.WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System, TestAgent.Token);
    }

    private static async Task SetAsync(SetRackRequest plan, params TestRack.Member[] members)
    {
        foreach (var member in members)
        {
            await member.Client.SetRackAsync(plan, cancellationToken: TestAgent.Token);
        }
    }

    private static async Task AdvanceAsync(TestRack.Member member, string host, long until) =>
        await member.Client.AdvanceTimeAsync(
            new AdvanceTimeRequest { HostUid = host, UntilVirtualNs = until }, cancellationToken: TestAgent.Token);

    private static async Task FreeHostAsync(TestRack.Member member, string name, bool hashes = false) =>
        await member.Client.CreateHostAsync(
            new CreateHostRequest
            {
                Uid = name,
                Name = name,
                MemoryBytes = 512 * MebiByte,
                Cores = { new CoreGroup { Name = "all", Count = 1, FrequencyMhz = 1000 } },
                TimeMode = TimeMode.FreeRunning,
                HashEachSecond = hashes,
            },
            cancellationToken: TestAgent.Token);

    private async Task<(TestRack.Member Left, TestRack.Member Right)> JoinPacedAsync(LinkProfile? wire = null)
    {
        var (left, right) = (await rack.StartAsync("left"), await rack.StartAsync("right"));
        await JoinAsync(wire ?? Wire, left, right);
        return (left, right);
    }

    private static async Task JoinAsync(LinkProfile wire, TestRack.Member left, TestRack.Member right)
    {
        await left.Client.CreateHostAsync("a");
        await right.Client.CreateHostAsync("b");
        await SetAsync(
            TestRack.PlanOf(1, wire, (left.Name, left.Address, ["a"]), (right.Name, right.Address, ["b"])),
            left, right);
        foreach (var (member, host) in new[] { (left, "a"), (right, "b") })
        {
            await Wait.ForAsync(
                async () => (await TestRack.InspectAsync(member.Client, host)).Time.Phase == TimePhase.Passes,
                "time passes");
        }
    }

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

    private sealed class FakeGuest(HostLine line) : IRackGuest
    {
        private bool isAttended;

        internal int Looks { get; private set; }

        internal Exception? Failure { get; private set; }

        public void HoldStill()
        {
        }

        // As Guest.Attend.
        public void GoOn()
        {
            if (!isAttended)
            {
                isAttended = true;
                line.Rack.Attend(this);
            }
        }

        public void LookAfter()
        {
            isAttended = false;
            Looks++;
        }

        public void StopIfDue(long timestamp)
        {
        }

        public void Fail(Exception failure) => Failure = failure;
    }

    private sealed class FakeNetwork(Action closing) : IRackNetwork
    {
        public void Open(Rack rack)
        {
        }

        public void Close(Rack rack) => closing();
    }

    private sealed class FakeObserver : IRackObserver
    {
        public void TimeChanged(HostLine host)
        {
        }
    }

    private sealed class FakeConnection : IPeerConnection
    {
        public void Send(Vee.Agent.Racks.RackHello hello)
        {
        }

        public void Send(Vee.Agent.Racks.RackWindow window)
        {
        }

        public void Close()
        {
        }
    }
}
