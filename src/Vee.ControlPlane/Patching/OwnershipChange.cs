using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Patching;

/// <summary>What a step from one state of an object to the next does to those who own its fields.</summary>
/// <remarks>Source: structured-merge-diff, <c>merge/update.go</c>.</remarks>
internal sealed class OwnershipChange(IObjectTypes types, FieldWrite write)
{
    /// <summary>The owners with their fields as the present schema sees them; unknown versions are dropped.</summary>
    internal ManagedFields Reconcile(ManagedFields managed)
    {
        var result = new ManagedFields();
        foreach (var (id, own) in managed.Owners)
        {
            if (TypeIn(own.ApiVersion) is { } type)
            {
                result[id] = own with { Fields = own.Fields.WithWholeAtomics(type.Root) };
            }
        }

        return result;
    }

    /// <summary>Finds whose fields change.</summary>
    internal IReadOnlyList<Conflict> Conflicts(
        JsonObject live, JsonObject value, ManagedFields managed, ManagerId writer)
    {
        var compared = new Comparisons(this, live, value);
        return
        [
            .. from owner in managed.Owners.OrderBy(o => o.Key.SortKey, StringComparer.Ordinal)
               where owner.Key != writer && TypeIn(owner.Value.ApiVersion) is not null
               from path in owner.Value.Fields.Intersection(compared.In(owner.Value.ApiVersion).Touched).Paths()
               select new Conflict(owner.Key, path),
        ];
    }

    /// <summary>Takes what changed from everyone but the writer; owners of nothing go.</summary>
    /// <returns>The owners, and the difference in the version of the request without the fields that it
    /// resets.</returns>
    internal (ManagedFields Managed, TypedComparison Comparison) Run(
        JsonObject live, JsonObject value, ManagedFields managed, ManagerId writer)
    {
        var result = managed.Copy();
        var compared = new Comparisons(this, live, value);
        foreach (var (id, own) in managed.Owners.Where(o => o.Key != writer))
        {
            if (TypeIn(own.ApiVersion) is null)
            {
                result[id] = null;
                continue;
            }

            var comparison = compared.In(own.ApiVersion);
            var fields = own.Fields.Difference(own.Fields.Intersection(comparison.Touched))
                .Difference(comparison.Removed);
            result[id] = fields.IsEmpty ? null : own with { Fields = fields };
        }

        if (result[writer] is { Fields.IsEmpty: true })
        {
            result[writer] = null;
        }

        return (result, compared.In(write.Type.ApiVersion));
    }

    /// <summary>How the kind merges in a version; null where the version is gone.</summary>
    internal ObjectType? TypeIn(string apiVersion) =>
        apiVersion == write.Type.ApiVersion ? write.Type : types.Find(apiVersion, write.Type.Kind);

    /// <summary>The difference of two states in each version, made once.</summary>
    private sealed class Comparisons(OwnershipChange change, JsonObject live, JsonObject value)
    {
        private readonly Dictionary<string, TypedComparison> byVersion = new(StringComparer.Ordinal);

        internal TypedComparison In(string apiVersion)
        {
            if (!byVersion.TryGetValue(apiVersion, out var comparison))
            {
                comparison = TypedComparison.Of(change.TypeIn(apiVersion)!.Root, live, value)
                    .Without(change.ResetFields);
                byVersion[apiVersion] = comparison;
            }

            return comparison;
        }
    }

    private FieldSet ResetFields => write.ResetFields;
}
