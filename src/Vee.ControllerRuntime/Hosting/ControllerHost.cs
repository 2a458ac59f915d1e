using System.Net;
using k8s;
using k8s.Models;
using Vee.ControllerRuntime.Clients;
using Vee.ControllerRuntime.Controllers;
using Vee.ControllerRuntime.Events;
using Vee.ControllerRuntime.Informers;
using Vee.ControllerRuntime.Leadership;

namespace Vee.ControllerRuntime.Hosting;

/// <summary>How a program of controllers runs.</summary>
public sealed record ControllerHostOptions
{
    /// <summary>The program, as field manager and as reporter of events: a domain name, such as <c>example.com/op</c>.</summary>
    public required string Name { get; init; }

    /// <summary>This instance, as events name it.</summary>
    public required string Instance { get; init; }

    /// <summary>Null when no other instance can run: this one acts at once.</summary>
    public LeaderElectionOptions? LeaderElection { get; init; }

    /// <summary>How informers list and watch.</summary>
    public InformerOptions Informers { get; init; } = new();

    /// <summary>Where <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c> answer; port 0 picks one; null for nowhere.</summary>
    public IPEndPoint? HealthEndpoint { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>How long visits under way may go on after the stop.</summary>
    /// <value>20 s</value>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(20);
}

/// <summary>Runs controllers: informers, leadership, workers, health, and the way down.</summary>
/// <remarks>
/// Up: informers start, stores fill, leadership is won, workers start. Down: unready, no new visits, the ones under way
/// end (until the deadline), events are flushed, the lease is released.
/// </remarks>
public sealed class ControllerHost
{
    /// <summary>Makes a host that does nothing yet.</summary>
    public ControllerHost(KubernetesConnection connection, ControllerHostOptions options)
    {
        _ = connection;
        _ = options;
    }

    /// <summary>The informers that the controllers share. Ask for indexes before <see cref="RunAsync"/>.</summary>
    public SharedInformers Informers => throw new NotSupportedException();

    /// <summary>Tells people what happened.</summary>
    public IEventRecorder Events => throw new NotSupportedException();

    /// <summary>Every store is filled and the host is not stopping; leadership does not matter.</summary>
    public bool IsReady => throw new NotSupportedException();

    /// <summary>This instance is the one that acts.</summary>
    public bool IsLeader => throw new NotSupportedException();

    /// <summary>Where health is served; null before the start, and when it is served nowhere.</summary>
    public Uri? HealthAddress => throw new NotSupportedException();

    /// <summary>Adds a controller; to be finished by <see cref="ControllerBuilder{TEntity}.Reconcile"/>.</summary>
    /// <param name="name">Unique, lower case: names the controller in metrics and logs.</param>
    public ControllerBuilder<TEntity> AddController<TEntity>(string name)
        where TEntity : class, IKubernetesObject<V1ObjectMeta> => throw new NotSupportedException();

    /// <summary>Adds something that runs only while this instance leads, after the stores are filled.</summary>
    /// <param name="name">For logs.</param>
    /// <param name="run">Runs until its token is cancelled, by stop or loss; ends early only by failing.</param>
    public void AddLeaderTask(string name, Func<CancellationToken, Task> run) => throw new NotSupportedException();

    /// <summary>Runs until stopped.</summary>
    /// <param name="stop">SIGTERM: starts the way down.</param>
    /// <returns>Why it ended; after a lost lease the process should exit and start anew.</returns>
    public Task<HostExit> RunAsync(CancellationToken stop) => throw new NotSupportedException();
}

/// <summary>Why a host ended.</summary>
public enum HostExit
{
    /// <summary>It was asked to, and everything came to its end.</summary>
    Stopped,

    /// <summary>It was asked to, and visits were still under way at the deadline.</summary>
    DrainTimedOut,

    /// <summary>The lease was lost: another instance may act now.</summary>
    LeadershipLost,
}
