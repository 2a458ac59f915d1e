using System.Text.Json.Nodes;
using Vee.ControlPlane.Tests.Servers;
using Xunit;

namespace Vee.ControlPlane.Tests.Durability;

public sealed class KillTests : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("vee-control-plane-");

    [Fact]
    public async Task A_killed_server_has_kept_every_acknowledged_write()
    {
        var acknowledged = new List<(string Name, string Version)>();
        var highest = 0L;
        for (var round = 0; round < 3; round++)
        {
            await using var server = await ChildServer.StartAsync(directory.FullName);
            using var client = TestServer.NewClient(server.Url, server.AuthorityPem, TestServer.Token);
            await AssertKeptAsync(client, acknowledged);
            var writers = Enumerable.Range(0, 3)
                .Select(w => WriteAsync(client, $"r{round}-w{w}", acknowledged)).ToList();
            await TestServer.UntilAsync(() => Task.FromResult(Count(acknowledged) >= (round + 1) * 40), "writes");
            await server.KillAsync();
            await Task.WhenAll(writers);
            var versions = acknowledged.ConvertAll(a => long.Parse(a.Version, null));
            Assert.Equal(versions.Count, versions.Distinct().Count());
            Assert.True(versions.Max() > highest, "versions go on after a restart");
            highest = versions.Max();
        }

        await using var last = await ChildServer.StartAsync(directory.FullName);
        using var reader = TestServer.NewClient(last.Url, last.AuthorityPem, TestServer.Token);
        await AssertKeptAsync(reader, acknowledged);
    }

    public void Dispose() => directory.Delete(recursive: true);

    private static int Count(List<(string, string)> acknowledged)
    {
        lock (acknowledged)
        {
            return acknowledged.Count;
        }
    }

    /// <summary>Creates until the server is gone.</summary>
    private static async Task WriteAsync(HttpClient client, string prefix, List<(string, string)> acknowledged)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                var name = $"{prefix}-{i}";
                var answer = await ApiAnswer.SendAsync(
                    client, HttpMethod.Post, "/api/v1/namespaces/default/configmaps", new JsonObject
                    {
                        ["metadata"] = new JsonObject { ["name"] = name },
                        ["data"] = new JsonObject { ["of"] = name },
                    });
                Assert.Equal(201, answer.Code);
                lock (acknowledged)
                {
                    acknowledged.Add((name, answer.Version));
                }
            }
        }
        catch (HttpRequestException)
        {
            // Killed, as it should be.
        }
    }

    private static async Task AssertKeptAsync(HttpClient client, List<(string Name, string Version)> acknowledged)
    {
        var list = await ApiAnswer.SendAsync(
            client, HttpMethod.Get, "/api/v1/namespaces/default/configmaps", null);
        Assert.Equal(200, list.Code);
        var kept = list.Body["items"]!.AsArray().ToDictionary(
            item => (string)item!["metadata"]!["name"]!, item => item!, StringComparer.Ordinal);
        foreach (var (name, version) in acknowledged)
        {
            Assert.True(kept.TryGetValue(name, out var value), $"{name} is lost");
            Assert.Equal(version, (string?)value["metadata"]!["resourceVersion"]);
            Assert.Equal(name, (string?)value["data"]!["of"]);
        }
    }
}
