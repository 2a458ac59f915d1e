using System.Text.Json;
using Xunit;

namespace Vee.Cli.Tests.EndToEnd;

/// <summary>
/// What <c>vee up</c> starts, for all end-to-end tests together: against the embedded API server, or against the
/// cluster that KUBECONFIG names.
/// </summary>
/// <remarks>Names of objects hold a word of this run, so that others in such a cluster are left alone.</remarks>
public sealed class LiveCluster : IAsyncLifetime
{
    private readonly ScratchDirectory data = new();

    /// <summary>A word that no other run has.</summary>
    internal string Suffix { get; } =
        Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(3));

    internal string Data => data.FullName;

    /// <summary>Whether its API server is ours.</summary>
    internal static bool IsEmbedded => Given is null;

    internal string Kubeconfig { get; private set; } = "";

    /// <summary>What <c>vee up</c> says of itself.</summary>
    internal JsonElement Record { get; private set; }

    private static string? Given =>
        Environment.GetEnvironmentVariable("KUBECONFIG") is { Length: > 0 } file ? file : null;

    public async ValueTask InitializeAsync()
    {
        string[] cluster = Given is { } given ? ["--kubeconfig", given] : [];
        var up = await VeeProcess.RunAsync(["up", "--data", Data, "--output", "json", .. cluster]);
        Assert.True(up.Status == 0, up.Error);
        Record = JsonDocument.Parse(up.Output).RootElement.Clone();
        Kubeconfig = Record.GetProperty("kubeconfig").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        var down = await VeeProcess.RunAsync("down", "--data", Data);
        data.Dispose();
        Assert.True(down.Status == 0, down.Error);
    }

    /// <summary>A name that no other test has.</summary>
    internal string Name(string word) => $"{word}-{Suffix}-{Guid.NewGuid().ToString()[..4]}";

    /// <summary>kubectl with a cache of its own.</summary>
    internal Task<Outcome> KubectlAsync(params string[] arguments) => KubectlWithInputAsync("", arguments);

    /// <summary>kubectl, with a manifest as input.</summary>
    internal async Task<Outcome> KubectlWithInputAsync(string input, params string[] arguments)
    {
        Assert.SkipUnless(Kubectl.IsThere, "kubectl is not installed");
        return await VeeProcess.RunAsync(
            "kubectl",
            ["--kubeconfig", Kubeconfig, "--cache-dir", Path.Combine(Data, "kubectl-cache"), .. arguments], input);
    }

    /// <summary>kubectl apply of a manifest that is accepted.</summary>
    internal async Task ApplyAsync(string manifest)
    {
        var applied = await KubectlWithInputAsync(manifest, "apply", "-f", "-");
        Assert.True(applied.Status == 0, applied.Error);
    }

    /// <summary>Waits until a field of an object is what it should be, and says what it was if it never is.</summary>
    internal async Task<string> EventuallyAsync(string what, string path, Func<string, bool> isRight, int seconds = 30)
    {
        var deadline = DateTime.UtcNow + TimeSpan.FromSeconds(seconds);
        while (true)
        {
            var got = await KubectlAsync(["get", .. what.Split(' '), "-o", $"jsonpath={path}"]);
            if (got.Status == 0 && isRight(got.Output))
            {
                return got.Output;
            }

            if (DateTime.UtcNow > deadline)
            {
                var whole = await KubectlAsync(["get", .. what.Split(' '), "-o", "yaml"]);
                Assert.Fail($"{what}: {path} is '{got.Output}' {got.Error}after {seconds} s:\n{whole.Output}");
            }

            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>A host of this run.</summary>
    internal static string Host(string name, int cores = 2, string memory = "256Mi", string label = "none") => $$"""
        apiVersion: vee.dev/v1alpha1
        kind: SimulatedHost
        metadata:
          name: {{name}}
          labels:
            for: {{label}}
        spec:
          hardware:
            cores:
            - name: all
              count: {{cores}}
            memory:
              size: {{memory}}
        """;

    /// <summary>A machine of this run on hosts with a label.</summary>
    internal static string Machine(
        string name, string label, string image = "builtin: kvstore", string memory = "64Mi", string more = "") => $$"""
        apiVersion: vee.dev/v1alpha1
        kind: VirtualMachine
        metadata:
          name: {{name}}
          namespace: default
        spec:
          source:
            image:
              {{image}}
          memory:
            size: {{memory}}
          placement:
            hostSelector:
              for: {{label}}
        {{more}}
        """;
}

/// <summary>Tests that share the cluster, one after another: some kill what the others need.</summary>
[CollectionDefinition]
public sealed class EndToEndTests : ICollectionFixture<LiveCluster>;

/// <summary>Whether the real kubectl is on the path.</summary>
internal static class Kubectl
{
    internal static bool IsThere { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Any(d => File.Exists(Path.Combine(d, "kubectl")));
}
