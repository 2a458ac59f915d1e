using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Vee.Cli.Tests.Faults;

/// <summary>A wire to a port of this computer. While it is cut nothing goes through it, and nobody is told.</summary>
/// <remarks>
/// Agents reach each other at the address that the operator has of them, so a wire to an agent carries both: the
/// operator's connections, and those of other agents.
/// </remarks>
internal sealed class TcpLink : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly int target;
    private readonly Func<int, bool> isAgent;
    private readonly Task run;
    private CancellationTokenSource connections = new();
    private volatile Cutting cutting;

    /// <param name="target">A port of this computer.</param>
    /// <param name="isAgent">Whether the port of a client is an agent's; all others are the operator's.</param>
    internal TcpLink(int target, Func<int, bool> isAgent)
    {
        this.target = target;
        this.isAgent = isAgent;
        listener.Start();
        run = RunAsync();
    }

    private enum Cutting
    {
        None,
        Operator,
        Agents,
        Everybody,
    }

    /// <summary>This end, as <c>host:port</c>.</summary>
    internal string Address => string.Create(CultureInfo.InvariantCulture, $"{(IPEndPoint)listener.LocalEndpoint}");

    /// <summary>From now on nothing comes through.</summary>
    internal void Cut() => cutting = Cutting.Everybody;

    /// <summary>From now on nothing comes through of what the operator and the agent tell each other.</summary>
    internal void CutOperator() => cutting = Cutting.Operator;

    /// <summary>From now on nothing comes through of what other agents and the agent tell each other.</summary>
    internal void CutAgents() => cutting = Cutting.Agents;

    /// <summary>Ends what was cut; new connections go through.</summary>
    internal void Mend()
    {
        if (cutting != Cutting.None)
        {
            cutting = Cutting.None;
            connections.Cancel();
            connections = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await connections.CancelAsync();
        listener.Dispose();
        await run;
    }

    private async Task RunAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await listener.AcceptTcpClientAsync(stopping.Token), connections.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client, CancellationToken ending)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                var isOfAgent = isAgent(((IPEndPoint)client.Client.RemoteEndPoint!).Port);
                await server.ConnectAsync(IPAddress.Loopback, target, ending);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(ending);
                await Task.WhenAny(
                    CopyAsync(client.GetStream(), server.GetStream(), isOfAgent, either.Token),
                    CopyAsync(server.GetStream(), client.GetStream(), isOfAgent, either.Token));
                await either.CancelAsync();
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // One end is not there; the other is told so by the end of its connection.
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, bool isOfAgent, CancellationToken ending)
    {
        var buffer = new byte[16 << 10];
        try
        {
            int count;
            while ((count = await from.ReadAsync(buffer, ending)) > 0)
            {
                if (cutting == Cutting.Everybody || cutting == (isOfAgent ? Cutting.Agents : Cutting.Operator))
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ending);
                }

                await to.WriteAsync(buffer.AsMemory(0, count), ending);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Ends both ways.
        }
    }
}
