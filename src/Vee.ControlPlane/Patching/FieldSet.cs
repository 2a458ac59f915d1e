using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Patching;

/// <summary>A set of fields of an object: what one manager owns. Immutable.</summary>
internal sealed class FieldSet
{
    /// <summary>No field.</summary>
    internal static readonly FieldSet Empty = new();

    /// <summary>The set of top-level fields of these names, without what is below them.</summary>
    internal static FieldSet OfTopLevel(params ReadOnlySpan<string> names) => throw new NotSupportedException();

    /// <summary>Reads the <c>fieldsV1</c> of a managed-fields entry.</summary>
    /// <returns>Null when it is not a set of fields.</returns>
    internal static FieldSet? Parse(JsonNode? fieldsV1) => throw new NotSupportedException();

    /// <summary>The <c>fieldsV1</c> of a managed-fields entry.</summary>
    internal JsonObject ToJson() => throw new NotSupportedException();
}
