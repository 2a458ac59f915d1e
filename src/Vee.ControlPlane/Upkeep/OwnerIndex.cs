using Vee.ControlPlane.Storage;

namespace Vee.ControlPlane.Upkeep;

/// <summary>Who belongs to whom, by the uid of the owner. Thread-safe.</summary>
internal sealed class OwnerIndex
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, HashSet<ObjectKey>> dependents = new(StringComparer.Ordinal);

    internal void Change(ObjectKey key, IEnumerable<string> ownersBefore, IEnumerable<string> ownersAfter)
    {
        lock (gate)
        {
            foreach (var owner in ownersBefore)
            {
                if (dependents.TryGetValue(owner, out var keys) && keys.Remove(key) && keys.Count == 0)
                {
                    dependents.Remove(owner);
                }
            }

            foreach (var owner in ownersAfter)
            {
                if (!dependents.TryGetValue(owner, out var keys))
                {
                    keys = [];
                    dependents.Add(owner, keys);
                }

                keys.Add(key);
            }
        }
    }

    internal IReadOnlyList<ObjectKey> DependentsOf(string ownerUid)
    {
        lock (gate)
        {
            return dependents.TryGetValue(ownerUid, out var keys) ? [.. keys] : [];
        }
    }
}
