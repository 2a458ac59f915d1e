using System.Security.Cryptography.X509Certificates;

namespace Vee.ControlPlane;

/// <summary>How a control plane runs.</summary>
public sealed record ControlPlaneOptions
{
    /// <summary>Where the store, the keys and the lock are; made if missing. One server at a time uses it.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Port on 127.0.0.1, 0..65535.</summary>
    /// <value>0: any free port.</value>
    public int Port
    {
        get;
        init => field = value is >= 0 and <= 65535 ? value : throw new ArgumentOutOfRangeException(nameof(Port));
    }

    /// <summary>Token of the user <c>admin</c> in <c>system:masters</c>.</summary>
    /// <value>Null: the one in the data directory, made at the first start.</value>
    public string? AdminToken { get; init; }

    /// <summary>Users beside the administrator; at most 1000.</summary>
    public IReadOnlyList<ControlPlaneUser> Users
    {
        get;
        init => field = value.Count <= 1000 ? value : throw new ArgumentOutOfRangeException(nameof(Users));
    } = [];

    /// <summary>
    /// Who is not in <c>system:masters</c> may do what this allows. RBAC objects can be stored but are not evaluated.
    /// Must be quick and thread-safe.
    /// </summary>
    /// <value>Nobody may do anything.</value>
    public Func<AccessQuestion, bool> Authorize { get; init; } = static _ => false;

    /// <summary>Signs the server's certificate and those of clients; must have its private key.</summary>
    /// <value>Null: the one in the data directory, made at the first start.</value>
    public X509Certificate2? CertificateAuthority { get; init; }

    /// <summary>What the store may grow to, 1 MiB..1 TiB. Writes beyond are refused with 507.</summary>
    /// <value>1 GiB.</value>
    public long StoreBytesMax
    {
        get;
        init => field = value is >= 1L << 20 and <= 1L << 40
            ? value
            : throw new ArgumentOutOfRangeException(nameof(StoreBytesMax));
    } = 1L << 30;

    /// <summary>
    /// Changes kept for watches that start in the past and for pages of old lists, 16..1,000,000. Who asks for older
    /// ones is answered 410.
    /// </summary>
    /// <value>10,000.</value>
    public int ChangesMax
    {
        get;
        init => field = value is >= 16 and <= 1_000_000
            ? value
            : throw new ArgumentOutOfRangeException(nameof(ChangesMax));
    } = 10_000;

    /// <summary>How long a namespace stays Terminating at least, so that its users can see it, 0..60 s.</summary>
    /// <value>1 s.</value>
    public TimeSpan NamespaceGrace
    {
        get;
        init => field = value >= TimeSpan.Zero && value <= TimeSpan.FromSeconds(60)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(NamespaceGrace));
    } = TimeSpan.FromSeconds(1);

    /// <summary>How long an event is kept after it was last seen, 1 min..30 days, and 5 min more.</summary>
    /// <value>1 h.</value>
    public TimeSpan EventLife
    {
        get;
        init => field = value >= TimeSpan.FromMinutes(1) && value <= TimeSpan.FromDays(30)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(EventLife));
    } = TimeSpan.FromHours(1);

    /// <summary>Seed of uids and generated names, mixed with the version of the store.</summary>
    /// <value>Null: from the system's random numbers.</value>
    public int? Seed { get; init; }
}
