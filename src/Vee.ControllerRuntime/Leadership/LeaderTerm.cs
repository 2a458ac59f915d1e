using Microsoft.Extensions.Logging;
using Prometheus;

namespace Vee.ControllerRuntime.Leadership;

/// <summary>The time during which this instance leads.</summary>
internal sealed class LeaderTerm : IAsyncDisposable
{
    private static readonly TimeSpan ReleaseTimeout = TimeSpan.FromSeconds(5);

    private readonly LeaderElector elector;
    private readonly LeaderElectionOptions options;
    private readonly RuntimeServices services;
    private readonly Gauge.Child master;
    private readonly ILogger log;
    private readonly CancellationTokenSource lost = new();
    private readonly CancellationTokenSource ending = new();
    private readonly System.Threading.ITimer deadline;
    private Task renewing = Task.CompletedTask;
    private long heldSince;

    private LeaderTerm(
        LeaderElector elector,
        long begin,
        LeaderElectionOptions options,
        RuntimeServices services,
        Gauge.Child master,
        ILogger log)
    {
        this.elector = elector;
        this.options = options;
        this.services = services;
        this.master = master;
        this.log = log;
        heldSince = begin;
        Lost = lost.Token;
        deadline = services.Time.CreateTimer(
            _ => Lose("the renew deadline passed"), null, Remaining, Timeout.InfiniteTimeSpan);
        master.Set(1);
    }

    /// <summary>Cancelled at the end of the term, whatever request is under way: everything that acts hangs on
    /// it.</summary>
    internal CancellationToken Lost { get; }

    private TimeSpan Remaining
    {
        get
        {
            var rest = options.RenewDeadline - services.Time.GetElapsedTime(heldSince);
            return rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
        }
    }

    /// <summary>Begins a term and its renewals.</summary>
    internal static LeaderTerm Begin(
        LeaderElector elector,
        long begin,
        LeaderElectionOptions options,
        RuntimeServices services,
        Gauge.Child master,
        ILogger log)
    {
        var term = new LeaderTerm(elector, begin, options, services, master, log);
        term.renewing = term.RenewAsync();
        return term;
    }

    /// <summary>Ends the term and gives the lease back. To be called when nothing acts any more.</summary>
    internal async Task ReleaseAsync()
    {
        await ending.CancelAsync();
        await renewing;
        if (!lost.IsCancellationRequested)
        {
            using var limit = new CancellationTokenSource(ReleaseTimeout, services.Time);
            await elector.ReleaseAsync(limit.Token);
        }
    }

    /// <summary>Ends the term. A lease that was not given back runs out, as it must when something may still
    /// act.</summary>
    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await renewing;
        await deadline.DisposeAsync();
        master.Set(0);
        await lost.CancelAsync();
        lost.Dispose();
        ending.Dispose();
    }

    private async Task RenewAsync()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ending.Token, lost.Token);
        try
        {
            while (true)
            {
                await elector.PauseAsync(stop.Token);
                var begin = services.Time.GetTimestamp();
                switch (await elector.AttemptAsync(stop.Token))
                {
                    case LeaseAttempt.Held:
                        heldSince = begin;
                        deadline.Change(Remaining, Timeout.InfiniteTimeSpan);
                        break;
                    case LeaseAttempt.Refused:
                        Lose("another instance holds the lease");
                        return;
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The term is over, or about to be.
        }
    }

    private void Lose(string reason)
    {
        if (!lost.IsCancellationRequested && !ending.IsCancellationRequested)
        {
            master.Set(0);
            log.Lost(options.Name, options.Identity, reason);
            lost.Cancel();
        }
    }
}
