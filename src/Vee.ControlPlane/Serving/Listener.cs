using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Vee.ControlPlane.Security;

namespace Vee.ControlPlane.Serving;

/// <summary>
/// Listens on loopback, with TLS and with a bound on everything that a client can make large or slow.
/// </summary>
internal static class Listener
{
    private const int ConnectionsMax = 4096;
    private const int StreamsOfConnectionMax = 1000;
    private const int HeaderBytesMax = 64 << 10;
    private const int HeadersMax = 200;

    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan RateGrace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Builds the application; nothing listens before it is started.</summary>
    internal static WebApplication Build(
        ControlPlaneOptions options, X509Certificate2 authority, TimeProvider time, ILoggerFactory loggerFactory)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.Replace(ServiceDescriptor.Singleton(loggerFactory));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);

        // Whoever starts the server decides when it stops; a signal to the process is not its business.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            Limit(kestrel);
            kestrel.Listen(IPAddress.Loopback, options.Port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(https => Secure(https, authority, time));
            });
        });
        return builder.Build();
    }

    /// <summary>Where a started application listens: host and port.</summary>
    internal static string Address(WebApplication application)
    {
        var addresses = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>();
        return addresses?.Addresses.FirstOrDefault() is { } url ? new Uri(url).Authority : "";
    }

    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = ConnectionsMax;
        limits.MaxRequestBodySize = RequestBody.BytesMax;
        limits.MaxRequestHeadersTotalSize = HeaderBytesMax;
        limits.MaxRequestHeaderCount = HeadersMax;
        limits.RequestHeadersTimeout = HeadersTimeout;
        limits.KeepAliveTimeout = KeepAlive;
        limits.MinRequestBodyDataRate = new(240, RateGrace);
        limits.MinResponseDataRate = new(240, RateGrace);
        limits.Http2.MaxStreamsPerConnection = StreamsOfConnectionMax;
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(30);
    }

    private static void Secure(HttpsConnectionAdapterOptions https, X509Certificate2 authority, TimeProvider time)
    {
        https.ServerCertificate = Certificates.Server(authority, time.GetUtcNow());
        https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
        https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
        https.ClientCertificateValidation = (certificate, _, _) =>
            Certificates.IsTrusted(authority, certificate, time.GetUtcNow());
    }

    /// <summary>A host that starts and stops when it is told to.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
