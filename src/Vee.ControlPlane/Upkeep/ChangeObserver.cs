using System.Text.Json.Nodes;
using Vee.ControlPlane.Kinds;
using Vee.ControlPlane.Kinds.BuiltIn;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Storage;

namespace Vee.ControlPlane.Upkeep;

/// <summary>Sees every write, in order, and notes what follows from it.</summary>
internal sealed class ChangeObserver(ResourceCatalog catalog, OwnerIndex owners, WorkList work)
{
    private const string Namespaces = "namespaces";

    /// <summary>Only objects whose text says one of these can be of interest.</summary>
    private static readonly byte[] OwnerText = [.. "\"ownerReferences\""u8];

    private static readonly byte[] DeletionText = [.. "\"deletionTimestamp\""u8];

    /// <summary>Must be quick: the writer waits for it.</summary>
    internal void Observe(Change change)
    {
        var key = change.Key;
        if (key.Resource == BuiltInResources.Definitions)
        {
            catalog.Set(key.Name, Parse(change.Value, change.Version));
        }

        var before = IsInteresting(change.Previous) || change.Value is null
            ? Parse(change.Previous, change.Version)
            : null;
        var after = IsInteresting(change.Value) ? Parse(change.Value, change.Version) : null;
        owners.Change(key, Uids(before), Uids(after));
        if (after is not null)
        {
            Note(key, after);
        }

        if (change.Value is null && before is not null)
        {
            NoteGone(key, before);
        }
    }

    /// <summary>Looks at an object that is there when the server starts.</summary>
    internal void Start(StoredObject stored)
    {
        if (stored.Key.Resource == BuiltInResources.Definitions)
        {
            catalog.Set(stored.Key.Name, StoredJson.Read(stored));
        }

        if (IsInteresting(stored.Value))
        {
            var value = StoredJson.Read(stored);
            owners.Change(stored.Key, [], Uids(value));
            Note(stored.Key, value);
        }
    }

    private void Note(ObjectKey key, JsonObject value)
    {
        if (value.Owners.Any())
        {
            work.Add(new(WorkKind.Dependent, key));
        }

        if (!value.IsDeleting)
        {
            return;
        }

        work.Add(new(WorkKind.Owner, key));
        if (key.Resource == Namespaces)
        {
            work.Add(new(WorkKind.Namespace, key));
        }
        else if (key.Resource == BuiltInResources.Definitions)
        {
            work.Add(new(WorkKind.Definition, key));
        }
    }

    private void NoteGone(ObjectKey key, JsonObject last)
    {
        foreach (var dependent in owners.DependentsOf(last.Uid))
        {
            work.Add(new(WorkKind.Dependent, dependent));
        }

        foreach (var owner in last.Owners)
        {
            if (catalog.FindKind(owner.Group, owner.Kind) is { } resource)
            {
                var ns = resource.IsNamespaced ? key.Namespace : "";
                work.Add(new(WorkKind.Owner, new(resource.StorageName, ns, owner.Name)));
            }
        }

        if (key.Namespace.Length > 0)
        {
            work.Add(new(WorkKind.Namespace, new(Namespaces, "", key.Namespace)));
        }

        if (key.Resource == BuiltInResources.Definitions)
        {
            // Its names are free now.
            work.Add(new(WorkKind.Definition, key));
        }

        if (catalog.Definitions.GetValueOrDefault(key.Resource) is { IsTerminating: true })
        {
            work.Add(new(WorkKind.Definition, new(BuiltInResources.Definitions, "", key.Resource)));
        }
    }

    private static IEnumerable<string> Uids(JsonObject? value) => value?.Owners.Select(o => o.Uid) ?? [];

    private static bool IsInteresting(byte[]? bytes) =>
        bytes is not null
        && (bytes.AsSpan().IndexOf(OwnerText) >= 0 || bytes.AsSpan().IndexOf(DeletionText) >= 0);

    private static JsonObject? Parse(byte[]? bytes, long version) =>
        bytes is null ? null : StoredJson.Read(bytes, version);
}
