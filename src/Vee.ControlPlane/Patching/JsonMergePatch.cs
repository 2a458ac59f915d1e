using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Patching;

/// <summary>JSON merge patch.</summary>
/// <remarks>Source: RFC 7396.</remarks>
internal static class JsonMergePatch
{
    /// <summary>The object with the patch merged in.</summary>
    /// <param name="target">The stored object; stays as it is.</param>
    /// <param name="patch">The patch; anything but an object is a bad request.</param>
    internal static PatchResult Apply(JsonObject target, JsonNode? patch) => throw new NotSupportedException();
}
