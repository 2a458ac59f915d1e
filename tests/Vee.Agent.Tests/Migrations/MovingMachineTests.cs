using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using Vee.Agent.Tests.Racks;
using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Xunit;
using static Vee.Agent.Tests.Migrations.MigrationCalls;
using static Vee.Agent.Tests.Racks.RackCalls;
using static Vee.Agent.Tests.Support.MachineCalls;

namespace Vee.Agent.Tests.Migrations;

/// <summary>Machines that move between agents while clients from outside use them.</summary>
public sealed class MovingMachineTests : IAsyncDisposable
{
    private readonly TestRack rack = new();

    public ValueTask DisposeAsync() => rack.DisposeAsync();

    [Theory]
    [InlineData(true, MigrationMode.PreCopy)]
    [InlineData(false, MigrationMode.PreCopy)]
    [InlineData(true, MigrationMode.PostCopy)]
    [InlineData(false, MigrationMode.PostCopy)]
    [InlineData(true, MigrationMode.Hybrid)]
    public async Task A_store_that_moves_keeps_its_data_its_clients_and_its_log(bool isApart, MigrationMode mode)
    {
        var (left, right) = await JoinedAsync(isApart);
        var (request, state) = await RunAsync(left, "a", Repository.Guest("kvstore"), asked =>
        {
            asked.MemoryBytes = 64 * MebiByte;
            asked.Ports.Add(new PublishedPort { Name = "redis", Port = 6379 });
        });
        using var client = await OutsideClient.ConnectAsync(Assert.Single(state.Ports).AgentPort);
        Assert.Equal("+OK\r\n", await AskAsync(client, "SET name Ada", 5));
        var writes = WriteAsync(client, 400);

        var expected = await right.Client.ExpectAsync(Expecting(request, "b"));
        Assert.Equal(MachinePhase.Expected, expected.Phase);
        var moving = Moving(request, "b");
        moving.Options = new MigrationOptions
        {
            Mode = mode,
            DowntimeMaxVirtualNs = mode == MigrationMode.Hybrid ? 1 : 0,
        };
        await left.Client.MigrateAsync(moving);
        var done = await left.Client.AwaitMigrationAsync();

        AssertDone(done);
        Assert.Equal(mode == MigrationMode.PostCopy, done.Result.PostCopy is { Pages: > 100, Mismatches: 0 });
        await writes;
        Assert.Equal("$3\r\nAda\r\n", await AskAsync(client, "GET name", 9));
        Assert.Equal("$3\r\n400\r\n", await AskAsync(client, "GET visits", 9));
        await WriteLargeAsync(client);
        var moved = (await right.Client.LookAsync("vm-1"))!;
        Assert.Equal((MachinePhase.Running, 2, "b"), (moved.Phase, moved.Instance, moved.HostUid));
        using var other = await OutsideClient.ConnectAsync(Assert.Single(moved.Ports).AgentPort);
        Assert.Equal("$3\r\n400\r\n", await AskAsync(other, "GET visits", 9));
        Assert.Contains("6379", await right.Client.LogAsync(), StringComparison.Ordinal);
        TestContext.Current.TestOutputHelper?.WriteLine($"{done.Result}");

        await left.Client.DeleteAsync();
        var metrics = await MetricsAsync(left);
        Assert.Contains(
            "vee_migration_ended_total{role=\"Source\",outcome=\"Done\",reason=\"\"} 1\n", metrics,
            StringComparison.Ordinal);
        Assert.Contains("vee_migration_downtime_virtual_seconds_count 1\n", metrics, StringComparison.Ordinal);
        Assert.Equal("$3\r\n400\r\n", await AskAsync(client, "GET visits", 9));
        Assert.Equal(0, (await left.Client.HostAsync("a")).MemoryBytesAllocated);
        Assert.Equal(64 * MebiByte, (await right.Client.HostAsync("b")).MemoryBytesAllocated);
    }

    [Fact]
    public async Task A_cancelled_move_leaves_the_machine_where_it_is_and_nothing_at_the_target()
    {
        var (left, right, request) = await MoveSlowlyAsync(Slow(isCompared: true));
        Assert.Equal(Refusal.Migrating, await RefusalOfAsync(
            StatusCode.FailedPrecondition, () => left.Client.MigrateAsync(Moving(request, "b", number: 78))));
        Assert.Equal(Refusal.NotReady, await RefusalOfAsync(
            StatusCode.FailedPrecondition, () => right.Client.SettleAsync()));
        await Wait.ForAsync(
            async () => (await left.Client.InspectAsync()).Phase == MigrationPhase.Copying, "pages are copied");

        var cancelled = await left.Client.CancelAsync();

        Assert.Equal((MigrationPhase.Failed, "Cancelled"), (cancelled.Phase, cancelled.Failure.Reason));
        await Wait.ForAsync(
            async () => (await right.Client.HostAsync("b")).MemoryBytesAllocated == 0, "the target has forgotten it");
        var before = (await left.Client.MeasureAsync("vm-1")).RetiredInstructions;
        await Wait.ForAsync(
            async () => (await left.Client.MeasureAsync("vm-1")).RetiredInstructions > before, "it executes on");
        // What was given up never comes there again; a newer one may.
        Assert.Equal(Refusal.StaleInstance, await RefusalOfAsync(
            StatusCode.FailedPrecondition, () => right.Client.ExpectAsync(Expecting(request, "b", number: 79))));
    }

    /// <summary>A target that is told of a grant without the machine to it gives it up for good.</summary>
    [Fact]
    public async Task A_source_goes_on_when_it_is_told_that_its_target_has_given_up()
    {
        var (left, right, request) = await MoveSlowlyAsync(Slow(isCompared: false));
        await Wait.ForAsync(
            async () => (await right.Client.InspectAsync()).Phase == MigrationPhase.Copying
                && (await left.Client.InspectAsync()).Phase == MigrationPhase.Copying, "pages come");
        // Nothing was offered yet, of which it could let go.
        Assert.Equal(MigrationPhase.Copying, (await left.Client.SettleSourceAsync(failure: null)).Phase);

        var target = await right.Client.SettleAsync();
        var source = await left.Client.SettleSourceAsync(target.Failure);

        Assert.Equal((MigrationPhase.Failed, "LinkLost"), (target.Phase, target.Failure.Reason));
        Assert.Equal((MigrationPhase.Failed, "LinkLost"), (source.Phase, source.Failure.Reason));
        var before = (await left.Client.MeasureAsync("vm-1")).RetiredInstructions;
        await Wait.ForAsync(
            async () => (await left.Client.MeasureAsync("vm-1")).RetiredInstructions > before, "it executes on");
        Assert.Equal(Refusal.UnknownMigration, await RefusalOfAsync(
            StatusCode.NotFound, () => left.Client.SettleSourceAsync(target.Failure, number: 79)));
    }

    [Fact]
    public async Task A_machine_ends_whose_pages_are_lost()
    {
        var (left, right, request) = await MoveSlowlyAsync(
            new MigrationOptions { Mode = MigrationMode.PostCopy, BitsPerSecondMax = 20_000_000 });
        await Wait.ForAsync(
            async () => (await right.Client.InspectAsync()).Phase == MigrationPhase.Fetching, "pages follow");
        Assert.Equal(Refusal.MigrationCommitted, await RefusalOfAsync(
            StatusCode.FailedPrecondition, () => right.Client.CancelAsync()));
        Assert.Equal(Refusal.NotFetching, await RefusalOfAsync(
            StatusCode.FailedPrecondition, () => left.Client.LosePagesAsync()));
        // The source's memory stays until all of it has gone.
        await Wait.ForAsync(
            async () => (await left.Client.InspectAsync()).Phase == MigrationPhase.Fetching, "the source knows");

        var lost = await right.Client.LosePagesAsync();

        Assert.Equal((MigrationPhase.Failed, "PagesLost"), (lost.Phase, lost.Failure.Reason));
        await Wait.ForAsync(
            async () => (await right.Client.LookAsync("vm-1"))!.Phase == MachinePhase.Ended, "the machine has ended");
        var end = (await right.Client.LookAsync("vm-1"))!.End;
        Assert.Equal(MachineEndReason.Failed, end.Reason);
        Assert.Contains("pages of the machine never came", end.Message, StringComparison.Ordinal);
        await left.Client.DeleteAsync();
        await right.Client.DeleteAsync("vm-1", request.Instance + 1);
        Assert.Equal(0, (await right.Client.HostAsync("b")).MemoryBytesAllocated);
        Assert.Equal(0, (await left.Client.HostAsync("a")).MemoryBytesAllocated);
    }

    [Fact]
    public async Task Where_no_link_leads_nothing_moves()
    {
        var left = await rack.StartAsync("left");
        await left.Client.CreateHostAsync("a");
        await left.Client.CreateHostAsync("b");
        var (request, _) = await RunAsync(left, "a", Programs.Spins());

        Assert.Equal(Refusal.NotLinked, await RefusalOfAsync(
            StatusCode.FailedPrecondition, () => left.Client.ExpectAsync(Expecting(request, "b"))));
        Assert.Equal(0, (await left.Client.HostAsync("b")).MemoryBytesAllocated);
        Assert.Equal(Refusal.NotLinked, await RefusalOfAsync(
            StatusCode.FailedPrecondition, () => left.Client.MigrateAsync(Moving(request, "b"))));
        Assert.Equal(Refusal.UnknownMigration, await RefusalOfAsync(
            StatusCode.NotFound, () => left.Client.InspectAsync()));
    }

    /// <summary>More at a time than a message of the link takes, each way.</summary>
    private static async Task WriteLargeAsync(TcpClient client)
    {
        var value = new string('v', 600_000);
        Assert.Equal(
            "+OK\r\n",
            await AskAsync(client, $"*3\r\n$3\r\nSET\r\n$1\r\nx\r\n${value.Length}\r\n{value}", 5));
        var answer = $"${value.Length}\r\n{value}\r\n";
        Assert.Equal(answer, await AskAsync(client, "GET x", answer.Length));
    }

    private static async Task<string> MetricsAsync(TestRack.Member member)
    {
        var described = await member.Client.DescribeAsync();
        using var client = new HttpClient();
        return await client.GetStringAsync(new Uri($"http://{described.MetricsAddress}/metrics"), TestAgent.Token);
    }

    private async Task<(TestRack.Member Left, TestRack.Member Right)> JoinedAsync(bool isApart)
    {
        var left = await rack.StartAsync("left");
        if (isApart)
        {
            var right = await rack.StartAsync("right");
            await JoinAsync(Wire, left, right);
            return (left, right);
        }

        await left.Client.CreateHostAsync("a");
        await left.Client.CreateHostAsync("b");
        await SetAsync(TestRack.PlanOf(1, Wire, (left.Name, left.Address, ["a", "b"])), left);
        return (left, left);
    }

    private static async Task WriteAsync(TcpClient client, int count)
    {
        for (var index = 1; index <= count; index++)
        {
            var answer = $":{index}\r\n";
            Assert.Equal(answer, await AskAsync(client, "INCR visits", answer.Length));
        }
    }

    private static async Task<string> AskAsync(TcpClient client, string command, int bytes)
    {
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"), TestAgent.Token);
        var reply = new byte[bytes];
        await stream.ReadExactlyAsync(reply, TestAgent.Token).AsTask()
            .WaitAsync(Wait.Limit, TimeProvider.System, TestAgent.Token);
        return Encoding.ASCII.GetString(reply);
    }

    /// <summary>A machine of 32 MiB that it changes all the time, on its way to another agent.</summary>
    private async Task<(TestRack.Member Left, TestRack.Member Right, CreateMachineRequest Request)> MoveSlowlyAsync(
        MigrationOptions options)
    {
        var (left, right) = await JoinedAsync(isApart: true);
        var (request, _) = await RunAsync(left, "a", Repository.Guest("writer"), asked =>
        {
            asked.MemoryBytes = 64 * MebiByte;
            asked.Arguments.AddRange(["--memory", "32M", "--seconds", "100", "--pattern", "random-words"]);
        });
        await Wait.ForAsync(
            async () => (await left.Client.MeasureAsync("vm-1")).ResidentBytes > 32 * MebiByte, "all is written to");
        await right.Client.ExpectAsync(Expecting(request, "b"));
        var slow = Moving(request, "b");
        slow.Options = options;
        await left.Client.MigrateAsync(slow);
        return (left, right, request);
    }

    private static MigrationOptions Slow(bool isCompared) => new()
    {
        BitsPerSecondMax = 10_000_000,
        DowntimeMaxVirtualNs = 1_000_000,
        Without = new MigrationAblation { GrantAhead = isCompared },
    };
}
