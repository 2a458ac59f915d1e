using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Definitions;

/// <summary>Checks that what combinations limit is declared outside of them.</summary>
internal static class StructuralCompleteness
{
    /// <summary>Visits a schema and all below it.</summary>
    internal static void Visit(JsonObject schema, FieldPath path, List<FieldError> errors) =>
        VisitLimits(schema, schema, path, path, errors);

    private static void VisitLimits(
        JsonObject limits, JsonObject? declared, FieldPath path, FieldPath limitsPath, List<FieldError> errors)
    {
        if (limits["not"] is JsonObject not)
        {
            VisitNested(not, declared, path, limitsPath.Child("not"), errors);
        }

        foreach (var name in (string[])["allOf", "anyOf", "oneOf"])
        {
            var list = limits[name] as JsonArray ?? [];
            for (var i = 0; i < list.Count; i++)
            {
                VisitNested(
                    list[i] as JsonObject ?? [], declared, path, limitsPath.Child(name).Index(i), errors);
            }
        }
    }

    private static void VisitNested(
        JsonObject limits, JsonObject? declared, FieldPath path, FieldPath limitsPath, List<FieldError> errors)
    {
        if (declared is null)
        {
            errors.Add(FieldError.Required(path, $"because it is defined in {limitsPath}"));
            return;
        }

        VisitLimits(limits, declared, path, limitsPath, errors);
        if (limits["items"] is JsonObject items)
        {
            VisitNested(
                items, declared["items"] as JsonObject, path.Child("items"), limitsPath.Child("items"), errors);
        }

        foreach (var (name, property) in limits["properties"] as JsonObject ?? [])
        {
            VisitNested(
                property as JsonObject ?? [], Json.Field(declared["properties"], name) as JsonObject,
                path.Child("properties").Key(name), limitsPath.Child("properties").Key(name), errors);
        }
    }
}
