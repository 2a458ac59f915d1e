using Vee.ControllerRuntime.Clients;
using Vee.ControllerRuntime.Hosting;
using Vee.ControllerRuntime.Leadership;

namespace Vee.ControllerRuntime.Tests.Hosting;

/// <summary>A host that runs until it is stopped or the test is over.</summary>
internal sealed class HostBench : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private Task<HostExit>? running;

    internal HostBench(KubernetesConnection connection, Func<ControllerHostOptions, ControllerHostOptions>? with = null)
    {
        var options = new ControllerHostOptions
        {
            Name = "example.dev/op",
            Instance = "pod-1",
            Informers = Bench.FastInformers,
            HealthEndpoint = null,
        };
        Host = new ControllerHost(connection, with is null ? options : with(options));
    }

    internal ControllerHost Host { get; }

    internal Task<HostExit> Running => running ?? throw new InvalidOperationException("not started");

    internal static LeaderElectionOptions Election(string identity) => new()
    {
        Namespace = "default",
        Name = "op",
        Identity = identity,
        LeaseDuration = TimeSpan.FromSeconds(1),
        RenewDeadline = TimeSpan.FromSeconds(0.6),
        RetryPeriod = TimeSpan.FromSeconds(0.1),
    };

    internal void Start() => running = Host.RunAsync(stop.Token);

    internal async Task<HostExit> StopAsync()
    {
        await stop.CancelAsync();
        return await Running.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Bench.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        if (running is not null)
        {
            await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        stop.Dispose();
    }
}
