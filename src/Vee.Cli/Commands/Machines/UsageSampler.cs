using Grpc.Core;
using Vee.Api.VirtualMachines;
using Vee.Cli.Cluster;
using Vee.Protocol;

namespace Vee.Cli.Commands.Machines;

/// <summary>Asks agents twice what their machines use.</summary>
/// <param name="agents">Connects.</param>
/// <param name="window">Between the two, about; at least a second.</param>
/// <param name="limit">What an agent may take beyond that.</param>
/// <param name="time">The clock of the window.</param>
internal sealed class UsageSampler(AgentAccess agents, TimeSpan window, TimeSpan limit, TimeProvider time)
{
    // Reports come at this part of the window: the first one is then early, and the window almost all of the wait.
    private const int ReportsPerWindow = 4;

    /// <summary>
    /// What each machine uses, in the order given. Who cannot be asked gives no figures, and a reason.
    /// </summary>
    internal async Task<IReadOnlyList<MachineUsage>> SampleAsync(
        IReadOnlyList<VirtualMachine> machines, CancellationToken cancellation)
    {
        var samples = new Dictionary<AgentReference, Task<AgentSample>>();
        foreach (var agent in machines.Where(IsOnAgent).Select(machine => machine.Status!.Agent!).Distinct())
        {
            samples.Add(agent, SampleAsync(MachineOnAgent.Of(
                machines.First(machine => IsOnAgent(machine) && machine.Status!.Agent == agent)), cancellation));
        }

        await Task.WhenAll(samples.Values);
        var usages = new List<MachineUsage>(machines.Count);
        foreach (var machine in machines)
        {
            var usage = Describe(machine);
            usages.Add(IsOnAgent(machine) ? Measured(usage, machine, await samples[machine.Status!.Agent!]) : usage);
        }

        return usages;
    }

    private static bool IsOnAgent(VirtualMachine machine) => machine.Status is { Agent: not null, Instance: > 0 };

    private static MachineUsage Describe(VirtualMachine machine) => new()
    {
        Namespace = machine.Metadata.NamespaceProperty,
        Name = machine.Metadata.Name,
        Host = machine.Status?.HostName,
        Status = machine.Status?.PrintableStatus ?? "Unknown",
    };

    private static MachineUsage Measured(MachineUsage usage, VirtualMachine machine, AgentSample sample)
    {
        var key = new InstanceKey(machine.Metadata.Uid, machine.Status!.Instance!.Value);
        return sample.Problem is not null ? usage with { Problem = sample.Problem }
            : sample.From.TryGetValue(key, out var from) && sample.To.TryGetValue(key, out var to)
                ? usage.Between(from, to, sample.Wall)
                : usage with { Problem = "its agent does not have this instance (any more, or yet)" };
    }

    private async Task<AgentSample> SampleAsync(MachineOnAgent any, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(window + limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            return await SampleOnceAsync(agents.Connect(any.Agent), any.CallOptions(both.Token));
        }
        catch (CommandFailedException error)
        {
            return new AgentSample { Problem = error.Message };
        }
        catch (RpcException error) when (!cancellation.IsCancellationRequested)
        {
            return new AgentSample { Problem = any.Explain(error).Message };
        }
    }

    private async Task<AgentSample> SampleOnceAsync(Protocol.Agent.AgentClient agent, CallOptions options)
    {
        var request = new WatchRequest
        {
            StatisticsIntervalWallMs = (long)(window / ReportsPerWindow).TotalMilliseconds,
        };
        using var watch = agent.Watch(request, options);
        var first = await NextAsync(watch.ResponseStream, options.CancellationToken);
        var start = time.GetTimestamp();
        StatisticsReport last;
        do
        {
            last = await NextAsync(watch.ResponseStream, options.CancellationToken);
        }
        while (time.GetElapsedTime(start) < window * (ReportsPerWindow - 1) / ReportsPerWindow * 0.9);

        return new AgentSample
        {
            From = ByKey(first),
            To = ByKey(last),
            Wall = time.GetElapsedTime(start),
        };
    }

    private static async Task<StatisticsReport> NextAsync(
        IAsyncStreamReader<AgentReport> reports, CancellationToken cancellation)
    {
        while (await reports.MoveNext(cancellation))
        {
            if (reports.Current.Statistics is { } statistics)
            {
                return statistics;
            }
        }

        throw new RpcException(new Status(StatusCode.Unavailable, "the agent ended the watch"));
    }

    private static Dictionary<InstanceKey, MachineStatistics> ByKey(StatisticsReport report) =>
        report.Machines.ToDictionary(machine => new InstanceKey(machine.Uid, machine.Instance));

    private readonly record struct InstanceKey(string Uid, long Instance);

    /// <summary>Two looks at the machines of one agent, or why there are none.</summary>
    private sealed record AgentSample
    {
        public Dictionary<InstanceKey, MachineStatistics> From { get; init; } = [];

        public Dictionary<InstanceKey, MachineStatistics> To { get; init; } = [];

        public TimeSpan Wall { get; init; }

        public string? Problem { get; init; }
    }
}
