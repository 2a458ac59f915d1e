using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Cel;

/// <summary>The rules of a schema, compiled.</summary>
internal sealed class CelRules(StructuralSchema schema)
{
    internal bool IsEmpty => schema.Rules.Count == 0;

    internal IReadOnlyList<FieldError> Validate(JsonObject value, JsonObject? old, Correlation? correlation) =>
        IsEmpty ? [] : [FieldError.Internal(FieldPath.Root, "not yet")];
}
