using System.Text.Json.Nodes;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Kinds;
using Vee.ControlPlane.Kinds.BuiltIn;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Requests;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Storage;

namespace Vee.ControlPlane.Handling;

/// <summary>What a delete did.</summary>
/// <param name="Value">The object as it is, or as it was last.</param>
/// <param name="IsGone">False when it waits for finalizers.</param>
internal readonly record struct Deletion(JsonObject Value, bool IsGone);

/// <summary>Deletes objects, at once or as soon as their finalizers are lifted.</summary>
/// <remarks>Source: <c>k8s.io/apiserver/pkg/registry/rest/delete.go</c> and the generic store.</remarks>
internal sealed class ObjectDeleter(Cluster cluster)
{
    /// <summary>Holds an owner until what belongs to it is gone.</summary>
    internal const string ForegroundFinalizer = "foregroundDeletion";

    /// <summary>Holds an owner until what belonged to it is set free.</summary>
    internal const string OrphanFinalizer = "orphan";

    /// <summary>Holds a definition until its objects are gone.</summary>
    internal const string CleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

    private static readonly string[] PermanentNamespaces = ["default", "kube-system", "kube-public"];

    /// <exception cref="StatusException">It is not there, a precondition failed, or it may not be deleted.</exception>
    internal async Task<Deletion> DeleteAsync(
        ResourceDefinition resource, ObjectKey key, DeleteOptions options, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var stored = cluster.Store.Get(key)
                ?? throw Fault.NotFound(resource.FaultGroup, resource.Plural, key.Name);
            var live = Cluster.Read(resource, stored);
            RequirePreconditions(resource, live, options);
            if (key.Resource == "namespaces" && PermanentNamespaces.Contains(key.Name, StringComparer.Ordinal))
            {
                throw Fault.Forbidden("", "namespaces", key.Name, "this namespace may not be deleted");
            }

            var value = (JsonObject)live.DeepClone();
            var waits = Mark(resource, value, options);
            if (options.IsDryRun || (waits && Json.AreEqual(value, live)))
            {
                return new(value, !waits);
            }

            var write = new Write(key, stored.Version, waits ? Cluster.Bytes(resource, value) : null);
            var result = await cluster.Store.WriteAsync(write, cancellationToken);
            if (result.Outcome == WriteOutcome.Committed)
            {
                if (waits)
                {
                    StoredJson.SetVersion(value, result.Version);
                }

                return new(value, !waits);
            }
        }
    }

    /// <summary>Marks an object as going, in place.</summary>
    /// <returns>True when it has to wait.</returns>
    private bool Mark(ResourceDefinition resource, JsonObject value, DeleteOptions options) =>
        resource.StorageName switch
        {
            "namespaces" => MarkNamespace(value),
            BuiltInResources.Definitions => MarkDefinition(value),
            _ => MarkObject(value, options),
        };

    private bool MarkObject(JsonObject value, DeleteOptions options)
    {
        var finalizers = value.Finalizers.ToList();
        var (added, removed) = options.Propagation switch
        {
            Propagation.Foreground => (ForegroundFinalizer, [OrphanFinalizer]),
            Propagation.Orphan => (OrphanFinalizer, [ForegroundFinalizer]),
            Propagation.Background => ("", [ForegroundFinalizer, OrphanFinalizer]),
            _ => ("", (string[])[]),
        };
        finalizers.RemoveAll(f => removed.Contains(f, StringComparer.Ordinal));
        if (added.Length > 0 && !finalizers.Contains(added, StringComparer.Ordinal))
        {
            finalizers.Add(added);
        }

        value.SetFinalizers(finalizers);
        if (finalizers.Count > 0 && !value.IsDeleting)
        {
            value.Metadata["deletionTimestamp"] = cluster.Now;
            value.Metadata["deletionGracePeriodSeconds"] = 0;
            if (value.Generation > 0)
            {
                value.Metadata["generation"] = value.Generation + 1;
            }
        }

        return finalizers.Count > 0;
    }

    private bool MarkNamespace(JsonObject value)
    {
        if (!value.IsDeleting)
        {
            value.Metadata["deletionTimestamp"] = cluster.Now;
        }

        if (value["status"] is not JsonObject status)
        {
            status = [];
            value["status"] = status;
        }

        status["phase"] = "Terminating";
        return Json.At(value, "spec", "finalizers") is JsonArray { Count: > 0 } || value.Finalizers.Count > 0;
    }

    private bool MarkDefinition(JsonObject value)
    {
        if (value.IsDeleting)
        {
            return value.Finalizers.Count > 0;
        }

        value.Metadata["deletionTimestamp"] = cluster.Now;
        value.SetFinalizers(value.Finalizers.Append(CleanupFinalizer).Distinct(StringComparer.Ordinal));
        DefinitionStatus.Set(
            value, "Terminating", "True", "InstanceDeletionPending",
            "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon", cluster.Now);
        return true;
    }

    private static void RequirePreconditions(ResourceDefinition resource, JsonObject live, DeleteOptions options)
    {
        if (options.Uid is { } uid && uid != live.Uid)
        {
            throw Fault.Conflict(
                resource.FaultGroup, resource.Kind, live.Name,
                $"the UID in the precondition ({uid}) does not match the UID in record ({live.Uid}). The object might "
                + "have been deleted and then recreated");
        }

        if (options.ResourceVersion is { } version && version != live.ResourceVersion)
        {
            throw Fault.Conflict(
                resource.FaultGroup, resource.Kind, live.Name,
                $"the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record "
                + $"({live.ResourceVersion}). The object might have been modified");
        }
    }
}
