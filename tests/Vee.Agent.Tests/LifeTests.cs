using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Xunit;
using static Vee.Agent.Tests.Support.MachineCalls;

namespace Vee.Agent.Tests;

/// <summary>What becomes of hosts and machines, call by call.</summary>
public sealed class LifeTests
{
    [Fact]
    public async Task Machine_is_created_started_paused_resumed_stopped_and_deleted()
    {
        await using var agent = await TestAgent.StartAsync();
        var calls = agent.Operator;
        var image = Programs.Waits();
        await calls.CreateHostAsync();
        await calls.UploadAsync(image);

        var created = await calls.CreateAsync(RequestFor(image));
        Assert.Equal(MachinePhase.Created, created.Phase);
        Assert.Equal(("vm-1", 1L, "default", "vm-1", HostUid, "hash", DigestOf(image)), (
            created.Uid, created.Instance, created.Namespace, created.Name, created.HostUid, created.SpecHash,
            created.ImageDigest));
        Assert.Equal(0, created.StartedAtWallMs);

        var running = await calls.StartAsync();
        Assert.Equal(MachinePhase.Running, running.Phase);
        Assert.InRange(
            DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - running.StartedAtWallMs, 0, 60_000);

        var paused = await calls.PauseAsync();
        Assert.Equal(MachinePhase.Paused, paused.Phase);
        var resumed = await calls.ResumeAsync();
        Assert.Equal(MachinePhase.Running, resumed.Phase);

        await calls.StopAsync(10_000);
        var end = await calls.AwaitEndAsync();
        Assert.Equal((MachineEndReason.Signaled, "SIGTERM", true), (end.Reason, end.Signal, end.WasAsked));

        await calls.DeleteAsync();
        Assert.Null(await calls.LookAsync("vm-1"));
        await calls.DeleteHostAsync(HostUid);
    }

    [Fact]
    public async Task Every_verb_may_be_repeated()
    {
        await using var agent = await TestAgent.StartAsync();
        var calls = agent.Operator;
        var image = Programs.Waits();
        await calls.CreateHostAsync();
        await calls.CreateHostAsync();
        await calls.UploadAsync(image);
        await calls.UploadAsync(image);
        var request = RequestFor(image);
        request.Ports.Add(new PublishedPort { Name = "web", Port = 80 });
        var first = await calls.CreateAsync(request);
        Assert.Equal(first, await calls.CreateAsync(request));

        var started = await calls.StartAsync();
        Assert.Equal(started, await calls.StartAsync());
        var paused = await calls.PauseAsync();
        Assert.Equal(paused, await calls.PauseAsync());
        var resumed = await calls.ResumeAsync();
        Assert.Equal(resumed, await calls.ResumeAsync());
        for (var time = 0; time < 2; time++)
        {
            await calls.StopAsync(1000);
        }

        var ended = await calls.AwaitEndAsync();
        Assert.Equal(
            ended, (await calls.StartAsync()).End);
        for (var time = 0; time < 2; time++)
        {
            await calls.DeleteAsync();
            await calls.DeleteHostAsync(HostUid);
        }
    }

    [Fact]
    public async Task Machine_paused_before_its_start_executes_nothing_until_resumed()
    {
        await using var agent = await TestAgent.StartAsync();
        var calls = agent.Operator;
        var image = Programs.Exits(3);
        await calls.CreateHostAsync();
        await calls.UploadAsync(image);
        await calls.CreateAsync(RequestFor(image));

        await calls.PauseAsync();
        var held = await calls.StartAsync();

        Assert.Equal((MachinePhase.Paused, 0L), (held.Phase, held.StartedAtWallMs));
        Assert.Equal(0, (await calls.MeasureAsync("vm-1")).RetiredInstructions);
        await calls.ResumeAsync();
        Assert.Equal(3, (await calls.AwaitEndAsync()).ExitStatus);
    }

    [Fact]
    public async Task Ended_machine_keeps_its_console_and_gives_its_memory_back()
    {
        await using var agent = await TestAgent.StartAsync();
        var calls = agent.Operator;

        await calls.RunAsync(Programs.Says("out\n", "err\n"));
        await calls.AwaitEndAsync();

        Assert.Equal("out\nerr\n", await calls.LogAsync());
        Assert.Equal(0, (await calls.CreateHostAsync()).MemoryBytesAllocated);
        await calls.DeleteAsync();
        Assert.Equal(Refusal.UnknownMachine, await RefusalOfAsync(
            Grpc.Core.StatusCode.NotFound, () => calls.LogAsync()));
    }

    [Fact]
    public async Task Agent_says_who_it_is()
    {
        await using var agent = await TestAgent.StartAsync(options => options with
        {
            Labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["zone"] = "a" },
        });

        var description = await agent.Operator.DescribeAsync();

        Assert.Equal("test-agent", description.Name);
        Assert.NotNull(Incarnation.TryParse(description.Incarnation));
        Assert.Equal((8L << 30, 2), (description.MemoryBytesMax, description.CoreCount));
        Assert.Equal("a", description.Labels["zone"]);
        Assert.Equal(["interpreter"], description.Engines);
        Assert.Equal([MachineType.Process], description.MachineTypes);
        Assert.Equal(agent.Server.MetricsAddress, description.MetricsAddress);
    }

    [Fact]
    public async Task Guest_gets_its_arguments_environment_and_name()
    {
        await using var agent = await TestAgent.StartAsync();

        await agent.Operator.RunAsync(Repository.Guest("hello"), change: request =>
        {
            request.ProgramName = "hello";
            request.Arguments.AddRange(["one", "zwei ä"]);
            request.Environment.Add("NAME=grüß");
        });
        await agent.Operator.AwaitEndAsync();

        var log = await agent.Operator.LogAsync();
        Assert.Contains("zwei ä", log, StringComparison.Ordinal);
        Assert.Contains("Hello, grüß,", log, StringComparison.Ordinal);
    }
}
