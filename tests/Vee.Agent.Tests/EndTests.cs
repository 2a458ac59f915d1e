using System.Diagnostics;
using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Xunit;
using static Vee.Agent.Tests.Support.MachineCalls;

namespace Vee.Agent.Tests;

/// <summary>How machines end, and what is said of it.</summary>
public sealed class EndTests
{
    [Fact]
    public async Task Exit_has_its_status()
    {
        await using var agent = await TestAgent.StartAsync();

        await agent.Operator.RunAsync(Programs.Exits(42));

        var end = await agent.Operator.AwaitEndAsync();
        Assert.Equal(
            (MachineEndReason.Exited, 42, "The program exited with status 42.", false),
            (end.Reason, end.ExitStatus, end.Message, end.WasAsked));
        Assert.InRange(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - end.EndedAtWallMs, 0, 60_000);
    }

    [Fact]
    public async Task Crash_has_signal_place_symbol_and_address()
    {
        await using var agent = await TestAgent.StartAsync();

        await agent.Operator.RunAsync(Programs.Crashes());

        var end = await agent.Operator.AwaitEndAsync();
        Assert.Equal((MachineEndReason.Faulted, "SIGSEGV"), (end.Reason, end.Signal));
        Assert.True(end.HasPc && end.HasAddress);
        Assert.Equal((0x11004UL, "boom", 0UL), (end.Pc, end.Symbol, end.Address));
        Assert.Equal(
            "Thread 100 was ended by SIGSEGV at 0x11004 <boom>: a store to 0x0, where nothing is mapped.", end.Message);
    }

    [Fact]
    public async Task Signal_has_its_name()
    {
        await using var agent = await TestAgent.StartAsync();

        await agent.Operator.RunAsync(Programs.Aborts());

        var end = await agent.Operator.AwaitEndAsync();
        Assert.Equal((MachineEndReason.Signaled, "SIGABRT", false), (end.Reason, end.Signal, end.HasPc));
    }

    [Fact]
    public async Task Deadlock_says_what_is_waited_for()
    {
        await using var agent = await TestAgent.StartAsync();

        await agent.Operator.RunAsync(Programs.Deadlocks());

        var end = await agent.Operator.AwaitEndAsync();
        Assert.Equal(MachineEndReason.Deadlocked, end.Reason);
        Assert.Contains("waits for the futex at 0x20000", end.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Guest_deaf_to_its_stop_is_ended_when_its_grace_period_has_passed()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.RunAsync(Programs.Defies());
        await Wait.ForAsync(
            async () => (await agent.Operator.MeasureAsync("vm-1")).RetiredInstructions > 5, "it is deaf by now");
        var watch = Stopwatch.StartNew();

        var stopping = await agent.Operator.StopAsync(300);

        Assert.Equal(MachinePhase.Stopping, stopping.Phase);
        var end = await agent.Operator.AwaitEndAsync();
        Assert.Equal((MachineEndReason.Stopped, true), (end.Reason, end.WasAsked));
        Assert.InRange(watch.ElapsedMilliseconds, 300, 10_000);
    }

    [Fact]
    public async Task Shorter_grace_period_takes_the_place_of_a_longer_one()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.RunAsync(Programs.Defies());
        await Wait.ForAsync(
            async () => (await agent.Operator.MeasureAsync("vm-1")).RetiredInstructions > 5, "it is deaf by now");

        await agent.Operator.StopAsync(3_600_000);
        await agent.Operator.StopAsync(0);
        await agent.Operator.StopAsync(3_600_000);

        var end = await agent.Operator.AwaitEndAsync();
        Assert.Equal((MachineEndReason.Stopped, true), (end.Reason, end.WasAsked));
    }

    [Fact]
    public async Task Suspended_guest_goes_on_to_be_stopped()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.RunAsync(Programs.Suspends());
        await Wait.ForAsync(
            async () => (await agent.Operator.MeasureAsync("vm-1")).RetiredInstructions > 5, "it has stopped itself");

        await agent.Operator.StopAsync(60_000);

        var end = await agent.Operator.AwaitEndAsync();
        Assert.Equal((MachineEndReason.Signaled, "SIGTERM"), (end.Reason, end.Signal));
    }

    [Fact]
    public async Task Machine_stopped_before_its_start_never_executes()
    {
        await using var agent = await TestAgent.StartAsync();
        var image = Programs.Exits(0);
        await agent.Operator.CreateHostAsync();
        await agent.Operator.UploadAsync(image);
        await agent.Operator.CreateAsync(RequestFor(image));

        var state = await agent.Operator.StopAsync(60_000);

        Assert.Equal((MachinePhase.Ended, MachineEndReason.Stopped), (state.Phase, state.End.Reason));
        var again = await agent.Operator.StartAsync();
        Assert.Equal(MachinePhase.Ended, again.Phase);
    }

    [Fact]
    public async Task Stopping_agent_ends_its_guests_and_lets_go_of_its_directory()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.RunAsync(Programs.Defies());
        using var watch = agent.Operator.Watch(new WatchRequest(), cancellationToken: TestAgent.Token);
        await watch.ResponseStream.MoveNext(TestAgent.Token);
        var ends = new List<MachineEnd>();

        var stop = agent.Server.StopAsync();
        var refusal = await RefusalOfAsync(Grpc.Core.StatusCode.Unavailable, async () =>
        {
            while (await watch.ResponseStream.MoveNext(TestAgent.Token))
            {
                if (watch.ResponseStream.Current.MachineChanged?.End is { } end)
                {
                    ends.Add(end);
                }
            }
        });
        await stop;

        Assert.Equal(Refusal.AgentStopping, refusal);
        Assert.Equal(MachineEndReason.Stopped, Assert.Single(ends).Reason);
        await using var next = await TestAgent.StartServerAsync(agent.Options);
        Assert.True(Incarnation.Proves(next.Incarnation, agent.Server.Incarnation));
    }
}
