using System.Text.Json.Nodes;
using Vee.ControlPlane.Definitions;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Patching;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Tables;

namespace Vee.ControlPlane.Kinds;

/// <summary>One version of a kind that a CustomResourceDefinition defines.</summary>
internal sealed class CustomKindRules : KindRules
{
    private readonly string apiVersion;
    private readonly string storageApiVersion;
    private readonly CustomResourceRules rules;

    /// <param name="definition">A definition that was accepted.</param>
    /// <param name="version">The item of its <c>spec.versions</c>.</param>
    /// <param name="storageVersion">The version in which objects are stored.</param>
    internal CustomKindRules(JsonObject definition, JsonObject version, string storageVersion)
    {
        var group = Json.GetString(Json.At(definition, "spec", "group"));
        var name = Json.GetString(Json.Field(version, "name")) ?? "";
        apiVersion = $"{group}/{name}";
        storageApiVersion = $"{group}/{storageVersion}";
        rules = CustomResourceRules.Of(definition, name);
        HasStatus = Json.At(version, "subresources", "status") is not null;
        Scale = ScaleOf(Json.At(version, "subresources", "scale"));
        Columns = CustomColumns.Of(version["additionalPrinterColumns"] as JsonArray);
        Fields = FieldsOf(base.Fields, version["selectableFields"] as JsonArray);
    }

    internal override ObjectType Type => rules.ObjectType;

    internal override IReadOnlyList<TableColumn> Columns { get; }

    internal override bool HasGeneration => true;

    internal override bool HasStatus { get; }

    internal override bool AllowsUnconditionalUpdate => false;

    internal override ScalePaths? Scale { get; }

    internal override IReadOnlyDictionary<string, Func<JsonObject, string>> Fields { get; }

    internal override IReadOnlyList<string> Decode(JsonObject value) => rules.Decode(value);

    internal override void FromStorage(JsonObject value)
    {
        value["apiVersion"] = apiVersion;
        rules.Decode(value);
    }

    internal override void ToStorage(JsonObject value) => value["apiVersion"] = storageApiVersion;

    internal override void PrepareCreate(JsonObject value)
    {
        base.PrepareCreate(value);
        // A status that has a default is there again whenever the object is read: from the first answer on.
        rules.Decode(value);
    }

    internal override void PrepareUpdate(JsonObject value, JsonObject old, string subresource)
    {
        base.PrepareUpdate(value, old, subresource);
        if (subresource == "status")
        {
            // Of the metadata only who owns the fields may change this way.
            var owners = value.ManagedFields?.DeepClone();
            value["metadata"] = old.Metadata.DeepClone();
            value.SetMeta("managedFields", owners);
        }
    }

    internal override IReadOnlyList<FieldError> ValidateCreate(JsonObject value) => rules.ValidateCreate(value);

    internal override IReadOnlyList<FieldError> ValidateUpdate(JsonObject value, JsonObject old, string subresource) =>
        subresource == "status" ? rules.ValidateStatusUpdate(value, old) : rules.ValidateUpdate(value, old);

    internal override IReadOnlyList<string> Warnings(JsonObject value, JsonObject? old) =>
        CustomResourceRules.Warnings(value, old);

    /// <summary>Everything but the metadata counts, and but the status where that has its own path.</summary>
    internal override bool ChangesIntent(JsonObject value, JsonObject old) =>
        value.Select(f => f.Key).Union(old.Select(f => f.Key), StringComparer.Ordinal)
            .Where(field => field != "metadata" && !(HasStatus && field == "status"))
            .Any(field => !Json.AreEqual(value[field], old[field]));

    private static ScalePaths? ScaleOf(JsonNode? scale) => scale is null
        ? null
        : new(
            Json.GetString(Json.Field(scale, "specReplicasPath")) ?? "",
            Json.GetString(Json.Field(scale, "statusReplicasPath")) ?? "",
            Json.GetString(Json.Field(scale, "labelSelectorPath")));

    private static Dictionary<string, Func<JsonObject, string>> FieldsOf(
        IReadOnlyDictionary<string, Func<JsonObject, string>> common, JsonArray? selectable)
    {
        var fields = new Dictionary<string, Func<JsonObject, string>>(common, StringComparer.Ordinal);
        foreach (var item in selectable?.OfType<JsonObject>() ?? [])
        {
            var text = Json.GetString(Json.Field(item, "jsonPath")) ?? "";
            if (PrinterPath.Parse(text) is { } path)
            {
                fields[text.TrimStart('.')] = value =>
                    path.Find(value).Where(f => f is not null).Select(PrinterPath.Text).FirstOrDefault("");
            }
        }

        return fields;
    }
}
