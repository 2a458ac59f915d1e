using System.Text.Json.Nodes;
using Vee.ControlPlane.Kinds;

namespace Vee.ControlPlane.Discovery;

/// <summary>Says what is served: groups, versions, resources, one by one or all at once.</summary>
/// <remarks>Source: <c>k8s.io/api/apidiscovery</c> and <c>k8s.io/apimachinery/pkg/apis/meta/v1</c>.</remarks>
internal sealed class DiscoveryDocuments(ResourceCatalog catalog, Func<string> address)
{
    /// <summary>The versions of the core group.</summary>
    internal JsonObject CoreVersions() => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(new JsonObject
        {
            ["clientCIDR"] = "0.0.0.0/0",
            ["serverAddress"] = address(),
        }),
    };

    /// <summary>All groups but the core group.</summary>
    internal JsonObject Groups() => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = new JsonArray([.. GroupNames().Select(name => (JsonNode)GroupOf(name))]),
    };

    /// <summary>One group; null when it is not served.</summary>
    internal JsonObject? Group(string name)
    {
        if (Versions(name).Count == 0)
        {
            return null;
        }

        var head = new JsonObject { ["kind"] = "APIGroup", ["apiVersion"] = "v1" };
        foreach (var (field, value) in GroupOf(name))
        {
            head[field] = value?.DeepClone();
        }

        return head;
    }

    /// <summary>The resources of one version of a group; null when it is not served.</summary>
    internal JsonObject? Resources(string group, string version)
    {
        var resources = new JsonArray();
        var isCustom = false;
        foreach (var resource in catalog.All.Where(r => r.Group == group && r.Version == version))
        {
            isCustom |= resource.IsCustom;
            resources.Add((JsonNode)Resource(resource));
            foreach (var subresource in resource.Subresources)
            {
                resources.Add((JsonNode)Below(resource, subresource));
            }
        }

        if (resources.Count == 0)
        {
            return null;
        }

        var list = new JsonObject { ["kind"] = "APIResourceList" };
        if (group.Length > 0)
        {
            list["apiVersion"] = "v1";
        }

        list["groupVersion"] = group.Length > 0 ? $"{group}/{version}" : version;
        list["resources"] = resources;
        return list;
    }

    /// <summary>Everything below <c>/api</c> or <c>/apis</c> at once.</summary>
    /// <param name="isCore">Below <c>/api</c>.</param>
    /// <param name="version">Of the answer: v2 or v2beta1.</param>
    internal JsonObject Aggregated(bool isCore, string version)
    {
        var items = new JsonArray();
        foreach (var group in isCore ? [""] : GroupNames())
        {
            var versions = new JsonArray([.. Versions(group).Select(v => (JsonNode)VersionOf(group, v))]);
            items.Add((JsonNode)new JsonObject
            {
                ["metadata"] = isCore ? [] : new JsonObject { ["name"] = group },
                ["versions"] = versions,
            });
        }

        return new()
        {
            ["kind"] = "APIGroupDiscoveryList",
            ["apiVersion"] = $"apidiscovery.k8s.io/{version}",
            ["metadata"] = new JsonObject(),
            ["items"] = items,
        };
    }

    private IEnumerable<string> GroupNames() =>
        catalog.All.Select(r => r.Group).Where(g => g.Length > 0).Distinct(StringComparer.Ordinal);

    private List<string> Versions(string group) =>
    [
        .. catalog.All.Where(r => r.Group == group).Select(r => r.Version).Distinct(StringComparer.Ordinal)
            .Order(VersionPriority.Comparer),
    ];

    private JsonObject GroupOf(string name)
    {
        JsonObject Pair(string version) => new() { ["groupVersion"] = $"{name}/{version}", ["version"] = version };
        var versions = Versions(name);
        return new()
        {
            ["name"] = name,
            ["versions"] = new JsonArray([.. versions.Select(v => (JsonNode)Pair(v))]),
            ["preferredVersion"] = Pair(versions[0]),
        };
    }

    private JsonObject VersionOf(string group, string version) => new()
    {
        ["version"] = version,
        ["resources"] = new JsonArray([
            .. catalog.All.Where(r => r.Group == group && r.Version == version).Select(r => (JsonNode)Discovered(r)),
        ]),
        ["freshness"] = "Current",
    };

    private static JsonObject Resource(ResourceDefinition resource)
    {
        var described = new JsonObject
        {
            ["name"] = resource.Plural,
            ["singularName"] = resource.Singular,
            ["namespaced"] = resource.IsNamespaced,
            ["kind"] = resource.Kind,
            ["verbs"] = Texts(resource.Verbs),
        };
        AddNames(described, resource);
        if (!resource.IsVirtual)
        {
            described["storageVersionHash"] = resource.StorageHash;
        }

        return described;
    }

    private static JsonObject Below(ResourceDefinition resource, Subresource subresource)
    {
        var described = new JsonObject
        {
            ["name"] = $"{resource.Plural}/{subresource.Name}",
            ["singularName"] = "",
            ["namespaced"] = resource.IsNamespaced,
        };
        if (subresource.Kind.Length > 0)
        {
            described["group"] = subresource.Group;
            described["version"] = subresource.Version;
        }

        described["kind"] = subresource.Kind.Length > 0 ? subresource.Kind : resource.Kind;
        described["verbs"] = Texts(subresource.Verbs);
        return described;
    }

    private static JsonObject Discovered(ResourceDefinition resource)
    {
        // Built-in kinds leave out what is the same as above them.
        var (group, version) = resource.IsCustom ? (resource.Group, resource.Version) : ("", "");
        var described = new JsonObject
        {
            ["resource"] = resource.Plural,
            ["responseKind"] = ResponseKind(group, version, resource.Kind),
            ["scope"] = resource.IsNamespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = resource.Singular,
            ["verbs"] = Texts(resource.Verbs),
        };
        AddNames(described, resource);
        if (resource.Subresources.Count > 0)
        {
            described["subresources"] = new JsonArray([
                .. resource.Subresources.Select(s => (JsonNode)new JsonObject
                {
                    ["subresource"] = s.Name,
                    ["responseKind"] = s.Kind.Length > 0
                        ? ResponseKind(s.Group, s.Version, s.Kind)
                        : ResponseKind(group, version, resource.Kind),
                    ["verbs"] = Texts(s.Verbs),
                }),
            ]);
        }

        return described;
    }

    private static JsonObject ResponseKind(string group, string version, string kind) => new()
    {
        ["group"] = group,
        ["version"] = version,
        ["kind"] = kind,
    };

    private static void AddNames(JsonObject described, ResourceDefinition resource)
    {
        if (resource.ShortNames.Count > 0)
        {
            described["shortNames"] = Texts(resource.ShortNames);
        }

        if (resource.Categories.Count > 0)
        {
            described["categories"] = Texts(resource.Categories);
        }
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);
}
