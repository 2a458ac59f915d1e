using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Definitions;

/// <summary>A definition's spec as Kubernetes checks it: what all versions share stands above them.</summary>
/// <remarks>
/// Hence errors in the schema of a definition with one version are reported below <c>spec.validation</c>. Source:
/// apiextensions-apiserver, <c>apis/apiextensions/v1/conversion.go</c>.
/// </remarks>
internal sealed class DefinitionSpec
{
    internal DefinitionSpec(JsonNode? spec)
    {
        Source = spec as JsonObject ?? [];
        var versions = Source["versions"] as JsonArray ?? [];
        Versions = [.. versions.Select(v => new DefinitionVersion(v as JsonObject ?? []))];
        if (Versions.Count == 0)
        {
            return;
        }

        Schema = Shared("schema");
        Subresources = Shared("subresources");
        Columns = Shared("additionalPrinterColumns");
        SelectableFields = Shared("selectableFields");
    }

    internal JsonObject Source { get; }

    internal IReadOnlyList<DefinitionVersion> Versions { get; }

    /// <summary>What all versions share, which then is none of theirs; null otherwise.</summary>
    internal JsonNode? Schema { get; }

    internal JsonNode? Subresources { get; }

    internal JsonNode? Columns { get; }

    internal JsonNode? SelectableFields { get; }

    internal string Group => Json.GetString(Source["group"]) ?? "";

    internal string Scope => Json.GetString(Source["scope"]) ?? "";

    internal string Plural => Name("plural");

    internal string Kind => Name("kind");

    internal string Name(string field) => Json.GetString(Json.At(Source, "names", field)) ?? "";

    private JsonNode? Shared(string field)
    {
        var first = Versions[0].Source[field];
        if (!Versions.All(v => Json.AreEqual(v.Source[field], first)))
        {
            return null;
        }

        foreach (var version in Versions)
        {
            version.Own.Remove(field);
        }

        return first;
    }
}

/// <summary>A version of a definition.</summary>
internal sealed class DefinitionVersion(JsonObject source)
{
    internal JsonObject Source => source;

    /// <summary>Which fields are the version's own, not shared by all.</summary>
    internal HashSet<string> Own { get; } = new(StringComparer.Ordinal)
    {
        "schema", "subresources", "additionalPrinterColumns", "selectableFields",
    };

    internal string Name => Json.GetString(source["name"]) ?? "";

    internal bool IsStorage => Json.IsTrue(source["storage"]);

    /// <summary>A field that is the version's own.</summary>
    internal JsonNode? Get(string field) => Own.Contains(field) ? source[field] : null;

    /// <summary>The version as messages print it: a Go struct without what is shared.</summary>
    internal JsonObject Shown() => new()
    {
        [nameof(Name)] = Name,
        ["Served"] = Json.IsTrue(source["served"]),
        ["Storage"] = IsStorage,
        ["Deprecated"] = Json.IsTrue(source["deprecated"]),
        ["DeprecationWarning"] = source["deprecationWarning"]?.DeepClone(),
        ["Schema"] = Get("schema")?.DeepClone(),
        ["Subresources"] = Get("subresources")?.DeepClone(),
        ["AdditionalPrinterColumns"] = Get("additionalPrinterColumns")?.DeepClone(),
        ["SelectableFields"] = Get("selectableFields")?.DeepClone(),
    };
}
