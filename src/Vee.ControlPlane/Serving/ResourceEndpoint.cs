using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Handling;
using Vee.ControlPlane.Kinds;
using Vee.ControlPlane.Kinds.BuiltIn;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Rendering;
using Vee.ControlPlane.Requests;
using Vee.ControlPlane.Security;

namespace Vee.ControlPlane.Serving;

/// <summary>Answers requests about objects.</summary>
internal sealed class ResourceEndpoint
{
    private readonly Cluster cluster;
    private readonly Reviews reviews;
    private readonly CancellationToken stopping;
    private readonly ListReader lists;
    private readonly WatchStream watches;
    private readonly ObjectCreator creator;
    private readonly ObjectUpdater updater;
    private readonly ObjectDeleter deleter;
    private readonly PatchHandler patches;
    private readonly ScaleHandler scales;
    private readonly DefinitionAcceptance definitions;

    /// <param name="cluster">What the requests are about.</param>
    /// <param name="reviews">Answers who may do what.</param>
    /// <param name="stopping">Ends watches.</param>
    internal ResourceEndpoint(Cluster cluster, Reviews reviews, CancellationToken stopping)
    {
        this.cluster = cluster;
        this.reviews = reviews;
        this.stopping = stopping;
        lists = new(cluster);
        watches = new(cluster, lists);
        creator = new(cluster);
        updater = new(cluster);
        deleter = new(cluster);
        patches = new(cluster, creator, updater);
        scales = new(cluster, updater);
        definitions = new(cluster, updater);
    }

    /// <summary>Answers one request.</summary>
    /// <returns>False when nothing of the kind is served.</returns>
    /// <exception cref="StatusException">It was refused.</exception>
    internal async Task<bool> AnswerAsync(HttpContext context, ApiRequest request, UserIdentity user)
    {
        if (cluster.Catalog.Find(request.Group, request.Version, request.Resource) is not { } resource)
        {
            // Groups of definitions answer for their resources only; built-in groups answer for all of them.
            return cluster.Catalog.All.Any(
                r => !r.IsCustom && r.Group == request.Group && r.Version == request.Version)
                ? throw Fault.NoSuchResource()
                : false;
        }

        if (resource.IsNamespaced ? request.Namespace.Length == 0 && request.Name.Length > 0
            : request.Namespace.Length > 0 && resource.StorageName != "namespaces")
        {
            return resource.IsCustom ? false : throw Fault.NoSuchResource();
        }

        if (request.Subresource.Length > 0)
        {
            await SubresourceAsync(context, request, resource);
            return true;
        }

        if (!resource.Verbs.Contains(request.Verb, StringComparer.Ordinal)
            || (request.Verb == "create" && request.Name.Length > 0)
            || (request.Verb is "update" or "patch" && request.Name.Length == 0)
            || (resource.IsNamespaced && request.Namespace.Length == 0 && request.Verb is "create"))
        {
            throw Fault.MethodNotAllowed();
        }

        await ObjectAsync(context, request, resource, user);
        return true;
    }

    private Task ObjectAsync(HttpContext context, ApiRequest request, ResourceDefinition resource, UserIdentity user) =>
        request.Verb switch
        {
            "get" => GetAsync(context, TargetOf(request, resource)),
            "list" => ListAsync(context, request, resource),
            "watch" => WatchAsync(context, request, resource),
            "create" => CreateAsync(context, request, resource, user),
            "update" => UpdateAsync(context, TargetOf(request, resource)),
            "patch" => PatchAsync(context, TargetOf(request, resource)),
            "delete" => DeleteAsync(context, TargetOf(request, resource)),
            _ => DeleteCollectionAsync(context, request, resource),
        };

    private Task SubresourceAsync(HttpContext context, ApiRequest request, ResourceDefinition resource)
    {
        var subresource = resource.Subresources.FirstOrDefault(s => s.Name == request.Subresource);
        if (subresource is null || request.HasMore)
        {
            throw resource.IsCustom
                ? Fault.NotFound(resource.FaultGroup, resource.Plural, request.Name)
                : Fault.NoSuchResource();
        }

        if (!subresource.Verbs.Contains(request.Verb, StringComparer.Ordinal))
        {
            throw Fault.MethodNotAllowed();
        }

        var target = TargetOf(request, resource);
        return (request.Verb, subresource.Name) switch
        {
            ("get", "scale") => AnswerAsync(context, 200, scales.Get(target)),
            ("get", _) => GetAsync(context, target),
            (_, "scale") => ScaleAsync(context, target, request.Verb == "update"),
            ("update", _) => UpdateAsync(context, target),
            _ => PatchAsync(context, target),
        };
    }

    private Task GetAsync(HttpContext context, Target target)
    {
        var resource = target.Resource;
        var view = View(context, resource);
        var asked = ListOptions.Parse(context.Request.Query, _ => true, isWatch: false).Version();
        if (asked > cluster.Store.Revision)
        {
            throw Fault.VersionTooLarge(asked, cluster.Store.Revision);
        }

        var stored = cluster.Store.Get(target.Key)
            ?? throw Fault.NotFound(resource.FaultGroup, resource.Plural, target.Key.Name);
        return Answer.ObjectAsync(context, 200, view.One(Cluster.Read(resource, stored)), view.Form);
    }

    private Task ListAsync(HttpContext context, ApiRequest request, ResourceDefinition resource)
    {
        var view = View(context, resource);
        var options = Options(context, resource, isWatch: false);
        return Answer.JsonAsync(context, lists.Read(view, NamespaceOf(request, resource), options), view.Form);
    }

    private async Task WatchAsync(HttpContext context, ApiRequest request, ResourceDefinition resource)
    {
        var view = View(context, resource);
        var options = Options(context, resource, isWatch: true);
        _ = options.Version();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        using var sink = new EventResponse(context);
        try
        {
            await watches.RunAsync(view, NamespaceOf(request, resource), options, sink, end.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The server stops: the watch ends like one whose time is over.
        }
    }

    private async Task CreateAsync(
        HttpContext context, ApiRequest request, ResourceDefinition resource, UserIdentity user)
    {
        var warnings = new Warnings();
        var options = WriteOptions.Parse(context.Request, "CreateOptions", isApply: false);
        var view = View(context, resource);
        var value = await ReadAsync(context, resource, options, warnings);
        if (resource.IsVirtual)
        {
            await AnswerAsync(context, 201, reviews.Answer(resource, request.Namespace, value, user, options));
            return;
        }

        var made = await creator.CreateAsync(
            resource, request.Namespace, value, options, isApply: false, context.RequestAborted);
        warnings.Texts.UnionWith(resource.Rules.Warnings(made, null));
        await AcceptAsync(resource, made.Name, options);
        warnings.Write(context);
        await Answer.ObjectAsync(context, 201, view.One(made), view.Form);
    }

    private async Task UpdateAsync(HttpContext context, Target target)
    {
        var resource = target.Resource;
        var warnings = new Warnings();
        var view = View(context, resource);
        var options = WriteOptions.Parse(context.Request, "UpdateOptions", isApply: false);
        var value = await ReadAsync(context, resource, options, warnings);
        PatchHandler.RequireName(target, value);
        if (resource.Rules.AllowsCreateOnUpdate && cluster.Store.Get(target.Key) is null)
        {
            var made = await creator.CreateAsync(
                resource, target.Key.Namespace, value, options, isApply: false, context.RequestAborted);
            await Answer.ObjectAsync(context, 201, view.One(made), view.Form);
            return;
        }

        var update = new Update
        {
            Resource = resource,
            Key = target.Key,
            Subresource = target.Subresource,
            Options = options,
            IsReplacement = true,
            Propose = _ => new((JsonObject)value.DeepClone(), OwnersAreSet: false),
        };
        var updated = await updater.UpdateAsync(update, context.RequestAborted);
        await AcceptAsync(resource, updated.Name, options);
        warnings.Write(context);
        await Answer.ObjectAsync(context, 200, view.One(updated), view.Form);
    }

    private async Task PatchAsync(HttpContext context, Target target)
    {
        var resource = target.Resource;
        var warnings = new Warnings();
        var view = View(context, resource);
        var type = PatchBody.TypeOf(context.Request.ContentType ?? "", takesStrategic: !resource.IsCustom);
        var options = WriteOptions.Parse(context.Request, "PatchOptions", type == PatchType.Apply);
        var patch = PatchBody.Parse(type, await RequestBody.ReadAsync(context));
        var (value, isNew) = await patches.PatchAsync(
            target, patch, options, warnings.Texts, context.RequestAborted);
        await AcceptAsync(resource, value.Name, options);
        warnings.Write(context);
        await Answer.ObjectAsync(context, isNew ? 201 : 200, view.One(value), view.Form);
    }

    private async Task ScaleAsync(HttpContext context, Target target, bool isReplacement)
    {
        var warnings = new Warnings();
        if (isReplacement)
        {
            var options = WriteOptions.Parse(context.Request, "UpdateOptions", isApply: false);
            var parsed = ObjectDecoder.Parse(
                await RequestBody.ReadAsync(context), context.Request.ContentType ?? "");
            var scale = parsed.Node as JsonObject ?? throw Fault.BadRequest($"no Scale: {parsed.Error}");
            await AnswerAsync(context, 200, await scales.UpdateAsync(
                target, options, isReplacement: true, _ => scale, context.RequestAborted));
            return;
        }

        var type = PatchBody.TypeOf(context.Request.ContentType ?? "", takesStrategic: true);
        if (type == PatchType.Strategic)
        {
            // A Scale has no lists, for which alone the two differ.
            type = PatchType.Merge;
        }

        var patchOptions = WriteOptions.Parse(context.Request, "PatchOptions", type == PatchType.Apply);
        var patch = PatchBody.Parse(type, await RequestBody.ReadAsync(context));
        await AnswerAsync(context, 200, await scales.UpdateAsync(
            target, patchOptions, isReplacement: false,
            scale => PatchHandler.Patched(patch, scale), context.RequestAborted));
        warnings.Write(context);
    }

    private async Task DeleteAsync(HttpContext context, Target target)
    {
        var resource = target.Resource;
        var view = View(context, resource);
        var options = await RequestBody.DeleteOptionsAsync(context);
        var (value, isGone) = await deleter.DeleteAsync(resource, target.Key, options, context.RequestAborted);
        var answer = isGone && !resource.Rules.ReturnsDeleted
            ? Success(resource, value)
            : view.One(value);
        await Answer.ObjectAsync(context, 200, answer, view.Form);
    }

    private async Task DeleteCollectionAsync(HttpContext context, ApiRequest request, ResourceDefinition resource)
    {
        var view = View(context, resource);
        var selection = Options(context, resource, isWatch: false);
        var options = await RequestBody.DeleteOptionsAsync(context);
        var ns = NamespaceOf(request, resource);
        var answer = lists.Read(view, ns, selection);
        foreach (var value in lists.Collect(resource, ns, selection).Values)
        {
            try
            {
                var key = Cluster.Key(resource, value.Namespace, value.Name);
                await deleter.DeleteAsync(resource, key, options, context.RequestAborted);
            }
            catch (StatusException e) when (e.Status.Reason == "NotFound")
            {
                // Somebody else deleted it first.
            }
        }

        await Answer.JsonAsync(context, answer, view.Form);
    }

    private static async Task<JsonObject> ReadAsync(
        HttpContext context, ResourceDefinition resource, WriteOptions options, Warnings warnings)
    {
        var bytes = await RequestBody.ReadAsync(context);
        var type = context.Request.ContentType ?? "";
        if (!Protobuf.IsProtobuf(type) || resource.IsCustom)
        {
            return ObjectDecoder.Read(resource, bytes, type, options, warnings.Texts);
        }

        var value = Protobuf.Read(bytes, resource.Kind);
        value["kind"] = resource.Kind;
        value["apiVersion"] = resource.GroupVersion;
        ObjectDecoder.Decode(resource, value, [], options, warnings.Texts);
        return value;
    }

    /// <summary>
    /// A definition is looked at as soon as it is stored, so that its kind is there for the next request.
    /// </summary>
    private Task AcceptAsync(ResourceDefinition resource, string name, WriteOptions options) =>
        resource.StorageName == BuiltInResources.Definitions && !options.IsDryRun
            ? definitions.AcceptAsync(name, CancellationToken.None)
            : Task.CompletedTask;

    private static Task AnswerAsync(HttpContext context, int code, JsonObject value) => Answer.ObjectAsync(
        context, code, value, MediaTypes.Choose(context.Request.Headers.Accept));

    private ObjectView View(HttpContext context, ResourceDefinition resource) => new(
        resource,
        MediaTypes.Choose(context.Request.Headers.Accept, Requests.View.Table, Requests.View.Metadata),
        Query.Text(context.Request.Query, "includeObject"), cluster.Time);

    private static ListOptions Options(HttpContext context, ResourceDefinition resource, bool isWatch) =>
        ListOptions.Parse(context.Request.Query, resource.Rules.Fields.ContainsKey, isWatch);

    private static Target TargetOf(ApiRequest request, ResourceDefinition resource) =>
        new(resource, Cluster.Key(resource, request.Namespace, request.Name), request.Subresource);

    private static string NamespaceOf(ApiRequest request, ResourceDefinition resource) =>
        resource.IsNamespaced ? request.Namespace : "";

    private static JsonObject Success(ResourceDefinition resource, JsonObject value)
    {
        var details = new JsonObject { ["name"] = value.Name };
        if (resource.FaultGroup.Length > 0)
        {
            details["group"] = resource.FaultGroup;
        }

        details["kind"] = resource.Plural;
        details["uid"] = value.Uid;
        return new()
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Success",
            ["details"] = details,
        };
    }
}
