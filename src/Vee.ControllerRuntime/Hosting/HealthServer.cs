using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Prometheus;

namespace Vee.ControllerRuntime.Hosting;

/// <summary>Answers <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c> over HTTP.</summary>
internal sealed class HealthServer : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);

    private readonly WebApplication app;

    private HealthServer(WebApplication app, Uri address)
    {
        this.app = app;
        Address = address;
    }

    internal Uri Address { get; }

    /// <param name="endpoint">Port 0 picks a free one.</param>
    /// <param name="problems">What is wrong; nothing when alive.</param>
    /// <param name="isReady">Whether traffic may come.</param>
    /// <param name="registry">What <c>/metrics</c> shows.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    internal static async Task<HealthServer> StartAsync(
        IPEndPoint endpoint,
        Func<IReadOnlyList<string>> problems,
        Func<bool> isReady,
        CollectorRegistry registry,
        CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = 64;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Listen(endpoint);
        });
        var server = builder.Build();
        server.Run(context => AnswerAsync(context, problems, isReady, registry));
        await server.StartAsync(cancellation);
        var addresses = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>();
        return new(server, new Uri(addresses!.Addresses.First()));
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(StopTimeout, TimeProvider.System);
        await app.StopAsync(limit.Token);
        await app.DisposeAsync();
    }

    private static Task AnswerAsync(
        HttpContext context, Func<IReadOnlyList<string>> problems, Func<bool> isReady, CollectorRegistry registry)
    {
        switch (context.Request.Path.Value)
        {
            case "/healthz":
                var wrong = problems();
                return TextAsync(context, wrong.Count == 0, wrong.Count == 0 ? "ok" : string.Join('\n', wrong));
            case "/readyz":
                return isReady() ? TextAsync(context, true, "ok") : TextAsync(context, false, "not ready");
            case "/metrics":
                return MetricsAsync(context, registry);
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
        }
    }

    private static Task TextAsync(HttpContext context, bool isGood, string text)
    {
        context.Response.StatusCode = isGood ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text + "\n", context.RequestAborted);
    }

    private static async Task MetricsAsync(HttpContext context, CollectorRegistry registry)
    {
        using var buffer = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(buffer, context.RequestAborted);
        context.Response.ContentType = PrometheusConstants.TextContentTypeWithVersionAndEncoding;
        var text = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        await context.Response.Body.WriteAsync(text, context.RequestAborted);
    }
}
