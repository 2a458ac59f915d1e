using k8s;
using k8s.Models;
using Vee.ControllerRuntime.Clients;
using Vee.ControllerRuntime.Informers;
using Vee.ControllerRuntime.Queues;

namespace Vee.ControllerRuntime.Controllers;

/// <summary>Says what a controller watches and how it works. Made by <c>ControllerHost.AddController</c>.</summary>
public sealed class ControllerBuilder<TEntity>
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    private const int WorkersLimit = 64;

    private readonly string name;
    private readonly KubernetesConnection connection;
    private readonly SharedInformers informers;
    private readonly List<IEventSource> sources = [];
    private readonly List<Func<CancellationToken, IAsyncEnumerable<ObjectKey>>> keySources = [];
    private readonly List<NamedFinalizer<TEntity>> finalizers = [];
    private readonly List<Func<string, bool>> childrenFresh = [];
    private SharedInformer<TEntity>? primary;
    private int workersMax = 1;
    private TimeSpan timeout = TimeSpan.FromMinutes(1);
    private RateLimitOptions rateLimit = new();

    internal ControllerBuilder(string name, KubernetesConnection connection, SharedInformers informers)
    {
        this.name = name;
        this.connection = connection;
        this.informers = informers;
    }

    /// <summary>The finished plan; null while the builder is still being told.</summary>
    internal ControllerPlan? Plan { get; private set; }

    /// <summary>Which objects, and which of their changes.</summary>
    /// <param name="scope">Everything when null.</param>
    /// <param name="when"><see cref="Changes.Intent{T}"/> when null.</param>
    /// <exception cref="InvalidOperationException">Said twice.</exception>
    public ControllerBuilder<TEntity> For(
        ResourceScope? scope = null, Func<InformerEvent<TEntity>, bool>? when = null)
    {
        if (primary is not null)
        {
            throw new InvalidOperationException($"{name}: a controller is for one type in one scope");
        }

        primary = informers.Find<TEntity>(scope);
        sources.Add(new EventSource<TEntity>(primary, when ?? Changes.Intent, e => [e.Metadata.Key]));
        return this;
    }

    /// <summary>A change of a child visits the object that its controller owner reference names.</summary>
    /// <param name="scope">Everything when null.</param>
    /// <param name="when"><see cref="Changes.Any{T}"/> when null.</param>
    /// <remarks>A parent is not visited while the store of its children is older than this process's own writes to
    /// them.</remarks>
    public ControllerBuilder<TEntity> Owns<TChild>(
        ResourceScope? scope = null, Func<InformerEvent<TChild>, bool>? when = null)
        where TChild : class, IKubernetesObject<V1ObjectMeta>
    {
        var parent = connection.Resource<TEntity>().Definition;
        var children = informers.Find<TChild>(scope);
        sources.Add(new EventSource<TChild>(children, when ?? Changes.Any, c => Owner(c, parent)));
        childrenFresh.Add(children.IsFreshFor);
        return this;
    }

    /// <summary>A change of another object visits the keys that it maps to.</summary>
    /// <param name="map">Pure and quick; asked for the object before and after, so that no one is left behind.</param>
    /// <param name="scope">Everything when null.</param>
    /// <param name="when"><see cref="Changes.Intent{T}"/> when null.</param>
    public ControllerBuilder<TEntity> Watches<T>(
        Func<T, IEnumerable<ObjectKey>> map,
        ResourceScope? scope = null,
        Func<InformerEvent<T>, bool>? when = null)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        sources.Add(new EventSource<T>(informers.Find<T>(scope), when ?? Changes.Intent, map));
        return this;
    }

    /// <summary>Keys from outside Kubernetes, such as what an agent reported.</summary>
    /// <param name="source">Read until the host stops; read again a second after it ends or fails.</param>
    public ControllerBuilder<TEntity> WatchesKeys(Func<CancellationToken, IAsyncEnumerable<ObjectKey>> source)
    {
        keySources.Add(source);
        return this;
    }

    /// <summary>How many keys are visited at once, 1..64.</summary>
    /// <value>1</value>
    public ControllerBuilder<TEntity> MaxConcurrentReconciles(int count)
    {
        workersMax = count is >= 1 and <= WorkersLimit
            ? count
            : throw new ArgumentOutOfRangeException(nameof(count), count, $"1..{WorkersLimit}");
        return this;
    }

    /// <summary>The longest visit; then its token is cancelled and the key retried.</summary>
    /// <value>1 minute</value>
    public ControllerBuilder<TEntity> ReconcileTimeout(TimeSpan limit)
    {
        timeout = limit > TimeSpan.Zero
            ? limit
            : throw new ArgumentOutOfRangeException(nameof(limit), limit, "more than zero");
        return this;
    }

    /// <summary>How long keys that failed wait.</summary>
    public ControllerBuilder<TEntity> RateLimit(RateLimitOptions options)
    {
        rateLimit = options;
        return this;
    }

    /// <summary>Holds deletion until the finalizer is done. Persisted before the first visit of the
    /// controller.</summary>
    /// <param name="finalizerName">A domain and a name, such as <c>example.com/cleanup</c>.</param>
    /// <param name="finalizer">Undoes what the controller did.</param>
    public ControllerBuilder<TEntity> Finalizer(string finalizerName, IEntityFinalizer<TEntity> finalizer)
    {
        if (!finalizerName.Contains('/'))
        {
            throw new ArgumentException("a finalizer is named domain/name", nameof(finalizerName));
        }

        finalizers.Add(new(finalizerName, finalizer));
        return this;
    }

    /// <summary>The controller; the last thing said. One that is an <see cref="IDeletedObserver"/> hears of objects
    /// that are gone.</summary>
    /// <exception cref="InvalidOperationException"><see cref="For"/> was not said.</exception>
    public void Reconcile(IEntityController<TEntity> controller)
    {
        var informer = primary ?? throw new InvalidOperationException($"{name}: say For before Reconcile");
        var client = connection.Resource<TEntity>();
        Finish(freshness => new EntityReconciler<TEntity>(
            client, informer, childrenFresh, finalizers, controller, freshness));
    }

    /// <summary>A reconciler of keys instead: it reads stores itself; finalizers and freshness are its own
    /// affair.</summary>
    public void ReconcileKeys(IKeyReconciler reconciler) => Finish(_ => reconciler);

    private void Finish(Func<Freshness, IKeyReconciler> reconciler) => Plan = new()
    {
        Name = name,
        Sources = sources,
        KeySources = keySources,
        WorkersMax = workersMax,
        Timeout = timeout,
        RateLimit = rateLimit,
        Reconciler = reconciler,
    };

    private static IEnumerable<ObjectKey> Owner<TChild>(TChild child, ResourceDefinition parent)
        where TChild : class, IKubernetesObject<V1ObjectMeta>
    {
        // The version in a reference may be another one than ours: only the group counts.
        var owner = child.Metadata.ControllerOwner;
        var group = owner?.ApiVersion is { } version && version.Contains('/') ? version[..version.IndexOf('/')] : "";
        return owner is not null && owner.Kind == parent.Kind && group == parent.Group
            ? [new(parent.IsNamespaced ? child.Metadata.NamespaceProperty ?? "" : "", owner.Name)]
            : [];
    }
}
