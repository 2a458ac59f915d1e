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
    /// <value>3 minutes; servers send bookmarks about every minute</value>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromMinutes(3);

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
    /// <summary>Makes an empty set. Informers start when asked for after, or all together with <see cref="RunAsync"/>.</summary>
    public SharedInformers(KubernetesConnection connection, InformerOptions? options = null)
    {
        _ = connection;
        _ = options;
    }

    /// <summary>Every informer has synced.</summary>
    public bool HasSynced => throw new NotSupportedException();

    /// <summary>The informer of a type and scope.</summary>
    /// <param name="scope">Everything when null.</param>
    public IInformer<T> Of<T>(ResourceScope? scope = null)
        where T : class, IKubernetesObject<V1ObjectMeta> => throw new NotSupportedException();

    /// <summary>Lists and watches until cancelled. Informers asked for later join in.</summary>
    public Task RunAsync(CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>Completes when every informer asked for so far has synced.</summary>
    public Task WaitForSyncAsync(CancellationToken cancellation) => throw new NotSupportedException();
}
