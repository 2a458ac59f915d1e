namespace Vee.ControlPlane.Patching;

/// <summary>Bounds the number of Update entries of an object.</summary>
/// <remarks>Source: apimachinery, <c>managedfields/internal/capmanagers.go</c>.</remarks>
internal static class ManagedFieldsCap
{
    private const string Bucket = "ancient-changes";

    /// <summary>Merges the oldest Update entries, one bucket per version, until the bound holds.</summary>
    internal static void Apply(ManagedFields managed, int entriesMax)
    {
        var updates = managed.Owners.Where(o => !o.Key.IsApply).OrderBy(o => o.Value.Seconds)
            .ThenBy(o => o.Key.SortKey, StringComparer.Ordinal).ToList();
        var left = updates.Count;
        var firsts = new Dictionary<string, ManagerId>(StringComparer.Ordinal);
        foreach (var (id, own) in updates)
        {
            if (left <= entriesMax)
            {
                return;
            }

            if (firsts.TryAdd(own.ApiVersion, id))
            {
                continue;
            }

            var bucket = ManagerId.Update(Bucket, own.ApiVersion, "");
            if (managed[bucket] is null)
            {
                var first = firsts[own.ApiVersion];
                managed[bucket] = managed[first];
                managed[first] = null;
            }

            // The entry merged now is the younger one, so its time is the bucket's.
            managed[bucket] = own with { Fields = own.Fields.Union(managed[bucket]!.Fields) };
            managed[id] = id == bucket ? managed[id] : null;
            left--;
        }
    }
}
