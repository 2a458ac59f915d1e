using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Vee.ControlPlane.Handling;
using Vee.ControlPlane.Kinds;
using Vee.ControlPlane.Security;
using Vee.ControlPlane.Serving;
using Vee.ControlPlane.Storage;
using Vee.ControlPlane.Upkeep;

namespace Vee.ControlPlane;

/// <summary>
/// A Kubernetes-compatible API server in this process, on 127.0.0.1, with its store in a directory. For a laptop and
/// for tests: one server, no controllers but those that deletes need, RBAC stored and not evaluated.
/// </summary>
/// <remarks>What is acknowledged is on disk and survives the death of the process. Thread-safe.</remarks>
public sealed class ControlPlaneServer : IAsyncDisposable
{
    private readonly DataDirectory directory;
    private readonly ObjectStore store;
    private readonly X509Certificate2 authority;
    private readonly bool ownsAuthority;
    private readonly WebApplication application;
    private readonly CancellationTokenSource stopping;
    private readonly Task caretaking;
    private readonly TimeProvider time;
    private int isDisposed;

    private ControlPlaneServer(Started parts, WebApplication application, Task caretaking, TimeProvider time)
    {
        directory = parts.Directory;
        store = parts.Store;
        authority = parts.Authority;
        ownsAuthority = parts.OwnsAuthority;
        stopping = parts.Stopping;
        AdminToken = parts.AdminToken;
        this.application = application;
        this.caretaking = caretaking;
        this.time = time;
        var addresses = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        Url = new Uri(addresses.Addresses.First());
    }

    /// <summary>Where it listens, for example <c>https://127.0.0.1:40123</c>.</summary>
    public Uri Url { get; }

    /// <summary>The certificate that signs the server's, in PEM: what clients trust.</summary>
    public string CertificateAuthorityPem => authority.ExportCertificatePem();

    /// <summary>The token of the user <c>admin</c>, who may do everything.</summary>
    public string AdminToken { get; }

    /// <summary>The version of the newest write.</summary>
    public long Revision => store.Revision;

    /// <summary>Opens or makes the store, and serves until disposed.</summary>
    /// <param name="options">Where and how.</param>
    /// <param name="time">The clock of timestamps, ages and timeouts.</param>
    /// <param name="loggerFactory">Where failures are told.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <exception cref="StoreException">
    /// Another server has the directory, or what is in it cannot be read; it is left as it is.
    /// </exception>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<ControlPlaneServer> StartAsync(
        ControlPlaneOptions options, TimeProvider time, ILoggerFactory loggerFactory,
        CancellationToken cancellationToken)
    {
        var parts = new Started();
        WebApplication? listener = null;
        try
        {
            var observed = parts.Open(options, time);
            var cluster = parts.MakeCluster(options, time);
            await Bootstrap.RunAsync(cluster, cancellationToken);
            var caretaker = MakeCaretaker(cluster, observed, options, loggerFactory);
            listener = Listener.Build(options, parts.Authority, time, loggerFactory);
            listener.Run(MakePipeline(cluster, parts, options, listener, loggerFactory).RunAsync);
            await listener.StartAsync(cancellationToken);
            var care = Task.Run(() => caretaker.RunAsync(parts.Stopping.Token), CancellationToken.None);
            return new(parts, listener, care, time);
        }
        catch
        {
            if (listener is not null)
            {
                await listener.DisposeAsync();
            }

            parts.Dispose();
            throw;
        }
    }

    /// <summary>Writes a kubeconfig for the administrator, readable by its owner only.</summary>
    /// <param name="path">The file; replaced as a whole.</param>
    /// <param name="context">The name of its cluster, user and context.</param>
    /// <exception cref="StoreException">The file cannot be written.</exception>
    public void WriteKubeconfig(string path, string context = "vee") => PrivateFile.Write(
        Path.GetFullPath(path), Kubeconfig.Text(Url, CertificateAuthorityPem, AdminToken, context));

    /// <summary>Makes a certificate and key by which a client is known, valid for a year.</summary>
    /// <param name="user">The user's name.</param>
    /// <param name="groups">Groups of the user.</param>
    /// <returns>With its private key; the caller disposes it.</returns>
    public X509Certificate2 IssueClientCertificate(string user, params IReadOnlyList<string> groups) =>
        Certificates.Client(authority, user, groups, time.GetUtcNow());

    /// <summary>Ends watches, finishes what is under way, closes the store.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref isDisposed, 1) != 0)
        {
            return;
        }

        await stopping.CancelAsync();
        await application.StopAsync(CancellationToken.None);
        await application.DisposeAsync();
        await caretaking;
        store.Dispose();
        stopping.Dispose();
        directory.Dispose();
        if (ownsAuthority)
        {
            authority.Dispose();
        }
    }

    private static Caretaker MakeCaretaker(
        Cluster cluster, Observed observed, ControlPlaneOptions options, ILoggerFactory loggerFactory)
    {
        var updater = new ObjectUpdater(cluster);
        var deleter = new ObjectDeleter(cluster);
        return new(
            cluster, observed.Work, new(cluster, observed.Owners, updater, deleter),
            new(cluster, updater, deleter, new(cluster, updater), options.NamespaceGrace),
            new(cluster, options.EventLife),
            loggerFactory.CreateLogger<Caretaker>());
    }

    private static RequestPipeline MakePipeline(
        Cluster cluster, Started parts, ControlPlaneOptions options, WebApplication listener,
        ILoggerFactory loggerFactory)
    {
        var authenticator = new Authenticator(parts.AdminToken, options.Users);
        var authorizer = new Authorizer(options.Authorize);
        var reviews = new Reviews(cluster, authenticator, authorizer);
        return new(
            authenticator, authorizer, new(cluster, reviews, parts.Stopping.Token),
            new(cluster.Catalog, () => Listener.Address(listener)), new(new(cluster.Catalog)),
            loggerFactory.CreateLogger<RequestPipeline>());
    }

    private readonly record struct Observed(OwnerIndex Owners, WorkList Work);

    /// <summary>What has been opened so far, so that a start that fails leaves nothing open.</summary>
    private sealed class Started : IDisposable
    {
        private readonly ResourceCatalog catalog = new();

        internal DataDirectory Directory { get; private set; } = null!;

        internal ObjectStore Store { get; private set; } = null!;

        internal X509Certificate2 Authority { get; private set; } = null!;

        internal bool OwnsAuthority { get; private set; }

        internal string AdminToken { get; private set; } = "";

        internal CancellationTokenSource Stopping { get; } = new();

        internal Observed Open(ControlPlaneOptions options, TimeProvider time)
        {
            Directory = DataDirectory.Take(options.DataDirectory);
            var observed = new Observed(new OwnerIndex(), new WorkList());
            var observer = new ChangeObserver(catalog, observed.Owners, observed.Work);
            Store = ObjectStore.Open(
                Directory.File("store.db"), options.StoreBytesMax, options.ChangesMax, observer.Observe);
            Store.Snapshot(reader =>
            {
                foreach (var stored in reader.Everything())
                {
                    observer.Start(stored);
                }

                return true;
            });
            OwnsAuthority = options.CertificateAuthority is null;
            Authority = options.CertificateAuthority ?? Certificates.Authority(Directory, time.GetUtcNow());
            AdminToken = options.AdminToken ?? PrivateFile.AdminToken(Directory);
            return observed;
        }

        internal Cluster MakeCluster(ControlPlaneOptions options, TimeProvider time)
        {
            // The version is part of the seed, so that a second start does not give out the uids of the first.
            var seed = options.Seed is { } given
                ? HashSeed(given, Store.Revision)
                : RandomNumberGenerator.GetInt32(int.MaxValue);
            return new(Store, catalog, new(catalog, time), new(new Random(seed)), time);
        }

        public void Dispose()
        {
            Stopping.Dispose();
            Store?.Dispose();
            Directory?.Dispose();
            if (OwnsAuthority)
            {
                Authority?.Dispose();
            }
        }

        private static int HashSeed(int seed, long revision) => unchecked((int)(seed * 31 + revision * 2654435761));
    }
}
