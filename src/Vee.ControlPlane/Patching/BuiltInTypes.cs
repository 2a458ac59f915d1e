namespace Vee.ControlPlane.Patching;

/// <summary>How the built-in kinds merge.</summary>
internal static class BuiltInTypes
{
    /// <summary>The type of a built-in kind; for a kind that is not in the table one deduced from values.</summary>
    internal static ObjectType Get(string apiVersion, string kind) => throw new NotSupportedException();
}
