using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;

namespace Vee.Agent.Tests.Support;

/// <summary>A running agent with its own directory and authority, and callers of it.</summary>
internal sealed class TestAgent : IAsyncDisposable
{
    private readonly List<IDisposable> owned = [];

    private TestAgent(AgentServer server, AgentOptions options, Authority authority, ScratchDirectory scratch)
    {
        Server = server;
        Options = options;
        Authority = authority;
        Scratch = scratch;
        Operator = Call(authority.Client());
    }

    internal AgentServer Server { get; }

    internal AgentOptions Options { get; }

    internal Authority Authority { get; }

    internal ScratchDirectory Scratch { get; }

    /// <summary>A caller who may do everything.</summary>
    internal Protocol.Agent.AgentClient Operator { get; }

    internal static CancellationToken Token => Xunit.TestContext.Current.CancellationToken;

    internal static async Task<TestAgent> StartAsync(
        Func<AgentOptions, AgentOptions>? change = null)
    {
        var scratch = new ScratchDirectory();
        var authority = new Authority();
        WriteCertificates(scratch, authority);
        var options = OptionsIn(scratch.Root);
        options = change?.Invoke(options) ?? options;
        var server = await StartServerAsync(options);
        return new TestAgent(server, options, authority, scratch);
    }

    internal static AgentOptions OptionsIn(string root, string name = "test-agent") => new()
    {
        Name = name,
        DataDirectory = Path.Combine(root, "data"),
        MemoryBytesMax = 8L << 30,
        CoreCount = 2,
        Version = "test",
        StopGracePeriod = TimeSpan.FromMilliseconds(200),
        Certificates = new CertificateOptions
        {
            AuthorityFile = Path.Combine(root, "ca.pem"),
            CertificateFile = Path.Combine(root, "agent.pem"),
            KeyFile = Path.Combine(root, "agent.key"),
        },
    };

    internal static void WriteCertificates(ScratchDirectory scratch, Authority authority, string name = "agent")
    {
        using var certificate = authority.Agent(name);
        File.WriteAllText(scratch.PathOf("ca.pem"), authority.Pem);
        File.WriteAllText(scratch.PathOf("agent.pem"), certificate.ExportCertificatePem());
        using var key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(scratch.PathOf("agent.key"), key.ExportPkcs8PrivateKeyPem());
    }

    internal static async Task<AgentServer> StartServerAsync(AgentOptions options)
    {
        using var random = RandomNumberGenerator.Create();
        return await AgentServer.StartAsync(
            options, random, Metrics.NewCustomRegistry(), TimeProvider.System, NullLoggerFactory.Instance,
            Token);
    }

    /// <summary>A caller with a certificate, over a connection of its own.</summary>
    internal Protocol.Agent.AgentClient Call(X509Certificate2? certificate) => new(Open(certificate));

    internal GrpcChannel Open(X509Certificate2? certificate) => Own(Open(Server.Address, certificate, Authority));

    internal static GrpcChannel Open(string address, X509Certificate2? certificate, Authority authority)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(authority.Roots);
        if (certificate is not null)
        {
            handler.SslOptions.ClientCertificates = [certificate];
        }

        return GrpcChannel.ForAddress(
            $"https://{address}",
            new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true, MaxReceiveMessageSize = null });
    }

    public async ValueTask DisposeAsync()
    {
        owned.ForEach(channel => channel.Dispose());
        await Server.DisposeAsync();
        Authority.Dispose();
        Scratch.Dispose();
    }

    private T Own<T>(T disposable)
        where T : IDisposable
    {
        owned.Add(disposable);
        return disposable;
    }
}
