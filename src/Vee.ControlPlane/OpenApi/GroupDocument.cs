using System.Text.Json.Nodes;
using Vee.ControlPlane.Kinds;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.OpenApi;

/// <summary>Writes the OpenAPI 3 description of one group and version.</summary>
/// <remarks>
/// Of custom kinds everything is described, from their definitions. Of built-in kinds only that they are objects with
/// metadata: their fields are documented by Kubernetes.
/// </remarks>
internal sealed class GroupDocument(ResourceCatalog catalog)
{
    private const string JsonType = "application/json";

    private static readonly string[] WriteParameters = ["dryRun", "fieldManager", "fieldValidation"];

    private static readonly string[] DeleteParameters =
        ["dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy"];

    private static readonly string[] ListParameters =
    [
        "allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion",
        "resourceVersionMatch", "sendInitialEvents", "timeoutSeconds", "watch",
    ];

    internal JsonObject Make(IReadOnlyList<ResourceDefinition> resources)
    {
        var paths = new JsonObject();
        var schemas = CommonSchemas.All();
        foreach (var resource in resources)
        {
            AddPaths(paths, resource);
            schemas[SchemaName(resource)] = Schema(resource);
            if (!resource.IsVirtual)
            {
                schemas[$"{SchemaName(resource)}List"] = ListSchema(resource);
            }
        }

        return new()
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes CRD Swagger", ["version"] = "v0.1.0" },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = schemas },
        };
    }

    /// <summary>The group reversed, as in <c>dev.vee.v1alpha1.VirtualMachine</c>.</summary>
    private static string SchemaName(ResourceDefinition resource)
    {
        var owner = resource.IsCustom
            ? string.Join('.', resource.Group.Split('.').Reverse())
            : $"io.k8s.api.{(resource.Group.Length == 0 ? "core" : resource.Group.Split('.')[0])}";
        return $"{owner}.{resource.Version}.{resource.Kind}";
    }

    private static void AddPaths(JsonObject paths, ResourceDefinition resource)
    {
        var root = resource.Group.Length == 0 ? $"/api/{resource.Version}" : $"/apis/{resource.GroupVersion}";
        var all = resource.IsNamespaced
            ? $"{root}/namespaces/{{namespace}}/{resource.Plural}"
            : $"{root}/{resource.Plural}";
        if (resource.IsVirtual)
        {
            paths[all] = new JsonObject { ["post"] = Operation(resource, "post", "create", WriteParameters) };
            return;
        }

        paths[all] = new JsonObject
        {
            ["get"] = Operation(resource, "list", "list", ListParameters),
            ["post"] = Operation(resource, "post", "create", WriteParameters),
            ["delete"] = Operation(resource, "deletecollection", "deleteCollection", DeleteParameters),
            ["parameters"] = PathParameters(resource, withName: false),
        };
        if (resource.IsNamespaced)
        {
            paths[$"{root}/{resource.Plural}"] = new JsonObject
            {
                ["get"] = Operation(resource, "list", "listForAllNamespaces", ListParameters),
            };
        }

        paths[$"{all}/{{name}}"] = new JsonObject
        {
            ["get"] = Operation(resource, "get", "read", ["resourceVersion"]),
            ["put"] = Operation(resource, "put", "replace", WriteParameters),
            ["delete"] = Operation(resource, "delete", "delete", DeleteParameters),
            ["patch"] = Operation(resource, "patch", "patch", [.. WriteParameters, "force"]),
            ["parameters"] = PathParameters(resource, withName: true),
        };
        foreach (var subresource in resource.Subresources)
        {
            paths[$"{all}/{{name}}/{subresource.Name}"] = new JsonObject
            {
                ["get"] = Operation(resource, "get", $"read{subresource.Name}", ["resourceVersion"]),
                ["put"] = Operation(resource, "put", $"replace{subresource.Name}", WriteParameters),
                ["patch"] = Operation(resource, "patch", $"patch{subresource.Name}", [.. WriteParameters, "force"]),
                ["parameters"] = PathParameters(resource, withName: true),
            };
        }
    }

    private static JsonObject Operation(
        ResourceDefinition resource, string action, string id, IReadOnlyList<string> parameters)
    {
        var name = action == "list" ? $"{SchemaName(resource)}List" : SchemaName(resource);
        var operation = new JsonObject
        {
            ["description"] = $"{action} {resource.Kind}",
            ["operationId"] = $"{id}{resource.Group}{resource.Version}{resource.Kind}",
            ["parameters"] = new JsonArray([.. parameters.Select(p => (JsonNode)Parameter(p, "query", false))]),
            ["responses"] = new JsonObject
            {
                ["200"] = new JsonObject { ["description"] = "OK", ["content"] = Content(name, JsonType) },
            },
            ["x-kubernetes-action"] = action,
            ["x-kubernetes-group-version-kind"] = GroupVersionKind(resource),
        };
        if (action is "post" or "put")
        {
            operation["requestBody"] = new JsonObject { ["content"] = Content(name, JsonType), ["required"] = true };
        }
        else if (action == "patch")
        {
            operation["requestBody"] = new JsonObject
            {
                ["content"] = Content(
                    CommonSchemas.Patch, "application/apply-patch+yaml", "application/json-patch+json",
                    "application/merge-patch+json"),
                ["required"] = true,
            };
        }

        return operation;
    }

    private static JsonObject Content(string schema, params IReadOnlyList<string> types) => new([
        .. types.Select(type => KeyValuePair.Create<string, JsonNode?>(
            type, new JsonObject { ["schema"] = CommonSchemas.Reference(schema) })),
    ]);

    private static JsonArray PathParameters(ResourceDefinition resource, bool withName)
    {
        var parameters = new JsonArray();
        if (withName)
        {
            parameters.Add((JsonNode)Parameter("name", "path", true));
        }

        if (resource.IsNamespaced)
        {
            parameters.Add((JsonNode)Parameter("namespace", "path", true));
        }

        return parameters;
    }

    private static JsonObject Parameter(string name, string where, bool isRequired)
    {
        var parameter = new JsonObject
        {
            ["name"] = name,
            ["in"] = where,
            ["schema"] = new JsonObject { ["type"] = "string", ["uniqueItems"] = true },
        };
        if (isRequired)
        {
            parameter["required"] = true;
        }

        return parameter;
    }

    private JsonObject Schema(ResourceDefinition resource)
    {
        var schema = resource.IsCustom ? Defined(resource) : new() { ["type"] = "object" };
        if (!resource.IsCustom)
        {
            schema["x-kubernetes-preserve-unknown-fields"] = true;
        }

        if (schema["properties"] is not JsonObject properties)
        {
            properties = [];
            schema["properties"] = properties;
        }

        foreach (var (field, common) in CommonSchemas.ObjectFields())
        {
            properties[field] = common!.DeepClone();
        }

        schema["x-kubernetes-group-version-kind"] = new JsonArray(GroupVersionKind(resource));
        return schema;
    }

    /// <summary>The schema of a definition, with what OpenAPI cannot say put in its words.</summary>
    private JsonObject Defined(ResourceDefinition resource)
    {
        var definition = catalog.Definitions.GetValueOrDefault(resource.StorageName)?.Value;
        var version = (Json.At(definition, "spec", "versions") as JsonArray)?.OfType<JsonObject>()
            .FirstOrDefault(v => Json.GetString(v["name"]) == resource.Version);
        if (Json.At(version, "schema", "openAPIV3Schema") is not JsonObject schema)
        {
            return new() { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true };
        }

        var copy = (JsonObject)schema.DeepClone();
        Translate(copy);
        return copy;
    }

    private static void Translate(JsonNode? node)
    {
        if (node is JsonArray items)
        {
            foreach (var item in items)
            {
                Translate(item);
            }
        }
        else if (node is JsonObject fields)
        {
            foreach (var (_, value) in fields.ToList())
            {
                Translate(value);
            }

            if (Json.IsTrue(fields["x-kubernetes-int-or-string"]) && !fields.ContainsKey("anyOf"))
            {
                fields["anyOf"] = new JsonArray(
                    new JsonObject { ["type"] = "integer" }, new JsonObject { ["type"] = "string" });
            }
        }
    }

    private static JsonObject ListSchema(ResourceDefinition resource)
    {
        var fields = CommonSchemas.ObjectFields();
        fields["metadata"] = CommonSchemas.Reference(CommonSchemas.ListMeta);
        fields["items"] = new JsonObject
        {
            ["type"] = "array",
            ["items"] = CommonSchemas.Reference(SchemaName(resource)),
        };
        return new()
        {
            ["description"] = $"{resource.ListKind} is a list of {resource.Kind}",
            ["type"] = "object",
            ["required"] = new JsonArray("items"),
            ["properties"] = fields,
            ["x-kubernetes-group-version-kind"] = new JsonArray(new JsonObject
            {
                ["group"] = resource.Group,
                ["kind"] = resource.ListKind,
                ["version"] = resource.Version,
            }),
        };
    }

    private static JsonObject GroupVersionKind(ResourceDefinition resource) => new()
    {
        ["group"] = resource.Group,
        ["kind"] = resource.Kind,
        ["version"] = resource.Version,
    };
}
