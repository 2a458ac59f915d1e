using System.Text.Json.Nodes;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Handling;
using Vee.ControlPlane.Kinds.BuiltIn;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Requests;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Storage;

namespace Vee.ControlPlane.Upkeep;

/// <summary>Empties namespaces and definitions that are going, and lets them go when nothing is left.</summary>
internal sealed class Termination(
    Cluster cluster, ObjectUpdater updater, ObjectDeleter deleter, DefinitionAcceptance acceptance, TimeSpan grace)
{
    private static readonly WriteOptions Options = new()
    {
        IsDryRun = false,
        Manager = "vee-control-plane",
        Unknown = UnknownFields.Ignore,
        Forces = false,
    };

    private readonly Dictionary<string, long> firstSeen = new(StringComparer.Ordinal);

    /// <summary>Deletes what is in a namespace; then the namespace.</summary>
    /// <returns>When to look again; null when a change will tell.</returns>
    internal async Task<TimeSpan?> NamespaceAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var stored = cluster.Store.Get(key);
        if (stored is null || !StoredJson.Read(stored).IsDeleting)
        {
            firstSeen.Remove(key.Name);
            return null;
        }

        foreach (var content in cluster.Store.Snapshot(reader => reader.InNamespace(key.Name)))
        {
            await DeleteAsync(content.Key, cancellationToken);
        }

        if (cluster.Store.Snapshot(reader => reader.InNamespace(key.Name)).Count > 0)
        {
            return null;
        }

        if (!firstSeen.TryGetValue(key.Name, out var since))
        {
            since = cluster.Time.GetTimestamp();
            firstSeen.Add(key.Name, since);
        }

        var rest = grace - cluster.Time.GetElapsedTime(since);
        if (rest > TimeSpan.Zero)
        {
            return rest;
        }

        if (!await ReleaseAsync(key, cancellationToken))
        {
            return TimeSpan.FromMilliseconds(50);
        }

        firstSeen.Remove(key.Name);
        return null;
    }

    /// <summary>Deletes the objects of a definition; then the definition; then gives its names to who waits.</summary>
    internal async Task DefinitionAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var stored = cluster.Store.Get(key);
        if (stored is null)
        {
            foreach (var other in Instances(key.Resource))
            {
                if (!cluster.Catalog.Definitions.ContainsKey(other.Name))
                {
                    await acceptance.AcceptAsync(other.Name, cancellationToken);
                }
            }

            return;
        }

        if (!StoredJson.Read(stored).IsDeleting)
        {
            return;
        }

        foreach (var instance in Instances(key.Name))
        {
            await DeleteAsync(instance, cancellationToken);
        }

        if (Instances(key.Name).Count > 0)
        {
            return;
        }

        await ChangeAsync(key, value =>
        {
            value.SetFinalizers(value.Finalizers.Where(f => f != ObjectDeleter.CleanupFinalizer));
            DefinitionStatus.Set(
                value, "Terminating", "False", "InstanceDeletionCompleted", "removed all instances", cluster.Now);
        }, cancellationToken);
    }

    private List<ObjectKey> Instances(string resource) =>
        cluster.Store.Snapshot(reader => reader.List(resource, null, "", 0).Select(o => o.Key).ToList());

    /// <summary>Lifts the finalizer that holds an empty namespace.</summary>
    /// <returns>False when something came between.</returns>
    private async Task<bool> ReleaseAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (cluster.Store.Get(key) is not { } stored)
        {
            return true;
        }

        var value = StoredJson.Read(stored);
        if (Json.At(value, "spec", "finalizers") is JsonArray finalizers)
        {
            foreach (var own in finalizers.Where(f => Json.GetString(f) == NamespaceRules.Finalizer).ToList())
            {
                finalizers.Remove(own);
            }

            if (finalizers.Count == 0)
            {
                value["spec"]!.AsObject().Remove("finalizers");
            }
        }

        var resource = cluster.Catalog.FindStored(key.Resource)!;
        var isFree = resource.Rules.IsReleased(value);
        var write = new Write(key, stored.Version, isFree ? null : Cluster.Bytes(resource, value))
        {
            EmptyNamespace = key.Name,
        };
        if (!isFree && Json.AreEqual(value, StoredJson.Read(stored)))
        {
            // Somebody else's finalizer holds it; its removal will tell.
            return true;
        }

        var result = await cluster.Store.WriteAsync(write, cancellationToken);
        return result.Outcome == WriteOutcome.Committed;
    }

    private async Task DeleteAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        try
        {
            if (cluster.Catalog.FindStored(key.Resource) is { } resource)
            {
                await deleter.DeleteAsync(
                    resource, key, new() { Propagation = Propagation.Background }, cancellationToken);
            }
            else if (cluster.Store.Get(key) is { } stored)
            {
                // Its definition is gone, so nobody can lift what holds it.
                await cluster.Store.WriteAsync(new(key, stored.Version, null), cancellationToken);
            }
        }
        catch (StatusException e) when (e.Status.Reason == "NotFound")
        {
            // Gone already.
        }
    }

    private async Task ChangeAsync(ObjectKey key, Action<JsonObject> change, CancellationToken cancellationToken)
    {
        var update = new Update
        {
            Resource = cluster.Catalog.FindStored(BuiltInResources.Definitions)!,
            Key = key,
            Options = Options,
            Propose = live =>
            {
                change(live);
                return new(live, OwnersAreSet: true);
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
