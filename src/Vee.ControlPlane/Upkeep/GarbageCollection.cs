using System.Text.Json.Nodes;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Handling;
using Vee.ControlPlane.Kinds;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Requests;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Storage;

namespace Vee.ControlPlane.Upkeep;

/// <summary>Deletes what belongs to nobody any more, and lets owners go when they may.</summary>
/// <remarks>Source: https://kubernetes.io/docs/concepts/architecture/garbage-collection/.</remarks>
internal sealed class GarbageCollection(
    Cluster cluster, OwnerIndex owners, ObjectUpdater updater, ObjectDeleter deleter)
{
    private static readonly WriteOptions Options = new()
    {
        IsDryRun = false,
        Manager = "vee-control-plane",
        Unknown = UnknownFields.Ignore,
        Forces = false,
    };

    private enum OwnerState
    {
        /// <summary>It may be anywhere: its kind is not known here.</summary>
        Unknown,
        Gone,
        There,

        /// <summary>It is going, and waits for what belongs to it.</summary>
        Waiting,
    }

    /// <summary>Deletes an object all of whose owners are gone, or one that an owner waits for.</summary>
    internal async Task DependentAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (Find(key) is not var (resource, value) || value.IsDeleting || !value.Owners.Any())
        {
            return;
        }

        var states = value.Owners.Select(owner => (Owner: owner, State: StateOf(owner, key.Namespace))).ToList();
        if (states.All(s => s.State is OwnerState.Gone or OwnerState.Waiting))
        {
            var waits = states.Any(s => s.State == OwnerState.Waiting);
            await DeleteAsync(
                resource, key, value.Uid, waits ? Propagation.Foreground : Propagation.Default, cancellationToken);
        }
        else if (states.Exists(s => s.State is OwnerState.Gone or OwnerState.Waiting))
        {
            // Others still own it: it only forgets those who go.
            var going = states.Where(s => s.State is OwnerState.Gone or OwnerState.Waiting)
                .Select(s => s.Owner.Uid).ToHashSet(StringComparer.Ordinal);
            await ForgetOwnersAsync(resource, key, going, cancellationToken);
        }
    }

    /// <summary>Lets an owner go that waits for what belongs to it, or for it to be set free.</summary>
    internal async Task OwnerAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (Find(key) is not var (resource, value) || !value.IsDeleting)
        {
            return;
        }

        if (value.Finalizers.Contains(ObjectDeleter.OrphanFinalizer, StringComparer.Ordinal))
        {
            foreach (var dependent in owners.DependentsOf(value.Uid))
            {
                if (Find(dependent) is var (dependentResource, _))
                {
                    await ForgetOwnersAsync(
                        dependentResource, dependent, new(StringComparer.Ordinal) { value.Uid }, cancellationToken);
                }
            }

            await LiftAsync(resource, key, ObjectDeleter.OrphanFinalizer, cancellationToken);
        }
        else if (value.Finalizers.Contains(ObjectDeleter.ForegroundFinalizer, StringComparer.Ordinal))
        {
            await ForegroundAsync(resource, key, value, cancellationToken);
        }
    }

    private async Task ForegroundAsync(
        ResourceDefinition resource, ObjectKey key, JsonObject value, CancellationToken cancellationToken)
    {
        var isBlocked = false;
        foreach (var dependent in owners.DependentsOf(value.Uid))
        {
            await DependentAsync(dependent, cancellationToken);
            isBlocked |= Find(dependent) is var (_, left)
                && left.Owners.Any(o => o.Uid == value.Uid && o.BlocksDeletion);
        }

        if (!isBlocked)
        {
            await LiftAsync(resource, key, ObjectDeleter.ForegroundFinalizer, cancellationToken);
        }
    }

    private OwnerState StateOf(OwnerReference owner, string ns)
    {
        if (cluster.Catalog.FindKind(owner.Group, owner.Kind) is not { IsVirtual: false } resource)
        {
            return OwnerState.Unknown;
        }

        if (resource.IsNamespaced && ns.Length == 0)
        {
            // An object of the cluster cannot belong to one of a namespace: nobody knows which.
            return OwnerState.Unknown;
        }

        var stored = cluster.Store.Get(Cluster.Key(resource, ns, owner.Name));
        if (stored is null)
        {
            return OwnerState.Gone;
        }

        var value = StoredJson.Read(stored);
        if (value.Uid != owner.Uid)
        {
            return OwnerState.Gone;
        }

        return value.IsDeleting && value.Finalizers.Contains(ObjectDeleter.ForegroundFinalizer, StringComparer.Ordinal)
            ? OwnerState.Waiting
            : OwnerState.There;
    }

    private (ResourceDefinition Resource, JsonObject Value)? Find(ObjectKey key) =>
        cluster.Catalog.FindStored(key.Resource) is { } resource && cluster.Store.Get(key) is { } stored
            ? (resource, Cluster.Read(resource, stored))
            : null;

    private async Task DeleteAsync(
        ResourceDefinition resource, ObjectKey key, string uid, Propagation propagation,
        CancellationToken cancellationToken)
    {
        try
        {
            await deleter.DeleteAsync(
                resource, key, new() { Uid = uid, Propagation = propagation }, cancellationToken);
        }
        catch (StatusException e) when (e.Status.Reason is "NotFound" or "Conflict")
        {
            // It is gone already, or another object has its name.
        }
    }

    private Task ForgetOwnersAsync(
        ResourceDefinition resource, ObjectKey key, HashSet<string> uids, CancellationToken cancellationToken) =>
        ChangeAsync(resource, key, value =>
        {
            var left = (Json.At(value, "metadata", "ownerReferences") as JsonArray ?? [])
                .Where(o => !uids.Contains(Json.GetString(Json.Field(o, "uid")) ?? ""))
                .Select(o => o?.DeepClone()).ToArray();
            value.SetMeta("ownerReferences", left.Length == 0 ? null : new JsonArray(left));
        }, cancellationToken);

    private Task LiftAsync(
        ResourceDefinition resource, ObjectKey key, string finalizer, CancellationToken cancellationToken) =>
        ChangeAsync(
            resource, key, value => value.SetFinalizers(value.Finalizers.Where(f => f != finalizer)),
            cancellationToken);

    private async Task ChangeAsync(
        ResourceDefinition resource, ObjectKey key, Action<JsonObject> change, CancellationToken cancellationToken)
    {
        var update = new Update
        {
            Resource = resource,
            Key = key,
            Options = Options,
            Propose = live =>
            {
                change(live);
                return new(live, OwnersAreSet: false);
            },
        };
        try
        {
            await updater.UpdateAsync(update, cancellationToken);
        }
        catch (StatusException e) when (e.Status.Reason == "NotFound")
        {
            // Gone already.
        }
    }
}
