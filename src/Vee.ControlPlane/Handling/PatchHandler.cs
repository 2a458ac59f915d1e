using System.Text;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Kinds;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Patching;
using Vee.ControlPlane.Requests;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Handling;

/// <summary>The kinds of patch.</summary>
internal enum PatchType
{
    /// <summary>Invalid.</summary>
    None,
    Json,
    Merge,
    Strategic,
    Apply,
}

/// <summary>A patch as it was sent.</summary>
/// <param name="Type">How it is meant.</param>
/// <param name="Body">The patch.</param>
internal sealed record PatchBody(PatchType Type, JsonNode? Body)
{
    /// <summary>Reads the type from the header Content-Type.</summary>
    /// <exception cref="StatusException">415: no type of patch that the kind takes.</exception>
    internal static PatchType TypeOf(string contentType, bool takesStrategic) => MediaTypes.Plain(contentType) switch
    {
        "application/json-patch+json" => PatchType.Json,
        "application/merge-patch+json" => PatchType.Merge,
        "application/apply-patch+yaml" => PatchType.Apply,
        "application/strategic-merge-patch+json" when takesStrategic => PatchType.Strategic,
        _ => throw Fault.UnsupportedMediaType(
            takesStrategic ? MediaTypes.OfferedBuiltInPatches : MediaTypes.OfferedPatches),
    };

    /// <exception cref="StatusException">400: no JSON, or for an apply no YAML.</exception>
    internal static PatchBody Parse(PatchType type, byte[] bytes)
    {
        var parsed = type == PatchType.Apply ? RequestText.ParseYaml(bytes) : RequestText.ParseJson(bytes);
        if (parsed.Error is { } error)
        {
            throw Fault.BadRequest(type == PatchType.Apply
                ? $"error decoding YAML: {error}"
                : $"error decoding patch: {error}");
        }

        if (type == PatchType.Apply && parsed.Node is not JsonObject)
        {
            throw Fault.BadRequest(
                $"error decoding YAML: {Encoding.UTF8.GetString(bytes, 0, Math.Min(bytes.Length, 30))}");
        }

        return new(type, parsed.Node);
    }
}

/// <summary>Changes objects by patches of all four kinds.</summary>
internal sealed class PatchHandler(Cluster cluster, ObjectCreator creator, ObjectUpdater updater)
{
    /// <returns>The object, and whether the patch made it.</returns>
    /// <exception cref="StatusException">It was refused.</exception>
    internal async Task<(JsonObject Value, bool IsNew)> PatchAsync(
        Target target, PatchBody patch, WriteOptions options, ISet<string> warnings,
        CancellationToken cancellationToken)
    {
        if (patch.Type == PatchType.Apply)
        {
            return await ApplyAsync(target, (JsonObject)patch.Body!, options, warnings, cancellationToken);
        }

        var update = new Update
        {
            Resource = target.Resource,
            Key = target.Key,
            Subresource = target.Subresource,
            Options = options,
            Propose = live =>
            {
                var result = Patched(patch, live, target.Resource);
                var value = result.Value ?? throw Fault.From(result.Failure!);
                RequireSameKind(target, value);
                ObjectDecoder.Decode(target.Resource, value, [], options, warnings);
                RequireName(target, value);
                return new(value, OwnersAreSet: false);
            },
        };
        return (await updater.UpdateAsync(update, cancellationToken), false);
    }

    /// <exception cref="StatusException">400: the body names another object than the path.</exception>
    internal static void RequireName(Target target, JsonObject value)
    {
        var name = target.Key.Name;
        if (value.Name.Length > 0 && value.Name != name)
        {
            throw Fault.BadRequest(
                $"the name of the object ({value.Name}) does not match the name on the URL ({name})");
        }
    }

    /// <summary>A value of no kind that has lists, with a patch merged in.</summary>
    /// <exception cref="StatusException">The patch does not fit.</exception>
    internal static JsonObject Patched(PatchBody patch, JsonObject live)
    {
        var result = patch.Type == PatchType.Json
            ? JsonPatch.Apply(live, patch.Body)
            : JsonMergePatch.Apply(live, patch.Body);
        return result.Value ?? throw Fault.From(result.Failure!);
    }

    private static PatchResult Patched(PatchBody patch, JsonObject live, ResourceDefinition resource) =>
        patch.Type switch
        {
            PatchType.Json => JsonPatch.Apply(live, patch.Body),
            PatchType.Merge => JsonMergePatch.Apply(live, patch.Body),
            _ => StrategicMergePatch.Apply(live, patch.Body, resource.Rules.Type),
        };

    private static void RequireSameKind(Target target, JsonObject value)
    {
        var resource = target.Resource;
        if (value.ApiVersion != resource.GroupVersion)
        {
            throw Fault.BadRequest(
                $"the API version in the data ({value.ApiVersion}) does not match the expected API version "
                + $"({resource.GroupVersion})");
        }
    }

    private async Task<(JsonObject Value, bool IsNew)> ApplyAsync(
        Target target, JsonObject applied, WriteOptions options, ISet<string> warnings,
        CancellationToken cancellationToken)
    {
        var resource = target.Resource;
        RequireAppliable(target, applied);
        while (true)
        {
            if (cluster.Store.Get(target.Key) is not null || target.Subresource.Length > 0)
            {
                var update = new Update
                {
                    Resource = resource,
                    Key = target.Key,
                    Subresource = target.Subresource,
                    Options = options,
                    Propose = live => new(Merge(target, live, applied, options, warnings), OwnersAreSet: true),
                };
                return (await updater.UpdateAsync(update, cancellationToken), false);
            }

            var value = Merge(target, null, applied, options, warnings);
            try
            {
                return (
                    await creator.CreateAsync(
                        resource, target.Key.Namespace, value, options, isApply: true, cancellationToken),
                    true);
            }
            catch (StatusException e) when (e.Status.Reason == "AlreadyExists")
            {
                // Somebody else made it first: what was a create is an update now.
            }
        }
    }

    private static void RequireAppliable(Target target, JsonObject applied)
    {
        RequireName(target, applied);
        if (applied.ManagedFields is not null)
        {
            throw Fault.BadRequest("metadata.managedFields must be nil");
        }

        if (applied.Namespace.Length > 0)
        {
            ObjectCreator.RequireNamespaceOfPath(target.Resource, target.Key.Namespace, applied);
        }
    }

    private JsonObject Merge(
        Target target, JsonObject? live, JsonObject applied, WriteOptions options, ISet<string> warnings)
    {
        var resource = target.Resource;
        var write = new FieldWrite
        {
            Type = resource.Rules.Type,
            Manager = options.Manager,
            Subresource = target.Subresource,
            ResetFields = resource.Rules.ResetFields(target.Subresource),
        };
        var result = cluster.Ownership.Apply(write, live, (JsonObject)applied.DeepClone(), options.Forces);
        var value = result.Value ?? throw Fault.From(result.Failure!);
        ObjectDecoder.Decode(resource, value, [], options, warnings);
        if (value.Name.Length == 0)
        {
            value.Metadata["name"] = target.Key.Name;
        }

        return value;
    }
}

/// <summary>The object that a request names.</summary>
/// <param name="Resource">In the version of the request.</param>
/// <param name="Key">Which object.</param>
/// <param name="Subresource">Empty: the object itself.</param>
internal sealed record Target(ResourceDefinition Resource, Storage.ObjectKey Key, string Subresource);
