using System.Collections.Frozen;
using k8s;
using k8s.Models;

namespace Vee.ControllerRuntime.Clients;

/// <summary>Knows which types are objects of the whole cluster; everything else is namespaced.</summary>
/// <remarks>Immutable. The client library's attribute names group, version and plural, but not the scope.</remarks>
public sealed class ResourceCatalog
{
    private readonly FrozenSet<Type> clusterScoped;

    private ResourceCatalog(FrozenSet<Type> clusterScoped) => this.clusterScoped = clusterScoped;

    /// <summary>The built-in kinds of the whole cluster that operators meet.</summary>
    public static ResourceCatalog Default { get; } = new(
        new[]
        {
            typeof(V1Namespace), typeof(V1Node), typeof(V1PersistentVolume), typeof(V1CustomResourceDefinition),
            typeof(V1ClusterRole), typeof(V1ClusterRoleBinding), typeof(V1PriorityClass), typeof(V1StorageClass),
            typeof(V1APIService), typeof(V1ValidatingWebhookConfiguration), typeof(V1MutatingWebhookConfiguration),
        }.ToFrozenSet());

    /// <summary>This catalog and one more type of the whole cluster.</summary>
    public ResourceCatalog WithClusterScoped<T>()
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        new(clusterScoped.Append(typeof(T)).ToFrozenSet());

    /// <summary>The definition of a type.</summary>
    /// <exception cref="ArgumentException">The type lacks <see cref="KubernetesEntityAttribute"/>.</exception>
    public ResourceDefinition DefinitionOf<T>()
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        ResourceDefinition.Of(typeof(T), !clusterScoped.Contains(typeof(T)));
}
