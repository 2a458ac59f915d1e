using Microsoft.Extensions.Logging;
using Vee.ControllerRuntime.Queues;

namespace Vee.ControllerRuntime.Controllers;

/// <summary>A finished description of a controller, ready to run.</summary>
internal sealed record ControllerPlan
{
    internal required string Name { get; init; }

    internal required IReadOnlyList<IEventSource> Sources { get; init; }

    internal required IReadOnlyList<Func<CancellationToken, IAsyncEnumerable<ObjectKey>>> KeySources { get; init; }

    internal required int WorkersMax { get; init; }

    internal required TimeSpan Timeout { get; init; }

    internal required RateLimitOptions RateLimit { get; init; }

    /// <summary>Makes the reconciler once the queue that it may add to exists.</summary>
    internal required Func<Freshness, IKeyReconciler> Reconciler { get; init; }
}

/// <summary>A controller at work: from <see cref="Start"/> to the end of its last visit.</summary>
internal sealed class RunningPlan : IDisposable
{
    private static readonly TimeSpan SourcePause = TimeSpan.FromSeconds(1);

    private readonly ControllerPlan plan;
    private readonly RuntimeServices services;
    private readonly ILogger log;
    private readonly WorkQueue queue;
    private readonly List<IDisposable> subscriptions = [];
    private readonly CancellationTokenSource intake = new();

    private RunningPlan(ControllerPlan plan, RuntimeServices services)
    {
        this.plan = plan;
        this.services = services;
        log = services.Logs.CreateLogger<ReconcileLoop>();
        queue = new WorkQueue(plan.RateLimit, new QueueMetrics(services.Metrics, plan.Name), services.Time);
    }

    /// <summary>Ends when the queue is stopped and every visit is over.</summary>
    internal Task Completion { get; private set; } = Task.CompletedTask;

    internal WorkQueue Queue => queue;

    /// <summary>Starts a controller whose stores are filled.</summary>
    /// <param name="plan">What to do.</param>
    /// <param name="services">The surroundings.</param>
    /// <param name="cancellation">Cuts visits short.</param>
    internal static RunningPlan Start(ControllerPlan plan, RuntimeServices services, CancellationToken cancellation)
    {
        var running = new RunningPlan(plan, services);
        var freshness = new Freshness(running.queue);
        foreach (var informer in plan.Sources.Select(s => s.Informer).Distinct())
        {
            informer.OnCaughtUp(freshness.Release);
        }

        running.subscriptions.AddRange(plan.Sources.Select(s => s.Start(running.queue)));
        var loop = new ReconcileLoop(
            plan.Name,
            plan.Reconciler(freshness),
            running.queue,
            new ControllerMetrics(services.Metrics, plan.Name),
            plan.Timeout,
            services.Time,
            running.log);
        running.Completion = Task.WhenAll(
            plan.KeySources.Select(s => running.ReadKeysAsync(s, running.intake.Token))
                .Append(loop.RunAsync(plan.WorkersMax, cancellation)));
        return running;
    }

    /// <summary>Takes up no more keys; visits under way go on.</summary>
    internal void StopIntake()
    {
        intake.Cancel();
        subscriptions.ForEach(s => s.Dispose());
        queue.Stop();
    }

    public void Dispose()
    {
        StopIntake();
        queue.Dispose();
    }

    private async Task ReadKeysAsync(
        Func<CancellationToken, IAsyncEnumerable<ObjectKey>> source, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await foreach (var key in source(cancellation))
                {
                    queue.Add(key);
                }
            }
            catch (Exception exception) when (!cancellation.IsCancellationRequested)
            {
                log.SourceFailed(plan.Name, exception);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(SourcePause, services.Time, cancellation).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
