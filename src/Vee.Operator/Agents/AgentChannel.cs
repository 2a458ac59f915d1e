using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;

namespace Vee.Operator.Agents;

/// <summary>Opens connections to agents over mutual TLS.</summary>
public static class AgentChannel
{
    /// <summary>Connecting to an agent may take this long.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Opens a channel; nothing is sent before the first call.</summary>
    /// <param name="address">The agent, as <c>host:port</c>.</param>
    /// <param name="credentials">What is shown, and what is demanded.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="CryptographicException">A file holds no certificate or key.</exception>
    public static GrpcChannel Open(string address, AgentCredentials credentials)
    {
        ArgumentNullException.ThrowIfNull(credentials);
        return Open(address, credentials.Read());
    }

    /// <summary>Opens a channel; nothing is sent before the first call.</summary>
    /// <param name="address">The agent, as <c>host:port</c>.</param>
    /// <param name="credentials">What is shown, and what is demanded.</param>
    /// <exception cref="CryptographicException">A text holds no certificate or key.</exception>
    public static GrpcChannel Open(string address, AgentCredentialsText credentials)
    {
        ArgumentNullException.ThrowIfNull(credentials);
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(credentials.Authority);
        using var fromPem = X509Certificate2.CreateFromPem(credentials.Certificate, credentials.Key);
        // The key of a certificate made from PEM is ephemeral, which not every platform's TLS accepts.
        var own = X509CertificateLoader.LoadPkcs12(fromPem.Export(X509ContentType.Pkcs12), password: null);
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = ConnectTimeout,
            KeepAlivePingDelay = TimeSpan.FromSeconds(5),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(3),
            EnableMultipleHttp2Connections = true,
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = [own],
                CertificateChainPolicy = PolicyOf(authorities),
                RemoteCertificateValidationCallback = (_, certificate, _, errors) => IsAgent(certificate, errors),
            },
        };
        return GrpcChannel.ForAddress($"https://{address}", new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = 4 * 1024 * 1024,
        });
    }

    private static X509ChainPolicy PolicyOf(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    /// <summary>
    /// Agents are found by address, and addresses move: what makes a server an agent is that the authority says so in
    /// the certificate's organisational unit, not the name under which it was reached.
    /// </summary>
    private static bool IsAgent(X509Certificate? certificate, SslPolicyErrors errors) =>
        (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None
        && certificate is X509Certificate2 agent
        && agent.SubjectName.EnumerateRelativeDistinguishedNames()
            .Any(n => n.GetSingleElementType().Value == "2.5.4.11" && n.GetSingleElementValue() == "agent");
}
