using System.Globalization;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Patching;

/// <summary>Keeps <c>metadata.managedFields</c>: who set which field, by which operation, when.</summary>
/// <remarks>Source: server-side apply of Kubernetes and structured-merge-diff. Thread-safe.</remarks>
internal sealed class FieldOwnership(IObjectTypes types, TimeProvider time)
{
    /// <summary>Update entries beyond this are merged, oldest first, into the manager <c>ancient-changes</c>.</summary>
    internal const int UpdateEntriesMax = 10;

    private const string List = "managedFields";

    private static readonly FieldSet NeverOwned = MakeNeverOwned();

    /// <summary>Owns what the running operation changed, until it is known that this was anything.</summary>
    private static readonly ManagerId Current = new("current-operation", IsApply: false, "", "");

    /// <summary>
    /// The client's manager name: the parameter, else what precedes the first slash of the user agent.
    /// </summary>
    /// <param name="parameter">The <c>fieldManager</c> parameter, empty or null when not given.</param>
    /// <param name="userAgent">The <c>User-Agent</c> header, empty or null when not given.</param>
    internal static string ManagerName(string? parameter, string? userAgent)
    {
        var name = string.IsNullOrEmpty(parameter) ? (userAgent ?? "").Split('/')[0] : parameter;
        return name.Length == 0 ? "unknown" : name;
    }

    /// <summary>Records a create, update, or patch other than apply.</summary>
    /// <param name="write">Who writes what.</param>
    /// <param name="live">The stored object; null on create.</param>
    /// <param name="value">The new object (after pruning and defaulting); its managed fields are replaced in
    /// place.</param>
    internal void Update(FieldWrite write, JsonObject? live, JsonObject value)
    {
        var managed = OfLiveOrNew(write, live, value);
        Set(value, null);
        var isCreate = string.IsNullOrEmpty(Json.GetString(Json.At(live, "metadata", "uid")));
        if (managed.Count == 0 && !isCreate)
        {
            // Somebody switched the tracking of this object off, by an empty list.
            return;
        }

        try
        {
            var id = ManagerId.Update(write.Manager, write.Type.ApiVersion, write.Subresource);
            managed = Track(write, live ?? write.Type.Empty, value, managed, id);
            ManagedFieldsCap.Apply(managed, UpdateEntriesMax);
            Set(value, managed.Encode());
        }
        catch (TypedException)
        {
            // The object does not fit its type; validation will say so. Nothing is known about who changed what.
            Set(value, Json.At(live, "metadata", List)?.DeepClone());
        }
    }

    /// <summary>Merges an applied configuration into the stored object.</summary>
    /// <param name="write">Who applies what.</param>
    /// <param name="live">The stored object; null when it does not exist.</param>
    /// <param name="applied">What the client wants, as sent; undecoded (unknown fields are refused here).</param>
    /// <param name="force">Take fields over from other managers.</param>
    /// <returns>
    /// The merged object with managed fields, to be pruned, defaulted and validated as an update (or create); or the
    /// refusal: conflict 409 with causes, 400 or 500. Equal to <paramref name="live"/>, times included, when nothing
    /// changed.
    /// </returns>
    internal PatchResult Apply(FieldWrite write, JsonObject? live, JsonObject applied, bool force)
    {
        if (CheckApplied(write, applied) is { } refusal)
        {
            return refusal;
        }

        var managed = ManagedFields.Decode(Json.At(live, "metadata", List), out var error);
        if (managed is null)
        {
            return Broken($"failed to decode managed fields: {error}");
        }

        try
        {
            TypedText.Check(write.Type.Root, applied, allowsDuplicates: false);
        }
        catch (TypedException misfit)
        {
            return Broken($"failed to create typed patch object ({Name(write, applied)}): {misfit.Message}");
        }

        var stored = live ?? NewObject(write.Type);
        try
        {
            TypedText.Check(write.Type.Root, stored, allowsDuplicates: true);
        }
        catch (TypedException misfit)
        {
            return Broken($"failed to create typed live object ({Name(write, stored)}): {misfit.Message}");
        }

        try
        {
            return ApplyChecked(write, stored, applied, managed, force);
        }
        catch (TypedException misfit)
        {
            return Broken(misfit.Message);
        }
    }

    /// <summary>Undoes a change of times where they are all that changed, so that nothing needs to be stored.</summary>
    /// <param name="live">The stored object.</param>
    /// <param name="value">The new object, whose managed fields become the stored ones if nothing else differs.</param>
    internal static void KeepTimesIfUnchanged(JsonObject live, JsonObject value)
    {
        var before = ManagedFields.Decode(Json.At(live, "metadata", List), out _);
        var after = ManagedFields.Decode(Json.At(value, "metadata", List), out _);
        if (before is null || after is null || before.Count != after.Count ||
            !before.Owners.All(o => after[o.Key] is { } now && now.ApiVersion == o.Value.ApiVersion &&
                now.Fields.Equals(o.Value.Fields)))
        {
            return;
        }

        var changed = Json.At(value, "metadata", List)?.DeepClone();
        Set(value, Json.At(live, "metadata", List)?.DeepClone());
        if (!Json.AreEqual(live, value))
        {
            Set(value, changed);
        }
    }

    private PatchResult ApplyChecked(
        FieldWrite write, JsonObject live, JsonObject applied, ManagedFields managed, bool force)
    {
        if (managed.Count == 0)
        {
            // What is there before anyone applied belongs to a manager of its own, so that it is not taken silently.
            var before = ManagerId.Update("before-first-apply", write.Type.ApiVersion, write.Subresource);
            managed = Track(write, NewObject(write.Type), live, managed, before);
        }

        var merge = new ApplyMerge(types, write);
        var outcome = merge.Run(live, applied, managed, force);
        if (outcome.Conflicts.Count > 0 && write.Manager == LastApplied.Manager)
        {
            var remaining = LastApplied.Without(write.Type, live, outcome.Conflicts);
            outcome = remaining is { Count: 0 }
                ? merge.Run(live, applied, managed, force: true)
                : outcome with { Conflicts = remaining ?? outcome.Conflicts };
        }

        if (outcome.Conflicts.Count > 0)
        {
            return new(null, ApplyConflict.ToFailure(outcome.Conflicts));
        }

        var id = ManagerId.Apply(write.Manager, write.Subresource);
        Strip(outcome.Managed, id);
        var result = outcome.Value ?? live.DeepClone().AsObject();
        if (outcome.Value is not null && outcome.Managed[id] is { } own)
        {
            outcome.Managed[id] = own with { Time = Now() };
        }

        if (write.Manager == LastApplied.Manager)
        {
            LastApplied.Renew(result, applied);
        }

        Set(result, outcome.Managed.Encode());
        return PatchResult.Of(result);
    }

    /// <summary>Gives what differs between two states to a manager, and takes it from all others.</summary>
    private ManagedFields Track(
        FieldWrite write, JsonObject live, JsonObject value, ManagedFields managed, ManagerId id)
    {
        TypedText.Check(write.Type.Root, value, allowsDuplicates: true);
        TypedText.Check(write.Type.Root, live, allowsDuplicates: true);
        var change = new OwnershipChange(types, write);
        var (remaining, comparison) = change.Run(live, value, change.Reconcile(managed), Current);
        var fields = comparison.Modified.Union(comparison.Added).RecursiveDifference(write.ResetFields)
            .Difference(NeverOwned);
        if (!fields.IsEmpty)
        {
            var before = remaining[id]?.Fields ?? FieldSet.Empty;
            remaining[id] = new(fields.Union(before), write.Type.ApiVersion, Now());
        }

        return remaining;
    }

    private static PatchResult? CheckApplied(FieldWrite write, JsonObject applied)
    {
        var apiVersion = Json.GetString(Json.Field(applied, "apiVersion")) ?? "";
        var kind = Json.GetString(Json.Field(applied, "kind")) ?? "";
        if (apiVersion != write.Type.ApiVersion || kind != write.Type.Kind)
        {
            return PatchResult.BadRequest($"invalid object type: {KindText(apiVersion, kind)}");
        }

        return Json.At(applied, "metadata", List) is null
            ? null
            : PatchResult.BadRequest("metadata.managedFields must be nil");
    }

    private static ManagedFields OfLiveOrNew(FieldWrite write, JsonObject? live, JsonObject value)
    {
        var stored = ManagedFields.Decode(Json.At(live, "metadata", List), out _) ?? new ManagedFields();
        if (write.Subresource.Length > 0)
        {
            return stored;
        }

        if (Json.At(value, "metadata", List) is JsonArray given &&
            (given.Count == 0 || (given.Count == 1 && given[0] is JsonObject { Count: 0 })))
        {
            return new ManagedFields();
        }

        // A client that does not know managed fields must not lose them.
        var sent = ManagedFields.Decode(Json.At(value, "metadata", List), out _);
        return sent is null || sent.Count == 0 ? stored : sent;
    }

    private static JsonObject NewObject(ObjectType type)
    {
        var value = type.Empty.DeepClone().AsObject();
        value["apiVersion"] = type.ApiVersion;
        value["kind"] = type.Kind;
        return value;
    }

    private static void Strip(ManagedFields managed, ManagerId id)
    {
        if (managed[id] is { } own)
        {
            var fields = own.Fields.Difference(NeverOwned);
            managed[id] = fields.IsEmpty ? null : own with { Fields = fields };
        }
    }

    private static void Set(JsonObject value, JsonNode? list)
    {
        if (value["metadata"] is not JsonObject metadata)
        {
            return;
        }

        if (list is null)
        {
            metadata.Remove(List);
        }
        else
        {
            metadata[List] = list;
        }
    }

    private static PatchResult Broken(string message) => new(null, new(500, "", message, []));

    private static string Name(FieldWrite write, JsonObject value)
    {
        var name = Json.GetString(Json.At(value, "metadata", "name"));
        var ns = Json.GetString(Json.At(value, "metadata", "namespace"));
        return $"{ns}/{name}; {KindText(write.Type.ApiVersion, write.Type.Kind)}";
    }

    private static string KindText(string apiVersion, string kind) =>
        $"{(apiVersion.Contains('/', StringComparison.Ordinal) ? "" : "/")}{apiVersion}, Kind={kind}";

    private static FieldSet MakeNeverOwned()
    {
        var set = FieldSet.OfTopLevel("apiVersion", "kind", "metadata");
        foreach (var name in (string[])["name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName",
            "generation", List, "resourceVersion"])
        {
            set = set.Union(FieldSet.OfPath("metadata", name));
        }

        return set;
    }

    private string Now() =>
        time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
