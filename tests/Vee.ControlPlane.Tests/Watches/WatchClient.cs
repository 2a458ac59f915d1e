using System.Text.Json.Nodes;
using Vee.ControlPlane.Tests.Servers;
using Xunit;

namespace Vee.ControlPlane.Tests.Watches;

/// <summary>Reads the events of a watch.</summary>
internal sealed class WatchClient : IDisposable
{
    private readonly HttpResponseMessage response;
    private readonly StreamReader lines;

    private WatchClient(HttpResponseMessage response, Stream body)
    {
        this.response = response;
        lines = new(body);
    }

    internal static async Task<WatchClient> OpenAsync(HttpClient client, string path)
    {
        var opened = await client.GetAsync(
            path, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)opened.StatusCode);
        return new(opened, await opened.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The next event; null when the watch has ended.</summary>
    internal async Task<JsonObject?> NextAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        return await lines.ReadLineAsync(limit.Token) is { } line ? JsonNode.Parse(line)!.AsObject() : null;
    }

    /// <summary>All events until the watch ends, each as <c>TYPE name@version</c>.</summary>
    internal async Task<List<string>> RestAsync()
    {
        var found = new List<string>();
        while (await NextAsync() is { } next)
        {
            found.Add(Text(next));
        }

        return found;
    }

    internal static string Text(JsonObject next) =>
        $"{next["type"]} {next["object"]!["metadata"]?["name"]}@{next["object"]!["metadata"]?["resourceVersion"]}";

    public void Dispose()
    {
        lines.Dispose();
        response.Dispose();
    }

    /// <summary>Makes a ConfigMap in the default namespace.</summary>
    internal static Task<ApiAnswer> CreateAsync(TestServer server, string name, string label = "none") =>
        server.PostAsync("/api/v1/namespaces/default/configmaps", new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["labels"] = new JsonObject { ["of"] = label },
            },
        });
}
