using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Vee.ControlPlane.Discovery;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Requests;
using Vee.ControlPlane.Security;
using Vee.ControlPlane.Storage;

namespace Vee.ControlPlane.Serving;

/// <summary>Takes a request through its stations: who, may they, what, and the answer.</summary>
internal sealed partial class RequestPipeline(
    Authenticator authenticator, Authorizer authorizer, ResourceEndpoint resources, DiscoveryDocuments discovery,
    OpenApiEndpoint openApi, ILogger<RequestPipeline> logger)
{
    internal async Task RunAsync(HttpContext context)
    {
        try
        {
            await AnswerAsync(context);
        }
        catch (StatusException e)
        {
            await Answer.StatusAsync(context, e.Status);
        }
        catch (StoreException e)
        {
            LogStore(logger, e, context.Request.Method, context.Request.Path);
            await Answer.StatusAsync(context, Failure(e));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone.
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A defect of this server. It costs this request, not the server, and is told to both sides.
            LogDefect(logger, e, context.Request.Method, context.Request.Path);
            await Answer.StatusAsync(context, new()
            {
                Code = 500,
                Reason = "InternalError",
                Message = $"Internal error occurred: {e.GetType().Name}: {e.Message}",
            });
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "/";
        var isWatch = Query.Flag(context.Request.Query, "watch");
        var request = ApiRequest.Parse(context.Request.Method, path, isWatch);
        var user = authenticator.Identify(context);
        authorizer.Require(user, request);
        if (request.IsResource)
        {
            if (!await resources.AnswerAsync(context, request, user))
            {
                await Answer.NotFoundAsync(context);
            }

            return;
        }

        await OtherAsync(context, path);
    }

    private Task OtherAsync(HttpContext context, string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        if (!isRead && parts is ["api" or "apis", ..])
        {
            throw Fault.MethodNotAllowed();
        }

        return parts switch
        {
            ["healthz" or "livez" or "readyz", ..] => Answer.TextAsync(context, 200, "ok"),
            ["version"] => Answer.ObjectAsync(context, 200, Version(), AnswerForm.Json),
            ["api"] => DiscoverAsync(context, isCore: true),
            ["apis"] => DiscoverAsync(context, isCore: false),
            ["api", var version] => DocumentAsync(context, discovery.Resources("", version)),
            ["apis", var group] => DocumentAsync(context, discovery.Group(group)),
            ["apis", var group, var version] => DocumentAsync(context, discovery.Resources(group, version)),
            ["openapi", ..] => openApi.AnswerAsync(context, parts),
            _ => Answer.NotFoundAsync(context),
        };
    }

    private Task DiscoverAsync(HttpContext context, bool isCore)
    {
        var form = MediaTypes.Choose(context.Request.Headers.Accept, View.Discovery);
        if (form.View != View.Discovery)
        {
            return Answer.ObjectAsync(context, 200, isCore ? discovery.CoreVersions() : discovery.Groups(), form);
        }

        var type = $"application/json;g=apidiscovery.k8s.io;v={form.Version};as=APIGroupDiscoveryList";
        return Answer.BytesAsync(
            context, 200, type, Objects.StoredJson.Bytes(discovery.Aggregated(isCore, form.Version)));
    }

    private static Task DocumentAsync(HttpContext context, JsonObject? document) => document is null
        ? Answer.NotFoundAsync(context)
        : Answer.ObjectAsync(context, 200, document, MediaTypes.Choose(context.Request.Headers.Accept));

    /// <summary>The version whose answers this server gives.</summary>
    private static JsonObject Version() => new()
    {
        ["major"] = "1",
        ["minor"] = "36",
        ["gitVersion"] = "v1.36.0+vee",
        ["gitCommit"] = "",
        ["gitTreeState"] = "clean",
        ["buildDate"] = "1970-01-01T00:00:00Z",
        ["goVersion"] = "",
        ["compiler"] = "",
        ["platform"] = "linux/amd64",
    };

    private static ApiStatus Failure(StoreException e) => e.Fault == StoreFault.Full
        ? new() { Code = 507, Reason = "InsufficientStorage", Message = $"nothing was written: {e.Message}" }
        : new() { Code = 500, Reason = "InternalError", Message = $"Internal error occurred: {e.Message}" };

    [LoggerMessage(2, LogLevel.Error, "{Method} {Path}: failed by a defect")]
    private static partial void LogDefect(ILogger logger, Exception exception, string method, string path);

    [LoggerMessage(1, LogLevel.Error, "{Method} {Path}: the store failed")]
    private static partial void LogStore(ILogger logger, Exception exception, string method, string path);
}
