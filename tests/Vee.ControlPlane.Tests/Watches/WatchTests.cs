using System.Text.Json.Nodes;
using Vee.ControlPlane.Tests.Servers;
using Xunit;

namespace Vee.ControlPlane.Tests.Watches;

public sealed class WatchTests
{
    private const string Path = "/api/v1/namespaces/default/configmaps";

    [Fact]
    public async Task A_watch_without_a_version_begins_with_what_is_there()
    {
        await using var server = await TestServer.StartAsync();
        await WatchClient.CreateAsync(server, "a");
        using var watch = await WatchClient.OpenAsync(server.Client, $"{Path}?watch=1");
        Assert.StartsWith("ADDED a@", WatchClient.Text((await watch.NextAsync())!), StringComparison.Ordinal);
        await WatchClient.CreateAsync(server, "b");
        Assert.StartsWith("ADDED b@", WatchClient.Text((await watch.NextAsync())!), StringComparison.Ordinal);
        await server.DeleteAsync($"{Path}/a");
        Assert.StartsWith("DELETED a@", WatchClient.Text((await watch.NextAsync())!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_selector_turns_changes_into_coming_and_going()
    {
        await using var server = await TestServer.StartAsync();
        using var watch = await WatchClient.OpenAsync(server.Client, $"{Path}?watch=1&labelSelector=of%3Dme");
        await WatchClient.CreateAsync(server, "a", "other");
        await server.MergeAsync($"{Path}/a", Labelled("me"));
        var came = (await watch.NextAsync())!;
        Assert.Equal("ADDED", (string?)came["type"]);
        var went = await server.MergeAsync($"{Path}/a", Labelled("other"));
        var gone = (await watch.NextAsync())!;
        Assert.Equal($"DELETED a@{went.Version}", WatchClient.Text(gone));
        Assert.Equal("me", (string?)gone["object"]!["metadata"]!["labels"]!["of"]);
    }

    [Fact]
    public async Task Versions_forgotten_after_a_restart_are_answered_410()
    {
        var directory = Directory.CreateTempSubdirectory("vee-control-plane-");
        try
        {
            var options = new ControlPlaneOptions
            {
                DataDirectory = directory.FullName,
                AdminToken = TestServer.Token,
                ChangesMax = 16,
            };
            var first = await TestServer.StartAsync(options);
            using (var client = TestServer.NewClient(first.Url, first.CertificateAuthorityPem, TestServer.Token))
            {
                for (var i = 0; i < 60; i++)
                {
                    await ApiAnswer.SendAsync(client, HttpMethod.Post, Path, new JsonObject
                    {
                        ["metadata"] = new JsonObject { ["name"] = $"c{i}" },
                    });
                }
            }

            await first.DisposeAsync();
            await using var second = await TestServer.StartAsync(options);
            using var later = TestServer.NewClient(second.Url, second.CertificateAuthorityPem, TestServer.Token);
            using var watch = await WatchClient.OpenAsync(later, $"{Path}?watch=1&resourceVersion=10");
            var error = (await watch.NextAsync())!;
            Assert.Equal("ERROR", (string?)error["type"]);
            Assert.Equal(410, (int)error["object"]!["code"]!);
            Assert.Equal("Expired", (string?)error["object"]!["reason"]);
            Assert.Null(await watch.NextAsync());

            var list = await ApiAnswer.SendAsync(
                later, HttpMethod.Get, $"{Path}?resourceVersion=10&resourceVersionMatch=Exact", null);
            Assert.Equal(410, list.Code);
            Assert.Equal("Expired", list.Reason);

            using var recent = await WatchClient.OpenAsync(
                later, $"{Path}?watch=1&timeoutSeconds=1&resourceVersion={second.Revision - 5}");
            Assert.Equal(5, (await recent.RestAsync()).Count);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Bookmarks_tell_how_far_a_quiet_watch_has_come()
    {
        await using var server = await TestServer.StartAsync();
        using var watch = await WatchClient.OpenAsync(
            server.Client, $"{Path}?watch=1&allowWatchBookmarks=true&timeoutSeconds=3&resourceVersion=1");
        var made = await server.PostAsync("/api/v1/namespaces", new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "elsewhere" },
        });
        Assert.Equal($"BOOKMARK @{made.Version}", WatchClient.Text((await watch.NextAsync())!));
        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task Two_hundred_watchers_see_every_change_in_order()
    {
        await using var server = await TestServer.StartAsync();
        var watches = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ =>
            WatchClient.OpenAsync(server.Client, $"{Path}?watch=1&resourceVersion={server.Server.Revision}")));
        var want = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            want.Add($"ADDED c{i}@{(await WatchClient.CreateAsync(server, $"c{i}")).Version}");
        }

        foreach (var watch in watches)
        {
            var got = new List<string>();
            while (got.Count < want.Count)
            {
                got.Add(WatchClient.Text((await watch.NextAsync())!));
            }

            Assert.Equal(want, got);
            watch.Dispose();
        }
    }

    [Fact]
    public async Task Stopping_the_server_ends_watches_cleanly()
    {
        await using var server = await TestServer.StartAsync();
        using var watch = await WatchClient.OpenAsync(server.Client, $"{Path}?watch=1");
        var started = DateTime.UtcNow;
        await server.Server.DisposeAsync();
        Assert.Null(await watch.NextAsync());
        Assert.True(DateTime.UtcNow - started < TimeSpan.FromSeconds(4), "the server waited for a watch");
    }

    [Fact]
    public async Task A_watch_ends_when_its_kind_changes()
    {
        await using var server = await TestServer.StartAsync();
        await CustomKinds.CreateAsync(server, "things", "Thing");
        using var watch = await WatchClient.OpenAsync(server.Client, $"{CustomKinds.Root}/things?watch=1");
        Assert.Equal(200, (await server.DeleteAsync($"{CustomKinds.Path}/things.{CustomKinds.Group}")).Code);
        while (await watch.NextAsync() is not null)
        {
            // What happened until then is still told.
        }
    }

    private static JsonObject Labelled(string label) => new()
    {
        ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["of"] = label } },
    };
}
