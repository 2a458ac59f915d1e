using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Vee.Agent.Security;
using Vee.Agent.Services;

namespace Vee.Agent.Endpoints;

/// <summary>gRPC over HTTP/2 with mutual TLS.</summary>
internal static class CallsEndpoint
{
    private const int MessageBytesMax = 4 << 20;
    private const int ConnectionsMax = 1024;
    private const int StreamsMax = 1024;

    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);

    internal static WebApplication Build(
        int port, CertificateFiles certificates, ILoggerFactory logs, Action<IServiceCollection> add)
    {
        var builder = Endpoint.NewBuilder(port, logs, Limit, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                HandshakeTimeout = HandshakeTimeout,
                OnConnection = _ => ValueTask.FromResult(certificates.ForConnection()),
            });
        });
        add(builder.Services);
        builder.Services.AddSingleton<AgentService>();
        builder.Services.AddSingleton<CallGuard>();
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = MessageBytesMax;
            grpc.MaxSendMessageSize = null;
            grpc.Interceptors.Add<CallGuard>();
        });
        var application = builder.Build();
        application.MapGrpcService<AgentService>();
        return application;
    }

    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
        kestrel.Limits.Http2.MaxStreamsPerConnection = StreamsMax;

        // A peer that has vanished is noticed by pings. Rates would end consoles on which nobody types.
        kestrel.Limits.Http2.KeepAlivePingDelay = KeepAlive;
        kestrel.Limits.Http2.KeepAlivePingTimeout = KeepAlive;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
    }
}
