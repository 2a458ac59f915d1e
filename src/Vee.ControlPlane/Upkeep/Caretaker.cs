using Microsoft.Extensions.Logging;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Handling;
using Vee.ControlPlane.Storage;

namespace Vee.ControlPlane.Upkeep;

/// <summary>Does what follows from deletes: one thing after another, again after a failure.</summary>
internal sealed partial class Caretaker(
    Cluster cluster, WorkList work, GarbageCollection garbage, Termination termination, EventExpiry expiry,
    ILogger<Caretaker> logger)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ExpiryInterval = TimeSpan.FromMinutes(5);

    /// <summary>Works until the token is cancelled.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        _ = AgainAsync(new(WorkKind.Expiry, default), ExpiryInterval, cancellationToken);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var next = await work.NextAsync(cancellationToken);
                if (await TryAsync(next, cancellationToken) is { } delay)
                {
                    _ = AgainAsync(next, delay, cancellationToken);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <returns>When to look again; null when there is nothing to wait for.</returns>
    private async Task<TimeSpan?> TryAsync(Work next, CancellationToken cancellationToken)
    {
        try
        {
            switch (next.Kind)
            {
                case WorkKind.Dependent:
                    await garbage.DependentAsync(next.Key, cancellationToken);
                    return null;
                case WorkKind.Owner:
                    await garbage.OwnerAsync(next.Key, cancellationToken);
                    return null;
                case WorkKind.Namespace:
                    return await termination.NamespaceAsync(next.Key, cancellationToken);
                case WorkKind.Expiry:
                    await expiry.RunAsync(cancellationToken);
                    return ExpiryInterval;
                default:
                    await termination.DefinitionAsync(next.Key, cancellationToken);
                    return null;
            }
        }
        catch (StatusException e)
        {
            LogRefused(logger, next.Kind, next.Key, e.Message);
            return RetryDelay;
        }
        catch (StoreException e)
        {
            LogStore(logger, e, next.Kind, next.Key);
            return RetryDelay;
        }
    }

    private async Task AgainAsync(Work next, TimeSpan delay, CancellationToken cancellationToken)
    {
        await Task.Delay(delay, cluster.Time, cancellationToken).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing);
        if (!cancellationToken.IsCancellationRequested)
        {
            work.Add(next);
        }
    }

    [LoggerMessage(10, LogLevel.Warning, "{Kind} {Key}: refused, tried again later: {Reason}")]
    private static partial void LogRefused(ILogger logger, WorkKind kind, ObjectKey key, string reason);

    [LoggerMessage(11, LogLevel.Error, "{Kind} {Key}: the store failed, tried again later")]
    private static partial void LogStore(ILogger logger, Exception exception, WorkKind kind, ObjectKey key);
}
