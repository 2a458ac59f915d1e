using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Vee.Cli.Up;

/// <summary>A private certificate authority in files: issues what processes show each other.</summary>
/// <remarks>Elliptic curve P-256. What an owner may do stands in the subject's organisational unit.</remarks>
internal sealed class Authority : IDisposable
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";
    private static readonly TimeSpan AuthorityLife = TimeSpan.FromDays(3650);
    private static readonly TimeSpan CertificateLife = TimeSpan.FromDays(365);
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    private readonly X509Certificate2 root;
    private readonly string directory;
    private readonly TimeProvider time;

    private Authority(X509Certificate2 root, string directory, TimeProvider time)
    {
        this.root = root;
        this.directory = directory;
        this.time = time;
    }

    /// <summary>The authority's certificate.</summary>
    public string File => PathOf("ca", ".crt");

    public string CertificateFile(string name) => PathOf(name, ".crt");

    public string KeyFile(string name) => PathOf(name, ".key");

    /// <summary>Reads the authority of a directory, or makes one.</summary>
    /// <exception cref="UpException">It is there and damaged; it is left as it is.</exception>
    public static Authority Open(string directory, TimeProvider time)
    {
        Directory.CreateDirectory(directory);
        var certificate = Path.Combine(directory, "ca.crt");
        var key = Path.Combine(directory, "ca.key");
        if (System.IO.File.Exists(certificate) && System.IO.File.Exists(key))
        {
            var known = Read(certificate, key);
            if (known.NotAfter.ToUniversalTime() > (time.GetUtcNow() + CertificateLife).UtcDateTime)
            {
                return new Authority(known, directory, time);
            }

            known.Dispose();
        }

        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=vee-authority, O=vee", pair, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var made = request.CreateSelfSigned(time.GetUtcNow() - ClockSkew, time.GetUtcNow() + AuthorityLife);
        WriteKey(key, pair);
        Replace(certificate, made.ExportCertificatePem(), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return new Authority(made, directory, time);
    }

    private static X509Certificate2 Read(string certificate, string key)
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(certificate, key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new UpException(
                $"{certificate} and {key} are damaged or do not belong together ({e.Message}). Delete both: the next "
                + "'vee up' makes new ones, and nothing else is lost.");
        }
    }

    /// <summary>Issues a certificate with a key of its own, for both ends of a connection.</summary>
    /// <param name="name">Common name, and the files' name.</param>
    /// <param name="role">What its owner is: operator, user or agent.</param>
    public void Issue(string name, string role)
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}, OU={role}, O=vee", pair, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            [new Oid(ServerUse), new Oid(ClientUse)], critical: false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, true, false));
        Span<byte> serial = stackalloc byte[16];
        RandomNumberGenerator.Fill(serial);
        serial[0] &= 0x7F;
        using var made = request.Create(
            root, time.GetUtcNow() - ClockSkew, time.GetUtcNow() + CertificateLife, serial);
        WriteKey(KeyFile(name), pair);
        Replace(CertificateFile(name), made.ExportCertificatePem(), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public void Dispose() => root.Dispose();

    private string PathOf(string name, string extension) => Path.Combine(directory, name + extension);

    private static void WriteKey(string path, ECDsa pair) =>
        Replace(path, pair.ExportPkcs8PrivateKeyPem(), UnixFileMode.UserRead | UnixFileMode.UserWrite);

    /// <summary>Whole or not at all, and never readable by others, not even for a moment.</summary>
    private static void Replace(string path, string text, UnixFileMode mode)
    {
        var fresh = path + ".new";
        System.IO.File.Delete(fresh);
        using (var file = new FileStream(fresh, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = mode,
        }))
        using (var writer = new StreamWriter(file))
        {
            writer.Write(text);
            writer.Write('\n');
        }

        System.IO.File.Move(fresh, path, overwrite: true);
    }
}
