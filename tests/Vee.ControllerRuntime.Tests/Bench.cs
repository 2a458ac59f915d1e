using System.Text;
using System.Text.Json.Nodes;
using Prometheus;
using Vee.ControllerRuntime.Clients;
using Vee.ControllerRuntime.Informers;
using Vee.ControllerRuntime.Tests.Server;
using Xunit;

namespace Vee.ControllerRuntime.Tests;

/// <summary>A fake API server and a connection to it.</summary>
internal sealed class Bench : IAsyncDisposable
{
    private Bench(FakeApiServer server, int seed, TimeProvider? time, KubernetesConnectionOptions? options)
    {
        Server = server;
        Registry = Metrics.NewCustomRegistry();
        Services = new RuntimeServices(time ?? TimeProvider.System, new Random(seed), Registry);
        Connection = new KubernetesConnection(server.ConfigurationOf("bench"), Services, options);
        Widgets = Connection.Resource<Widget>();
    }

    internal static InformerOptions FastInformers { get; } = new()
    {
        BackoffMin = TimeSpan.FromMilliseconds(5),
        BackoffMax = TimeSpan.FromMilliseconds(50),
        StallTimeout = TimeSpan.FromMilliseconds(400),
        WatchTimeout = TimeSpan.FromSeconds(2),
        PageSize = 7,
    };

    internal FakeApiServer Server { get; }

    internal CollectorRegistry Registry { get; }

    internal RuntimeServices Services { get; }

    internal KubernetesConnection Connection { get; }

    internal ResourceClient<Widget> Widgets { get; }

    internal static CancellationToken Token => TestContext.Current.CancellationToken;

    internal static Task<Bench> StartAsync(int seed = 1) => StartWithAsync(seed, null, null);

    internal static async Task<Bench> StartWithAsync(
        int seed, TimeProvider? time, KubernetesConnectionOptions? options) =>
        new(await FakeApiServer.StartAsync(), seed, time, options);

    /// <summary>A second connection to the same server, as another process would have.</summary>
    internal KubernetesConnection Connect(int seed, TimeProvider? time) =>
        new(
            Server.ConfigurationOf($"client-{seed}"),
            new(time ?? TimeProvider.System, new Random(seed), Metrics.NewCustomRegistry()));

    internal JsonObject Put(string name, int size = 1, string space = "default") =>
        Server.Store.Get("widgets", space, name) is null
            ? Server.Store.Create("widgets", space, KubernetesSerializer.ToNode(Widget.Make(name, size, space)))
            : Server.Store.Change("widgets", space, name, w =>
            {
                w["spec"]!["size"] = size;
                return w;
            });

    /// <summary>The value of a metric as <c>/metrics</c> shows it, summed over its labels; 0 when it is not
    /// there.</summary>
    internal async Task<double> MetricAsync(string name)
    {
        using var buffer = new MemoryStream();
        await Registry.CollectAndExportAsTextAsync(buffer, Token);
        return Encoding.UTF8.GetString(buffer.ToArray()).Split('\n')
            .Where(l => l.StartsWith(name + "{", StringComparison.Ordinal)
                || l.StartsWith(name + " ", StringComparison.Ordinal))
            .Sum(l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        Connection.Dispose();
        await Server.DisposeAsync();
    }
}
