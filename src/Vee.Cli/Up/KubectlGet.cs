using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using k8s;

namespace Vee.Cli.Up;

/// <summary>What <c>kubectl get</c> prints: the API server makes the cells, the client aligns them.</summary>
/// <remarks>Source: Kubernetes documentation, API concepts, receiving resources as Tables.</remarks>
internal static class KubectlGet
{
    private const int Gap = 3;

    /// <summary>Writes a header and a line per object.</summary>
    /// <param name="client">Of the cluster.</param>
    /// <param name="path">The objects, as <c>apis/vee.dev/v1alpha1/namespaces/default/virtualmachines</c>.</param>
    /// <param name="output">Is written to.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="HttpRequestException">The server refuses.</exception>
    public static async Task WriteAsync(
        Kubernetes client, string path, TextWriter output, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(client.BaseUri, path));
        request.Headers.Accept.Add(
            MediaTypeWithQualityHeaderValue.Parse("application/json;as=Table;v=v1;g=meta.k8s.io"));
        if (client.Credentials is { } credentials)
        {
            await credentials.ProcessHttpRequestAsync(request, cancellation);
        }

        using var answer = await client.HttpClient.SendAsync(request, cancellation);
        answer.EnsureSuccessStatusCode();
        Write(JsonNode.Parse(await answer.Content.ReadAsByteArrayAsync(cancellation))!, output);
    }

    private static void Write(JsonNode table, TextWriter output)
    {
        var columns = table["columnDefinitions"]!.AsArray();
        // The others are for -o wide.
        int[] shown = [.. Enumerable.Range(0, columns.Count).Where(i => (int?)columns[i]!["priority"] is null or 0)];
        string[] header = [.. shown.Select(i => ((string)columns[i]!["name"]!).ToUpperInvariant())];
        var lines = table["rows"]!.AsArray()
            .Select(row => shown.Select(i => row!["cells"]![i]?.ToString() ?? "").ToArray()).Prepend(header).ToList();
        int[] widths = [.. shown.Select((_, column) => lines.Max(line => line[column].Length) + Gap)];
        foreach (var line in lines)
        {
            output.WriteLine(string.Concat(line[..^1].Select((cell, i) => cell.PadRight(widths[i]))) + line[^1]);
        }
    }
}
