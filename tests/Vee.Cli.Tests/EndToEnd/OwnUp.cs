using k8s;
using k8s.Models;
using Xunit;

namespace Vee.Cli.Tests.EndToEnd;

/// <summary>A <c>vee up</c> on a directory of a test's own, always with the embedded API server.</summary>
/// <param name="data">The directory.</param>
/// <param name="seenAs">The same directory, as this process sees it.</param>
/// <param name="command">What runs <c>vee</c>, if it is not run as it is.</param>
internal sealed class OwnUp(string data, string? seenAs = null, params string[] command) : IAsyncDisposable
{
    internal string Data => data;

    /// <summary>The directory as this process sees it.</summary>
    internal string Seen => seenAs ?? data;

    internal string Store => Path.Combine(data, "control-plane", "store.db");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    internal Task<Outcome> UpAsync() => VeeAsync("up", "--data", data, "--agents", "1", "--output", "json");

    internal Task<Outcome> DownAsync() => VeeAsync("down", "--data", data);

    /// <summary>Starts it and expects it to run.</summary>
    internal async Task StartAsync()
    {
        var up = await UpAsync();
        Assert.True(up.Status == 0, up.Error);
    }

    /// <summary>Ends it and expects it to end.</summary>
    internal async Task StopAsync()
    {
        var down = await DownAsync();
        Assert.True(down.Status == 0, down.Error);
    }

    /// <summary>Expects it not to start, to say so in one line at the end, and to leave nothing running.</summary>
    /// <returns>That line.</returns>
    internal async Task<string> RefusedAsync()
    {
        var up = await UpAsync();
        Assert.Equal((1, ""), (up.Status, up.Output));
        Assert.Empty(OwnProcesses.Find(data));
        var lines = up.Error.TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.StartsWith("vee up: ", line, StringComparison.Ordinal));
        Assert.Single(lines, line => line == lines[^1]);
        return lines[^1];
    }

    internal Kubernetes Connect() => Connect(Path.Combine(Seen, "kubeconfig"));

    internal static Kubernetes Connect(string kubeconfig) =>
        new(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig));

    /// <summary>Stores a ConfigMap of a size.</summary>
    internal static Task<V1ConfigMap> KeepAsync(Kubernetes client, string name, int bytes = 10) =>
        client.CoreV1.CreateNamespacedConfigMapAsync(
            new V1ConfigMap
            {
                Metadata = new V1ObjectMeta { Name = name },
                Data = new Dictionary<string, string> { ["text"] = new('x', bytes) },
            },
            "default", cancellationToken: Token);

    /// <summary>What is stored, as names with versions.</summary>
    internal static async Task<IReadOnlyList<string>> KeptAsync(Kubernetes client)
    {
        var all = await client.CoreV1.ListNamespacedConfigMapAsync("default", cancellationToken: Token);
        return [.. all.Items.Select(c => $"{c.Metadata.Name} {c.Metadata.Uid} {c.Metadata.ResourceVersion}")];
    }

    public async ValueTask DisposeAsync() => await DownAsync();

    private Task<Outcome> VeeAsync(params string[] arguments)
    {
        string[] whole = [.. command, Repository.Vee, .. arguments];
        return VeeProcess.RunAsync(whole[0], whole[1..], "");
    }
}
