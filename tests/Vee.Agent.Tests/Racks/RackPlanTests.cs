using System.Diagnostics;
using Grpc.Core;
using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Xunit;
using static Vee.Agent.Tests.Racks.RackCalls;
using static Vee.Agent.Tests.Support.MachineCalls;

namespace Vee.Agent.Tests.Racks;

/// <summary>What went wrong once when plans changed, hosts went and machines ended.</summary>
public sealed class RackPlanTests : IAsyncDisposable
{
    private readonly TestRack rack = new();

    public ValueTask DisposeAsync() => rack.DisposeAsync();

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
        await SetAsync(
            TestRack.PlanOf(1, Wire, (left.Name, left.Address, ["a"]), (right.Name, right.Address, [])), left, right);
        await Task.Delay(1500, TestAgent.Token);
        var time = (await TestRack.InspectAsync(left.Client, "a")).Time;
        Assert.True(time.Phase == TimePhase.Passes, time.Message);
    }

    /// <summary>What a machine had used was read at the end of a step, which is as long as the wall likes.</summary>
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

    /// <summary>A host is inspected while it is deleted.</summary>
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
                    new InspectHostRequest { Uid = "goes" }, deadline: In(1),
                cancellationToken: TestAgent.Token).ResponseAsync);
            }

            await deletion;
            await Task.WhenAll(inspections.Select(Try));
            var stays = left.Client.InspectHostAsync(
                new InspectHostRequest { Uid = "stays" }, deadline: In(5),
                cancellationToken: TestAgent.Token).ResponseAsync;
            await Try(stays);
            Assert.True(stays.IsCompletedSuccessfully, $"round {round}: the agent does not answer any more");
        }
    }

    /// <summary>Plans that follow each other at once.</summary>
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
                    new InspectHostRequest { Uid = name }, deadline: In(5),
                cancellationToken: TestAgent.Token).ResponseAsync;
                await Try(inspection);
                Assert.True(inspection.IsCompletedSuccessfully, $"plan {generation}: {name} does not answer");
                var time = (await inspection).Time;
                Assert.True(time.Phase != TimePhase.Stands, $"plan {generation}, {name}: {time.Message}");
            }
        }
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
                    async () => (await TestRack.InspectAsync(member.Client, member.Name)).Time.Phase
                        == TimePhase.Passes,
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

    /// <summary>A message has at most 4 MiB, a window what was sent in it.</summary>
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

        async Task StreamAsync(
            TestRack.Member member, string uid, string host, uint address, params string[] arguments) =>
            await member.Client.RunOnAsync(Repository.Guest("streamer"), uid, request =>
            {
                (request.HostUid, request.NetworkAddress, request.MemoryBytes) = (host, address, 64 * MebiByte);
                request.Arguments.AddRange(arguments);
            });
        await StreamAsync(
            right, "receiver", "b", 0x0A000020, "--receive", "5000", "--count", "400", "--idle-ms", "3000");
        await StreamAsync(
            left, "sender", "a", 0x0A000010,
            "--to", "10.0.0.32:5000", "--count", "400", "--rate", "4000", "--bytes", "60000");
        var wire = new LinkProfile { BitsPerSecond = 40_000_000_000, LatencyVirtualNs = 100_000_000 };
        await SetAsync(
            TestRack.PlanOf(1, wire, (left.Name, left.Address, ["a"]), (right.Name, right.Address, ["b"])),
            left, right);
        await AdvanceAsync(left, "a", 5_000_000_000);
        await AdvanceAsync(right, "b", 5_000_000_000);
        await Task.Delay(12_000, TestAgent.Token);
        var there = await TestRack.InspectAsync(right.Client, "b");
        Assert.True(
            there.VirtualTimeNs == 5_000_000_000, $"{there.VirtualTimeNs}, {there.Windows} windows, {there.Time}");
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

    private static byte[] DeafSpinner() => new Program()
        .Put64(0, 1, 0, 0).Call(134, 15, Program.Data, 0, 8).Label("spin").Jump("spin").Build();

    private async Task<(TestRack.Member Left, TestRack.Member Right)> JoinPacedAsync(LinkProfile? wire = null)
    {
        var (left, right) = (await rack.StartAsync("left"), await rack.StartAsync("right"));
        await JoinAsync(wire ?? Wire, left, right);
        return (left, right);
    }
}
