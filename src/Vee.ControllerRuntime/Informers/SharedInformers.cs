using System.Threading.Channels;
using k8s;
using k8s.Models;
using Vee.ControllerRuntime.Clients;

namespace Vee.ControllerRuntime.Informers;

/// <summary>How informers list and watch.</summary>
public sealed record InformerOptions
{
    /// <summary>Objects per page of a list.</summary>
    /// <value>500</value>
    public int PageSize { get; init; } = 500;

    /// <summary>How long the server keeps a watch open, stretched by up to as much again by chance.</summary>
    /// <value>300 s</value>
    public TimeSpan WatchTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A watch that says nothing for this long beyond its timeout is cut.</summary>
    /// <value>30 s</value>
    public TimeSpan WatchGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A watch that says nothing, not even a bookmark, for this long is cut and opened again.</summary>
    /// <value>90 s; servers send bookmarks about every minute</value>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>
    /// The same, when a write of this process, or the server's refusal of one, shows that there is something to say.
    /// </summary>
    /// <value>10 s</value>
    public TimeSpan DoubtTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often handlers are shown everything again; stretched by up to a tenth by chance.</summary>
    /// <value>10 hours</value>
    public TimeSpan ResyncPeriod { get; init; } = TimeSpan.FromHours(10);

    /// <summary>The first wait after a failure; doubled each time.</summary>
    /// <value>0.8 s</value>
    public TimeSpan BackoffMin { get; init; } = TimeSpan.FromMilliseconds(800);

    /// <summary>The longest wait after a failure.</summary>
    /// <value>30 s</value>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Without a word from the server for this long an informer is unhealthy.</summary>
    /// <value>10 minutes</value>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The longest event of a watch, in bytes; a longer one cuts the watch and lists again.</summary>
    /// <value>8 MiB: etcd refuses objects of more than 1.5 MiB</value>
    public int EventBytesMax { get; init; } = 8 << 20;
}

/// <summary>The informers of a process: one for each type and scope, however many ask for it.</summary>
public sealed class SharedInformers
{
    private readonly KubernetesConnection connection;
    private readonly InformerOptions options;
    private readonly Lock gate = new();
    private readonly Dictionary<(Type, ResourceScope), IRunningInformer> informers = [];
    private readonly Channel<IRunningInformer> starting = Channel.CreateUnbounded<IRunningInformer>();

    /// <summary>Makes an empty set. Nothing is sent before <see cref="RunAsync"/>.</summary>
    public SharedInformers(KubernetesConnection connection, InformerOptions? options = null)
    {
        this.connection = connection;
        this.options = options ?? new InformerOptions();
    }

    /// <summary>Every informer has synced.</summary>
    public bool HasSynced => All.All(i => i.HasSynced);

    /// <summary>The resources whose informers have not heard of the server for too long.</summary>
    public IReadOnlyList<string> Stale => [.. All.Where(i => !i.IsHealthy).Select(i => i.Name)];

    private IReadOnlyList<IRunningInformer> All
    {
        get
        {
            lock (gate)
            {
                return [.. informers.Values];
            }
        }
    }

    /// <summary>The informer of a type and scope.</summary>
    /// <param name="scope">Everything when null.</param>
    public IInformer<T> Of<T>(ResourceScope? scope = null)
        where T : class, IKubernetesObject<V1ObjectMeta> => Find<T>(scope);

    /// <summary>Lists and watches until cancelled. Informers asked for later join in. Called once.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var running = new List<Task>();
        try
        {
            await foreach (var informer in starting.Reader.ReadAllAsync(cancellation))
            {
                running.Add(informer.RunAsync(cancellation));
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The informers end of the same cause; what else they may have to say comes below.
            await Task.WhenAll(running);
        }
    }

    /// <summary>Completes when every informer asked for so far has synced.</summary>
    public Task WaitForSyncAsync(CancellationToken cancellation) =>
        Task.WhenAll(All.Select(i => i.WaitForSyncAsync(cancellation)));

    internal SharedInformer<T> Find<T>(ResourceScope? scope)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var key = (typeof(T), scope ?? ResourceScope.All);
        lock (gate)
        {
            if (!informers.TryGetValue(key, out var informer))
            {
                informer = new SharedInformer<T>(connection, key.Item2, options);
                informers.Add(key, informer);
                starting.Writer.TryWrite(informer);
            }

            return (SharedInformer<T>)informer;
        }
    }
}
