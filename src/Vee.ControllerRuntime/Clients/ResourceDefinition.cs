using System.Reflection;
using k8s.Models;

namespace Vee.ControllerRuntime.Clients;

/// <summary>Where the API server keeps the objects of one type.</summary>
/// <param name="Group">The API group; empty for the core group.</param>
/// <param name="Version">The version within the group, such as <c>v1</c>.</param>
/// <param name="Plural">The resource as it stands in a path, such as <c>configmaps</c>.</param>
/// <param name="Kind">The kind as it stands in an object, such as <c>ConfigMap</c>.</param>
/// <param name="IsNamespaced">False for objects of the whole cluster.</param>
public sealed record ResourceDefinition(string Group, string Version, string Plural, string Kind, bool IsNamespaced)
{
    /// <summary>The <c>apiVersion</c> of an object: <c>group/version</c>, or <c>version</c> in the core
    /// group.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>Reads the definition from the type's <see cref="KubernetesEntityAttribute"/>.</summary>
    /// <param name="entity">A type with that attribute.</param>
    /// <param name="isNamespaced">The attribute does not say it; <see cref="ResourceCatalog"/> does.</param>
    /// <exception cref="ArgumentException">The type lacks the attribute.</exception>
    public static ResourceDefinition Of(Type entity, bool isNamespaced)
    {
        var attribute = entity.GetCustomAttribute<KubernetesEntityAttribute>()
            ?? throw new ArgumentException($"{entity} has no {nameof(KubernetesEntityAttribute)}", nameof(entity));
        return new(
            attribute.Group ?? "", attribute.ApiVersion, attribute.PluralName, attribute.Kind, isNamespaced);
    }

    /// <summary>The path of a collection or of one object, from the server's root, without a leading slash.</summary>
    /// <param name="space">A namespace; empty for all of them and for objects of the cluster.</param>
    /// <param name="name">The object, or null for the collection.</param>
    /// <param name="subresource">Such as <c>status</c>, or null.</param>
    internal string PathOf(string space, string? name = null, string? subresource = null)
    {
        var path = Group.Length == 0 ? $"api/{Version}" : $"apis/{Group}/{Version}";
        if (IsNamespaced && space.Length > 0)
        {
            path += $"/namespaces/{Uri.EscapeDataString(space)}";
        }

        path += $"/{Plural}";
        if (name is not null)
        {
            path += $"/{Uri.EscapeDataString(name)}";
        }

        return subresource is null ? path : $"{path}/{subresource}";
    }
}
