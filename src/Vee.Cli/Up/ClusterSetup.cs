using System.Globalization;
using System.Text.Json.Nodes;
using k8s.Models;
using Prometheus;
using Vee.Api;
using Vee.Cli.Cluster;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Clients;

namespace Vee.Cli.Up;

/// <summary>What a cluster is given before operator and agents start.</summary>
internal static class ClusterSetup
{
    /// <summary>Where everything of the operator's own is.</summary>
    public const string Namespace = "vee-system";

    /// <summary>The Secret with the certificate for consoles and logs: who may read it may use them.</summary>
    public const string UserSecret = "vee-user-tls";

    /// <summary>The lease of the operator that acts.</summary>
    private const string Lease = "vee-operator";

    private static readonly ApplyOptions Apply = new() { FieldManager = "vee-up" };
    private static readonly TimeSpan EstablishTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    /// <summary>Makes sure that no operator runs there whose users have a certificate of another authority.</summary>
    /// <exception cref="UpException">There is one.</exception>
    /// <exception cref="KubernetesApiException">The cluster refuses.</exception>
    public static async Task RequireFreeAsync(
        string kubeconfig, Authority authority, TimeProvider time, CancellationToken cancellation)
    {
        using var connection = Connect(kubeconfig, time);
        var secret = await connection.Resource<V1Secret>().FindAsync(
            new ObjectKey(Namespace, UserSecret), cancellation);
        var lease = await connection.Resource<V1Lease>().FindAsync(new ObjectKey(Namespace, Lease), cancellation);
        if (secret?.Data is not { } data
            || !data.TryGetValue("ca.crt", out byte[]? theirs)
            || theirs.AsSpan().SequenceEqual(File.ReadAllBytes(authority.File))
            || lease?.Spec is not { HolderIdentity: { Length: > 0 } holder, RenewTime: { } renewed } spec)
        {
            return;
        }

        var left = renewed.ToUniversalTime().AddSeconds(spec.LeaseDurationSeconds ?? 0) - time.GetUtcNow().UtcDateTime;
        if (left > TimeSpan.Zero)
        {
            throw new UpException(string.Create(
                CultureInfo.InvariantCulture,
                $"an operator runs for the cluster of {kubeconfig} already ({holder}), and a second one would take the "
                + $"certificate of its users away. End it with 'vee down' where it was started (one that was killed "
                + $"counts for {Math.Ceiling(left.TotalSeconds)} s more), or leave out --kubeconfig for a cluster of "
                + $"your own."));
        }
    }

    /// <summary>Applies all of it.</summary>
    /// <exception cref="UpException">The cluster does not take the kinds in time.</exception>
    /// <exception cref="KubernetesApiException">The cluster refuses.</exception>
    public static async Task ApplyAsync(
        string kubeconfig, Authority authority, TimeProvider time, CancellationToken cancellation)
    {
        using var connection = Connect(kubeconfig, time);
        var definitions = connection.Resource<V1CustomResourceDefinition>();
        var names = new List<string>();
        foreach (var definition in CustomResourceDefinitions.Generate())
        {
            names.Add(definition.Definition.Metadata.Name);
            await definitions.ApplyAsync(definition.Definition, Apply, cancellation);
        }

        await connection.Resource<V1Namespace>().ApplyAsync(
            new ObjectKey("", Namespace), new JsonObject(), Apply, cancellation);
        await connection.Resource<V1Secret>().ApplyAsync(
            new ObjectKey(Namespace, UserSecret), UserFields(authority), Apply, cancellation);
        foreach (var name in names)
        {
            await EstablishedAsync(definitions, name, time, cancellation);
        }
    }

    /// <summary>A connection for a few requests.</summary>
    public static KubernetesConnection Connect(string kubeconfig, TimeProvider time) => new(
        Kubeconfig.LoadFile(kubeconfig),
        new RuntimeServices(time, new Random(Environment.ProcessId), Metrics.NewCustomRegistry()));

    private static JsonObject UserFields(Authority authority) => new()
    {
        ["type"] = "kubernetes.io/tls",
        ["data"] = new JsonObject
        {
            ["ca.crt"] = Base64(authority.File),
            ["tls.crt"] = Base64(authority.CertificateFile("user")),
            ["tls.key"] = Base64(authority.KeyFile("user")),
        },
    };

    private static string Base64(string file) => Convert.ToBase64String(File.ReadAllBytes(file));

    private static async Task EstablishedAsync(
        ResourceClient<V1CustomResourceDefinition> definitions, string name, TimeProvider time,
        CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        while ((await definitions.GetAsync(new ObjectKey("", name), cancellation)).Status?.Conditions
            ?.Any(c => c is { Type: "Established", Status: "True" }) != true)
        {
            if (time.GetElapsedTime(start) > EstablishTimeout)
            {
                throw new UpException(
                    $"the cluster has not established {name} within {EstablishTimeout.TotalSeconds} s");
            }

            await Task.Delay(LookAgain, time, cancellation);
        }
    }
}
