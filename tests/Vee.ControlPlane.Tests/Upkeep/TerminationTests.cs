using System.Text.Json.Nodes;
using Vee.ControlPlane.Tests.Servers;
using Xunit;

namespace Vee.ControlPlane.Tests.Upkeep;

public sealed class TerminationTests
{
    [Fact]
    public async Task A_namespace_goes_with_all_that_is_in_it()
    {
        await using var server = await TestServer.StartAsync(o => o with { NamespaceGrace = TimeSpan.Zero });
        await CustomKinds.CreateAsync(server, "things", "Thing");
        await MakeNamespaceAsync(server, "going");
        await server.PostAsync("/api/v1/namespaces/going/configmaps", Named("c"));
        var held = CustomKinds.Object("Thing", "held");
        held["metadata"]!["finalizers"] = new JsonArray("vee.dev/hold");
        await server.PostAsync($"{CustomKinds.Root}/namespaces/going/things", held);
        var deleted = await server.DeleteAsync("/api/v1/namespaces/going");
        Assert.Equal("Terminating", (string?)deleted.Body["status"]!["phase"]);
        await TestServer.UntilAsync(
            async () => (await server.GetAsync("/api/v1/namespaces/going/configmaps/c")).Code == 404, "the map to go");
        Assert.Equal(403, (await server.PostAsync("/api/v1/namespaces/going/configmaps", Named("d"))).Code);
        Assert.Equal(200, (await server.GetAsync("/api/v1/namespaces/going")).Code);
        await server.MergeAsync(
            $"{CustomKinds.Root}/namespaces/going/things/held",
            JsonNode.Parse("""{"metadata":{"finalizers":[]}}""")!);
        await TestServer.UntilAsync(
            async () => (await server.GetAsync("/api/v1/namespaces/going")).Code == 404, "the namespace to go");
        Assert.Equal(404, (await server.PostAsync("/api/v1/namespaces/going/configmaps", Named("d"))).Code);
    }

    [Fact]
    public async Task A_namespace_that_is_going_goes_after_a_restart_too()
    {
        var directory = Directory.CreateTempSubdirectory("vee-control-plane-");
        var options = new ControlPlaneOptions
        {
            DataDirectory = directory.FullName,
            AdminToken = TestServer.Token,
            NamespaceGrace = TimeSpan.FromSeconds(60),
        };
        var first = await TestServer.StartAsync(options);
        using (var client = TestServer.NewClient(first.Url, first.CertificateAuthorityPem, TestServer.Token))
        {
            await ApiAnswer.SendAsync(client, HttpMethod.Post, "/api/v1/namespaces", Named("going"));
            await ApiAnswer.SendAsync(client, HttpMethod.Delete, "/api/v1/namespaces/going", null);
        }

        await first.DisposeAsync();
        await using (var second = await TestServer.StartAsync(options with { NamespaceGrace = TimeSpan.Zero }))
        {
            using var later = TestServer.NewClient(second.Url, second.CertificateAuthorityPem, TestServer.Token);
            await TestServer.UntilAsync(
                async () => (await ApiAnswer.SendAsync(
                    later, HttpMethod.Get, "/api/v1/namespaces/going", null)).Code == 404,
                "the namespace to go");
        }

        directory.Delete(recursive: true);
    }

    [Theory]
    [InlineData("default")]
    [InlineData("kube-system")]
    [InlineData("kube-public")]
    public async Task The_first_namespaces_may_not_be_deleted(string name)
    {
        await using var server = await TestServer.StartAsync();
        var refused = await server.DeleteAsync($"/api/v1/namespaces/{name}");
        Assert.Equal(403, refused.Code);
        Assert.Equal($"namespaces \"{name}\" is forbidden: this namespace may not be deleted", refused.Message);
    }

    [Fact]
    public async Task A_definition_goes_with_its_objects_and_its_paths()
    {
        await using var server = await TestServer.StartAsync();
        await CustomKinds.CreateAsync(server, "things", "Thing");
        await server.PostAsync($"{CustomKinds.Root}/namespaces/default/things", CustomKinds.Object("Thing", "a"));
        Assert.Equal(200, (await server.GetAsync(CustomKinds.Root)).Code);
        await server.DeleteAsync($"{CustomKinds.Path}/things.{CustomKinds.Group}");
        await TestServer.UntilAsync(
            async () => (await server.GetAsync($"{CustomKinds.Path}/things.{CustomKinds.Group}")).Code == 404,
            "the definition to go");
        Assert.Equal("404 page not found\n", (string?)(await server.GetAsync(
            $"{CustomKinds.Root}/namespaces/default/things")).Body["text"]);

        // A new definition of the name begins without objects.
        await CustomKinds.CreateAsync(server, "things", "Thing");
        var list = await server.GetAsync($"{CustomKinds.Root}/namespaces/default/things");
        Assert.Empty(list.Body["items"]!.AsArray());
    }

    [Fact]
    public async Task Names_that_another_definition_has_are_not_accepted()
    {
        await using var server = await TestServer.StartAsync();
        await CustomKinds.CreateAsync(server, "things", "Thing");
        await CustomKinds.CreateAsync(server, "others", "Thing");
        var other = await server.GetAsync($"{CustomKinds.Path}/others.{CustomKinds.Group}");
        var conditions = other.Body["status"]!["conditions"]!.AsArray();
        Assert.Contains(conditions, c =>
            (string?)c!["type"] == "NamesAccepted" && (string?)c["status"] == "False"
            && (string?)c["reason"] == "ListKindConflict");
        Assert.Contains(conditions, c => (string?)c!["type"] == "Established" && (string?)c["status"] == "False");
        Assert.Equal(404, (await server.GetAsync($"{CustomKinds.Root}/namespaces/default/others")).Code);

        // When the names become free, the one that waited gets them.
        await server.DeleteAsync($"{CustomKinds.Path}/things.{CustomKinds.Group}");
        await TestServer.UntilAsync(
            async () => (await server.GetAsync($"{CustomKinds.Root}/namespaces/default/others")).Code == 200,
            "the other definition to be accepted");
    }

    private static Task<ApiAnswer> MakeNamespaceAsync(TestServer server, string name) =>
        server.PostAsync("/api/v1/namespaces", Named(name));

    private static JsonObject Named(string name) => new() { ["metadata"] = new JsonObject { ["name"] = name } };
}
