using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Schemas;

/// <summary>Which names a kind allows.</summary>
internal enum NameRule
{
    /// <summary>Any name.</summary>
    None = 0,

    /// <summary>A lowercase RFC 1123 subdomain: most kinds, all custom kinds.</summary>
    Subdomain,

    /// <summary>A lowercase RFC 1123 label: namespaces.</summary>
    Label,

    /// <summary>A lowercase RFC 1035 label: services.</summary>
    Rfc1035Label,

    /// <summary>Anything that can be one segment of a path: RBAC.</summary>
    PathSegment,
}

/// <summary>What every object's metadata must satisfy.</summary>
/// <remarks>Source: <c>k8s.io/apimachinery/pkg/api/validation/objectmeta.go</c>.</remarks>
internal static class ObjectMetaRules
{
    /// <summary>Checks metadata of a new object.</summary>
    /// <param name="metadata">The object's <c>metadata</c>; null counts as empty.</param>
    /// <param name="isNamespaced">Whether a namespace is demanded or forbidden.</param>
    /// <param name="rule">Which names are allowed.</param>
    internal static IReadOnlyList<FieldError> Validate(JsonObject? metadata, bool isNamespaced, NameRule rule) =>
        throw new NotSupportedException();

    /// <summary>Checks metadata of an update: what may not change, and labels, annotations and owners again.</summary>
    /// <param name="metadata">The new metadata.</param>
    /// <param name="old">The stored metadata.</param>
    internal static IReadOnlyList<FieldError> ValidateUpdate(JsonObject? metadata, JsonObject? old) =>
        throw new NotSupportedException();
}
