using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Vee.Cli.Tests.Faults.Traces;

/// <summary>A collector of OpenTelemetry on 127.0.0.1: OTLP as protobuf over HTTP, or over gRPC.</summary>
internal sealed class Collector : IAsyncDisposable
{
    internal const string Http = "http/protobuf";
    internal const string Grpc = "grpc";

    private const string HttpPath = "/v1/traces";
    private const string GrpcPath = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

    // Of a gRPC message: whether it is compressed, and its length.
    private const int PrefixBytes = 5;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly WebApplication application;
    private readonly bool isGrpc;
    private readonly Lock guard = new();
    private readonly List<CollectedSpan> spans = [];

    private Collector(WebApplication application, bool isGrpc) =>
        (this.application, this.isGrpc) = (application, isGrpc);

    /// <summary>What tells a process to send its spans here.</summary>
    internal IReadOnlyDictionary<string, string> Environment { get; private set; } = new Dictionary<string, string>();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="protocol"><see cref="Http"/> or <see cref="Grpc"/>.</param>
    internal static async Task<Collector> StartAsync(string protocol)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0,
            listen => listen.Protocols = protocol == Grpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        var collector = new Collector(builder.Build(), protocol == Grpc);
        collector.application.Run(collector.ServeAsync);
        await collector.application.StartAsync(Token);
        collector.Environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.application.Urls.Single(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        };
        return collector;
    }

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

    public ValueTask DisposeAsync() => application.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        if (context.Request.Path != (isGrpc ? GrpcPath : HttpPath))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        lock (guard)
        {
            spans.AddRange(CollectedSpan.Read(isGrpc ? body.ToArray()[PrefixBytes..] : body.ToArray()));
        }

        if (isGrpc)
        {
            // An answer without fields, and that all is well.
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(new byte[PrefixBytes], context.RequestAborted);
            context.Response.AppendTrailer("grpc-status", "0");
        }
    }
}
