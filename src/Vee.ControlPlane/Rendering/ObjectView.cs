using System.Text.Json.Nodes;
using Vee.ControlPlane.Kinds;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Requests;

namespace Vee.ControlPlane.Rendering;

/// <summary>Shows objects in the view that a client asked for.</summary>
/// <param name="resource">Of what.</param>
/// <param name="form">How.</param>
/// <param name="includeObject">What a row of a table carries: Metadata, None or Object.</param>
/// <param name="time">Ages are as of now.</param>
internal sealed class ObjectView(ResourceDefinition resource, AnswerForm form, string includeObject, TimeProvider time)
{
    /// <summary>Metadata as it is where only that is shown, with the fields in their usual order.</summary>
    private const string MetaGroup = "meta.k8s.io";

    internal ResourceDefinition Resource => resource;

    internal AnswerForm Form => form;

    /// <summary>One object alone.</summary>
    /// <param name="value">The object; it becomes part of the answer.</param>
    /// <param name="withColumns">False for later tables of a watch, which do not repeat the headings.</param>
    internal JsonObject One(JsonObject value, bool withColumns = true) => form.View switch
    {
        View.Table => Table(value, withColumns),
        View.Metadata => Metadata(value),
        _ => value,
    };

    /// <summary>The kind and version of a list.</summary>
    internal (string ApiVersion, string Kind) ListType => form.View switch
    {
        View.Table => ($"{MetaGroup}/{form.Version}", "Table"),
        View.Metadata => ($"{MetaGroup}/{form.Version}", "PartialObjectMetadataList"),
        _ => (resource.GroupVersion, resource.ListKind),
    };

    /// <summary>One object in a list.</summary>
    internal JsonObject Item(JsonObject value)
    {
        switch (form.View)
        {
            case View.Table:
                return Row(value);
            case View.Metadata:
                return Metadata(value);
            default:
                if (!resource.IsCustom)
                {
                    // Lists of built-in kinds say once what is in them.
                    value.Remove("kind");
                    value.Remove("apiVersion");
                }

                return value;
        }
    }

    internal JsonArray Columns() => new([.. resource.Rules.Columns.Select(c => (JsonNode)c.Definition())]);

    /// <summary>An object that carries nothing but a version, to say how far a watch has come.</summary>
    internal JsonObject Bookmark(long version, bool endsInitialEvents)
    {
        var value = new JsonObject { ["kind"] = resource.Kind, ["apiVersion"] = resource.GroupVersion };
        foreach (var (field, content) in resource.Rules.Type.Empty)
        {
            value[field] = content?.DeepClone();
        }

        value["metadata"] = new JsonObject();
        StoredJson.SetVersion(value, version);
        if (endsInitialEvents)
        {
            value.Metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        }

        return value;
    }

    private JsonObject Table(JsonObject value, bool withColumns) => new()
    {
        ["kind"] = "Table",
        ["apiVersion"] = $"{MetaGroup}/{form.Version}",
        ["metadata"] = new JsonObject { ["resourceVersion"] = value.ResourceVersion },
        ["columnDefinitions"] = withColumns ? Columns() : null,
        ["rows"] = new JsonArray(Row(value)),
    };

    private JsonObject Row(JsonObject value)
    {
        var now = time.GetUtcNow();
        var cells = new JsonArray([.. resource.Rules.Columns.Select(column => column.Cell(value, now))]);
        return new()
        {
            ["cells"] = cells,
            ["object"] = includeObject switch
            {
                "None" => null,
                "Object" => value,
                _ => Metadata(value),
            },
        };
    }

    private JsonObject Metadata(JsonObject value)
    {
        var metadata = value.Metadata;
        value.Remove("metadata");
        return new()
        {
            ["kind"] = "PartialObjectMetadata",
            ["apiVersion"] = $"{MetaGroup}/{(form.View == View.Table ? "v1" : form.Version)}",
            ["metadata"] = metadata,
        };
    }
}
