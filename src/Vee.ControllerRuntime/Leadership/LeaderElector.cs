using k8s.Models;
using Microsoft.Extensions.Logging;
using Prometheus;
using Vee.ControllerRuntime.Clients;

namespace Vee.ControllerRuntime.Leadership;

/// <summary>Competes with other instances for a Lease.</summary>
/// <remarks>
/// A term counts from the moment before the request that won or renewed it was sent, so it ends by our clock no later
/// than <see cref="LeaderElectionOptions.RenewDeadline"/> after that, while others wait the longer
/// <see cref="LeaderElectionOptions.LeaseDuration"/> from the moment they saw it. Wall clocks play no part; monotonic
/// clocks may differ in speed by the quotient of the two.
/// </remarks>
internal sealed class LeaderElector
{
    private readonly LeaderElectionOptions options;
    private readonly RuntimeServices services;
    private readonly ILogger log;
    private readonly LeaseLock lease;
    private readonly Gauge.Child master;

    internal LeaderElector(KubernetesConnection connection, LeaderElectionOptions options)
    {
        options.Check();
        this.options = options;
        services = connection.Services;
        log = services.Logs.CreateLogger<LeaderElector>();
        lease = new LeaseLock(connection.Resource<V1Lease>(), options, services.Time);
        master = services.Metrics.CreateGauge(
            "leader_election_master_status",
            "Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master.",
            ["name"]).WithLabels(options.Name);
        master.Set(0);
    }

    /// <summary>Waits until this instance leads. To be called once.</summary>
    /// <returns>The term, which renews itself until it is lost or given back.</returns>
    internal async Task<LeaderTerm> AcquireAsync(CancellationToken cancellation)
    {
        var holder = "";
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var begin = services.Time.GetTimestamp();
            if (await AttemptAsync(cancellation) == LeaseAttempt.Held
                && services.Time.GetElapsedTime(begin) < options.RenewDeadline)
            {
                log.Acquired(options.Name, options.Identity);
                return LeaderTerm.Begin(this, begin, options, services, master, log);
            }

            if (lease.Holder != holder)
            {
                holder = lease.Holder;
                log.Waiting(options.Name, holder);
            }

            await PauseAsync(cancellation);
        }
    }

    /// <summary>One attempt, which failures turn into <see cref="LeaseAttempt.None"/>.</summary>
    internal async Task<LeaseAttempt> AttemptAsync(CancellationToken cancellation)
    {
        // A connection that swallows requests leaves time for one more attempt.
        using var limit = new CancellationTokenSource(options.RenewDeadline / 2, services.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            return await lease.TryHoldAsync(both.Token);
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested && IsOfTheWorld(exception))
        {
            // The term itself says how long this may go on.
            log.AttemptFailed(options.Name, exception);
            return LeaseAttempt.None;
        }
    }

    internal Task PauseAsync(CancellationToken cancellation) =>
        Task.Delay(services.Jitter.Stretch(options.RetryPeriod, 0.2), services.Time, cancellation);

    /// <summary>Gives the lease back, so that the next leader need not wait for it to run out.</summary>
    internal async Task ReleaseAsync(CancellationToken cancellation)
    {
        try
        {
            if (await lease.TryReleaseAsync(cancellation))
            {
                log.Released(options.Name, options.Identity);
            }
        }
        catch (Exception exception) when (IsOfTheWorld(exception))
        {
            // It runs out by itself.
            log.AttemptFailed(options.Name, exception);
        }
    }

    private static bool IsOfTheWorld(Exception exception) => exception is
        KubernetesApiException or HttpRequestException or IOException or TimeoutException
        or OperationCanceledException or System.Text.Json.JsonException;
}
