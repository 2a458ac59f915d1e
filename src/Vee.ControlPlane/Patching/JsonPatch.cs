using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Patching;

/// <summary>JSON patch: a list of operations.</summary>
/// <remarks>Source: RFC 6902.</remarks>
internal static class JsonPatch
{
    /// <summary>Operations beyond this are refused (413).</summary>
    /// <value>10,000, as in kube-apiserver.</value>
    internal const int OperationsMax = 10_000;

    /// <summary>The object after all operations.</summary>
    /// <param name="target">The stored object; stays as it is.</param>
    /// <param name="patch">The patch; must be a list of operations.</param>
    internal static PatchResult Apply(JsonObject target, JsonNode? patch) => throw new NotSupportedException();
}
