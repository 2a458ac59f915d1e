using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Vee.Agent.Security;

/// <summary>
/// Who the agent is and whom it believes, from PEM files that may be replaced while it runs. They are compared by
/// content when a connection is made, at most once a second: replaced links and files are noticed alike.
/// </summary>
internal sealed partial class CertificateFiles
{
    private const long FileBytesMax = 1 << 20;
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly CertificateOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private Loaded current;
    private long lookedAt;

    /// <exception cref="AgentStartException">A file is missing or holds something else.</exception>
    internal CertificateFiles(CertificateOptions options, TimeProvider time, ILogger<CertificateFiles> logger)
    {
        this.options = options;
        this.time = time;
        this.logger = logger;
        try
        {
            current = Load(Read());
            lookedAt = time.GetTimestamp();
        }
        catch (Exception error) when (IsBadFile(error))
        {
            throw new AgentStartException(
                $"The certificates '{options.AuthorityFile}', '{options.CertificateFile}' and '{options.KeyFile}' "
                + $"cannot be used: {error.Message}",
                error);
        }
    }

    /// <summary>What a new connection is made with.</summary>
    internal SslServerAuthenticationOptions ForConnection()
    {
        var loaded = Current();
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = loaded.Identity,
            ClientCertificateRequired = true,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
                IsTrusted(certificate as X509Certificate2, chain, loaded.Authorities, ClientAuthentication),
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            AllowRenegotiation = false,

            // A resumed session would outlive a certificate that has been replaced.
            AllowTlsResume = false,
        };
    }

    /// <summary>What a call to another agent is made with.</summary>
    /// <param name="agent">Its name, which its certificate has to have.</param>
    internal SslClientAuthenticationOptions ForCall(string agent)
    {
        var loaded = Current();
        return new SslClientAuthenticationOptions
        {
            ClientCertificateContext = loaded.Identity,

            // Agents are found by address, and addresses move: role and name in the certificate say who it is.
            RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
                certificate is X509Certificate2 server && CallerRole.Has(server, Protocol.Roles.Agent)
                && CallerRole.NameOf(server) == agent
                && IsTrusted(server, chain, loaded.Authorities, ServerAuthentication),
        };
    }

    private bool IsTrusted(
        X509Certificate2? certificate, X509Chain? presented, X509Certificate2Collection authorities,
        string use)
    {
        // Without the extension a certificate would be good for anything.
        if (certificate?.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is not { } usage
            || !usage.EnhancedKeyUsages.Cast<Oid>().Any(oid => oid.Value == use))
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(use));
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().LocalDateTime;
        foreach (var element in presented?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        return chain.Build(certificate);
    }

    private Loaded Current()
    {
        lock (gate)
        {
            if (time.GetElapsedTime(lookedAt) < LookAgain)
            {
                return current;
            }

            lookedAt = time.GetTimestamp();
            try
            {
                var texts = Read();
                if (texts != current.Texts)
                {
                    current = Load(texts);
                    LogReplaced(logger, current.Identity.TargetCertificate.NotAfter.ToUniversalTime());
                }
            }
            catch (Exception error) when (IsBadFile(error))
            {
                // Half of a replacement: the old ones go on, and the next connection looks again.
                LogUnusable(logger, error);
            }

            return current;
        }
    }

    private Texts Read() => new(
        ReadText(options.AuthorityFile), ReadText(options.CertificateFile), ReadText(options.KeyFile));

    private static string ReadText(string path) =>
        new FileInfo(path).Length <= FileBytesMax
            ? File.ReadAllText(path)
            : throw new InvalidDataException($"'{path}' is larger than {FileBytesMax} bytes");

    private static Loaded Load(Texts texts)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(texts.Authority);
        if (authorities.Count == 0)
        {
            throw new InvalidDataException("the authority's file holds no certificate");
        }

        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(texts.Certificate);
        var identity = X509Certificate2.CreateFromPem(texts.Certificate, texts.Key);
        return new Loaded(texts, SslStreamCertificateContext.Create(identity, chain, offline: true), authorities);
    }

    private static bool IsBadFile(Exception error) =>
        error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;

    [LoggerMessage(30, LogLevel.Information, "The certificates have been replaced; the new one ends on {NotAfter}.")]
    private static partial void LogReplaced(ILogger logger, DateTime notAfter);

    [LoggerMessage(31, LogLevel.Warning, "The new certificates cannot be used; the old ones go on.")]
    private static partial void LogUnusable(ILogger logger, Exception error);

    private sealed record Texts(string Authority, string Certificate, string Key);

    private sealed record Loaded(
        Texts Texts, SslStreamCertificateContext Identity, X509Certificate2Collection Authorities);
}
