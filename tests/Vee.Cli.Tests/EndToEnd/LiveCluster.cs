using System.Diagnostics;
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
    private const string Machines = "virtualmachines.vee.dev";
    private const string Hosts = "simulatedhosts.vee.dev";

    private readonly ScratchDirectory data = new();
    private bool wasSetUp;

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
        Environment.GetEnvironmentVariable("KUBECONFIG") is { Length: > 0 } files
            ? Path.GetFullPath(files.Split(':')[0]) : null;

    public async ValueTask InitializeAsync()
    {
        if (Given is { } kubeconfig && Kubectl.IsThere)
        {
            Kubeconfig = kubeconfig;
            wasSetUp = (await KubectlAsync("get", "crd", Machines)).Status == 0;
        }

        string[] cluster = Given is { } given ? ["--kubeconfig", given] : [];
        var up = await VeeProcess.RunAsync(["up", "--data", Data, "--output", "json", .. cluster]);
        Assert.True(up.Status == 0, up.Error);
        Record = JsonDocument.Parse(up.Output).RootElement.Clone();
        Kubeconfig = Record.GetProperty("kubeconfig").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        var isGuest = !IsEmbedded && Kubectl.IsThere;
        if (isGuest)
        {
            await TakeObjectsAwayAsync();
        }

        var down = await VeeProcess.RunAsync("down", "--data", Data);
        if (isGuest && !wasSetUp)
        {
            await TakeSetupAwayAsync();
        }

        data.Dispose();
        Assert.True(down.Status == 0, down.Error);
    }

    /// <summary>What failed tests have left in a cluster that is not ours, while there is an operator for it.</summary>
    private async Task TakeObjectsAwayAsync()
    {
        foreach (var kind in new[] { Machines, Hosts, "configmaps" })
        {
            var all = await KubectlAsync("get", kind, "-o", "name");
            var left = all.Output.Split('\n').Where(o => o.Contains($"-{Suffix}-", StringComparison.Ordinal)).ToList();
            if (left.Count > 0)
            {
                await KubectlAsync(["delete", "--timeout=30s", .. left]);
            }
        }
    }

    /// <summary>What <c>vee up</c> has left there, unless it was there before or somebody uses it by now.</summary>
    /// <remarks>The namespace stays, empty: without kube-controller-manager it would be going for ever.</remarks>
    private async Task TakeSetupAwayAsync()
    {
        await KubectlAsync("delete", "-n", "vee-system", "--ignore-not-found", "secret/vee-user-tls");
        await KubectlAsync("delete", "-n", "vee-system", "--ignore-not-found", "lease/vee-operator");
        foreach (var kind in new[] { Machines, Hosts })
        {
            var all = await KubectlAsync("get", kind, "-A", "-o", "name");
            if (all is { Status: 0, Output: "" })
            {
                await KubectlAsync("delete", "crd", kind, "--timeout=30s");
            }
        }
    }

    /// <summary>A name that no other test has.</summary>
    internal string Name(string word) => $"{word}-{Suffix}-{Guid.NewGuid().ToString()[..4]}";

    /// <summary>kubectl with a cache of its own, in the tests' namespace whatever that of the context is.</summary>
    internal Task<Outcome> KubectlAsync(params string[] arguments) => KubectlWithInputAsync("", arguments);

    /// <summary>kubectl, with a manifest as input.</summary>
    internal async Task<Outcome> KubectlWithInputAsync(string input, params string[] arguments)
    {
        Assert.SkipUnless(Kubectl.IsThere, "kubectl is not installed");
        return await VeeProcess.RunAsync(
            "kubectl",
            [
                "--kubeconfig", Kubeconfig, "--cache-dir", Path.Combine(Data, "kubectl-cache"),
                "--namespace", "default", .. arguments,
            ],
            input);
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
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            var got = await KubectlAsync(["get", .. what.Split(' '), "-o", $"jsonpath={path}"]);
            if (got.Status == 0 && isRight(got.Output))
            {
                return got.Output;
            }

            if (Stopwatch.GetElapsedTime(start).TotalSeconds > seconds)
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
