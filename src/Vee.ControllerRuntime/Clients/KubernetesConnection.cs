using System.Collections.Concurrent;
using k8s;
using k8s.Models;

namespace Vee.ControllerRuntime.Clients;

/// <summary>How a process talks to one API server.</summary>
public sealed record KubernetesConnectionOptions
{
    /// <summary>Which types are objects of the whole cluster.</summary>
    public ResourceCatalog Catalog { get; init; } = ResourceCatalog.Default;

    /// <summary>The longest that one request other than a watch may take, retries included.</summary>
    /// <value>30 s</value>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often an idempotent request is sent again after 429, 503 or a lost connection, 0..20.</summary>
    /// <value>5</value>
    public int RetriesMax { get; init => field = value is >= 0 and <= 20
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value, "0..20"); } = 5;

    /// <summary>The largest answer that is read, in bytes; a longer one is an <see cref="IOException"/>.</summary>
    /// <value>64 MiB</value>
    public long ResponseBytesMax { get; init; } = 64 << 20;
}

/// <summary>One authenticated connection to an API server, shared by everything in the process.</summary>
/// <remarks>Thread-safe. Built on the client library's HTTP stack: kubeconfig, tokens, certificates, exec
/// plugins.</remarks>
public sealed class KubernetesConnection : IDisposable
{
    private readonly ConcurrentDictionary<Type, object> clients = new();

    /// <summary>Connects lazily: nothing is sent before the first request.</summary>
    /// <param name="configuration">From <see cref="KubernetesClientConfiguration"/>: kubeconfig or in-cluster.</param>
    /// <param name="services">The surroundings of the process.</param>
    /// <param name="options">Defaults when null.</param>
    public KubernetesConnection(
        KubernetesClientConfiguration configuration,
        RuntimeServices services,
        KubernetesConnectionOptions? options = null)
    {
        Services = services;
        Options = options ?? new KubernetesConnectionOptions();
        Client = new Kubernetes(configuration);
        Transport = new ApiTransport(Client, configuration.TlsServerName, services, Options);
    }

    /// <summary>The surroundings of the process.</summary>
    public RuntimeServices Services { get; }

    /// <summary>The client library's own client, for what this runtime does not wrap (discovery, logs).</summary>
    public Kubernetes Client { get; }

    internal KubernetesConnectionOptions Options { get; }

    internal ApiTransport Transport { get; }

    /// <summary>The client of one type. Every call gives the same object, so that informers hear of writes.</summary>
    /// <exception cref="ArgumentException">The type lacks <see cref="KubernetesEntityAttribute"/>.</exception>
    public ResourceClient<T> Resource<T>()
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        (ResourceClient<T>)clients.GetOrAdd(typeof(T), _ => new ResourceClient<T>(this));

    /// <inheritdoc/>
    public void Dispose() => Client.Dispose();
}
