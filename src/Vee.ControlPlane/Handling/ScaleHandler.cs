using System.Text.Json.Nodes;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Kinds;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Patching;
using Vee.ControlPlane.Requests;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Tables;

namespace Vee.ControlPlane.Handling;

/// <summary>Shows and changes the replicas of any kind that has some, as a Scale.</summary>
/// <remarks>Source: <c>k8s.io/apiextensions-apiserver/pkg/registry/customresource</c>, ScaleREST.</remarks>
internal sealed class ScaleHandler(Cluster cluster, ObjectUpdater updater)
{
    private static readonly FieldTypes ScaleTypes = new();

    internal JsonObject Get(Target target)
    {
        var stored = cluster.Store.Get(target.Key)
            ?? throw Fault.NotFound(target.Resource.FaultGroup, target.Resource.Plural, target.Key.Name);
        return ToScale(target.Resource, Cluster.Read(target.Resource, stored));
    }

    /// <summary>Changes the replicas.</summary>
    /// <param name="target">Of which object.</param>
    /// <param name="options">How.</param>
    /// <param name="isReplacement">An update, not a patch.</param>
    /// <param name="change">Makes the new Scale from the present one.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    internal async Task<JsonObject> UpdateAsync(
        Target target, WriteOptions options, bool isReplacement, Func<JsonObject, JsonObject> change,
        CancellationToken cancellationToken)
    {
        var resource = target.Resource;
        var update = new Update
        {
            Resource = resource,
            Key = target.Key,
            Subresource = "scale",
            Options = options,
            Propose = live => new(Propose(resource, options, isReplacement, live, change), OwnersAreSet: true),
        };
        return ToScale(resource, await updater.UpdateAsync(update, cancellationToken));
    }

    private JsonObject Propose(
        ResourceDefinition resource, WriteOptions options, bool isReplacement, JsonObject live,
        Func<JsonObject, JsonObject> change)
    {
        var before = ToScale(resource, live);
        var scale = change((JsonObject)before.DeepClone());
        if (scale.Name.Length > 0 && scale.Name != live.Name)
        {
            throw Fault.BadRequest(
                $"the name of the object ({scale.Name}) does not match the name on the URL ({live.Name})");
        }

        if (isReplacement && scale.Uid.Length > 0 && scale.Uid != live.Uid)
        {
            throw Fault.Conflict(
                resource.FaultGroup, resource.Plural, live.Name,
                $"Precondition failed: UID in precondition: {scale.Uid}, UID in object meta: {live.Uid}");
        }

        if (scale.ResourceVersion.Length > 0 && scale.ResourceVersion != live.ResourceVersion)
        {
            throw Fault.Modified(resource.FaultGroup, resource.Plural, live.Name);
        }

        var replicas = Json.TryGetLong(Json.At(scale, "spec", "replicas"), out var count) ? count : 0;
        if (!resource.IsCustom && replicas < 0)
        {
            throw Fault.Invalid("autoscaling", "Scale", live.Name, [
                FieldError.Invalid(
                    FieldPath.Of("spec", "replicas"), replicas, "must be greater than or equal to 0"),
            ]);
        }

        SetOwners(resource, options, before, scale, live);
        PrinterPath.Parse(resource.Rules.Scale!.SpecReplicas)!.Set(live, replicas);
        return live;
    }

    /// <summary>Whoever changes the replicas through a Scale owns them from then on.</summary>
    private void SetOwners(
        ResourceDefinition resource, WriteOptions options, JsonObject before, JsonObject scale, JsonObject live)
    {
        var path = resource.Rules.Scale!.SpecReplicas;
        var shown = ScaleOwnership.ToScale(live.ManagedFields, resource.GroupVersion, path);
        before.Metadata["managedFields"] = shown.DeepClone();
        scale.Metadata["managedFields"] = shown;
        var write = new FieldWrite
        {
            Type = ScaleTypes.Scale,
            Manager = options.Manager,
            Subresource = "scale",
        };
        new FieldOwnership(ScaleTypes, cluster.Time).Update(write, before, scale);
        live.SetMeta("managedFields", ScaleOwnership.ToParent(
            live.ManagedFields, scale.ManagedFields ?? [], resource.GroupVersion, path));
    }

    private static JsonObject ToScale(ResourceDefinition resource, JsonObject value)
    {
        var paths = resource.Rules.Scale!;
        var metadata = new JsonObject();
        foreach (var field in (string[])["name", "namespace", "uid", "resourceVersion", "creationTimestamp"])
        {
            if (value.Metadata[field] is { } content)
            {
                metadata[field] = content.DeepClone();
            }
        }

        var spec = new JsonObject();
        if (Number(value, paths.SpecReplicas) is var desired and not 0)
        {
            spec["replicas"] = desired;
        }

        var status = new JsonObject { ["replicas"] = Number(value, paths.StatusReplicas) };
        if (paths.Selector is { Length: > 0 } selector && Selector(resource, value, selector) is { Length: > 0 } text)
        {
            status["selector"] = text;
        }

        return new()
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = metadata,
            ["spec"] = spec,
            ["status"] = status,
        };
    }

    private static string? Selector(ResourceDefinition resource, JsonObject value, string path)
    {
        if (resource.IsCustom)
        {
            return Json.GetString(PrinterPath.Parse(path)?.Find(value).FirstOrDefault());
        }

        return Json.At(value, "spec", "selector", "matchLabels") is JsonObject labels
            ? string.Join(',', labels.Select(l => $"{l.Key}={Json.GetString(l.Value)}"))
            : null;
    }

    private static long Number(JsonObject value, string path) =>
        Json.TryGetLong(PrinterPath.Parse(path)?.Find(value).FirstOrDefault(), out var number) ? number : 0;

    /// <summary>The one kind that this deals with.</summary>
    private sealed class FieldTypes : IObjectTypes
    {
        internal ObjectType Scale { get; } = BuiltInTypes.Get("autoscaling/v1", "Scale");

        public ObjectType? Find(string apiVersion, string kind) => Scale;
    }
}
