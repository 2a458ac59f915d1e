using System.Net;
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

        using var client = await ConnectAsync(port);

        Assert.Equal("+PONG\r\n", await AskAsync(client, "PING", 7));
        Assert.Equal("+OK\r\n", await AskAsync(client, "SET name Ada", 5));
        Assert.Equal("$3\r\nAda\r\n", await AskAsync(client, "GET name", 9));
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

    private static async Task<TcpClient> ConnectAsync(int port)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, port, TestAgent.Token);
        return client;
    }

    private static async Task<string> AskAsync(TcpClient client, string command, int bytes)
    {
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"), TestAgent.Token);
        var reply = new byte[bytes];
        await stream.ReadExactlyAsync(reply, TestAgent.Token);
        return Encoding.ASCII.GetString(reply);
    }
}
