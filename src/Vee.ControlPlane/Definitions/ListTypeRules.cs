using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Definitions;

/// <summary>Checks what a schema says about lists that merge.</summary>
internal static class ListTypeRules
{
    internal static void Validate(JsonObject schema, FieldPath path, List<FieldError> errors, string wrongType)
    {
        var listType = Json.GetString(schema["x-kubernetes-list-type"]);
        var type = Json.GetString(schema["type"]) ?? "";
        var items = schema["items"] as JsonObject;
        if (listType is not null && type != "array")
        {
            errors.Add(type.Length == 0
                ? FieldError.Required(path.Child("type"), wrongType)
                : FieldError.Invalid(path.Child("type"), type, wrongType));
        }
        else if (listType == "set" && items is not null)
        {
            AddSetItems(items, path.Child("items"), errors);
        }

        if (listType is not (null or "atomic" or "set" or "map"))
        {
            errors.Add(FieldError.NotSupported(
                path.Child("x-kubernetes-list-type"), listType, ["atomic", "set", "map"]));
        }

        var keys = StructuralSchema.Texts(schema["x-kubernetes-list-map-keys"]);
        if (keys.Count > 0 && listType != "map")
        {
            const string Text = "must be map if x-kubernetes-list-map-keys is non-empty";
            var at = path.Child("x-kubernetes-list-type");
            errors.Add(listType is null ? FieldError.Required(at, Text) : FieldError.Invalid(at, listType, Text));
        }

        if (listType == "map")
        {
            AddMap(schema, keys, items, path, errors);
        }

        if (listType is "set" or "map" && items is not null)
        {
            AddNullable(listType, keys, items, path.Child("items"), errors);
        }
    }

    private static void AddSetItems(JsonObject items, FieldPath path, List<FieldError> errors)
    {
        const string Text = "must be atomic as item of a list with x-kubernetes-list-type=set";
        var listType = Json.GetString(items["x-kubernetes-list-type"]);
        switch (Json.GetString(items["type"]))
        {
            case "array" when listType is not (null or "atomic"):
                errors.Add(FieldError.Invalid(path.Child("x-kubernetes-list-type"), listType, Text));
                break;
            case "object" when Json.GetString(items["x-kubernetes-map-type"]) != "atomic":
                // The value shown is the list type in Kubernetes too.
                errors.Add(FieldError.Invalid(path.Child("x-kubernetes-map-type"), listType, Text));
                break;
        }
    }

    private static void AddMap(
        JsonObject schema, IReadOnlyList<string> keys, JsonObject? items, FieldPath path, List<FieldError> errors)
    {
        var keysPath = path.Child("x-kubernetes-list-map-keys");
        if (keys.Count == 0)
        {
            errors.Add(FieldError.Required(keysPath, "must not be empty if x-kubernetes-list-type is map"));
        }

        if (schema["items"] is null)
        {
            errors.Add(FieldError.Required(
                path.Child("items"), "must have a schema if x-kubernetes-list-type is map"));
        }

        if (items is null)
        {
            return;
        }

        var type = Json.GetString(items["type"]) ?? "";
        if (type != "object")
        {
            errors.Add(FieldError.Invalid(
                path.Child("items").Child("type"), type,
                "must be object if parent array's x-kubernetes-list-type is map"));
            return;
        }

        var shown = new JsonArray([.. keys.Select(k => (JsonNode)k)]);
        for (var i = 0; i < keys.Count; i++)
        {
            var property = Json.Field(items["properties"], keys[i]);
            if (property is null)
            {
                errors.Add(FieldError.Invalid(keysPath, shown, "entries must all be names of item properties"));
            }
            else if (Json.GetString(property["type"]) is "array" or "object")
            {
                errors.Add(FieldError.Invalid(
                    path.Child("items").Child("properties").Key(keys[i]).Child("type"), type,
                    "must be a scalar type if parent array's x-kubernetes-list-type is map"));
            }

            if (keys.Take(i).Contains(keys[i], StringComparer.Ordinal))
            {
                errors.Add(FieldError.Invalid(keysPath, shown, "must not contain duplicate entries"));
            }
        }
    }

    private static void AddNullable(
        string listType, IReadOnlyList<string> keys, JsonObject items, FieldPath path, List<FieldError> errors)
    {
        if (Json.IsTrue(items["nullable"]))
        {
            errors.Add(FieldError.Forbidden(
                path.Child("nullable"), $"cannot be nullable when x-kubernetes-list-type is {listType}"));
        }

        var required = StructuralSchema.Texts(items["required"]);
        foreach (var key in keys.Where(k => listType == "map" && Json.Field(items["properties"], k) is not null))
        {
            var property = Json.Field(items["properties"], key)!;
            var at = path.Child("properties").Key(key);
            if (!required.Contains(key, StringComparer.Ordinal) && property["default"] is null)
            {
                errors.Add(FieldError.Required(
                    at.Child("default"),
                    "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required " +
                    "property"));
            }

            if (Json.IsTrue(property["nullable"]))
            {
                errors.Add(FieldError.Forbidden(
                    at.Child("nullable"),
                    "this property is in x-kubernetes-list-map-keys, so it cannot be nullable"));
            }
        }
    }
}
