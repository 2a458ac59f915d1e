using System.Diagnostics;
using System.Globalization;
using System.Net;
using Vee.Cli.Up;
using Xunit;

namespace Vee.Cli.Tests.Faults.Traces;

/// <summary>A collector of OpenTelemetry on 127.0.0.1: OTLP as protobuf over HTTP.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly HttpListener listener = new();
    private readonly Lock guard = new();
    private readonly List<CollectedSpan> spans = [];
    private readonly Task serving;

    internal Collector()
    {
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{new FreePorts().Take(null)}/");
        Environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = url,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        };
        listener.Prefixes.Add(url);
        listener.Start();
        serving = ServeAsync();
    }

    /// <summary>What tells a process to send its spans here.</summary>
    internal IReadOnlyDictionary<string, string> Environment { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Waits until there are so many spans, or for as long as patience lasts.</summary>
    internal async Task<IReadOnlyList<CollectedSpan>> AwaitAsync(int count)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            lock (guard)
            {
                if (spans.Count >= count || watch.Elapsed > ClusterObjects.Patience)
                {
                    return [.. spans];
                }
            }

            await Task.Delay(Pause, TimeProvider.System, Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        listener.Close();
        await serving;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body, CancellationToken.None);
                lock (guard)
                {
                    spans.AddRange(CollectedSpan.Read(body.ToArray()));
                }

                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
