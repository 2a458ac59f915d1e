using Grpc.Core;
using Vee.Protocol;
using Xunit;

namespace Vee.Cli.Tests.Faults;

/// <summary>Hears of a machine's next migration from its source, as it happens.</summary>
internal sealed class MigrationSight : IDisposable
{
    private readonly AsyncServerStreamingCall<AgentReport> watch;
    private readonly string uid;
    private readonly HashSet<ulong> former = [];
    private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock guard = new();
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private MigrationPhase phase;

    private MigrationSight(FaultCluster cluster, int agent, string uid)
    {
        this.uid = uid;
        watch = cluster.CallsTo(agent).Watch(new WatchRequest(), cancellationToken: Token);
        _ = FollowAsync();
    }

    /// <summary>The phase that it told last; invalid when it has not begun.</summary>
    internal MigrationPhase Phase
    {
        get
        {
            lock (guard)
            {
                return phase;
            }
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Begins to listen.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="agent">Number of the agent that has the machine.</param>
    /// <param name="uid">The machine.</param>
    internal static async Task<MigrationSight> OpenAsync(FaultCluster cluster, int agent, string uid)
    {
        var sight = new MigrationSight(cluster, agent, uid);
        await sight.opened.Task;
        return sight;
    }

    /// <summary>Waits until the source has come to a phase, or beyond it.</summary>
    internal async Task ReachAsync(MigrationPhase wanted)
    {
        while (true)
        {
            Task news;
            lock (guard)
            {
                if (phase >= wanted)
                {
                    return;
                }

                news = changed.Task;
            }

            await news.WaitAsync(ClusterObjects.Patience, TimeProvider.System, Token);
        }
    }

    public void Dispose() => watch.Dispose();

    private async Task FollowAsync()
    {
        try
        {
            await foreach (var report in watch.ResponseStream.ReadAllAsync(Token))
            {
                if (report.Inventory is { } inventory)
                {
                    former.UnionWith(inventory.Migrations.Select(m => m.Migration));
                    opened.TrySetResult();
                }
                else if (report.MigrationChanged is { Role: MigrationRole.Source } state
                    && state.Uid == uid && !former.Contains(state.Migration))
                {
                    Take(state.Phase);
                }
            }
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException)
        {
            // The agent is dead, or nobody listens any more.
            opened.TrySetException(e);
        }
    }

    private void Take(MigrationPhase told)
    {
        lock (guard)
        {
            phase = told;
            changed.SetResult();
            changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
