using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Xunit;

namespace Vee.Agent.Tests;

/// <summary>The kvstore guest, spoken to by an ordinary TCP client through the gateway.</summary>
public sealed class KeyValueStoreTests
{
    [Fact]
    public async Task A_stock_client_sets_and_gets()
    {
        await using var agent = await TestAgent.StartAsync();
        var port = await StartStoreAsync(agent);

        using var client = await OutsideClient.ConnectAsync(port);

        Assert.Equal("+PONG\r\n", await AskAsync(client, "PING", 7));
        Assert.Equal("+OK\r\n", await AskAsync(client, "SET name Ada", 5));
        Assert.Equal("$3\r\nAda\r\n", await AskAsync(client, "GET name", 9));
    }

    [Fact]
    public async Task Client_that_has_said_everything_still_hears_every_answer()
    {
        await using var agent = await TestAgent.StartAsync();
        var port = await StartStoreAsync(agent);
        using var client = await OutsideClient.ConnectAsync(port);
        var requests = new StringBuilder();
        for (var index = 0; index < 1000; index++)
        {
            requests.Append(CultureInfo.InvariantCulture, $"ECHO {index:D5}\r\n");
        }

        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{requests}"), TestAgent.Token);
        client.Client.Shutdown(SocketShutdown.Send);

        var answers = Encoding.ASCII.GetString(await OutsideClient.ReadToEndAsync(client));
        Assert.Equal(
            string.Concat(Enumerable.Range(0, 1000).Select(index => $"$5\r\n{index:D5}\r\n")), answers);
    }

    [Fact]
    public async Task Hundred_clients_are_served_at_once()
    {
        await using var agent = await TestAgent.StartAsync();
        var port = await StartStoreAsync(agent);
        var clients = new List<TcpClient>();
        for (var index = 0; index < 100; index++)
        {
            clients.Add(await OutsideClient.ConnectAsync(port));
        }

        await Task.WhenAll(clients.Select(async client =>
        {
            for (var time = 0; time < 10; time++)
            {
                await client.GetStream().WriteAsync("INCR visits\r\n"u8.ToArray(), TestAgent.Token);
                Assert.StartsWith(":", await ReadLineAsync(client), StringComparison.Ordinal);
            }
        }));

        Assert.Equal("$4\r\n1000\r\n", await AskAsync(clients[0], "GET visits", 10));
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Large_values_come_through_whole_and_in_order()
    {
        await using var agent = await TestAgent.StartAsync();
        var port = await StartStoreAsync(agent);
        using var client = await OutsideClient.ConnectAsync(port);
        var value = new byte[900_000];
        new Random(7).NextBytes(value);
        var watch = Stopwatch.StartNew();

        await client.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes($"*3\r\n$3\r\nSET\r\n$1\r\nx\r\n${value.Length}\r\n"), TestAgent.Token);
        await client.GetStream().WriteAsync(value, TestAgent.Token);
        Assert.Equal("+OK\r\n", await AskAsync(client, "", 5));
        for (var time = 0; time < 4; time++)
        {
            await client.GetStream().WriteAsync("GET x\r\n"u8.ToArray(), TestAgent.Token);
            Assert.Equal($"${value.Length}", await ReadLineAsync(client));
            var reply = new byte[value.Length + 2];
            await client.GetStream().ReadExactlyAsync(reply, TestAgent.Token);
            Assert.Equal(value, reply[..^2]);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"4.5 MB in {watch.Elapsed.TotalSeconds:F2} s");
        var statistics = await agent.Operator.MeasureAsync("vm-1");
        Assert.InRange(statistics.NetworkBytesIn, value.Length, value.Length + 1000);
        Assert.InRange(statistics.NetworkBytesOut, 4 * value.Length, (4 * value.Length) + 1000);
    }

    [Fact]
    public async Task Clients_that_break_off_leave_the_others_alone()
    {
        await using var agent = await TestAgent.StartAsync();
        var port = await StartStoreAsync(agent);
        using var steady = await OutsideClient.ConnectAsync(port);
        for (var index = 0; index < 50; index++)
        {
            using var client = await OutsideClient.ConnectAsync(port);
            await client.GetStream().WriteAsync("SET half"u8.ToArray(), TestAgent.Token);
            client.LingerState = new LingerOption(true, 0);
        }

        Assert.Equal("+PONG\r\n", await AskAsync(steady, "PING", 7));
        await Wait.ForAsync(
            async () => (await OutsideClient.MetricAsync(agent, "vee_agent_gateway_open_connections")) == 1,
            "the others are forgotten");
    }

    [Fact]
    public async Task Stopped_store_ends_its_clients_connections_and_says_good_bye()
    {
        await using var agent = await TestAgent.StartAsync();
        var port = await StartStoreAsync(agent);
        using var client = await OutsideClient.ConnectAsync(port);
        Assert.Equal("+PONG\r\n", await AskAsync(client, "PING", 7));

        await agent.Operator.StopAsync(10_000);

        Assert.Empty(await OutsideClient.ReadToEndAsync(client));
        var end = await agent.Operator.AwaitEndAsync();
        Assert.Equal((MachineEndReason.Exited, 0, true), (end.Reason, end.ExitStatus, end.WasAsked));
        Assert.Contains(
            "ended after 1 connections and 1 commands", await agent.Operator.LogAsync(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<SocketException>(() => OutsideClient.ConnectAsync(port));
    }

    [Fact]
    public async Task Round_trips_are_short()
    {
        await using var agent = await TestAgent.StartAsync();
        var port = await StartStoreAsync(agent);
        using var client = await OutsideClient.ConnectAsync(port);
        var times = new List<double>();
        for (var index = 0; index < 500; index++)
        {
            var watch = Stopwatch.StartNew();
            await AskAsync(client, "PING", 7);
            times.Add(watch.Elapsed.TotalMilliseconds);
        }

        times.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"round trip: median {times[250]:F2} ms, p99 {times[495]:F2} ms");
        Assert.InRange(times[250], 0, 20);
    }

    private static async Task<int> StartStoreAsync(TestAgent agent)
    {
        var state = await agent.Operator.RunAsync(Repository.Guest("kvstore"), change: request =>
        {
            request.MemoryBytes = 256 * MachineCalls.MebiByte;
            request.Ports.Add(new PublishedPort { Name = "redis", Port = 6379 });
        });
        return Assert.Single(state.Ports).AgentPort;
    }

    private static async Task<string> AskAsync(TcpClient client, string command, int bytes)
    {
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"), TestAgent.Token);
        var reply = new byte[bytes];
        await stream.ReadExactlyAsync(reply, TestAgent.Token);
        return Encoding.ASCII.GetString(reply);
    }

    private static async Task<string> ReadLineAsync(TcpClient client)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (line.Length < 2 || line[^1] != '\n')
        {
            await client.GetStream().ReadExactlyAsync(one, TestAgent.Token);
            line.Append((char)one[0]);
        }

        return $"{line}"[..^2];
    }
}
