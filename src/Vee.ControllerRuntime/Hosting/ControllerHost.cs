using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Vee.ControllerRuntime.Clients;
using Vee.ControllerRuntime.Controllers;
using Vee.ControllerRuntime.Events;
using Vee.ControllerRuntime.Informers;
using Vee.ControllerRuntime.Leadership;

namespace Vee.ControllerRuntime.Hosting;

/// <summary>Runs controllers: informers, leadership, workers, health, and the way down.</summary>
/// <remarks>
/// Up: informers start, stores fill, leadership is won, workers start. Down: unready, no new visits, the ones under way
/// end (until the deadline), the lease is released, events are flushed.
/// </remarks>
public sealed class ControllerHost
{
    private readonly KubernetesConnection connection;
    private readonly ControllerHostOptions options;
    private readonly RuntimeServices services;
    private readonly ILogger log;
    private readonly EventRecorder recorder;
    private readonly List<(string Name, Func<ControllerPlan?> Plan)> controllers = [];
    private readonly List<(string Name, Func<CancellationToken, Task> Run)> leaderTasks = [];
    private volatile bool isStopping;
    private volatile bool isLeader;
    private volatile bool hasDied;

    /// <summary>Makes a host that does nothing yet.</summary>
    public ControllerHost(KubernetesConnection connection, ControllerHostOptions options)
    {
        this.connection = connection;
        this.options = options;
        services = connection.Services;
        log = services.Logs.CreateLogger<ControllerHost>();
        Informers = new SharedInformers(connection, options.Informers);
        recorder = new EventRecorder(connection, options.Name, options.Instance);
    }

    /// <summary>The informers that the controllers share. Ask for indexes before <see cref="RunAsync"/>.</summary>
    public SharedInformers Informers { get; }

    /// <summary>Tells people what happened.</summary>
    public IEventRecorder Events => recorder;

    /// <summary>Every store is filled and the host is not stopping; leadership does not matter.</summary>
    public bool IsReady => !isStopping && Informers.HasSynced;

    /// <summary>This instance is the one that acts.</summary>
    public bool IsLeader => isLeader;

    /// <summary>Where health is served; null before the start, and when it is served nowhere.</summary>
    public Uri? HealthAddress { get; private set; }

    /// <summary>Adds a controller; to be finished by <see cref="ControllerBuilder{TEntity}.Reconcile"/>.</summary>
    /// <param name="name">Unique, lower case: names the controller in metrics and logs.</param>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public ControllerBuilder<TEntity> AddController<TEntity>(string name)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        if (controllers.Any(c => c.Name == name))
        {
            throw new ArgumentException($"there is a controller '{name}' already", nameof(name));
        }

        var builder = new ControllerBuilder<TEntity>(name, connection, Informers);
        controllers.Add((name, () => builder.Plan));
        return builder;
    }

    /// <summary>Adds something that runs only while this instance leads, after the stores are filled.</summary>
    /// <param name="name">For logs.</param>
    /// <param name="run">Runs until its token is cancelled, by stop or loss. What it throws is logged, and it is
    /// started
    /// again after a second.</param>
    public void AddLeaderTask(string name, Func<CancellationToken, Task> run) => leaderTasks.Add((name, run));

    /// <summary>Runs until stopped. To be called once.</summary>
    /// <param name="stop">SIGTERM: starts the way down.</param>
    /// <returns>Why it ended; after a lost lease the process should exit and start anew.</returns>
    /// <exception cref="InvalidOperationException">A controller was not finished, or one of the runtime's loops died.
    /// </exception>
    public async Task<HostExit> RunAsync(CancellationToken stop)
    {
        var plans = controllers.Select(c => c.Plan()
            ?? throw new InvalidOperationException($"{c.Name}: say Reconcile at the end")).ToList();
        using var ending = new CancellationTokenSource();
        using var flushed = new CancellationTokenSource();
        await using var health = await StartHealthAsync(stop);
        var informing = Informers.RunAsync(ending.Token);
        var recording = recorder.RunAsync(flushed.Token);
        try
        {
            await Informers.WaitForSyncAsync(stop);
            log.Synced(options.Name);
            await using var term = await LeadAsync(stop);
            return await ActAsync(plans, term, informing, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return HostExit.Stopped;
        }
        finally
        {
            isStopping = true;
            recorder.Complete();
            flushed.CancelAfter(options.FlushTimeout);
            await recording.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ending.CancelAsync();
            await informing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<LeaderTerm?> LeadAsync(CancellationToken stop) =>
        options.LeaderElection is { } election
            ? await new LeaderElector(connection, election).AcquireAsync(stop)
            : null;

    private async Task<HostExit> ActAsync(
        IReadOnlyList<ControllerPlan> plans, LeaderTerm? term, Task informing, CancellationToken stop)
    {
        var lost = term?.Lost ?? CancellationToken.None;
        using var leading = CancellationTokenSource.CreateLinkedTokenSource(stop, lost);
        using var visits = CancellationTokenSource.CreateLinkedTokenSource(lost);
        var running = plans.Select(p => RunningPlan.Start(p, services, visits.Token)).ToList();
        try
        {
            Measure(running);
            isLeader = true;
            log.Working(options.Name, running.Count);
            var work = Task.WhenAll(running.Select(r => r.Completion));
            var tasks = Task.WhenAll(leaderTasks.Select(t => RunLeaderTaskAsync(t.Name, t.Run, leading.Token)));
            await WaitAsync([informing, .. running.Select(r => r.Completion)], leading.Token);
            hasDied = !leading.IsCancellationRequested;
            isStopping = true;
            isLeader = !lost.IsCancellationRequested;
            await leading.CancelAsync();
            running.ForEach(r => r.StopIntake());
            var (isDrained, isOver) = await DrainAsync(Task.WhenAll(work, tasks), visits, lost.IsCancellationRequested);
            isLeader = false;
            var exit = lost.IsCancellationRequested ? HostExit.LeadershipLost
                : isDrained ? HostExit.Stopped
                : HostExit.DrainTimedOut;
            if (term is not null && isOver)
            {
                await term.ReleaseAsync();
            }

            if (hasDied)
            {
                log.LoopDied(options.Name);
                await Task.WhenAll([work, .. informing.IsCompleted ? [informing] : Array.Empty<Task>()]);
                throw new InvalidOperationException("a loop of the runtime has ended by itself");
            }

            return exit;
        }
        finally
        {
            running.ForEach(r => r.Dispose());
        }
    }

    /// <summary>Returns when cancelled, or when a loop that should not end has ended.</summary>
    private static async Task WaitAsync(IEnumerable<Task> loops, CancellationToken cancellation)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellation.Register(() => cancelled.TrySetResult());
        await Task.WhenAny([cancelled.Task, .. loops]);
    }

    /// <summary>Lets visits end, then cancels them, then gives up on them.</summary>
    /// <returns>Whether they ended by themselves, and whether they ended at all.</returns>
    private async Task<(bool IsDrained, bool IsOver)> DrainAsync(
        Task work, CancellationTokenSource visits, bool isLost)
    {
        log.Draining(options.Name);
        if (!isLost && await EndsWithinAsync(work, options.DrainTimeout))
        {
            return (true, true);
        }

        await visits.CancelAsync();
        var isOver = await EndsWithinAsync(work, options.CancelTimeout);
        if (!isLost || !isOver)
        {
            log.DrainTimedOut(options.Name, options.DrainTimeout);
        }

        return (false, isOver);
    }

    private async Task<bool> EndsWithinAsync(Task work, TimeSpan limit)
    {
        await Task.WhenAny(work, Task.Delay(limit, services.Time, CancellationToken.None));
        return work.IsCompleted;
    }

    private async Task RunLeaderTaskAsync(
        string name, Func<CancellationToken, Task> run, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await run(cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                log.TaskFailed(options.Name, name, exception);
            }

            await Task.Delay(TimeSpan.FromSeconds(1), services.Time, cancellation)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Measure(IReadOnlyList<RunningPlan> running) =>
        services.Registry.AddBeforeCollectCallback(() =>
        {
            foreach (var plan in running)
            {
                plan.Queue.Measure();
            }
        });

    private async Task<HealthServer?> StartHealthAsync(CancellationToken stop)
    {
        if (options.HealthEndpoint is not { } endpoint)
        {
            return null;
        }

        var server = await HealthServer.StartAsync(endpoint, Problems, () => IsReady, services.Registry, stop);
        HealthAddress = server.Address;
        log.HealthServed(options.Name, server.Address);
        options.HealthServed?.Invoke(server.Address);
        return server;
    }

    private IReadOnlyList<string> Problems() =>
    [
        .. Informers.Stale.Select(r => $"the watch of {r} has heard nothing for too long"),
        .. hasDied ? ["a loop of the runtime has ended"] : Array.Empty<string>(),
    ];
}
