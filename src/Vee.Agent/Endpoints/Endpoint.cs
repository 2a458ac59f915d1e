using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Vee.Agent.Endpoints;

/// <summary>A server on one port of 127.0.0.1. Nothing of it comes from the environment or from files.</summary>
internal static class Endpoint
{
    internal static WebApplicationBuilder NewBuilder(
        int port, ILoggerFactory logs, Action<KestrelServerOptions> limit, Action<ListenOptions> listen)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton<IHostLifetime, OwnedLifetime>();
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            limit(kestrel);
            kestrel.Listen(IPAddress.Loopback, port, listen);
        });
        return builder;
    }

    /// <summary>Where a started server listens, as host:port.</summary>
    internal static string AddressOf(WebApplication application)
    {
        var addresses = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>();
        return new Uri(addresses!.Addresses.First()).Authority;
    }

    /// <summary>Whoever started the agent ends it; the process's signals are theirs.</summary>
    private sealed class OwnedLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
