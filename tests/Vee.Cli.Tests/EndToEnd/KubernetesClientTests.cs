using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Vee.Tests.Shared;
using Xunit;

namespace Vee.Cli.Tests.EndToEnd;

/// <summary>The same as a C# program does it: with the KubernetesClient package and nothing of ours.</summary>
[Collection<EndToEndTests>]
public sealed class KubernetesClientTests : IDisposable
{
    private const string Group = "vee.dev";
    private const string Version = "v1alpha1";
    private const string Namespace = "default";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly LiveCluster cluster;
    private readonly Kubernetes client;
    private readonly GenericClient machines;
    private readonly GenericClient hosts;

    public KubernetesClientTests(LiveCluster cluster)
    {
        this.cluster = cluster;
        client = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(cluster.Kubeconfig));
        machines = new GenericClient(client, Group, Version, "virtualmachines", disposeClient: false);
        hosts = new GenericClient(client, Group, Version, "simulatedhosts", disposeClient: false);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_machine_is_watched_from_its_creation_to_its_deletion()
    {
        var (host, name) = (cluster.Name("host"), cluster.Name("watched"));
        await using var changes = new ObjectWatch(machines, Namespace, name);
        await hosts.CreateAsync(Host(host), Token);
        var made = await machines.CreateNamespacedAsync(Machine(name, host), Namespace, Token);
        Assert.Equal(
            (1L, """{"observedGeneration":0}"""), (made.Metadata.Generation, made.Status?.ToJsonString()));
        Assert.Equal(KStatus.InProgress, made.KStatus());

        var ready = await changes.UntilAsync((_, o) => o.KStatus() == KStatus.Current);
        Assert.Equal("True", ready.Condition("Ready"));
        Assert.Equal((made.Metadata.Uid, "Running"), (ready.Metadata.Uid, (string?)ready.Status!["printableStatus"]));
        Assert.Equal("+PONG", await GuestPort.AskAsync((string)ready.Status["ports"]![0]!["address"]!, "PING"));

        var labelled = await client.CustomObjects.ListNamespacedCustomObjectAsync<UserObjectList>(
            Group, Version, Namespace, "virtualmachines", labelSelector: $"for={host}", cancellationToken: Token);
        Assert.Equal(name, Assert.Single(labelled.Items).Metadata.Name);
        Assert.Equal(["Running", "Scheduled"], (await EventsOfAsync(made)).Select(e => e.Reason).Order());

        await DeleteAsync(name, "Background");
        var gone = await changes.UntilDeletedAsync();
        Assert.Equal(KStatus.Terminating, gone.KStatus());
        await DeleteHostAsync(host);
    }

    [Fact]
    public async Task A_machine_deleted_in_the_foreground_goes_where_garbage_is_collected()
    {
        await RequireGarbageCollectionAsync();
        var (host, name) = (cluster.Name("host"), cluster.Name("foreground"));
        await hosts.CreateAsync(Host(host), Token);
        await machines.CreateNamespacedAsync(Machine(name, host), Namespace, Token);
        await using var changes = new ObjectWatch(machines, Namespace, name);
        await changes.UntilConditionAsync("Ready");

        await DeleteAsync(name, "Foreground");
        await changes.UntilDeletedAsync();
        await DeleteHostAsync(host);
    }

    [Fact]
    public async Task Patches_pause_a_machine_and_let_it_go_on()
    {
        var (host, name) = (cluster.Name("host"), cluster.Name("paused"));
        await hosts.CreateAsync(Host(host), Token);
        await machines.CreateNamespacedAsync(Machine(name, host), Namespace, Token);
        await using var changes = new ObjectWatch(machines, Namespace, name);
        await changes.UntilConditionAsync("Running");

        await PatchAsync(name, V1Patch.PatchType.MergePatch, """{"spec":{"paused":true}}""");
        var paused = await changes.UntilConditionAsync("Paused");
        Assert.Equal(("Paused", 1), ((string?)paused.Status!["printableStatus"], (int)paused.Status["instance"]!));

        await PatchAsync(
            name, V1Patch.PatchType.JsonPatch,
            """[{"op":"test","path":"/spec/paused","value":true},{"op":"remove","path":"/spec/paused"}]""");
        var running = await changes.UntilAsync(
            (_, m) => m.Condition("Running") == "True" && (long)m.Status!["observedGeneration"]! == 3);
        Assert.Equal(1, (int)running.Status!["instance"]!);
        await DeleteAsync(name, "Background");
        await DeleteHostAsync(host);
    }

    [Fact]
    public async Task A_replacement_of_what_has_changed_meanwhile_is_a_conflict()
    {
        var name = cluster.Name("replaced");
        var made = await machines.CreateNamespacedAsync(Machine(name, "nowhere", "Halted"), Namespace, Token);
        var changed = await PatchAsync(name, V1Patch.PatchType.MergePatch, """{"metadata":{"labels":{"new":"1"}}}""");
        Assert.NotEqual(made.Metadata.ResourceVersion, changed.Metadata.ResourceVersion);

        made.Spec["memory"] = new JsonObject { ["size"] = "32Mi" };
        var refusal = await Assert.ThrowsAsync<HttpOperationException>(
            () => machines.ReplaceNamespacedAsync(made, Namespace, name, Token));
        Assert.Equal((HttpStatusCode.Conflict, "Conflict"), (refusal.Response.StatusCode, StatusOf(refusal).Reason));

        // As every client does it then: read, change, replace, until nobody was faster.
        var replaced = await ReplaceAsync(name, m => m.Spec["memory"] = new JsonObject { ["size"] = "32Mi" });
        Assert.Equal("1", replaced.Metadata.Labels["new"]);
        Assert.Equal("32Mi", (string?)replaced.Spec["memory"]!["size"]);
        await DeleteAsync(name, "Background");
    }

    [Theory]
    [InlineData("""{"cpu":{"vcpus":65}}""", "spec.cpu.vcpus")]
    [InlineData("""{"memory":{"size":"much"}}""", "spec.memory.size")]
    [InlineData("""{"source":null}""", "spec.source")]
    public async Task An_invalid_machine_is_refused_with_the_field_in_the_details(string change, string field)
    {
        var machine = Machine(cluster.Name("invalid"), "nowhere");
        foreach (var (key, value) in JsonNode.Parse(change)!.AsObject())
        {
            machine.Spec.Remove(key);
            if (value is not null)
            {
                machine.Spec[key] = value.DeepClone();
            }
        }

        var refusal = await Assert.ThrowsAsync<HttpOperationException>(
            () => machines.CreateNamespacedAsync(machine, Namespace, Token));
        var status = StatusOf(refusal);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "Invalid"), (refusal.Response.StatusCode, status.Reason));
        Assert.Equal((machine.Metadata.Name, Group, "VirtualMachine"),
            (status.Details.Name, status.Details.Group, status.Details.Kind));
        // A server may add, without a field, that it has not checked the rest.
        Assert.Equal([field], status.Details.Causes.Select(c => c.Field).Where(f => f != "<nil>").Distinct());
    }

    public void Dispose()
    {
        machines.Dispose();
        hosts.Dispose();
        client.Dispose();
    }

    private static UserObject Host(string name) => new()
    {
        ApiVersion = $"{Group}/{Version}",
        Kind = "SimulatedHost",
        Metadata = new V1ObjectMeta { Name = name, Labels = new Dictionary<string, string> { ["for"] = name } },
        Spec = JsonNode.Parse("""
            {"hardware":{"cores":[{"name":"all","count":1}],"memory":{"size":"128Mi"}}}
            """)!.AsObject(),
    };

    private static UserObject Machine(string name, string host, string strategy = "Always") => new()
    {
        ApiVersion = $"{Group}/{Version}",
        Kind = "VirtualMachine",
        Metadata = new V1ObjectMeta { Name = name, Labels = new Dictionary<string, string> { ["for"] = host } },
        Spec = JsonNode.Parse($$$"""
            {
              "runStrategy": "{{{strategy}}}",
              "source": {"image":{"builtin":"kvstore"}},
              "memory": {"size":"64Mi"},
              "placement": {"hostSelector":{"for":"{{{host}}}"}},
              "ports": [{"name":"redis","port":6379}]
            }
            """)!.AsObject(),
    };

    private static V1Status StatusOf(HttpOperationException refusal) =>
        KubernetesJson.Deserialize<V1Status>(refusal.Response.Content);

    private async Task<IReadOnlyList<Eventsv1Event>> EventsOfAsync(UserObject regarding)
    {
        // Events are sent in the background, after what they tell of.
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            var all = await client.EventsV1.ListNamespacedEventAsync(
                Namespace, fieldSelector: $"regarding.uid={regarding.Metadata.Uid}", cancellationToken: Token);
            if (all.Items.Count >= 2 || Stopwatch.GetElapsedTime(start) > Patience)
            {
                Assert.All(
                    all.Items, e => Assert.Equal(("vee.dev/operator", "Normal"), (e.ReportingController, e.Type)));
                return [.. all.Items];
            }

            await Task.Delay(100, Token);
        }
    }

    private Task<UserObject> PatchAsync(string name, V1Patch.PatchType type, string patch) =>
        machines.PatchNamespacedAsync<UserObject>(new V1Patch(patch, type), Namespace, name, Token);

    private async Task<UserObject> ReplaceAsync(string name, Action<UserObject> change)
    {
        while (true)
        {
            var newest = await machines.ReadNamespacedAsync<UserObject>(Namespace, name, Token);
            change(newest);
            try
            {
                return await machines.ReplaceNamespacedAsync(newest, Namespace, name, Token);
            }
            catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Conflict)
            {
                // The operator has written the status in between.
            }
        }
    }

    private async Task DeleteAsync(string name, string propagation) =>
        await client.CustomObjects.DeleteNamespacedCustomObjectAsync(
            Group, Version, Namespace, "virtualmachines", name, propagationPolicy: propagation,
            cancellationToken: Token);

    private async Task DeleteHostAsync(string name)
    {
        await using var changes = new ObjectWatch(hosts, "", name);
        await changes.UntilAsync((type, _) => type == WatchEventType.Added);
        await client.CustomObjects.DeleteClusterCustomObjectAsync(
            Group, Version, "simulatedhosts", name, cancellationToken: Token);
        await changes.UntilDeletedAsync();
    }

    /// <summary>An API server alone marks what is deleted in the foreground; another process lets it go.</summary>
    private async Task RequireGarbageCollectionAsync()
    {
        var name = cluster.Name("garbage");
        await client.CoreV1.CreateNamespacedConfigMapAsync(
            new V1ConfigMap { Metadata = new V1ObjectMeta { Name = name } }, Namespace, cancellationToken: Token);
        await client.CoreV1.DeleteNamespacedConfigMapAsync(
            name, Namespace, propagationPolicy: "Foreground", cancellationToken: Token);
        var start = Stopwatch.GetTimestamp();
        while (await IsThereAsync(name))
        {
            if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(10))
            {
                await client.CoreV1.PatchNamespacedConfigMapAsync(
                    new V1Patch("""{"metadata":{"finalizers":null}}""", V1Patch.PatchType.MergePatch), name, Namespace,
                    cancellationToken: Token);
                Assert.Skip("nobody collects garbage in this cluster: an API server without kube-controller-manager");
            }

            await Task.Delay(100, Token);
        }
    }

    private async Task<bool> IsThereAsync(string configMap)
    {
        var all = await client.CoreV1.ListNamespacedConfigMapAsync(
            Namespace, fieldSelector: $"metadata.name={configMap}", cancellationToken: Token);
        return all.Items.Count > 0;
    }
}
