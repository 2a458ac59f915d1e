using System.Text.Json.Nodes;
using Vee.ControlPlane.Tests.Schemas;
using Vee.ControlPlane.Tests.Servers;
using Xunit;

namespace Vee.ControlPlane.Tests.Kubectl;

/// <summary>A day's work with the real kubectl.</summary>
public sealed class KubectlTests
{
    private const string Widget = """
        apiVersion: conformance.vee.dev/v1
        kind: Widget
        metadata:
          name: k1
          labels: {a: b}
        spec:
          size: 3
        """;

    [Fact]
    public async Task Custom_resources_live_a_whole_life()
    {
        await using var server = await TestServer.StartAsync();
        using var kubectl = new KubectlClient(server.Server);
        var widget = await DefineAsync(kubectl);
        Assert.Contains("created", await kubectl.RunAsync("apply", "-f", widget), StringComparison.Ordinal);
        Assert.Contains("unchanged", await kubectl.RunAsync("apply", "-f", widget), StringComparison.Ordinal);
        kubectl.File("widget.yaml", Widget.Replace("size: 3", "size: 4", StringComparison.Ordinal));
        var (code, diff) = await kubectl.TryAsync("diff", "-f", widget);
        Assert.Equal(1, code);
        Assert.Contains("+  size: 4", diff, StringComparison.Ordinal);
        Assert.Contains("configured", await kubectl.RunAsync("apply", "-f", widget), StringComparison.Ordinal);
        Assert.Contains("serverside-applied", await kubectl.RunAsync(
            "apply", "--server-side", "--force-conflicts", "-f", widget), StringComparison.Ordinal);

        Assert.Matches(@"NAME +SIZE +PHASE +AGE\s+k1 +4 ", await kubectl.RunAsync("get", "wi"));
        Assert.Contains(
            "widget.conformance.vee.dev/k1", await kubectl.RunAsync("get", "all"), StringComparison.Ordinal);
        Assert.Contains("size: 4", await kubectl.RunAsync("get", "wi", "k1", "-o", "yaml"), StringComparison.Ordinal);
        Assert.Matches(@"Size: +4", await kubectl.RunAsync("describe", "wi", "k1"));
        Assert.Contains("-required-", await kubectl.RunAsync("explain", "wi.spec"), StringComparison.Ordinal);
        await ChangeAsync(kubectl);

        await kubectl.RunAsync("delete", "wi", "k1");
        Assert.Contains("No resources found", await kubectl.RunAsync("get", "wi"), StringComparison.Ordinal);
        await kubectl.RunAsync("delete", "crd", "widgets.conformance.vee.dev");
        var (missing, _) = await kubectl.TryAsync("get", "wi");
        Assert.Equal(1, missing);
    }

    [Fact]
    public async Task Wrong_manifests_are_refused_with_the_field_named()
    {
        await using var server = await TestServer.StartAsync();
        using var kubectl = new KubectlClient(server.Server);
        await DefineAsync(kubectl);
        var unknown = kubectl.File("unknown.yaml", Widget.Replace("size", "sice", StringComparison.Ordinal));
        var (code, output) = await kubectl.TryAsync("apply", "-f", unknown);
        Assert.Equal(1, code);
        Assert.Contains("unknown field \"spec.sice\"", output, StringComparison.Ordinal);

        var large = kubectl.File("large.yaml", Widget.Replace("size: 3", "size: 300", StringComparison.Ordinal));
        (code, output) = await kubectl.TryAsync("apply", "-f", large);
        Assert.Equal(1, code);
        Assert.Contains("spec.size in body should be less than or equal to 100", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Built_in_kinds_are_created_shown_and_deleted()
    {
        await using var server = await TestServer.StartAsync();
        using var kubectl = new KubectlClient(server.Server);
        await kubectl.RunAsync("create", "namespace", "work");
        string[] here = ["-n", "work"];
        await kubectl.RunAsync(["create", "configmap", "c", "--from-literal", "a=b", .. here]);
        await kubectl.RunAsync(["create", "secret", "generic", "s", "--from-literal", "k=v", .. here]);
        await kubectl.RunAsync(["create", "serviceaccount", "sa", .. here]);
        await kubectl.RunAsync(["create", "deployment", "d", "--image", "nginx", "--replicas", "2", .. here]);
        await kubectl.RunAsync(["create", "role", "r", "--verb", "get", "--resource", "pods", .. here]);
        await kubectl.RunAsync(["create", "rolebinding", "rb", "--role", "r", "--user", "bob", .. here]);
        await kubectl.RunAsync(["create", "job", "j", "--image", "x", "--", "true", .. here]);
        await kubectl.RunAsync(["expose", "deployment", "d", "--port", "80", .. here]);
        Assert.Equal("dg==", (await kubectl.RunAsync(
            ["get", "secret", "s", "-o", "jsonpath={.data.k}", .. here])).Trim());
        Assert.Equal("2 nginx", (await kubectl.RunAsync(
            ["get", "deployment", "d", "-o", "jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image}",
                .. here])).Trim());
        var all = await kubectl.RunAsync(["get", "all", .. here]);
        Assert.Contains("deployment.apps/d", all, StringComparison.Ordinal);
        Assert.Contains("service/d", all, StringComparison.Ordinal);
        Assert.Contains("No events found", await kubectl.RunAsync(["events", .. here]), StringComparison.Ordinal);
        await kubectl.RunAsync("delete", "namespace", "work");
        var (code, output) = await kubectl.TryAsync("get", "namespace", "work");
        Assert.Equal(1, code);
        Assert.Contains("not found", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kubectl_learns_who_may_do_what()
    {
        await using var server = await TestServer.StartAsync();
        using var kubectl = new KubectlClient(server.Server);
        Assert.Contains("yes", await kubectl.RunAsync("auth", "can-i", "list", "pods"), StringComparison.Ordinal);
        var (code, output) = await kubectl.TryAsync("auth", "can-i", "list", "pods", "--as", "bob");
        Assert.Equal(1, code);
        Assert.Contains("no", output, StringComparison.Ordinal);
        Assert.Contains("system:masters", await kubectl.RunAsync("auth", "whoami"), StringComparison.Ordinal);
        Assert.Contains("customresourcedefinitions", await kubectl.RunAsync("api-resources"), StringComparison.Ordinal);
    }

    private static async Task<string> DefineAsync(KubectlClient kubectl)
    {
        var definition = kubectl.File("definition.json", Recorded.WidgetDefinition().ToJsonString());
        await kubectl.RunAsync("apply", "-f", definition);
        await kubectl.RunAsync(
            "wait", "--for=condition=Established", "crd/widgets.conformance.vee.dev", "--timeout=10s");
        return kubectl.File("widget.yaml", Widget);
    }

    private static async Task ChangeAsync(KubectlClient kubectl)
    {
        await kubectl.RunAsync("patch", "wi", "k1", "--type", "merge", "-p", """{"spec":{"size":7}}""");
        await kubectl.RunAsync(
            "patch", "wi", "k1", "--type", "json", "-p", """[{"op":"add","path":"/spec/tags","value":["t"]}]""");
        await kubectl.RunAsync(
            "patch", "wi", "k1", "--type", "merge", "--subresource", "status", "-p", """{"status":{"phase":"On"}}""");
        await kubectl.RunAsync("wait", "wi/k1", "--for=jsonpath={.status.phase}=On", "--timeout=10s");
        await kubectl.RunAsync("label", "wi", "k1", "q=r");
        await kubectl.RunAsync("annotate", "wi", "k1", "n=m");
        await kubectl.RunAsync("scale", "wi", "k1", "--replicas", "5");
        var dry = await kubectl.RunAsync(
            "patch", "wi", "k1", "--type", "merge", "-p", """{"spec":{"size":99}}""", "--dry-run=server");
        Assert.Contains("patched", dry, StringComparison.Ordinal);
        var value = JsonNode.Parse(await kubectl.RunAsync("get", "wi", "k1", "-o", "json"))!;
        Assert.Equal(7, (int)value["spec"]!["size"]!);
        Assert.Equal(5, (int)value["spec"]!["replicas"]!);
        Assert.Equal("r", (string?)value["metadata"]!["labels"]!["q"]);
        Assert.Equal("m", (string?)value["metadata"]!["annotations"]!["n"]);
    }
}
