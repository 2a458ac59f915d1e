using k8s.Models;

namespace Vee.ControllerRuntime.Clients;

/// <summary>Words for what metadata says.</summary>
public static class Metadata
{
    extension(V1ObjectMeta metadata)
    {
        /// <summary>Namespace and name.</summary>
        public ObjectKey Key => new(metadata.NamespaceProperty ?? "", metadata.Name ?? "");

        /// <summary>The owner that controls the object; null when nobody does.</summary>
        public V1OwnerReference? ControllerOwner =>
            metadata.OwnerReferences?.FirstOrDefault(o => o.Controller == true);

        /// <summary>The uid of the owner that controls the object; null when nobody does.</summary>
        public string? ControllerUid => metadata.ControllerOwner?.Uid;

        /// <summary>Somebody asked for its deletion.</summary>
        public bool IsBeingDeleted => metadata.DeletionTimestamp is not null;
    }
}
