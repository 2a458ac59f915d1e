using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Schemas;

/// <summary>What a CustomResourceDefinition must satisfy.</summary>
internal static class CustomResourceDefinitions
{
    /// <summary>
    /// Brings a definition into shape, in place: unknown fields go, empty lists go, defaults come (singular, list kind,
    /// conversion strategy None).
    /// </summary>
    /// <returns>The unknown fields, sorted, each as <c>unknown field "spec.bogus"</c>.</returns>
    internal static IReadOnlyList<string> Decode(JsonObject definition) => throw new NotSupportedException();

    /// <summary>
    /// Fills in what a new definition's status holds before its names are accepted: conditions null, empty accepted
    /// names,
    /// stored versions.
    /// </summary>
    internal static void PrepareForCreate(JsonObject definition) => throw new NotSupportedException();

    /// <summary>Checks a new definition after <see cref="PrepareForCreate"/>.</summary>
    internal static IReadOnlyList<FieldError> ValidateCreate(JsonObject definition) =>
        throw new NotSupportedException();

    /// <summary>Checks an update of the spec; the status is the stored one.</summary>
    internal static IReadOnlyList<FieldError> ValidateUpdate(JsonObject definition, JsonObject old) =>
        throw new NotSupportedException();
}
