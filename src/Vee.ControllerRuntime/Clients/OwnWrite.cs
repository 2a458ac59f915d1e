using k8s.Models;

namespace Vee.ControllerRuntime.Clients;

/// <summary>A write of this process that the server confirmed, and that a store may not show yet.</summary>
/// <param name="Key">The object.</param>
/// <param name="ResourceVersion">What the server gave it; null for a deletion that took place at once.</param>
/// <param name="ControllerUid">The uid in its controller owner reference; null without one.</param>
/// <param name="DeletedUid">The uid of the object that went at once; null for anything else.</param>
internal readonly record struct OwnWrite(
    ObjectKey Key, string? ResourceVersion, string? ControllerUid, string? DeletedUid)
{
    internal static OwnWrite Of(V1ObjectMeta metadata) =>
        new(metadata.Key, metadata.ResourceVersion, metadata.ControllerUid, DeletedUid: null);
}
