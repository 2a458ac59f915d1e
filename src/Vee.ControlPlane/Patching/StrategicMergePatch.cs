using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Patching;

/// <summary>Strategic merge patch: a merge patch that knows which lists of a built-in kind merge by key.</summary>
internal static class StrategicMergePatch
{
    /// <summary>The object with the patch merged in.</summary>
    /// <param name="target">The stored object; stays as it is.</param>
    /// <param name="patch">The patch, with <c>$patch</c>, <c>$setElementOrder</c> and the other directives.</param>
    /// <param name="type">The kind, from <see cref="BuiltInTypes"/>.</param>
    internal static PatchResult Apply(JsonObject target, JsonNode? patch, ObjectType type) =>
        throw new NotSupportedException();
}
