using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Vee.ControlPlane.Storage;

namespace Vee.ControlPlane.Security;

/// <summary>The authority in the data directory, and what it signs.</summary>
internal static class Certificates
{
    private const string AuthorityFile = "ca.crt";
    private const string AuthorityKeyFile = "ca.key";
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private static readonly TimeSpan AuthorityLife = TimeSpan.FromDays(3650);
    private static readonly TimeSpan LeafLife = TimeSpan.FromDays(365);
    private static readonly TimeSpan ClockSkew = TimeSpan.FromHours(1);

    /// <summary>The authority of a data directory; made where there is none, or it is about to expire.</summary>
    /// <exception cref="StoreException">The files are there and cannot be read.</exception>
    internal static X509Certificate2 Authority(DataDirectory directory, DateTimeOffset now)
    {
        var (file, keyFile) = (directory.File(AuthorityFile), directory.File(AuthorityKeyFile));
        if (File.Exists(file) && File.Exists(keyFile))
        {
            try
            {
                var kept = X509Certificate2.CreateFromPemFile(file, keyFile);
                if (kept.NotAfter.ToUniversalTime() > (now + LeafLife).UtcDateTime)
                {
                    return kept;
                }

                kept.Dispose();
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException)
            {
                throw new StoreException(
                    StoreFault.Unreadable,
                    $"{file} and {keyFile} are damaged or do not belong together: delete both to make new ones", e);
            }
        }

        var made = MakeAuthority(now);
        PrivateFile.Write(keyFile, made.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        PrivateFile.Write(file, made.ExportCertificatePem());
        return made;
    }

    /// <summary>A certificate for a server on this machine.</summary>
    internal static X509Certificate2 Server(X509Certificate2 authority, DateTimeOffset now)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddDnsName("kubernetes");
        names.AddDnsName("kubernetes.default.svc");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        return Leaf(authority, new X500DistinguishedName("CN=vee-control-plane"), ServerUse, names, now);
    }

    /// <summary>A certificate that says who a client is.</summary>
    /// <param name="authority">Signs it.</param>
    /// <param name="name">The user.</param>
    /// <param name="groups">Groups of the user.</param>
    /// <param name="now">When it begins to count.</param>
    internal static X509Certificate2 Client(
        X509Certificate2 authority, string name, IReadOnlyList<string> groups, DateTimeOffset now)
    {
        var subject = new X500DistinguishedNameBuilder();
        foreach (var group in groups)
        {
            subject.AddOrganizationName(group);
        }

        subject.AddCommonName(name);
        return Leaf(authority, subject.Build(), ClientUse, null, now);
    }

    /// <summary>Whether the authority signed a client's certificate, which must count now.</summary>
    internal static bool IsTrusted(X509Certificate2 authority, X509Certificate2 client, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new(ClientUse));
        return chain.Build(client);
    }

    private static X509Certificate2 MakeAuthority(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=vee-control-plane-ca", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign | X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(now - ClockSkew, now + AuthorityLife);
    }

    private static X509Certificate2 Leaf(
        X509Certificate2 authority, X500DistinguishedName subject, string use, SubjectAlternativeNameBuilder? names,
        DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new(use)], false));
        if (names is not null)
        {
            request.CertificateExtensions.Add(names.Build());
        }

        var from = Later(now - ClockSkew, new DateTimeOffset(authority.NotBefore));
        var until = Earlier(now + LeafLife, new DateTimeOffset(authority.NotAfter));
        using var signed = request.Create(
            authority.SubjectName, Signer(authority), from, until, RandomNumberGenerator.GetBytes(16));
        using var whole = signed.CopyWithPrivateKey(key);

        // Read back from bytes, because some platforms do not serve with a key that lives in memory only.
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
    }

    private static X509SignatureGenerator Signer(X509Certificate2 authority)
    {
        if (authority.GetECDsaPrivateKey() is { } elliptic)
        {
            return X509SignatureGenerator.CreateForECDsa(elliptic);
        }

        return authority.GetRSAPrivateKey() is { } rsa
            ? X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1)
            : throw new ArgumentException("the authority needs its private key", nameof(authority));
    }

    private static DateTimeOffset Later(DateTimeOffset left, DateTimeOffset right) => left > right ? left : right;

    private static DateTimeOffset Earlier(DateTimeOffset left, DateTimeOffset right) => left < right ? left : right;
}
