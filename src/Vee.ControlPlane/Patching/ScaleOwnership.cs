using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Patching;

/// <summary>Carries managed fields between an object and its <c>/scale</c>.</summary>
/// <remarks>Source: apimachinery, <c>managedfields/scalehandler.go</c>.</remarks>
internal static class ScaleOwnership
{
    /// <summary>The version of a Scale.</summary>
    internal const string ApiVersion = "autoscaling/v1";

    private static readonly FieldSet Replicas = FieldSet.OfPath("spec", "replicas");

    /// <summary>The managed fields that a Scale shows: those entries that own the object's replicas.</summary>
    /// <param name="managedFields">Of the object.</param>
    /// <param name="apiVersion">Of the object.</param>
    /// <param name="replicasPath">For example <c>.spec.replicas</c>.</param>
    internal static JsonArray ToScale(JsonArray? managedFields, string apiVersion, string replicasPath)
    {
        var result = new ManagedFields();
        var path = Parse(replicasPath);
        foreach (var (id, own) in Decode(managedFields).Owners)
        {
            if (own.ApiVersion == apiVersion && own.Fields.Has(path))
            {
                result[id] = own with { Fields = Replicas, ApiVersion = ApiVersion };
            }
        }

        return result.Encode() ?? [];
    }

    /// <summary>The object's managed fields after a write through <c>/scale</c>.</summary>
    /// <param name="managedFields">Of the object before.</param>
    /// <param name="scaleManagedFields">Of the Scale after.</param>
    /// <param name="apiVersion">Of the object.</param>
    /// <param name="replicasPath">For example <c>.spec.replicas</c>.</param>
    internal static JsonArray ToParent(
        JsonArray? managedFields, JsonArray scaleManagedFields, string apiVersion, string replicasPath)
    {
        var path = Parse(replicasPath);
        var replicas = new FieldSet();
        replicas.Insert(path);
        var result = new ManagedFields();
        var parents = Decode(managedFields);
        // The Scale's version is not part of what tells Update entries of one manager apart here.
        var scales = Decode(scaleManagedFields).Owners
            .Where(o => o.Value.Fields.Has(PathElement.OfField("spec"), PathElement.OfField("replicas")))
            .ToDictionary(o => o.Key);
        foreach (var (id, own) in parents.Owners)
        {
            var isKept = own.ApiVersion != apiVersion || !own.Fields.Has(path) || scales.Remove(id);
            var fields = isKept ? own.Fields : own.Fields.Difference(replicas);
            result[id] = fields.IsEmpty ? null : own with { Fields = fields };
        }

        foreach (var id in scales.Keys)
        {
            result[id] = new(replicas, apiVersion, parents[id]?.Time);
        }

        return result.Encode() ?? [];
    }

    private static PathElement[] Parse(string path) =>
        [.. path.TrimStart('.').Split('.').Select(PathElement.OfField)];

    private static ManagedFields Decode(JsonArray? list) => ManagedFields.Decode(list, out _) ?? new ManagedFields();
}
