using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Patching;

/// <summary>What came of an apply.</summary>
/// <param name="Value">The new state; null when it equals the stored one.</param>
/// <param name="Managed">The owners after it.</param>
/// <param name="Conflicts">Fields of others that it would change; then nothing else counts.</param>
internal sealed record ApplyOutcome(JsonObject? Value, ManagedFields Managed, IReadOnlyList<Conflict> Conflicts);

/// <summary>A field of another manager that an apply would change.</summary>
internal sealed record Conflict(ManagerId Manager, IReadOnlyList<PathElement> Path);

/// <summary>Merges a configuration into an object and drops what its manager no longer wants.</summary>
/// <remarks>Source: structured-merge-diff, <c>merge/update.go</c>.</remarks>
internal sealed class ApplyMerge(IObjectTypes types, FieldWrite write)
{
    private readonly OwnershipChange change = new(types, write);

    internal ApplyOutcome Run(JsonObject live, JsonObject applied, ManagedFields managed, bool force)
    {
        managed = change.Reconcile(managed);
        var merged = TypedMerge.Of(write.Type.Root, live, applied)!.AsObject();
        var id = ManagerId.Apply(write.Manager, write.Subresource);
        var last = managed[id];
        var fields = TypedFields.Of(write.Type.Root, applied).RecursiveDifference(write.ResetFields);
        managed[id] = new(fields, write.Type.ApiVersion, last?.Time);
        var value = Prune(merged, managed, last);
        var conflicts = force ? [] : change.Conflicts(live, value, managed, id);
        if (conflicts.Count > 0)
        {
            return new(null, managed, conflicts);
        }

        var (remaining, _) = change.Run(live, value, managed, id);
        return new(Json.AreEqual(live, value) ? null : value, remaining, []);
    }

    /// <summary>Removes what the manager applied last time, does not apply now, and nobody else owns.</summary>
    private JsonObject Prune(JsonObject merged, ManagedFields managed, Ownership? last)
    {
        if (last is null || last.Fields.IsEmpty || change.TypeIn(last.ApiVersion) is not { } type)
        {
            return merged;
        }

        var pruned = TypedFields.Remove(type.Root, merged, last.Fields.WithDeclaredFields(type.Root));
        foreach (var version in Versions(managed, last.ApiVersion))
        {
            pruned = AddBackOwned(merged, pruned, version, managed);
        }

        return AddBackDangling(merged, pruned, type.Root, last.Fields);
    }

    private IEnumerable<ObjectType> Versions(ManagedFields managed, string first) =>
        managed.Owners.Values.Select(o => o.ApiVersion).Distinct(StringComparer.Ordinal)
            .OrderBy(v => v == first ? 0 : 1).Select(change.TypeIn).OfType<ObjectType>();

    private static JsonNode? AddBackOwned(
        JsonObject merged, JsonNode? pruned, ObjectType type, ManagedFields managed)
    {
        var owned = managed.Owners.Values.Where(o => o.ApiVersion == type.ApiVersion)
            .Aggregate(FieldSet.Empty, (all, o) => all.Union(o.Fields));
        var all = TypedFields.Of(type.Root, merged).WithDeclaredFields(type.Root);
        var left = TypedFields.Of(type.Root, pruned).WithDeclaredFields(type.Root);
        return TypedFields.Remove(
            type.Root, merged, all.Difference(left.Union(owned.WithDeclaredFields(type.Root))));
    }

    /// <summary>Keeps what was removed although the manager never owned it.</summary>
    private static JsonObject AddBackDangling(JsonObject merged, JsonNode? pruned, FieldType type, FieldSet last)
    {
        var all = TypedFields.Of(type, merged).WithDeclaredFields(type);
        var left = TypedFields.Of(type, pruned).WithDeclaredFields(type);
        var gone = all.Difference(left).Intersection(last.WithDeclaredFields(type));
        return TypedFields.Remove(type, merged, gone)?.AsObject() ?? [];
    }
}
