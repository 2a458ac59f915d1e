using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Vee.Cli.Tests.EndToEnd;

/// <summary>Talks to a guest through the port that its agent publishes.</summary>
internal static class GuestPort
{
    /// <summary>Sends a line.</summary>
    /// <returns>The first line of the answer; null when the connection is closed instead.</returns>
    internal static async Task<string?> AskAsync(string address, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPEndPoint.Parse(address), TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request + "\r\n"), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return await reader.ReadLineAsync(TestContext.Current.CancellationToken);
    }
}
