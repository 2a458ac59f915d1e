using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Vee.ControllerRuntime.Clients;
using Vee.ControllerRuntime.Informers;

namespace Vee.ControllerRuntime.Controllers;

/// <summary>From a key to a controller: freshness, finalizers, a copy of its own.</summary>
internal sealed class EntityReconciler<TEntity>(
    ResourceClient<TEntity> client,
    IInformer<TEntity> informer,
    IReadOnlyList<Func<string, bool>> childrenFresh,
    IReadOnlyList<NamedFinalizer<TEntity>> finalizers,
    IEntityController<TEntity> controller,
    Freshness freshness) : IKeyReconciler
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        freshness.Require(key, () => informer.IsFresh(key));
        if (informer.Store.Get(key) is not { } shared)
        {
            return controller is IDeletedObserver observer
                ? await observer.DeletedAsync(key, cancellation)
                : ReconcileResult.Done;
        }

        freshness.Require(key, () => childrenFresh.All(fresh => fresh(shared.Metadata.Uid)));
        var entity = KubernetesSerializer.Clone(shared);
        if (!entity.Metadata.IsBeingDeleted)
        {
            entity = await AttachAsync(entity, cancellation);
        }

        return entity.Metadata.IsBeingDeleted
            ? await FinalizeAsync(entity, cancellation)
            : await controller.ReconcileAsync(entity, cancellation);
    }

    /// <summary>Persists the finalizers before the controller may do anything that they would have to undo.</summary>
    private async Task<TEntity> AttachAsync(TEntity entity, CancellationToken cancellation)
    {
        var present = entity.Metadata.Finalizers ?? [];
        var missing = finalizers.Select(f => f.Name).Except(present, StringComparer.Ordinal).ToList();
        if (missing.Count == 0)
        {
            return entity;
        }

        // The version is a precondition: the list is replaced, and must be the one that was read.
        var patch = ResourcePatch.Merge(new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["uid"] = entity.Metadata.Uid,
                ["resourceVersion"] = entity.Metadata.ResourceVersion,
                ["finalizers"] = new JsonArray([.. present.Concat(missing).Select(f => (JsonNode)f)]),
            },
        });
        return await client.PatchAsync(entity.Metadata.Key, patch, subresource: null, cancellation);
    }

    private async Task<ReconcileResult> FinalizeAsync(TEntity entity, CancellationToken cancellation)
    {
        foreach (var finalizer in finalizers)
        {
            if (entity.Metadata.Finalizers?.Contains(finalizer.Name) != true)
            {
                continue;
            }

            var result = await finalizer.Finalizer.FinalizeAsync(KubernetesSerializer.Clone(entity), cancellation);
            if (!result.IsDone)
            {
                return result;
            }

            if (await DetachAsync(entity, finalizer.Name) is not { } rest)
            {
                return ReconcileResult.Done;
            }

            entity = rest;
        }

        return ReconcileResult.Done;
    }

    /// <returns>The object without the finalizer; null when it is gone.</returns>
    private async Task<TEntity?> DetachAsync(TEntity entity, string name)
    {
        var index = entity.Metadata.Finalizers.IndexOf(name);
        var patch = ResourcePatch.Json(
            new("test", "/metadata/uid", entity.Metadata.Uid),
            new("test", $"/metadata/finalizers/{index}", name),
            new("remove", $"/metadata/finalizers/{index}"));
        try
        {
            // Not cancelled: everything is undone, and this is what says so. The request has a timeout of its own.
            return await client.PatchAsync(entity.Metadata.Key, patch, subresource: null, CancellationToken.None);
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound)
        {
            return null;
        }
    }
}

/// <summary>A finalizer and the name that holds an object for it.</summary>
internal readonly record struct NamedFinalizer<TEntity>(string Name, IEntityFinalizer<TEntity> Finalizer)
    where TEntity : class;
