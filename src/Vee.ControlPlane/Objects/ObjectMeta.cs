using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Objects;

/// <summary>Reads and writes what all objects have in common.</summary>
internal static class ObjectMeta
{
    extension(JsonObject value)
    {
        /// <summary>The object's metadata, made if it is missing or no object.</summary>
        internal JsonObject Metadata
        {
            get
            {
                if (value["metadata"] is JsonObject metadata)
                {
                    return metadata;
                }

                metadata = [];
                value["metadata"] = metadata;
                return metadata;
            }
        }

        internal string ApiVersion => Json.GetString(Json.Field(value, "apiVersion")) ?? "";

        internal string Kind => Json.GetString(Json.Field(value, "kind")) ?? "";

        internal string Name => Text(value, "name");

        internal string Namespace => Text(value, "namespace");

        internal string GenerateName => Text(value, "generateName");

        internal string Uid => Text(value, "uid");

        internal string ResourceVersion => Text(value, "resourceVersion");

        internal bool IsDeleting => Json.At(value, "metadata", "deletionTimestamp") is not null;

        /// <summary>Zero for kinds without generations.</summary>
        internal long Generation =>
            Json.TryGetLong(Json.At(value, "metadata", "generation"), out var generation) ? generation : 0;

        internal JsonArray? ManagedFields => Json.At(value, "metadata", "managedFields") as JsonArray;

        internal IReadOnlyList<string> Finalizers =>
            [.. Strings(Json.At(value, "metadata", "finalizers"))];

        internal IEnumerable<OwnerReference> Owners =>
            Json.At(value, "metadata", "ownerReferences") is JsonArray owners
                ? owners.OfType<JsonObject>().Select(OwnerReference.Of)
                : [];

        internal string? Label(string key) => Json.GetString(Json.At(value, "metadata", "labels", key));

        internal string? Annotation(string key) => Json.GetString(Json.At(value, "metadata", "annotations", key));

        /// <summary>Sets or, with null, removes a field of the metadata.</summary>
        internal void SetMeta(string field, JsonNode? content)
        {
            if (content is null)
            {
                value.Metadata.Remove(field);
            }
            else
            {
                value.Metadata[field] = content;
            }
        }

        internal void SetFinalizers(IEnumerable<string> finalizers)
        {
            var list = new JsonArray([.. finalizers.Select(f => (JsonNode)JsonValue.Create(f))]);
            value.SetMeta("finalizers", list.Count == 0 ? null : list);
        }
    }

    /// <summary>The strings of a list; what is no string is left out.</summary>
    internal static IEnumerable<string> Strings(JsonNode? node) =>
        node is JsonArray list ? list.Select(Json.GetString).OfType<string>() : [];

    private static string Text(JsonObject value, string field) =>
        Json.GetString(Json.At(value, "metadata", field)) ?? "";
}

/// <summary>Names the object that another one belongs to.</summary>
internal sealed record OwnerReference(
    string ApiVersion, string Kind, string Name, string Uid, bool BlocksDeletion, bool IsController)
{
    internal string Group => ApiVersion.Contains('/', StringComparison.Ordinal) ? ApiVersion.Split('/')[0] : "";

    internal static OwnerReference Of(JsonObject reference) => new(
        Json.GetString(Json.Field(reference, "apiVersion")) ?? "",
        Json.GetString(Json.Field(reference, "kind")) ?? "",
        Json.GetString(Json.Field(reference, "name")) ?? "",
        Json.GetString(Json.Field(reference, "uid")) ?? "",
        Json.IsTrue(Json.Field(reference, "blockOwnerDeletion")),
        Json.IsTrue(Json.Field(reference, "controller")));
}
