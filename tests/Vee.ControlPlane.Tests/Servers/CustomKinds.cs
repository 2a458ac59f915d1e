using System.Text.Json.Nodes;
using Xunit;

namespace Vee.ControlPlane.Tests.Servers;

/// <summary>Small custom kinds.</summary>
internal static class CustomKinds
{
    internal const string Group = "test.vee.dev";
    internal const string Root = $"/apis/{Group}/v1";
    internal const string Path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    /// <summary>A kind with a free spec and a status of its own.</summary>
    internal static JsonObject Make(string plural, string kind, string scope = "Namespaced") => JsonNode.Parse($$"""
        {
          "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
          "metadata": { "name": "{{plural}}.{{Group}}" },
          "spec": {
            "group": "{{Group}}", "scope": "{{scope}}",
            "names": { "plural": "{{plural}}", "kind": "{{kind}}" },
            "versions": [
              {
                "name": "v1", "served": true, "storage": true, "subresources": { "status": {} },
                "schema": { "openAPIV3Schema": { "type": "object", "properties": {
                  "spec": { "type": "object", "x-kubernetes-preserve-unknown-fields": true },
                  "status": { "type": "object", "x-kubernetes-preserve-unknown-fields": true }
                } } }
              }
            ]
          }
        }
        """)!.AsObject();

    internal static async Task CreateAsync(TestServer server, string plural, string kind, string scope = "Namespaced")
    {
        var made = await server.PostAsync(Path, Make(plural, kind, scope));
        Assert.True(made.Code == 201, made.Message);
    }

    /// <summary>An object of such a kind.</summary>
    internal static JsonObject Object(string kind, string name, JsonObject? spec = null, params JsonNode[] owners)
    {
        var metadata = new JsonObject { ["name"] = name };
        if (owners.Length > 0)
        {
            metadata["ownerReferences"] = new JsonArray(owners);
        }

        return new()
        {
            ["apiVersion"] = $"{Group}/v1",
            ["kind"] = kind,
            ["metadata"] = metadata,
            ["spec"] = spec ?? [],
        };
    }

    /// <summary>A reference to an object that was made.</summary>
    internal static JsonObject Owner(JsonObject owner, bool blocks = false) => new()
    {
        ["apiVersion"] = owner["apiVersion"]!.DeepClone(),
        ["kind"] = owner["kind"]!.DeepClone(),
        ["name"] = owner["metadata"]!["name"]!.DeepClone(),
        ["uid"] = owner["metadata"]!["uid"]!.DeepClone(),
        ["blockOwnerDeletion"] = blocks,
    };
}
