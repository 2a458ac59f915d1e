using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Clients;
using Xunit;

namespace Vee.Cli.Tests.Faults;

/// <summary>A client of a store in a machine: writes one record after another, and knows which the store has
/// acknowledged.</summary>
/// <remarks>When its connection ends it connects anew, wherever the machine's status says.</remarks>
internal sealed class StoreWriter : IAsyncDisposable
{
    private const int RecordsAsked = 64;

    /// <summary>Longer than any stop; then nobody answers on this connection any more.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly FaultCluster cluster;
    private readonly ObjectKey machine;
    private readonly string prefix;
    private readonly CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(Token);
    private readonly List<string> acknowledged = [];
    private readonly Task run;

    /// <param name="cluster">Where the machine is.</param>
    /// <param name="machine">The store's.</param>
    /// <param name="prefix">Of the names of its records, which nobody else has.</param>
    internal StoreWriter(FaultCluster cluster, ObjectKey machine, string prefix)
    {
        this.cluster = cluster;
        this.machine = machine;
        this.prefix = prefix;
        run = RunAsync();
    }

    /// <summary>How many records were acknowledged.</summary>
    internal int Count
    {
        get
        {
            lock (acknowledged)
            {
                return acknowledged.Count;
            }
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Writes no more.</summary>
    /// <returns>The records that were acknowledged and are not there.</returns>
    internal async Task<IReadOnlyList<string>> LostAsync()
    {
        await EndAsync();
        using var client = await ConnectAsync(Token);
        var lost = new List<string>();
        foreach (var names in acknowledged.Chunk(RecordsAsked))
        {
            var count = string.Create(CultureInfo.InvariantCulture, $":{names.Length}");
            if (await AskAsync(client, $"EXISTS {string.Join(' ', names)}", Token) != count)
            {
                foreach (var name in names)
                {
                    if (await AskAsync(client, $"EXISTS {name}", Token) != ":1")
                    {
                        lost.Add(name);
                    }
                }
            }
        }

        return lost;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        over.Dispose();
    }

    private async Task EndAsync()
    {
        await over.CancelAsync();
        await run;
    }

    private async Task RunAsync()
    {
        var number = 0;
        while (!over.IsCancellationRequested)
        {
            try
            {
                using var client = await ConnectAsync(over.Token);
                while (true)
                {
                    // A record that was not acknowledged may be there or not: its name does not come again.
                    var name = string.Create(CultureInfo.InvariantCulture, $"{prefix}{number++}");
                    Assert.Equal("+OK", await AskAsync(client, $"SET {name} there", over.Token));
                    lock (acknowledged)
                    {
                        acknowledged.Add(name);
                    }

                    await Task.Delay(Pause, TimeProvider.System, over.Token);
                }
            }
            catch (Exception e) when (e is IOException or SocketException or TimeoutException
                or OperationCanceledException or KubernetesApiException)
            {
                await Task.Delay(Pause, TimeProvider.System, over.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<TcpClient> ConnectAsync(CancellationToken cancellation)
    {
        var client = new TcpClient { NoDelay = true };
        try
        {
            await client.ConnectAsync(IPEndPoint.Parse(await AddressAsync(cancellation)), cancellation);
            return client;
        }
        catch (Exception)
        {
            client.Dispose();
            throw;
        }
    }

    private async Task<string> AddressAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var store = await cluster.Connection.Resource<VirtualMachine>().GetAsync(machine, cancellation);
            if (store.Status?.Ports is [{ Address: { } address }, ..])
            {
                return address;
            }

            await Task.Delay(Pause, TimeProvider.System, cancellation);
        }
    }

    /// <summary>Says one thing and reads the line that is answered.</summary>
    private static async Task<string> AskAsync(TcpClient client, string command, CancellationToken cancellation)
    {
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"), cancellation);
        var answer = new StringBuilder();
        var one = new byte[1];
        while (one[0] != (byte)'\n')
        {
            await stream.ReadExactlyAsync(one, cancellation).AsTask()
                .WaitAsync(Patience, TimeProvider.System, cancellation);
            answer.Append((char)one[0]);
        }

        return $"{answer}".TrimEnd();
    }
}
