using System.Text.Json.Nodes;
using Vee.ControlPlane.Patching;

namespace Vee.ControlPlane.Schemas;

/// <summary>Everything that one served version of a custom kind demands of its objects.</summary>
/// <remarks>Immutable and thread-safe; make one when a definition is stored and keep it.</remarks>
internal sealed class CustomResourceRules
{
    private CustomResourceRules()
    {
    }

    /// <summary>How the fields of the kind merge, for <see cref="FieldOwnership"/>.</summary>
    internal ObjectType ObjectType => throw new NotSupportedException();

    /// <summary>The rules of one version.</summary>
    /// <param name="definition">A CustomResourceDefinition that passed <see cref="CustomResourceDefinitions"/>.</param>
    /// <param name="version">The name of one of its versions.</param>
    /// <exception cref="ArgumentException">There is no such version.</exception>
    internal static CustomResourceRules Of(JsonObject definition, string version) => throw new NotSupportedException();

    /// <summary>
    /// Brings an object from a request or from storage into shape, in place: metadata, pruning, defaults.
    /// </summary>
    /// <param name="value">The object, which changes.</param>
    /// <returns>
    /// The unknown fields that were pruned, sorted, each as <c>unknown field "spec.bogus"</c>: the text of a warning
    /// (<c>299 - "..."</c>) or, under Strict, what follows <c>strict decoding error: </c>.
    /// </returns>
    internal IReadOnlyList<string> Decode(JsonObject value) => throw new NotSupportedException();

    /// <summary>Checks a new object; metadata, values, list types and rules.</summary>
    internal IReadOnlyList<FieldError> ValidateCreate(JsonObject value) => throw new NotSupportedException();

    /// <summary>Checks an update; unchanged values that are invalid pass.</summary>
    internal IReadOnlyList<FieldError> ValidateUpdate(JsonObject value, JsonObject old) =>
        throw new NotSupportedException();

    /// <summary>Checks an update through <c>/status</c>, where only the status counts.</summary>
    internal IReadOnlyList<FieldError> ValidateStatusUpdate(JsonObject value, JsonObject old) =>
        throw new NotSupportedException();

    /// <summary>Warnings about new finalizers without a domain.</summary>
    /// <param name="value">The new object.</param>
    /// <param name="old">The stored object; null on create.</param>
    internal static IReadOnlyList<string> Warnings(JsonObject value, JsonObject? old) =>
        throw new NotSupportedException();
}
