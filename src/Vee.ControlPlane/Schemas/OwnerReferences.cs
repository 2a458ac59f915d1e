using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Schemas;

/// <summary>Checks <c>metadata.ownerReferences</c>.</summary>
/// <remarks>Source: <c>k8s.io/apimachinery/pkg/api/validation/objectmeta.go</c>.</remarks>
internal static class OwnerReferences
{
    internal static void Validate(JsonArray? references, FieldPath path, List<FieldError> errors)
    {
        string? controller = null;
        for (var i = 0; i < (references?.Count ?? 0); i++)
        {
            var reference = references![i];
            Validate(reference, path.Index(i), errors);
            if (!Json.IsTrue(Json.Field(reference, "controller")))
            {
                continue;
            }

            var name = $"{Text(reference, "kind")}/{Text(reference, "name")}";
            if (controller is not null)
            {
                errors.Add(FieldError.InvalidShown(
                    path, Show(references),
                    "Only one reference can have Controller set to true. Found \"true\" in references for " +
                    $"{controller} and {name}"));
            }
            else
            {
                controller = name;
            }
        }
    }

    private static void Validate(JsonNode? reference, FieldPath path, List<FieldError> errors)
    {
        var apiVersion = Text(reference, "apiVersion");
        if (apiVersion.Length == 0)
        {
            errors.Add(FieldError.Required(path.Child("apiVersion"), "must not be empty"));
        }
        else if (apiVersion.Count(c => c == '/') > 1 || apiVersion.EndsWith('/'))
        {
            errors.Add(FieldError.Invalid(
                path.Child("apiVersion"), apiVersion, "must be <group>/<version> or <version>"));
        }

        foreach (var field in (string[])["kind", "name", "uid"])
        {
            if (Text(reference, field).Length == 0)
            {
                errors.Add(FieldError.Required(path.Child(field), "must not be empty"));
            }
        }

        if (apiVersion == "v1" && Text(reference, "kind") == "Event")
        {
            errors.Add(FieldError.InvalidShown(
                path, Show(reference), "/v1, Kind=Event is disallowed from being an owner"));
        }
    }

    private static string Text(JsonNode? reference, string field) =>
        Json.GetString(Json.Field(reference, field)) ?? "";

    /// <summary>References as the struct that they are in Go: in its order, with what is always written.</summary>
    private static string Show(JsonNode? node) => GoJson.Write(
        node is JsonArray list ? new JsonArray([.. list.Select(Struct)]) : Struct(node), sortsKeys: false);

    private static JsonObject Struct(JsonNode? reference)
    {
        var shown = new JsonObject
        {
            ["apiVersion"] = Text(reference, "apiVersion"),
            ["kind"] = Text(reference, "kind"),
            ["name"] = Text(reference, "name"),
            ["uid"] = Text(reference, "uid"),
        };
        foreach (var field in (string[])["controller", "blockOwnerDeletion"])
        {
            if (Json.Field(reference, field) is { } value)
            {
                shown[field] = value.DeepClone();
            }
        }

        return shown;
    }
}
