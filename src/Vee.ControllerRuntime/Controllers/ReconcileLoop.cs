using System.Text.Json;
using Microsoft.Extensions.Logging;
using Vee.ControllerRuntime.Clients;
using Vee.ControllerRuntime.Queues;

namespace Vee.ControllerRuntime.Controllers;

/// <summary>Workers that take keys off a queue and visit them, and decide when each comes again.</summary>
internal sealed class ReconcileLoop(
    string name,
    IKeyReconciler reconciler,
    WorkQueue queue,
    ControllerMetrics metrics,
    TimeSpan timeout,
    TimeProvider time,
    ILogger log)
{
    /// <summary>Works until the queue is stopped.</summary>
    /// <param name="workers">How many keys at once.</param>
    /// <param name="cancellation">Cuts visits short; the queue is stopped separately.</param>
    internal async Task RunAsync(int workers, CancellationToken cancellation)
    {
        metrics.WorkersMax.Set(workers);
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => WorkAsync(cancellation)));
    }

    private async Task WorkAsync(CancellationToken cancellation)
    {
        // The first visits must not run on the thread that starts the workers.
        await Task.Yield();

        // Not cancelled: stopping the queue ends the wait, and no key is taken that nobody visits.
        while (await queue.TakeAsync(CancellationToken.None) is { } key)
        {
            metrics.ActiveWorkers.Inc();
            var begin = time.GetTimestamp();
            try
            {
                await VisitAsync(key, cancellation);
            }
            finally
            {
                metrics.Duration.Observe(time.GetElapsedTime(begin).TotalSeconds);
                metrics.ActiveWorkers.Dec();
                queue.Done(key);
            }
        }
    }

    private async Task VisitAsync(ObjectKey key, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            Settle(key, await reconciler.ReconcileAsync(key, both.Token));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Whoever acts next begins with a visit of every key.
            metrics.Count("error");
        }
        catch (StaleStoreException)
        {
            // Not a failure: the reconciler itself asks for the visit when the store has caught up.
            log.Deferred(name, key);
            metrics.Count("requeue");
        }
        catch (Exception exception)
        {
            Retry(key, exception);
        }
    }

    private void Settle(ObjectKey key, ReconcileResult result)
    {
        queue.Forget(key);
        if (result.IsTerminal)
        {
            metrics.Count("error");
            metrics.Errors.Inc();
            metrics.TerminalErrors.Inc();
            log.Terminal(name, key, result.Reason!, result.Message ?? "");
        }
        else if (result.After is { } after)
        {
            metrics.Count("requeue_after");
            queue.AddAfter(key, after);
        }
        else
        {
            metrics.Count("success");
        }
    }

    private void Retry(ObjectKey key, Exception exception)
    {
        metrics.Count("error");
        metrics.Errors.Inc();
        if (IsBug(exception))
        {
            metrics.Panics.Inc();
            log.Panicked(name, key, exception);
        }
        else
        {
            log.Failed(name, key, queue.FailuresOf(key) + 1, exception);
        }

        queue.AddRateLimited(key);
    }

    /// <summary>What the world does to a program is not its fault; the rest is.</summary>
    private static bool IsBug(Exception exception) => exception is not (
        KubernetesApiException or HttpRequestException or IOException or TimeoutException
        or OperationCanceledException or JsonException)
        && exception.GetType().Namespace?.StartsWith("System", StringComparison.Ordinal) == true;
}
