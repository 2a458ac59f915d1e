using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Vee.Cli.Tests.Faults;

/// <summary>A wire to a port of this computer. While it is cut nothing goes through it, and nobody is told.</summary>
internal sealed class TcpLink : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly int target;
    private readonly Task run;
    private CancellationTokenSource connections = new();
    private volatile bool isCut;

    internal TcpLink(int target)
    {
        this.target = target;
        listener.Start();
        run = RunAsync();
    }

    /// <summary>This end, as <c>host:port</c>.</summary>
    internal string Address => string.Create(CultureInfo.InvariantCulture, $"{(IPEndPoint)listener.LocalEndpoint}");

    /// <summary>From now on nothing comes through.</summary>
    internal void Cut() => isCut = true;

    /// <summary>Ends what was cut; new connections go through.</summary>
    internal void Mend()
    {
        if (isCut)
        {
            isCut = false;
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
                await server.ConnectAsync(IPAddress.Loopback, target, ending);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(ending);
                await Task.WhenAny(
                    CopyAsync(client.GetStream(), server.GetStream(), either.Token),
                    CopyAsync(server.GetStream(), client.GetStream(), either.Token));
                await either.CancelAsync();
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // One end is not there; the other is told so by the end of its connection.
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, CancellationToken ending)
    {
        var buffer = new byte[16 << 10];
        try
        {
            int count;
            while ((count = await from.ReadAsync(buffer, ending)) > 0)
            {
                if (isCut)
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
