using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Kinds;
using Vee.ControlPlane.Objects;

namespace Vee.ControlPlane.OpenApi;

/// <summary>The description of one group and version, and its digest.</summary>
internal sealed record OpenApiDocument(byte[] Json, string Hash);

/// <summary>Descriptions of what is served, one for each group and version, made when first asked for.</summary>
internal sealed class OpenApiDocuments(ResourceCatalog catalog)
{
    /// <summary>By path; replaced as a whole when the catalog changes.</summary>
    private volatile Cached cached = new([], new(StringComparer.Ordinal));

    /// <summary>Where the descriptions are.</summary>
    internal JsonObject Index()
    {
        var paths = new JsonObject();
        foreach (var path in Paths())
        {
            paths[path] = new JsonObject
            {
                ["serverRelativeURL"] = $"/openapi/v3/{path}?hash={Find(path)!.Hash}",
            };
        }

        return new() { ["paths"] = paths };
    }

    /// <summary>One description; null where nothing is served.</summary>
    /// <param name="path">For example <c>apis/apps/v1</c>.</param>
    internal OpenApiDocument? Find(string path)
    {
        var all = catalog.All;
        var current = cached;
        if (!ReferenceEquals(current.Of, all))
        {
            current = new(all, new(StringComparer.Ordinal));
            cached = current;
        }

        var resources = all.Where(r => PathOf(r) == path).ToList();
        return resources.Count == 0 ? null : current.Documents.GetOrAdd(path, _ => Make(resources));
    }

    /// <summary>The older description of everything, which no longer says anything.</summary>
    internal static JsonObject Version2() => new()
    {
        ["swagger"] = "2.0",
        ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = "v1.36.0" },
        ["paths"] = new JsonObject(),
        ["definitions"] = new JsonObject(),
    };

    private IEnumerable<string> Paths() =>
        catalog.All.Select(PathOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static string PathOf(ResourceDefinition resource) => resource.Group.Length == 0
        ? $"api/{resource.Version}"
        : $"apis/{resource.Group}/{resource.Version}";

    private OpenApiDocument Make(IReadOnlyList<ResourceDefinition> resources)
    {
        var json = StoredJson.Bytes(new GroupDocument(catalog).Make(resources));
        return new(json, Convert.ToHexString(SHA512.HashData(json)));
    }

    private sealed record Cached(
        IReadOnlyList<ResourceDefinition> Of, ConcurrentDictionary<string, OpenApiDocument> Documents);
}
