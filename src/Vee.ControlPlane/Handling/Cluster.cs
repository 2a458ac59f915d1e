using System.Text.Json.Nodes;
using Vee.ControlPlane.Kinds;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Patching;
using Vee.ControlPlane.Storage;

namespace Vee.ControlPlane.Handling;

/// <summary>What every request works on.</summary>
internal sealed record Cluster(
    ObjectStore Store, ResourceCatalog Catalog, FieldOwnership Ownership, IdentitySource Identities, TimeProvider Time)
{
    /// <summary>Now, in whole seconds, as objects carry it.</summary>
    internal string Now => Timestamp.Text(Time.GetUtcNow());

    /// <summary>A stored object in the version of a resource.</summary>
    internal static JsonObject Read(ResourceDefinition resource, StoredObject stored)
    {
        var value = StoredJson.Read(stored);
        resource.Rules.FromStorage(value);
        return value;
    }

    /// <summary>What is stored of an object.</summary>
    internal static byte[] Bytes(ResourceDefinition resource, JsonObject value)
    {
        var stored = (JsonObject)value.DeepClone();
        resource.Rules.ToStorage(stored);
        return StoredJson.Write(stored);
    }

    internal static ObjectKey Key(ResourceDefinition resource, string ns, string name) =>
        new(resource.StorageName, resource.IsNamespaced ? ns : "", name);
}
