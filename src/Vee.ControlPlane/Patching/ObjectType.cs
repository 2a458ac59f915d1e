using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Patching;

/// <summary>How a kind merges.</summary>
/// <param name="ApiVersion">For example <c>vee.dev/v1alpha1</c>.</param>
/// <param name="Kind">For example <c>ConfigMap</c>.</param>
/// <param name="Root">The type of the whole object.</param>
/// <param name="Empty">
/// What a new object holds before anything is set: for built-in kinds the structs that are always there. Fields of it
/// belong to nobody. Empty for custom kinds.
/// </param>
internal sealed record ObjectType(string ApiVersion, string Kind, FieldType Root, JsonObject Empty);

/// <summary>Finds how kinds merge.</summary>
internal interface IObjectTypes
{
    /// <summary>The type of a kind; null when the kind is not known (managed fields in that version are kept as they
    /// are).
    /// </summary>
    ObjectType? Find(string apiVersion, string kind);
}
