using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Prometheus;
using Vee.Agent.Endpoints;
using Vee.Agent.Gateways;
using Vee.Agent.Guests;
using Vee.Agent.Measuring;
using Vee.Agent.Racks;
using Vee.Agent.Scheduling;
using Vee.Agent.Security;
using Vee.Agent.Services;
using Vee.Agent.Storage;
using Vee.Agent.Watching;

namespace Vee.Agent;

/// <summary>
/// A node agent: runs machines for callers with certificates, and goes on running them when nobody calls. See
/// docs/agent.md.
/// </summary>
public sealed partial class AgentServer : IAsyncDisposable
{
    // What remains of a grace period for those who are told that machines have ended.
    private static readonly TimeSpan DrainPeriod = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource stopping = new();
    private readonly Lock gate = new();
    private readonly AgentOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly DataDirectory directory;
    private readonly WorkerPool pool;
    private readonly RackNetwork racks;
    private readonly GuestRegistry registry;
    private readonly Readiness readiness = new();
    private readonly WebApplication calls;
    private readonly WebApplication metrics;
    private Task? stop;

    private AgentServer(
        AgentOptions options, RandomNumberGenerator random, CollectorRegistry metricsRegistry, DataDirectory directory,
        TimeProvider time, ILoggerFactory logs)
    {
        this.options = options;
        this.time = time;
        this.directory = directory;
        logger = logs.CreateLogger<AgentServer>();
        Incarnation = directory.Begin(random).ToString();

        var certificates = new CertificateFiles(options.Certificates, time, logs.CreateLogger<CertificateFiles>());
        var images = new ImageStore(directory, options.ImageBytesMax, logs.CreateLogger<ImageStore>());
        var meters = new GuestMeters();
        var traffic = new Traffic();
        var feed = new ChangeFeed();
        var agentMetrics = new AgentMetrics(metricsRegistry);
        pool = new WorkerPool(options.CoreCount, time);
        racks = new RackNetwork(certificates, time);
        registry = new GuestRegistry(
            new RegistryOptions(options.MemoryBytesMax, options.MachineCountMax),
            new GuestParts(options.Name, meters, traffic, time, logs.CreateLogger<Guest>()),
            pool, racks, feed, logs.CreateLogger<Rack>());
        agentMetrics.Observe(metricsRegistry, registry, meters, traffic, images);

        metrics = MetricsEndpoint.Build(options.MetricsPort, metricsRegistry, readiness, logs);
        calls = CallsEndpoint.Build(options.Port, certificates, logs, services => services
            .AddSingleton(time)
            .AddSingleton(registry)
            .AddSingleton(meters)
            .AddSingleton(images)
            .AddSingleton(feed)
            .AddSingleton(racks)
            .AddSingleton(agentMetrics)
            .AddSingleton(new StreamLifetime(stopping.Token))
            .AddSingleton(_ => new AgentIdentity(options, Incarnation, MetricsAddress)));
    }

    /// <summary>Made anew at each start.</summary>
    public string Incarnation { get; }

    /// <summary>Where it takes calls, as host:port.</summary>
    public string Address => Endpoint.AddressOf(calls);

    /// <summary>Where it serves metrics, as host:port.</summary>
    public string MetricsAddress => Endpoint.AddressOf(metrics);

    /// <summary>Starts an agent. It takes calls when this returns.</summary>
    /// <param name="options">Who it is.</param>
    /// <param name="random">Tells its incarnations apart.</param>
    /// <param name="metricsRegistry">Where its metrics go: its own, as agents of one process would mix there.</param>
    /// <param name="time">The wall's time; guests' time follows it.</param>
    /// <param name="logs">Where it says what happens.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <exception cref="AgentStartException">It cannot; the message says why.</exception>
    public static async Task<AgentServer> StartAsync(
        AgentOptions options, RandomNumberGenerator random, CollectorRegistry metricsRegistry, TimeProvider time,
        ILoggerFactory logs, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(metricsRegistry);
        ArgumentNullException.ThrowIfNull(time);
        var opened = DataDirectory.Open(options.DataDirectory);
        AgentServer agent;
        try
        {
            agent = new AgentServer(options, random, metricsRegistry, opened, time, logs);
        }
        catch
        {
            opened.Dispose();
            throw;
        }

        try
        {
            await agent.metrics.StartAsync(cancellationToken);
            await agent.calls.StartAsync(cancellationToken);
        }
        catch (IOException error)
        {
            await agent.DisposeAsync();
            throw new AgentStartException($"The agent cannot listen: {error.Message}", error);
        }
        catch
        {
            await agent.DisposeAsync();
            throw;
        }

        agent.readiness.IsReady = true;
        LogStarted(agent.logger, options.Name, agent.Incarnation, agent.Address, options.DataDirectory);
        return agent;
    }

    /// <summary>
    /// Ends the guests, first by asking them, then the calls, and lets go of the data directory. Called again, it waits
    /// for the same end.
    /// </summary>
    public Task StopAsync()
    {
        lock (gate)
        {
            return stop ??= StopOnceAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task StopOnceAsync()
    {
        await Task.Yield();
        readiness.IsReady = false;
        registry.Close();
        await EndGuestsAsync();
        await stopping.CancelAsync();
        await racks.DisposeAsync();
        using (var drain = new CancellationTokenSource(DrainPeriod, time))
        {
            await calls.StopAsync(drain.Token);
            await metrics.StopAsync(drain.Token);
        }

        // What a call was creating or starting meanwhile.
        await EndGuestsAsync();
        await calls.DisposeAsync();
        await metrics.DisposeAsync();
        pool.Dispose();
        directory.Dispose();
        stopping.Dispose();
        LogStopped(logger, options.Name, Incarnation);
    }

    private async Task EndGuestsAsync()
    {
        var guests = registry.Look((_, machines) => machines);
        await Task.WhenAll(guests.Select(guest =>
            guest.StopAsync(options.StopGracePeriod, CancellationToken.None)));
        await Task.WhenAll(guests.Select(guest => guest.Ended));
        await Task.WhenAll(guests.Select(guest => guest.DeleteAsync()));
        await registry.EndMovesAsync();
    }

    [LoggerMessage(10, LogLevel.Information, "Agent {Name}, incarnation {Incarnation}, at {Address}, data in {Data}.")]
    private static partial void LogStarted(
        ILogger logger, string name, string incarnation, string address, string data);

    [LoggerMessage(11, LogLevel.Information, "Agent {Name}, incarnation {Incarnation}, has ended.")]
    private static partial void LogStopped(ILogger logger, string name, string incarnation);
}
