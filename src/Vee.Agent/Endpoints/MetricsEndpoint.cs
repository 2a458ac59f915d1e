using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace Vee.Agent.Endpoints;

/// <summary>Whether the agent takes calls.</summary>
internal sealed class Readiness
{
    private volatile bool isReady;

    internal bool IsReady
    {
        get => isReady;
        set => isReady = value;
    }
}

/// <summary>/metrics, /healthz and /readyz, without TLS, for the computer's own scrapers and probes.</summary>
internal static class MetricsEndpoint
{
    private const string TextFormat = "text/plain; version=0.0.4; charset=utf-8";
    private const int ConnectionsMax = 64;

    internal static WebApplication Build(
        int port, CollectorRegistry registry, Readiness readiness, ILoggerFactory logs)
    {
        var builder = Endpoint.NewBuilder(
            port, logs,
            kestrel => kestrel.Limits.MaxConcurrentConnections = ConnectionsMax,
            listen => listen.Protocols = HttpProtocols.Http1);
        var application = builder.Build();
        application.MapGet("/metrics", async context =>
        {
            context.Response.ContentType = TextFormat;
            await registry.CollectAndExportAsTextAsync(context.Response.Body, context.RequestAborted);
        });
        application.MapGet("/healthz", context => context.Response.WriteAsync("ok\n", context.RequestAborted));
        application.MapGet("/readyz", context =>
        {
            context.Response.StatusCode =
                readiness.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            return context.Response.WriteAsync(readiness.IsReady ? "ok\n" : "stopping\n", context.RequestAborted);
        });
        return application;
    }
}
