using Grpc.Core;
using Vee.Agent.Watching;
using Vee.Protocol;

namespace Vee.Agent.Services;

// Watching: everything, then each change. A watcher that is too slow for the changes is shown everything again.
internal sealed partial class AgentService
{
    private const long StatisticsMsMin = 100;
    private const long StatisticsMsMax = 3_600_000;

    /// <summary>At most this long is nothing said.</summary>
    internal static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(2);

    public override async Task Watch(
        WatchRequest request, IServerStreamWriter<AgentReport> responseStream, ServerCallContext context)
    {
        var interval = request.StatisticsIntervalWallMs == 0
            ? Timeout.InfiniteTimeSpan
            : TimeSpan.FromMilliseconds(Checked.Range(
                "statistics_interval_wall_ms", request.StatisticsIntervalWallMs, StatisticsMsMin, StatisticsMsMax));
        using var watcher = feed.TryOpen()
            ?? throw Refused.Exhausted(Refusal.TooManyCalls, $"{ChangeFeed.WatchersMax} watch already");
        using var over = CancellationTokenSource.CreateLinkedTokenSource(
            context.CancellationToken, lifetime.Stopping);
        var heartbeat = new Interval(HeartbeatInterval, time);
        var statistics = new Interval(interval, time);
        while (true)
        {
            var isStopping = lifetime.Stopping.IsCancellationRequested;
            if (await TellChangesAsync(watcher, responseStream, context.CancellationToken))
            {
                heartbeat.Restart();
            }

            if (statistics.IsOver)
            {
                statistics.Restart();
                var report = registry.Look(Reports.Statistics);
                await responseStream.WriteAsync(report, context.CancellationToken);
                heartbeat.Restart();
            }

            if (heartbeat.IsOver)
            {
                await responseStream.WriteAsync(
                    new AgentReport { Heartbeat = new Heartbeat() }, context.CancellationToken);
                heartbeat.Restart();
            }

            if (isStopping)
            {
                // How the machines ended has been told by now.
                throw Refused.Stopping();
            }

            await WaitAsync(watcher, Interval.Shorter(heartbeat.Left, statistics.Left), over.Token);
        }
    }

    /// <returns>Whether there was anything to tell.</returns>
    private async Task<bool> TellChangesAsync(
        Watcher watcher, IServerStreamWriter<AgentReport> writer, CancellationToken cancellationToken)
    {
        var isAny = false;
        while (true)
        {
            AgentReport report;
            if (watcher.IsBehind)
            {
                report = registry.Look((hosts, guests) =>
                {
                    watcher.CatchUp();
                    return Reports.Everything(identity.Incarnation, hosts, guests, registry.Migrations);
                });
            }
            else if (watcher.TryTake(out var change))
            {
                report = Reports.Change(change);
            }
            else
            {
                return isAny;
            }

            await writer.WriteAsync(report, cancellationToken);
            isAny = true;
        }
    }

    private async Task WaitAsync(Watcher watcher, TimeSpan limit, CancellationToken over)
    {
        try
        {
            await watcher.WaitAsync().WaitAsync(limit, time, over);
        }
        catch (TimeoutException)
        {
            // Time to say something even though nothing has happened.
        }
        catch (OperationCanceledException) when (lifetime.Stopping.IsCancellationRequested)
        {
            // Looked at by the caller, which has something left to tell.
        }
    }

    /// <summary>Something that is due again and again.</summary>
    private sealed class Interval(TimeSpan length, TimeProvider time)
    {
        private long start = time.GetTimestamp();

        internal bool IsOver => length >= TimeSpan.Zero && time.GetElapsedTime(start) >= length;

        /// <summary>Until it is over; infinite when it never is.</summary>
        internal TimeSpan Left
        {
            get
            {
                var left = length - time.GetElapsedTime(start);
                return length < TimeSpan.Zero ? length : left > TimeSpan.Zero ? left : TimeSpan.Zero;
            }
        }

        internal void Restart() => start = time.GetTimestamp();

        internal static TimeSpan Shorter(TimeSpan one, TimeSpan other) =>
            one < TimeSpan.Zero ? other : other < TimeSpan.Zero || one < other ? one : other;
    }
}
