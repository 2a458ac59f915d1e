using System.Diagnostics;
using System.Net.Sockets;
using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Xunit;

namespace Vee.Agent.Tests;

/// <summary>Published ports of guests that are not there, not ready, or not reading.</summary>
public sealed class GatewayTests
{
    [Fact]
    public async Task Client_of_a_guest_that_does_not_listen_is_held_briefly_and_then_reset()
    {
        await using var agent = await TestAgent.StartAsync();
        var port = await PublishAsync(agent, Programs.Waits());
        using var client = await OutsideClient.ConnectAsync(port);
        var watch = Stopwatch.StartNew();

        Assert.True(await OutsideClient.IsResetAsync(client));

        Assert.InRange(watch.ElapsedMilliseconds, 1_500, 15_000);
        Assert.Equal(1, await OutsideClient.MetricAsync(agent, "vee_agent_gateway_failed_connections_total"));
    }

    [Fact]
    public async Task Client_that_comes_before_the_guest_listens_is_served_when_it_does()
    {
        await using var agent = await TestAgent.StartAsync();
        var image = Listens(delay: TimeSpan.FromMilliseconds(700));
        var port = await PublishAsync(agent, image);
        using var client = await OutsideClient.ConnectAsync(port);

        Assert.Equal(Greeting, await OutsideClient.ReadToEndAsync(client));
    }

    [Fact]
    public async Task Client_of_a_machine_that_has_not_started_waits_for_it()
    {
        await using var agent = await TestAgent.StartAsync();
        var image = Listens(TimeSpan.Zero);
        await agent.Operator.CreateHostAsync();
        await agent.Operator.UploadAsync(image);
        var request = MachineCalls.RequestFor(image);
        request.Ports.Add(new PublishedPort { Name = "web", Port = 80 });
        var created = await agent.Operator.CreateAsync(request);
        using var client = await OutsideClient.ConnectAsync(created.Ports[0].AgentPort);

        await agent.Operator.StartAsync();

        Assert.Equal(Greeting, await OutsideClient.ReadToEndAsync(client));
    }

    [Fact]
    public async Task Guest_that_does_not_read_holds_its_client_back()
    {
        await using var agent = await TestAgent.StartAsync();
        var port = await PublishAsync(agent, Listens(TimeSpan.Zero, thenWaits: true));
        using var client = await OutsideClient.ConnectAsync(port);
        var greeting = new byte[Greeting.Length];
        await client.GetStream().ReadExactlyAsync(greeting, TestAgent.Token);
        client.SendTimeout = 500;
        var sent = 0L;

        // The guest's buffer, the client's and the agent's take some; then nothing moves.
        Assert.Throws<IOException>(() =>
        {
            for (; sent < 64 << 20; sent += 64 * 1024)
            {
                client.GetStream().Write(new byte[64 * 1024]);
            }
        });

        var counted = (await agent.Operator.MeasureAsync("vm-1")).NetworkBytesIn;
        Assert.InRange(counted, 100_000, 1 << 20);
        Assert.InRange(sent, counted, 32 << 20);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Machine_deleted_or_stopped_in_the_middle_of_a_transfer_resets_its_clients(bool isDeleted)
    {
        await using var agent = await TestAgent.StartAsync();
        var port = await PublishAsync(agent, Listens(TimeSpan.Zero, thenWaits: true));
        using var client = await OutsideClient.ConnectAsync(port);
        var greeting = new byte[Greeting.Length];
        await client.GetStream().ReadExactlyAsync(greeting, TestAgent.Token);
        await client.GetStream().WriteAsync(new byte[100_000], TestAgent.Token);

        if (isDeleted)
        {
            await agent.Operator.DeleteAsync();
        }
        else
        {
            await agent.Operator.StopAsync(0);
        }

        Assert.True(await OutsideClient.IsResetAsync(client));
        await Assert.ThrowsAsync<SocketException>(() => OutsideClient.ConnectAsync(port));
        await Wait.ForAsync(
            async () => await OutsideClient.MetricAsync(agent, "vee_agent_gateway_open_connections") == 0,
            "none is left");
    }

    [Fact]
    public async Task Guest_reaches_nobody_through_the_gateway()
    {
        // connect() to the gateway's own address fails; its error number becomes the exit status.
        var image = new Program()
            .Put(0, 2, 0, 0, 80, 10, 0, 0, 1)
            .Call(198, 2, 1, 0).Li(Program.A1, Program.Data).Li(Program.A2, 16).Ecall(203)
            .Neg(Program.A0).Ecall(93).Build();
        await using var agent = await TestAgent.StartAsync();
        await PublishAsync(agent, image);

        Assert.Equal(111, (await agent.Operator.AwaitEndAsync()).ExitStatus);
    }

    private static byte[] Greeting => "welcome\n"u8.ToArray();

    private static async Task<int> PublishAsync(TestAgent agent, byte[] image)
    {
        var state = await agent.Operator.RunAsync(
            image, change: request => request.Ports.Add(new PublishedPort { Name = "web", Port = 80 }));
        return Assert.Single(state.Ports).AgentPort;
    }

    /// <summary>Listens on port 80 after a while and greets one client; then exits, or waits without reading.</summary>
    private static byte[] Listens(TimeSpan delay, bool thenWaits = false)
    {
        // socket is 3, the accepted connection 4.
        var program = new Program()
            .Put(0, 2, 0, 0, 80).Put(64, Greeting).Put64(128, 0, (long)delay.TotalNanoseconds)
            .Call(101, Program.Data + 128, 0)
            .Call(198, 2, 1, 0).Call(200, 3, Program.Data, 16).Call(201, 3, 5).Call(202, 3, 0, 0)
            .Call(64, 4, Program.Data + 64, Greeting.Length);
        return thenWaits
            ? program.Label("wait").Call(73, 0, 0, 0, 0).Jump("wait").Build()
            : program.Call(93, 0).Build();
    }
}
