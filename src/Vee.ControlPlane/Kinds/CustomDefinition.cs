using System.Text.Json.Nodes;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Kinds;

/// <summary>A CustomResourceDefinition that is in force, and the resources it makes.</summary>
internal sealed class CustomDefinition
{
    internal CustomDefinition(JsonObject value)
    {
        Value = value;
        Name = value.Name;
        IsTerminating = value.IsDeleting;
        Resources = [.. Versions().Where(v => Json.IsTrue(v["served"])).Select(Resource)];
    }

    internal string Name { get; }

    internal JsonObject Value { get; }

    /// <summary>Its objects are going; none may come.</summary>
    internal bool IsTerminating { get; }

    /// <summary>One for each version that is served.</summary>
    internal IReadOnlyList<ResourceDefinition> Resources { get; }

    internal static bool IsEstablished(JsonObject definition) =>
        (Json.At(definition, "status", "conditions") as JsonArray)?.OfType<JsonObject>().Any(c =>
            Json.GetString(c["type"]) == "Established" && Json.GetString(c["status"]) == "True") == true;

    private IEnumerable<JsonObject> Versions() =>
        (Json.At(Value, "spec", "versions") as JsonArray)?.OfType<JsonObject>() ?? [];

    private ResourceDefinition Resource(JsonObject version)
    {
        var names = Json.At(Value, "status", "acceptedNames");
        var storage = Json.GetString(Versions().First(v => Json.IsTrue(v["storage"]))["name"]) ?? "";
        var subresources = new List<Subresource>();
        if (Json.At(version, "subresources", "status") is not null)
        {
            subresources.Add(Subresource.Status);
        }

        if (Json.At(version, "subresources", "scale") is not null)
        {
            subresources.Add(Subresource.Scale);
        }

        return new()
        {
            Group = Json.GetString(Json.At(Value, "spec", "group")) ?? "",
            Version = Json.GetString(version["name"]) ?? "",
            Plural = Json.GetString(Json.At(Value, "spec", "names", "plural")) ?? "",
            Singular = Json.GetString(Json.Field(names, "singular")) ?? "",
            Kind = Json.GetString(Json.Field(names, "kind")) ?? "",
            ListKind = Json.GetString(Json.Field(names, "listKind")) ?? "",
            ShortNames = [.. ObjectMeta.Strings(Json.Field(names, "shortNames"))],
            Categories = [.. ObjectMeta.Strings(Json.Field(names, "categories"))],
            Verbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"],
            IsNamespaced = Json.GetString(Json.At(Value, "spec", "scope")) == "Namespaced",
            Subresources = subresources,
            DeprecationWarning = Deprecation(version),
            IsCustom = true,
            Rules = new CustomKindRules(Value, version, storage),
        };
    }

    /// <summary>What users of an old version are told; empty for one that is not old.</summary>
    private string Deprecation(JsonObject version)
    {
        if (!Json.IsTrue(version["deprecated"]))
        {
            return "";
        }

        if (Json.GetString(version["deprecationWarning"]) is { Length: > 0 } warning)
        {
            return warning;
        }

        var group = Json.GetString(Json.At(Value, "spec", "group"));
        var kind = Json.GetString(Json.At(Value, "spec", "names", "kind"));
        var name = Json.GetString(version["name"]) ?? "";
        var better = Versions().Where(v => Json.IsTrue(v["served"]) && !Json.IsTrue(v["deprecated"]))
            .Select(v => Json.GetString(v["name"]) ?? "")
            .Where(v => VersionPriority.Comparer.Compare(v, name) < 0).Order(VersionPriority.Comparer).FirstOrDefault();
        var text = $"{group}/{name} {kind} is deprecated";
        return better is null ? text : $"{text}; use {group}/{better} {kind}";
    }
}
