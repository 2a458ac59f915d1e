using System.Text.Json.Nodes;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Kinds;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Requests;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Storage;

namespace Vee.ControlPlane.Handling;

/// <summary>What an update wants, made from what is there.</summary>
/// <param name="Value">Decoded.</param>
/// <param name="OwnersAreSet">The managed fields are as they shall be.</param>
internal readonly record struct Proposal(JsonObject Value, bool OwnersAreSet);

/// <summary>One update: of what, through what, and how the new value comes from the old one.</summary>
internal sealed record Update
{
    public required ResourceDefinition Resource { get; init; }

    public required ObjectKey Key { get; init; }

    /// <value>Empty: the object itself.</value>
    public string Subresource { get; init; } = "";

    public required WriteOptions Options { get; init; }

    /// <summary>Makes the new value from the stored one; may be asked again when another write comes between.</summary>
    public required Func<JsonObject, Proposal> Propose { get; init; }

    /// <summary>The value says which version and uid it replaces: an update, not a patch.</summary>
    public bool IsReplacement { get; init; }
}

/// <summary>Changes objects that exist.</summary>
/// <remarks>Source: <c>k8s.io/apiserver/pkg/registry/rest/update.go</c> and the generic store.</remarks>
internal sealed class ObjectUpdater(Cluster cluster)
{
    private static readonly string[] KeptWhenMissing = ["uid", "deletionTimestamp", "deletionGracePeriodSeconds"];

    private static readonly string[] AlwaysKept = ["creationTimestamp", "generation"];

    /// <summary>Updates until no other write comes between.</summary>
    /// <returns>The object as it is now; the last state of one that was only waiting for this to be deleted.</returns>
    /// <exception cref="StatusException">It was refused.</exception>
    internal async Task<JsonObject> UpdateAsync(Update update, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var resource = update.Resource;
            var stored = cluster.Store.Get(update.Key)
                ?? throw Fault.NotFound(resource.FaultGroup, resource.Plural, update.Key.Name);
            var live = Cluster.Read(resource, stored);
            var value = Merge(update, live);
            if (Json.AreEqual(value, live))
            {
                return live;
            }

            var isGone = live.IsDeleting && resource.Rules.IsReleased(value);
            if (update.Options.IsDryRun)
            {
                return value;
            }

            // A change that leaves nothing to wait for ends the object, and is not stored.
            var write = new Write(update.Key, stored.Version, isGone ? null : Cluster.Bytes(resource, value));
            var result = await cluster.Store.WriteAsync(write, cancellationToken);
            if (result.Outcome == WriteOutcome.Committed)
            {
                if (!isGone)
                {
                    StoredJson.SetVersion(value, result.Version);
                }

                return value;
            }
        }
    }

    /// <summary>The value that is stored if nothing comes between.</summary>
    private JsonObject Merge(Update update, JsonObject live)
    {
        var resource = update.Resource;
        var (value, ownersAreSet) = update.Propose((JsonObject)live.DeepClone());
        ObjectCreator.RequireNamespaceOfPath(resource, update.Key.Namespace, value);
        RequireCurrent(update, value, live);
        foreach (var field in KeptWhenMissing)
        {
            if (value.Metadata[field] is null && live.Metadata[field] is { } kept)
            {
                value.Metadata[field] = kept.DeepClone();
            }
        }

        foreach (var field in AlwaysKept)
        {
            value.SetMeta(field, live.Metadata[field]?.DeepClone());
        }

        if (!ownersAreSet)
        {
            cluster.Ownership.Update(
                new()
                {
                    Type = resource.Rules.Type,
                    Manager = update.Options.Manager,
                    Subresource = update.Subresource,
                    ResetFields = resource.Rules.ResetFields(update.Subresource),
                },
                live, value);
        }

        resource.Rules.PrepareUpdate(value, live, update.Subresource);
        value.Metadata["resourceVersion"] = live.ResourceVersion;
        if (resource.Rules.HasGeneration && update.Subresource != "status" && resource.Rules.ChangesIntent(value, live))
        {
            value.Metadata["generation"] = live.Generation + 1;
        }

        // Checked by the store and by the kind: both say what they find, and clients see both.
        FieldError[] errors =
        [
            .. ObjectMetaRules.ValidateUpdate(value.Metadata, live.Metadata),
            .. resource.Rules.ValidateUpdate(value, live, update.Subresource),
        ];
        return errors.Length == 0
            ? value
            : throw Fault.Invalid(
                resource.FaultGroup, ObjectCreator.KindOf(resource, value), update.Key.Name, errors);
    }

    private static void RequireCurrent(Update update, JsonObject value, JsonObject live)
    {
        var resource = update.Resource;
        var name = update.Key.Name;
        if (update.IsReplacement && value.Uid.Length > 0 && value.Uid != live.Uid)
        {
            throw Fault.Conflict(
                resource.FaultGroup, resource.Plural, name,
                $"StorageError: invalid object, Code: 4, Key: {RegistryKey(resource, update.Key)}, ResourceVersion: 0, "
                + $"AdditionalErrorMsg: Precondition failed: UID in precondition: {value.Uid}, UID in object meta: "
                + live.Uid);
        }

        var version = value.ResourceVersion;
        if (version.Length == 0 || version == "0")
        {
            if (update.IsReplacement && !resource.Rules.AllowsUnconditionalUpdate)
            {
                throw Fault.Invalid(resource.FaultGroup, resource.Plural, name, [
                    FieldError.Invalid(
                        FieldPath.Of("metadata", "resourceVersion"), 0, "must be specified for an update"),
                ]);
            }
        }
        else if (version != live.ResourceVersion)
        {
            throw Fault.Modified(resource.FaultGroup, resource.Plural, name);
        }
    }

    /// <summary>Where kube-apiserver would keep the object, for a message that says so.</summary>
    private static string RegistryKey(ResourceDefinition resource, ObjectKey key)
    {
        var owner = resource.IsCustom || resource.Group == "apiextensions.k8s.io"
            ? $"{resource.Group}/{resource.Plural}"
            : resource.Plural;
        return $"/registry/{owner}/{key.Path}";
    }
}
