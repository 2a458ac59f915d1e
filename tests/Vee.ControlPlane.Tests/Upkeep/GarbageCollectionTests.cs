using System.Text.Json.Nodes;
using Vee.ControlPlane.Tests.Servers;
using Xunit;

namespace Vee.ControlPlane.Tests.Upkeep;

public sealed class GarbageCollectionTests
{
    private const string Things = $"{CustomKinds.Root}/namespaces/default/things";
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    [Theory]
    [InlineData(null)]
    [InlineData("Background")]
    public async Task What_belongs_to_a_deleted_object_is_deleted(string? policy)
    {
        await using var server = await StartAsync();
        var owner = await MakeAsync(server, "owner");
        await MakeMapAsync(server, "dependent", CustomKinds.Owner(owner));
        await MakeMapAsync(server, "bystander");
        await server.DeleteAsync($"{Things}/owner", Options(policy));
        await GoneAsync(server, $"{Maps}/dependent");
        Assert.Equal(200, (await server.GetAsync($"{Maps}/bystander")).Code);
    }

    [Fact]
    public async Task Chains_of_owners_are_followed()
    {
        await using var server = await StartAsync();
        var first = await MakeAsync(server, "first");
        var second = await MakeAsync(server, "second", CustomKinds.Owner(first));
        await MakeMapAsync(server, "third", CustomKinds.Owner(second));
        await server.DeleteAsync($"{Things}/first");
        await GoneAsync(server, $"{Things}/second");
        await GoneAsync(server, $"{Maps}/third");
    }

    [Fact]
    public async Task Orphans_stay_and_belong_to_nobody()
    {
        await using var server = await StartAsync();
        var owner = await MakeAsync(server, "owner");
        await MakeMapAsync(server, "dependent", CustomKinds.Owner(owner));
        await server.DeleteAsync($"{Things}/owner", Options("Orphan"));
        await GoneAsync(server, $"{Things}/owner");
        var dependent = await server.GetAsync($"{Maps}/dependent");
        Assert.Equal(200, dependent.Code);
        Assert.Null(dependent.Body["metadata"]!["ownerReferences"]);
    }

    [Fact]
    public async Task An_owner_deleted_in_the_foreground_waits_for_what_blocks_it()
    {
        await using var server = await StartAsync();
        var owner = await MakeAsync(server, "owner");
        var held = CustomKinds.Object("Thing", "held", null, CustomKinds.Owner(owner, blocks: true));
        held["metadata"]!["finalizers"] = new JsonArray("vee.dev/hold");
        Assert.Equal(201, (await server.PostAsync(Things, held)).Code);
        var deleted = await server.DeleteAsync($"{Things}/owner", Options("Foreground"));
        Assert.Equal("foregroundDeletion", (string?)deleted.Body["metadata"]!["finalizers"]![0]);
        await TestServer.UntilAsync(
            async () => (await server.GetAsync($"{Things}/held")).Body["metadata"]!["deletionTimestamp"] is not null,
            "the dependent to be marked");
        Assert.Equal(200, (await server.GetAsync($"{Things}/owner")).Code);
        await server.MergeAsync($"{Things}/held", JsonNode.Parse("""{"metadata":{"finalizers":null}}""")!);
        await GoneAsync(server, $"{Things}/held");
        await GoneAsync(server, $"{Things}/owner");
    }

    [Fact]
    public async Task An_object_whose_owner_never_was_is_deleted()
    {
        await using var server = await StartAsync();
        var ghost = CustomKinds.Object("Thing", "ghost");
        ghost["metadata"]!["uid"] = "00000000-0000-4000-8000-000000000000";
        await MakeMapAsync(server, "dependent", CustomKinds.Owner(ghost));
        await GoneAsync(server, $"{Maps}/dependent");
    }

    [Fact]
    public async Task An_object_with_another_owner_stays_and_forgets_the_one_that_is_gone()
    {
        await using var server = await StartAsync();
        var one = await MakeAsync(server, "one");
        var two = await MakeAsync(server, "two");
        await MakeMapAsync(server, "dependent", CustomKinds.Owner(one), CustomKinds.Owner(two));
        await server.DeleteAsync($"{Things}/one");
        await TestServer.UntilAsync(
            async () => (await server.GetAsync($"{Maps}/dependent")).Body["metadata"]!["ownerReferences"] is
                JsonArray { Count: 1 } left && (string?)left[0]!["name"] == "two",
            "one owner to be left");
        await server.DeleteAsync($"{Things}/two");
        await GoneAsync(server, $"{Maps}/dependent");
    }

    [Fact]
    public async Task An_owner_of_an_unknown_kind_may_be_anywhere()
    {
        await using var server = await StartAsync();
        var foreign = CustomKinds.Object("Elsewhere", "far");
        foreign["metadata"]!["uid"] = "00000000-0000-4000-8000-000000000000";
        await MakeMapAsync(server, "dependent", CustomKinds.Owner(foreign));
        var owner = await MakeAsync(server, "owner");
        await MakeMapAsync(server, "marker", CustomKinds.Owner(owner));
        await server.DeleteAsync($"{Things}/owner");
        await GoneAsync(server, $"{Maps}/marker");
        Assert.Equal(200, (await server.GetAsync($"{Maps}/dependent")).Code);
    }

    private static async Task<TestServer> StartAsync()
    {
        var server = await TestServer.StartAsync();
        await CustomKinds.CreateAsync(server, "things", "Thing");
        return server;
    }

    private static async Task<JsonObject> MakeAsync(TestServer server, string name, params JsonNode[] owners)
    {
        var made = await server.PostAsync(Things, CustomKinds.Object("Thing", name, null, owners));
        Assert.True(made.Code == 201, made.Message);
        return made.Body;
    }

    private static async Task MakeMapAsync(TestServer server, string name, params JsonNode[] owners)
    {
        var map = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["ownerReferences"] = new JsonArray(owners) },
        };
        var made = await server.PostAsync(Maps, map);
        Assert.True(made.Code == 201, made.Message);
    }

    private static JsonObject? Options(string? policy) => policy is null
        ? null
        : new()
        {
            ["kind"] = "DeleteOptions",
            ["apiVersion"] = "v1",
            ["propagationPolicy"] = policy,
        };

    private static Task GoneAsync(TestServer server, string path) =>
        TestServer.UntilAsync(async () => (await server.GetAsync(path)).Code == 404, $"{path} to go");
}
