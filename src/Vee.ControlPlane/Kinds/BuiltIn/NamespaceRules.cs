using System.Text.Json.Nodes;
using Vee.ControlPlane.Kinds.Shapes;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Kinds.BuiltIn;

/// <summary>Namespaces: labelled with their name, kept until what is in them is gone.</summary>
internal sealed class NamespaceRules() : BuiltInKindRules(
    "v1", "Namespace", isNamespaced: false,
    new()
    {
        Names = NameRule.Label,
        HasStatus = true,
        Fields = ["status.phase"],
        Columns = BuiltInColumns.Namespace,
    },
    BuiltInShapes.Namespace)
{
    /// <summary>Keeps a namespace until nothing is in it.</summary>
    internal const string Finalizer = "kubernetes";

    private const string NameLabel = "kubernetes.io/metadata.name";

    internal override void PrepareCreate(JsonObject value)
    {
        value["status"] = new JsonObject { ["phase"] = "Active" };
        if (value["spec"] is not JsonObject spec)
        {
            spec = [];
            value["spec"] = spec;
        }

        var finalizers = ObjectMeta.Strings(spec["finalizers"]).Append(Finalizer).Distinct(StringComparer.Ordinal);
        spec["finalizers"] = new JsonArray([.. finalizers.Select(f => (JsonNode)f)]);
    }

    internal override void PrepareUpdate(JsonObject value, JsonObject old, string subresource)
    {
        base.PrepareUpdate(value, old, subresource);
        if (subresource.Length == 0 && value["spec"] is JsonObject spec)
        {
            // Who may lift the finalizers does so through /finalize.
            spec.Remove("finalizers");
            if (Json.At(old, "spec", "finalizers") is { } kept)
            {
                spec["finalizers"] = kept.DeepClone();
            }
        }
        else if (subresource == "finalize")
        {
            Restore(value, old, "status");
        }
    }

    internal override bool IsReleased(JsonObject value) =>
        base.IsReleased(value) && Json.At(value, "spec", "finalizers") is not JsonArray { Count: > 0 };

    /// <summary>The label is set as soon as the name is known, generated names too.</summary>
    protected override void Default(JsonObject value)
    {
        if (value.Name.Length == 0)
        {
            return;
        }

        if (value.Metadata["labels"] is not JsonObject labels)
        {
            labels = [];
            value.Metadata["labels"] = labels;
        }

        labels[NameLabel] = value.Name;
    }
}
