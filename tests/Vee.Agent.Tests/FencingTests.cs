using Grpc.Core;
using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Xunit;
using static Vee.Agent.Tests.Support.MachineCalls;

namespace Vee.Agent.Tests;

/// <summary>Of one machine never two instances, and never an old one again.</summary>
public sealed class FencingTests
{
    [Fact]
    public async Task Create_that_arrives_after_the_delete_is_refused()
    {
        await using var agent = await PrepareAsync();
        await CreateAsync(agent, 3);
        await agent.Operator.DeleteAsync(instance: 3);

        Assert.Equal(Refusal.StaleInstance, await RefusalOfAsync(
            StatusCode.FailedPrecondition, () => CreateAsync(agent, 3)));
        Assert.Equal(Refusal.StaleInstance, await RefusalOfAsync(
            StatusCode.FailedPrecondition, () => CreateAsync(agent, 2)));
        Assert.Equal(4, (await CreateAsync(agent, 4)).Instance);
    }

    [Fact]
    public async Task Call_meant_for_the_agent_before_its_restart_is_refused()
    {
        await using var agent = await PrepareAsync();
        var request = new MachineRequest { Uid = "vm-1", Instance = 1 };

        Assert.Equal(Refusal.OtherIncarnation, await RefusalOfAsync(
            StatusCode.FailedPrecondition,
            async () => await DeleteAsync("another")));
        await DeleteAsync(agent.Server.Incarnation);

        async Task DeleteAsync(string incarnation) => await agent.Operator.DeleteMachineAsync(
            request, new Metadata { { CallHeaders.Incarnation, incarnation } }, cancellationToken: TestAgent.Token);
    }

    [Fact]
    public async Task Delete_of_what_was_never_here_keeps_it_away()
    {
        await using var agent = await PrepareAsync();

        await agent.Operator.DeleteAsync(instance: 5);

        Assert.Equal(Refusal.StaleInstance, await RefusalOfAsync(
            StatusCode.FailedPrecondition, () => CreateAsync(agent, 5)));
        Assert.Equal(6, (await CreateAsync(agent, 6)).Instance);
    }

    [Fact]
    public async Task Delete_of_an_older_instance_leaves_the_newer_alone()
    {
        await using var agent = await PrepareAsync();
        await CreateAsync(agent, 5);

        await agent.Operator.DeleteAsync(instance: 4);

        Assert.Equal(5, (await agent.Operator.LookAsync("vm-1"))?.Instance);
    }

    [Fact]
    public async Task Newer_instance_ends_the_older_first()
    {
        await using var agent = await PrepareAsync();
        await CreateAsync(agent, 1);
        await agent.Operator.StartAsync();

        await CreateAsync(agent, 2);

        var state = await agent.Operator.LookAsync("vm-1");
        Assert.Equal((2L, MachinePhase.Created), (state!.Instance, state.Phase));
        Assert.Equal(16 * MebiByte, (await agent.Operator.CreateHostAsync()).MemoryBytesAllocated);
        Assert.Equal(Refusal.StaleInstance, await RefusalOfAsync(
            StatusCode.FailedPrecondition,
            () => agent.Operator.StartAsync(instance: 1)));
        Assert.Equal(Refusal.UnknownMachine, await RefusalOfAsync(
            StatusCode.NotFound, () => agent.Operator.StartAsync(instance: 3)));
    }

    [Fact]
    public async Task Newer_instance_that_cannot_be_leaves_the_older_alone()
    {
        await using var agent = await PrepareAsync();
        await CreateAsync(agent, 1);
        var request = RequestFor(Image, instance: 2);
        request.MemoryBytes = 8192 * MebiByte;

        Assert.Equal(Refusal.HostFull, await RefusalOfAsync(
            StatusCode.ResourceExhausted,
            () => agent.Operator.CreateAsync(request)));

        Assert.Equal(1, (await agent.Operator.LookAsync("vm-1"))?.Instance);
    }

    /// <summary>
    /// Several callers create, start and delete whatever instance they like. What a watcher sees of a machine must be
    /// one instance after the other, each begun only when the one before has ended or gone.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Racing_callers_never_get_two_instances(int seed)
    {
        await using var agent = await PrepareAsync();
        using var watch = agent.Operator.Watch(new WatchRequest(), cancellationToken: TestAgent.Token);
        Assert.True(await watch.ResponseStream.MoveNext(TestAgent.Token));
        var seen = CheckOrderAsync(watch.ResponseStream, seed);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(caller => RaceAsync(
            agent.Call(agent.Authority.Client()), new Random((seed * 100) + caller))));
        await agent.Operator.DeleteAsync(instance: 1000);
        await agent.Operator.DeleteHostAsync(HostUid);

        Assert.InRange(await seen.WaitAsync(Wait.Limit, TimeProvider.System, TestAgent.Token), 2, 1000);
    }

    private static byte[] Image { get; } = Programs.Spins();

    /// <returns>How many instances were seen executing.</returns>
    private static async Task<int> CheckOrderAsync(IAsyncStreamReader<AgentReport> reports, int seed)
    {
        var executing = new HashSet<long>();
        var newest = 0L;
        while (await reports.MoveNext(TestAgent.Token) && reports.Current.HostDeletedUid.Length == 0)
        {
            if (reports.Current.Inventory is not null)
            {
                executing.Clear();
            }
            else if (reports.Current.MachineDeleted is { } deleted)
            {
                executing.Remove(deleted.Instance);
            }
            else if (reports.Current.MachineChanged is { } state)
            {
                Assert.True(state.Instance >= newest, $"seed {seed}: {state.Instance} came after {newest}");
                newest = state.Instance;
                _ = state.Phase == MachinePhase.Ended
                    ? executing.Remove(state.Instance)
                    : state.Phase == MachinePhase.Running && executing.Add(state.Instance);
                Assert.True(executing.Count <= 1, $"seed {seed}: {string.Join(" and ", executing)} execute");
            }
        }

        return (int)newest;
    }

    private static async Task RaceAsync(Protocol.Agent.AgentClient calls, Random random)
    {
        for (var step = 0; step < 60; step++)
        {
            var instance = random.Next(1, 4 + (step / 2));
            try
            {
                switch (random.Next(5))
                {
                    case 0 or 1:
                        await calls.CreateAsync(RequestFor(Image, instance: instance));
                        await calls.StartAsync(instance: instance);
                        break;
                    case 2:
                        await calls.StartAsync(instance: instance);
                        break;
                    case 3:
                        await calls.StopAsync(0, instance: instance);
                        break;
                    default:
                        await calls.DeleteAsync(instance: instance);
                        break;
                }
            }
            catch (RpcException refusal) when (refusal.StatusCode is StatusCode.FailedPrecondition
                or StatusCode.NotFound)
            {
                // The others were faster.
            }
        }
    }

    private static async Task<TestAgent> PrepareAsync()
    {
        var agent = await TestAgent.StartAsync();
        await agent.Operator.CreateHostAsync();
        await agent.Operator.UploadAsync(Image);
        return agent;
    }

    private static async Task<MachineState> CreateAsync(TestAgent agent, long instance) =>
        await agent.Operator.CreateAsync(RequestFor(Image, instance: instance));
}
