using System.Text.Json.Nodes;
using Vee.ControlPlane.Definitions;
using Vee.ControlPlane.Patching;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Tables;

namespace Vee.ControlPlane.Kinds.BuiltIn;

/// <summary>CustomResourceDefinitions, as objects. What they define is served by the catalog.</summary>
internal sealed class DefinitionRules : KindRules
{
    internal override ObjectType Type => field ??= BuiltInTypes.Get(
        "apiextensions.k8s.io/v1", "CustomResourceDefinition");

    internal override IReadOnlyList<TableColumn> Columns => BuiltInColumns.Definition;

    internal override bool HasGeneration => true;

    internal override bool HasStatus => true;

    internal override bool AllowsUnconditionalUpdate => false;

    internal override IReadOnlyList<string> Decode(JsonObject value) => CustomResourceDefinitions.Decode(value);

    internal override void PrepareCreate(JsonObject value) => CustomResourceDefinitions.PrepareForCreate(value);

    internal override void PrepareUpdate(JsonObject value, JsonObject old, string subresource)
    {
        base.PrepareUpdate(value, old, subresource);
        if (subresource.Length == 0)
        {
            KeepStorageVersion(value);
        }
    }

    internal override IReadOnlyList<FieldError> ValidateCreate(JsonObject value) =>
        CustomResourceDefinitions.ValidateCreate(value);

    internal override IReadOnlyList<FieldError> ValidateUpdate(
        JsonObject value, JsonObject old, string subresource) =>
        subresource == "status" ? [] : CustomResourceDefinitions.ValidateUpdate(value, old);

    /// <summary>A new storage version joins those that objects may be stored in.</summary>
    private static void KeepStorageVersion(JsonObject value)
    {
        var storage = (Json.At(value, "spec", "versions") as JsonArray)?.OfType<JsonObject>()
            .FirstOrDefault(v => Json.IsTrue(v["storage"]));
        if (Json.GetString(storage?["name"]) is { } name
            && Json.At(value, "status", "storedVersions") is JsonArray stored
            && !Objects.ObjectMeta.Strings(stored).Contains(name, StringComparer.Ordinal))
        {
            stored.Add((JsonNode)name);
        }
    }
}
