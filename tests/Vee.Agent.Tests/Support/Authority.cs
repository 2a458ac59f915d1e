using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Vee.Protocol;

namespace Vee.Agent.Tests.Support;

/// <summary>A certificate authority of a test, and what it signs.</summary>
internal sealed class Authority : IDisposable
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2 certificate;

    internal Authority(string name = "test authority")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(2));
    }

    internal string Pem => certificate.ExportCertificatePem();

    internal X509Certificate2Collection Roots => [certificate];

    internal X509Certificate2 Server(string name = "agent") =>
        Sign($"CN={name}", ServerUse, names => names.AddIpAddress(System.Net.IPAddress.Loopback));

    /// <summary>An agent that also calls others.</summary>
    internal X509Certificate2 Agent(string name = "agent") => Sign(
        $"CN={name}, OU={Roles.Agent}", [ServerUse, ClientUse],
        names => names.AddIpAddress(System.Net.IPAddress.Loopback));

    /// <summary>A caller with its role as OU.</summary>
    internal X509Certificate2 Client(string role = Roles.Operator) => Sign($"CN=caller, OU={role}", ClientUse);

    /// <summary>A caller with its role as URI.</summary>
    internal X509Certificate2 ClientByUri(string role) =>
        Sign("CN=caller", ClientUse, names => names.AddUri(new Uri(Roles.UriPrefix + role)));

    internal X509Certificate2 ClientWithoutUse() => Sign($"CN=caller, OU={Roles.Operator}", []);

    internal X509Certificate2 ClientForServersOnly() => Sign($"CN=caller, OU={Roles.Operator}", ServerUse);

    internal X509Certificate2 ExpiredClient() =>
        Sign($"CN=caller, OU={Roles.Operator}", ClientUse, null, DateTimeOffset.UtcNow.AddHours(-1));

    public void Dispose() => certificate.Dispose();

    private X509Certificate2 Sign(
        string subject, string use, Action<SubjectAlternativeNameBuilder>? addNames = null,
        DateTimeOffset? notAfter = null) =>
        Sign(subject, [use], addNames, notAfter);

    private X509Certificate2 Sign(
        string subject, string[] uses, Action<SubjectAlternativeNameBuilder>? addNames = null,
        DateTimeOffset? notAfter = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        if (uses.Length > 0)
        {
            request.CertificateExtensions.Add(
                new X509EnhancedKeyUsageExtension([.. uses.Select(use => new Oid(use))], false));
        }

        if (addNames is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            addNames(names);
            request.CertificateExtensions.Add(names.Build());
        }

        using var signed = request.Create(
            certificate, DateTimeOffset.UtcNow.AddDays(-1), notAfter ?? DateTimeOffset.UtcNow.AddDays(1),
            RandomNumberGenerator.GetBytes(16));
        return signed.CopyWithPrivateKey(key);
    }
}
