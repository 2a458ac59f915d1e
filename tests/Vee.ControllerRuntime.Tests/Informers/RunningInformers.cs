using Vee.ControllerRuntime.Clients;
using Vee.ControllerRuntime.Informers;

namespace Vee.ControllerRuntime.Tests.Informers;

/// <summary>Informers that run until the test is over.</summary>
internal sealed class RunningInformers : IAsyncDisposable
{
    private readonly CancellationTokenSource end = new();
    private Task running = Task.CompletedTask;

    internal RunningInformers(KubernetesConnection connection, InformerOptions? options = null) =>
        Set = new SharedInformers(connection, options ?? Bench.FastInformers);

    internal SharedInformers Set { get; }

    internal Task StartAsync()
    {
        running = Set.RunAsync(end.Token);
        return Set.WaitForSyncAsync(Bench.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        end.Dispose();
    }
}
