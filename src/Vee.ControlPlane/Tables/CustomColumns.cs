using System.Text.Json;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Tables;

/// <summary>The columns that a CustomResourceDefinition asks for.</summary>
/// <remarks>Source: <c>k8s.io/apiextensions-apiserver/pkg/registry/customresource/tableconvertor</c>.</remarks>
internal static class CustomColumns
{
    /// <summary>The name, then what the definition lists, or else the age.</summary>
    /// <param name="printerColumns">The <c>additionalPrinterColumns</c> of a version.</param>
    internal static IReadOnlyList<TableColumn> Of(JsonArray? printerColumns)
    {
        var name = new TableColumn("Name", static (value, _) => value.Name)
        {
            Format = "name",
            Description = TableColumn.NameText,
        };
        if (printerColumns is not { Count: > 0 })
        {
            var age = new TableColumn(
                "Age", static (value, now) => Age.Since(Json.At(value, "metadata", "creationTimestamp"), now))
            {
                Type = "date",
                Description = TableColumn.CreationText,
            };
            return [name, age];
        }

        return [name, .. printerColumns.OfType<JsonObject>().Select(Column)];
    }

    private static TableColumn Column(JsonObject column)
    {
        var jsonPath = Json.GetString(Json.Field(column, "jsonPath")) ?? "";
        var path = PrinterPath.Parse(jsonPath);
        var type = Json.GetString(Json.Field(column, "type")) ?? "string";
        var description = Json.GetString(Json.Field(column, "description"));
        return new(
            Json.GetString(Json.Field(column, "name")) ?? "",
            (value, now) => path?.Find(value).Take(1).Select(found => Cell(type, found, now)).FirstOrDefault())
        {
            Type = type,
            Format = Json.GetString(Json.Field(column, "format")) ?? "",
            Description = string.IsNullOrEmpty(description)
                ? $"Custom resource definition column (in JSONPath format): {jsonPath}"
                : description,
            Priority = Json.TryGetLong(Json.Field(column, "priority"), out var priority) ? (int)priority : 0,
        };
    }

    private static JsonNode? Cell(string type, JsonNode? found, DateTimeOffset now)
    {
        if (type == "string")
        {
            return PrinterPath.Text(found);
        }

        return (type, found?.GetValueKind()) switch
        {
            ("integer", JsonValueKind.Number) => Json.TryGetLong(found, out var whole)
                ? whole
                : (long)Json.GetDouble(found!),
            ("number", JsonValueKind.Number) => found!.DeepClone(),
            ("boolean", JsonValueKind.True or JsonValueKind.False) => found!.DeepClone(),
            ("date", JsonValueKind.String) => Age.Since(found, now),
            _ => null,
        };
    }
}
