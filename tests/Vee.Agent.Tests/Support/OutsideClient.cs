using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Vee.Agent.Tests.Support;

/// <summary>An outside client of a guest, and what is counted of it.</summary>
internal static class OutsideClient
{
    internal static async Task<TcpClient> ConnectAsync(int port)
    {
        var client = new TcpClient { NoDelay = true };
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, TestAgent.Token);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    internal static async Task<byte[]> ReadToEndAsync(TcpClient client)
    {
        var all = new List<byte>();
        var buffer = new byte[64 * 1024];
        int count;
        while ((count = await client.Client.ReceiveAsync(buffer, TestAgent.Token).AsTask()
            .WaitAsync(Wait.Limit, TimeProvider.System, TestAgent.Token)) > 0)
        {
            all.AddRange(buffer.AsSpan(0, count));
        }

        return [.. all];
    }

    /// <summary>Whether the connection is reset rather than ended.</summary>
    internal static async Task<bool> IsResetAsync(TcpClient client)
    {
        try
        {
            await ReadToEndAsync(client);
            return false;
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
        {
            return true;
        }
    }

    internal static async Task<double> MetricAsync(TestAgent agent, string name)
    {
        using var client = new HttpClient();
        var metrics = await client.GetStringAsync(
            new Uri($"http://{agent.Server.MetricsAddress}/metrics"), TestAgent.Token);
        var line = metrics.Split('\n').Single(line => line.StartsWith($"{name} ", StringComparison.Ordinal));
        return double.Parse(line[(name.Length + 1)..], CultureInfo.InvariantCulture);
    }
}
