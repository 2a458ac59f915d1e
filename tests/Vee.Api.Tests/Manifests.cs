using System.Text.Json.Nodes;

namespace Vee.Api.Tests;

/// <summary>Manifests as users write them, and changes to them as JSON merge patches.</summary>
internal static class Manifests
{
    /// <summary>The least that a machine needs.</summary>
    internal static JsonObject Machine(string change = "{}") => Changed("""
        {
          "apiVersion": "vee.dev/v1alpha1", "kind": "VirtualMachine",
          "metadata": { "name": "kvstore", "namespace": "default", "uid": "u-1", "resourceVersion": "1" },
          "spec": { "source": { "image": { "builtin": "kvstore" } }, "memory": { "size": "128Mi" } }
        }
        """, change);

    /// <summary>The least that a host needs.</summary>
    internal static JsonObject Host(string change = "{}") => Changed("""
        {
          "apiVersion": "vee.dev/v1alpha1", "kind": "SimulatedHost",
          "metadata": { "name": "host-1", "uid": "u-1", "resourceVersion": "1" },
          "spec": { "hardware": { "cores": [{ "name": "big", "count": 2 }], "memory": { "size": "1Gi" } } }
        }
        """, change);

    /// <summary>The least that a policy needs.</summary>
    internal static JsonObject Policy(string change = "{}") => Changed("""
        {
          "apiVersion": "vee.dev/v1alpha1", "kind": "MigrationPolicy",
          "metadata": { "name": "streams", "namespace": "default", "uid": "u-1", "resourceVersion": "1" },
          "spec": {}
        }
        """, change);

    /// <summary>The least that a migration needs.</summary>
    internal static JsonObject Migration(string change = "{}") => Changed("""
        {
          "apiVersion": "vee.dev/v1alpha1", "kind": "VirtualMachineMigration",
          "metadata": { "name": "move-kvstore", "namespace": "default", "uid": "u-1", "resourceVersion": "1" },
          "spec": { "virtualMachineName": "kvstore" }
        }
        """, change);

    private static JsonObject Changed(string manifest, string change) =>
        (JsonObject)Merge(JsonNode.Parse(manifest), JsonNode.Parse(change))!;

    private static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        var result = target is JsonObject map ? map.DeepClone().AsObject() : [];
        foreach (var (name, value) in changes)
        {
            var before = result[name];
            result.Remove(name);
            if (value is not null)
            {
                result[name] = Merge(before, value);
            }
        }

        return result;
    }
}
