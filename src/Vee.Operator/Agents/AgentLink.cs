using System.Collections.Immutable;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Vee.Operator.Decisions;
using Vee.Operator.Mapping;
using Vee.Protocol;

namespace Vee.Operator.Agents;

/// <summary>The connection to one address: describes the agent there, follows its reports, connects again.</summary>
internal sealed partial class AgentLink(
    string address, AgentCredentials credentials, TimeProvider time, Random random,
    Func<string, AgentLink, bool> named, Action<AgentChange> changed, ILogger<AgentLink> log)
{
    /// <summary>Agents report at least every two seconds; three missed reports are a dead connection.</summary>
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan DescribeTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RetryMin = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RetryMax = TimeSpan.FromSeconds(2);

    private readonly Lock viewLock = new();
    private readonly TaskCompletionSource firstContact = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AgentView? view;
    private AgentClient? client;
    private string? lastFailure;

    /// <summary>The agent as last seen; null before it was seen at all.</summary>
    public AgentView? View
    {
        get
        {
            lock (viewLock)
            {
                return view;
            }
        }
    }

    /// <summary>Completes when the agent has been reached, or has failed to answer once.</summary>
    public Task FirstContact => firstContact.Task;

    public AgentClient? ClientOf(string incarnation)
    {
        lock (viewLock)
        {
            return view is { IsReachable: true } && view.Incarnation == incarnation ? client : null;
        }
    }

    public void Observe(string incarnation, Func<AgentView, AgentView> change)
    {
        lock (viewLock)
        {
            if (view is { } current && current.Incarnation == incarnation)
            {
                view = change(current);
            }
        }
    }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var wait = RetryMin;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(() => wait = RetryMin, cancellation);
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                Tell(e);
            }
            catch (Exception e) when (e is OperationCanceledException or RpcException)
            {
                // The way down: a call that is cut says one or the other.
            }

            Lost();
            if (!cancellation.IsCancellationRequested)
            {
                await Task.Delay(wait * (0.5 + NextRandom()), time, cancellation)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                wait = wait * 2 < RetryMax ? wait * 2 : RetryMax;
            }
        }
    }

    private static bool IsOfTheConnection(Exception e) =>
        e is RpcException or IOException or OperationCanceledException or InvalidDataException
            or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException;

    /// <summary>Once for each cause: an agent may stay away for days. What is no failure of the connection is a
    /// mistake of ours; the agent counts as out of reach all the same, rather than as it last was.</summary>
    private void Tell(Exception failure)
    {
        if (!IsOfTheConnection(failure))
        {
            LogFailed(log, address, failure);
        }
        else if (failure.Message != lastFailure)
        {
            LogLost(log, address, failure.Message);
        }

        lastFailure = failure.Message;
    }

    private double NextRandom()
    {
        lock (random)
        {
            return random.NextDouble();
        }
    }

    /// <summary>One connection, from the first call to its end.</summary>
    private async Task FollowAsync(Action connected, CancellationToken cancellation)
    {
        using var channel = AgentChannel.Open(address, credentials);
        var calls = new Agent.AgentClient(channel);
        var agent = await calls.DescribeAsync(
            new DescribeRequest { ProtocolVersion = ProtocolVersion.Current },
            deadline: (time.GetUtcNow() + DescribeTimeout).UtcDateTime, cancellationToken: cancellation);
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var timer = time.CreateTimer(_ => silence.Cancel(), null, SilenceMax, Timeout.InfiniteTimeSpan);
        using var watch = calls.Watch(new WatchRequest(), cancellationToken: silence.Token);
        await foreach (var report in watch.ResponseStream.ReadAllAsync(silence.Token))
        {
            timer.Change(SilenceMax, Timeout.InfiniteTimeSpan);
            connected();
            Take(agent, calls, report);
        }
    }

    private void Take(AgentDescription agent, Agent.AgentClient calls, AgentReport report)
    {
        if (report.Inventory is not null && !named(agent.Name, this))
        {
            throw new InvalidDataException(
                $"it is called {agent.Name}, as another agent that answers: give each agent a name of its own");
        }

        AgentChange? change;
        lock (viewLock)
        {
            if (report.Inventory is { } inventory)
            {
                view = Described(agent, inventory);
                client = new AgentClient(calls, agent.Incarnation, time);
                change = new AgentChange(agent.Name, null);
            }
            else
            {
                (view, change) = Changed(view!, report);
            }
        }

        if (report.ReportCase == AgentReport.ReportOneofCase.Inventory)
        {
            firstContact.TrySetResult();
            lastFailure = null;
            LogReached(log, agent.Name, address, agent.Incarnation);
        }

        if (change is { } told)
        {
            changed(told);
        }
    }

    private AgentView Described(AgentDescription agent, Inventory inventory) => new()
    {
        Name = agent.Name,
        Incarnation = inventory.Incarnation == agent.Incarnation
            ? agent.Incarnation : throw new InvalidDataException("the agent was started anew between two calls"),
        Address = address,
        Labels = new Dictionary<string, string>(agent.Labels),
        MemoryBytesMax = agent.MemoryBytesMax,
        MachineTypes = [.. agent.MachineTypes.Select(t => t.ToApi()).OfType<string>()],
        IsReachable = true,
        LastSeen = time.GetUtcNow(),
        Hosts = inventory.Hosts.ToImmutableDictionary(h => h.Uid, h => h.ToView(time.GetUtcNow())),
        Machines = inventory.Machines.Select(m => m.ToView()).Where(m => m.Phase != Decisions.MachinePhase.Expected)
            .ToImmutableDictionary(m => m.Uid),
        Migrations = inventory.Migrations.Select(m => m.ToView(time.GetUtcNow()))
            .ToImmutableDictionary(m => (m.Uid, m.Role)),
    };

    private (AgentView View, AgentChange? Change) Changed(AgentView before, AgentReport report)
    {
        var seen = before with { LastSeen = time.GetUtcNow() };
        return report.ReportCase switch
        {
            AgentReport.ReportOneofCase.MachineChanged =>
                (seen.With(report.MachineChanged.ToView()), new(seen.Name, report.MachineChanged.Uid)),
            AgentReport.ReportOneofCase.MachineDeleted =>
                (seen.WithoutMachine(report.MachineDeleted.Uid, report.MachineDeleted.Instance),
                    new(seen.Name, report.MachineDeleted.Uid)),
            AgentReport.ReportOneofCase.MigrationChanged =>
                (seen.With(report.MigrationChanged.ToView(seen.LastSeen)),
                    new(seen.Name, report.MigrationChanged.Uid)),
            AgentReport.ReportOneofCase.HostChanged =>
                (seen.With(report.HostChanged.ToView(seen.LastSeen)), new(seen.Name, null)),
            AgentReport.ReportOneofCase.HostDeletedUid =>
                (seen.WithoutHost(report.HostDeletedUid), new(seen.Name, null)),
            _ => (seen, null),
        };
    }

    private void Lost()
    {
        firstContact.TrySetResult();
        string? name = null;
        lock (viewLock)
        {
            if (view is { IsReachable: true })
            {
                name = view.Name;
                view = view with { IsReachable = false };
            }
        }

        if (name is not null)
        {
            changed(new AgentChange(name, null));
        }
    }

    [LoggerMessage(3001, LogLevel.Information, "agent {Name} at {Address} answers (incarnation {Incarnation})")]
    private static partial void LogReached(ILogger log, string name, string address, string incarnation);

    [LoggerMessage(3003, LogLevel.Error, "the connection to the agent at {Address} failed unexpectedly")]
    private static partial void LogFailed(ILogger log, string address, Exception failure);

    [LoggerMessage(3002, LogLevel.Warning, "the agent at {Address} cannot be reached: {Message}")]
    private static partial void LogLost(ILogger log, string address, string message);
}
