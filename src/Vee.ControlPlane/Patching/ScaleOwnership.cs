using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Patching;

/// <summary>Carries managed fields between an object and its <c>/scale</c>.</summary>
internal static class ScaleOwnership
{
    /// <summary>The managed fields that a Scale shows: those entries that own the object's replicas.</summary>
    /// <param name="managedFields">Of the object.</param>
    /// <param name="apiVersion">Of the object.</param>
    /// <param name="replicasPath">For example <c>.spec.replicas</c>.</param>
    internal static JsonArray ToScale(JsonArray? managedFields, string apiVersion, string replicasPath) =>
        throw new NotSupportedException();

    /// <summary>The object's managed fields after a write through <c>/scale</c>.</summary>
    /// <param name="managedFields">Of the object before.</param>
    /// <param name="scaleManagedFields">Of the Scale after.</param>
    /// <param name="apiVersion">Of the object.</param>
    /// <param name="replicasPath">For example <c>.spec.replicas</c>.</param>
    internal static JsonArray ToParent(
        JsonArray? managedFields, JsonArray scaleManagedFields, string apiVersion, string replicasPath) =>
        throw new NotSupportedException();
}
