using System.Collections;
using System.Reflection;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Vee.Api.Tests;

/// <summary>Walks schemas and objects side by side.</summary>
internal static class Fields
{
    internal static IReadOnlyList<GeneratedDefinition> Definitions { get; } = CustomResourceDefinitions.Generate();

    internal static V1JSONSchemaProps RootOf(GeneratedDefinition definition) =>
        definition.Definition.Spec.Versions.Single().Schema.OpenAPIV3Schema;

    internal static V1JSONSchemaProps RootOf(string kind) =>
        RootOf(Definitions.Single(d => d.Definition.Spec.Names.Kind == kind));

    /// <summary>Every node of a schema, with its path: <c>.spec.ports[].name</c>.</summary>
    internal static IEnumerable<(string Path, V1JSONSchemaProps Schema)> Below(
        V1JSONSchemaProps schema, string path = "")
    {
        yield return (path, schema);
        var children = (schema.Properties ?? new Dictionary<string, V1JSONSchemaProps>())
            .Select(p => (Path: $"{path}.{p.Key}", Schema: p.Value));
        if (schema.Items is V1JSONSchemaProps items)
        {
            children = children.Append((path + "[]", items));
        }

        if (schema.AdditionalProperties is V1JSONSchemaProps values)
        {
            children = children.Append((path + "{}", values));
        }

        foreach (var below in children.SelectMany(child => Below(child.Schema, child.Path)))
        {
            yield return below;
        }
    }

    /// <summary>Every node of every schema, its path led by the kind.</summary>
    internal static IEnumerable<(string Path, V1JSONSchemaProps Schema)> All() =>
        Definitions.SelectMany(d => Below(RootOf(d), d.Definition.Spec.Names.Kind));

    /// <summary>
    /// The path of every value in an object, spelled as in its schema: a key of a map is one that the schema lets
    /// through. Metadata is Kubernetes's own.
    /// </summary>
    internal static IEnumerable<string> PathsOf(JsonNode? value, V1JSONSchemaProps? schema, string path = "") =>
        (value switch
        {
            _ when path == ".metadata" => [],
            JsonArray list => list.SelectMany(item => PathsOf(item, schema?.Items as V1JSONSchemaProps, path + "[]")),
            JsonObject map when schema?.AdditionalProperties is V1JSONSchemaProps values =>
                map.SelectMany(member => PathsOf(member.Value, values, path + "{}")),
            JsonObject map => map.SelectMany(
                member => PathsOf(member.Value, ChildOf(schema, member.Key), $"{path}.{member.Key}")),
            _ => [],
        }).Prepend(path);

    /// <summary>Properties of an object, and of what it holds, that are not set.</summary>
    internal static IEnumerable<string> Unset(object value, string path)
    {
        if (value is IEnumerable list and not string)
        {
            return list.Cast<object>().Select((item, index) => Unset(item, $"{path}[{index}]"))
                .DefaultIfEmpty([$"{path} is empty"]).SelectMany(unset => unset);
        }

        return value is string || value.GetType().IsValueType || value is V1ObjectMeta
            ? []
            : from property in value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
              let here = $"{path}.{property.Name}"
              from unset in property.GetValue(value) is { } inner ? Unset(inner, here) : [here]
              select unset;
    }

    internal static string Json(object value) => KubernetesJson.Serialize(value);

    private static V1JSONSchemaProps? ChildOf(V1JSONSchemaProps? schema, string name) =>
        schema?.Properties?.TryGetValue(name, out var child) == true ? child : null;
}
