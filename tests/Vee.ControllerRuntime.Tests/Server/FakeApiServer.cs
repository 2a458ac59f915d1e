using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Vee.ControllerRuntime.Tests.Server;

/// <summary>A small API server on loopback that keeps the rules that matter here and breaks when told to.</summary>
internal sealed class FakeApiServer : IAsyncDisposable
{
    private const int SnapshotsMax = 10;

    private readonly WebApplication app;
    private readonly CancellationTokenSource stopping = new();
    private readonly WatchAnswer watches;
    private readonly ConcurrentDictionary<string, (IReadOnlyList<JsonObject> Items, long Version)> snapshots =
        new(StringComparer.Ordinal);

    private FakeApiServer(WebApplication app)
    {
        this.app = app;
        watches = new WatchAnswer(Store, stopping.Token);
        app.Run(AnswerAsync);
    }

    internal FakeStore Store { get; } = new();

    /// <summary>Decides what goes wrong with a request.</summary>
    internal Func<FakeRequest, FaultKind> Fault { get; set; } = _ => FaultKind.None;

    /// <summary>How late the answer of a slow request is.</summary>
    internal TimeSpan SlowDelay { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <summary>What 429 and 503 ask for, in seconds.</summary>
    internal int RetryAfterSeconds { get; set; } = 1;

    /// <summary>Everything that came in, in order.</summary>
    internal ConcurrentQueue<FakeRequest> Requests { get; } = new();

    /// <summary>Content type and body of every write.</summary>
    internal ConcurrentQueue<(FakeRequest Request, string ContentType, string Query, JsonNode? Body)> Writes { get; } =
        new();

    internal int OpenWatches => watches.OpenCount;

    /// <summary>The longest that a watch is kept open, whatever the client asks for.</summary>
    internal TimeSpan WatchSpanMax
    {
        get => watches.SpanMax;
        set => watches.SpanMax = value;
    }

    /// <summary>How a client of a name connects.</summary>
    internal KubernetesClientConfiguration ConfigurationOf(string client) =>
        new() { Host = Address, UserAgent = client };

    private string Address => app.Services.GetRequiredService<IServer>()
        .Features.Get<IServerAddressesFeature>()!.Addresses.First();

    internal static async Task<FakeApiServer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var server = new FakeApiServer(builder.Build());
        await server.app.StartAsync(server.stopping.Token);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await app.StopAsync(new CancellationTokenSource(TimeSpan.FromSeconds(1)).Token);
        await app.DisposeAsync();
        stopping.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var path = ResourcePath.Parse(context.Request.Path.Value!);
        var isWatch = context.Request.Query.ContainsKey("watch");
        var request = new FakeRequest(
            context.Request.Method,
            path.Plural,
            path.Name,
            path.Subresource,
            isWatch,
            context.Request.Headers.UserAgent.ToString());
        Requests.Enqueue(request);
        var fault = Fault(request);
        if (await BreaksAsync(context, fault))
        {
            return;
        }

        try
        {
            if (isWatch)
            {
                await watches.WriteAsync(context, path, fault);
                return;
            }

            var answer = await CarryOutAsync(context, request, path);
            if (fault == FaultKind.ResetAfter)
            {
                context.Abort();
                return;
            }

            if (fault == FaultKind.HangAfter)
            {
                await HangAsync(context);
                return;
            }

            await JsonAsync(context, request.Method == "POST" ? 201 : 200, answer);
        }
        catch (FakeRefusalException refusal)
        {
            await JsonAsync(context, refusal.Code, Status(refusal.Code, refusal.Reason, refusal.Message));
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
    }

    /// <returns>The request was answered, or never will be.</returns>
    private async Task<bool> BreaksAsync(HttpContext context, FaultKind fault)
    {
        switch (fault)
        {
            case FaultKind.TooManyRequests or FaultKind.Unavailable:
                var code = fault == FaultKind.TooManyRequests ? 429 : 503;
                if (RetryAfterSeconds > 0)
                {
                    context.Response.Headers.RetryAfter = $"{RetryAfterSeconds}";
                }

                await JsonAsync(context, code, Status(code, "TooManyRequests", "slow down"));
                return true;
            case FaultKind.InternalError:
                await JsonAsync(context, 500, Status(500, "InternalError", "boom"));
                return true;
            case FaultKind.BadGateway:
                context.Response.StatusCode = 502;
                await context.Response.WriteAsync("<html>bad gateway</html>", context.RequestAborted);
                return true;
            case FaultKind.Gone:
                await JsonAsync(context, 410, Status(410, "Expired", "too old resource version"));
                return true;
            case FaultKind.Reset:
                context.Abort();
                return true;
            case FaultKind.Slow:
                await Task.Delay(SlowDelay, TimeProvider.System, stopping.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return false;
            case FaultKind.Hang:
                await HangAsync(context);
                return true;
            default:
                return false;
        }
    }

    private async Task HangAsync(HttpContext context)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token, context.RequestAborted);
        await Task.Delay(Timeout.Infinite, both.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        context.Abort();
    }

    private async Task<JsonNode> CarryOutAsync(HttpContext context, FakeRequest request, ResourcePath path)
    {
        var body = context.Request.Method == "GET" || context.Request.ContentLength is null or 0
            ? null
            : await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        if (body is not null)
        {
            Writes.Enqueue((request, context.Request.ContentType ?? "", context.Request.QueryString.Value ?? "", body));
        }

        return request.Method switch
        {
            "GET" when path.Name.Length == 0 => ListAnswer(context, path),
            "GET" => Store.Get(path.Plural, path.Space, path.Name) ?? throw NotFound(path),
            "POST" => Store.Create(path.Plural, path.Space, (JsonObject)body!),
            "PUT" => Store.Change(path.Plural, path.Space, path.Name, old => Replaced(old, (JsonObject)body!)),
            "PATCH" => Patch(context.Request.ContentType!, request, path, body!),
            "DELETE" => Delete(path, body as JsonObject),
            _ => throw new FakeRefusalException(405, "MethodNotAllowed", request.Method),
        };
    }

    private JsonObject ListAnswer(HttpContext context, ResourcePath path)
    {
        var token = ((string?)context.Request.Query["continue"])?.Split(':');
        var skip = token is null ? 0 : int.Parse(token[0], System.Globalization.CultureInfo.InvariantCulture);
        var (items, version) = token is null
            ? Store.List(path.Plural, path.Space)
            : snapshots.GetValueOrDefault(token[1]);
        if (items is null)
        {
            throw new FakeRefusalException(410, "Expired", "the continue token is too old");
        }

        var limit = int.TryParse(
            context.Request.Query["limit"], System.Globalization.CultureInfo.InvariantCulture, out var given)
            ? given
            : int.MaxValue;
        var page = items.Skip(skip).Take(limit).Select(i =>
        {
            var item = i.DeepClone().AsObject();
            item.Remove("kind");
            item.Remove("apiVersion");
            return (JsonNode)item;
        }).ToArray();
        var metadata = new JsonObject { ["resourceVersion"] = $"{version}" };
        if (skip + page.Length < items.Count)
        {
            metadata["continue"] = $"{skip + page.Length}:{version}";
            Remember(version, items);
        }

        return new()
        {
            ["kind"] = "List",
            ["apiVersion"] = "v1",
            ["metadata"] = metadata,
            ["items"] = page.Length == 0 ? null : new JsonArray(page),
        };
    }

    /// <summary>The pages of a list show one moment, until it is too long ago.</summary>
    private void Remember(long version, IReadOnlyList<JsonObject> items)
    {
        snapshots[$"{version}"] = (items, version);
        while (snapshots.Count > SnapshotsMax)
        {
            snapshots.TryRemove(snapshots.Keys.MinBy(k => (k.Length, k))!, out _);
        }
    }

    private JsonObject Patch(string contentType, FakeRequest request, ResourcePath path, JsonNode body)
    {
        if (contentType == "application/apply-patch+yaml" && request.Subresource is null
            && Store.Get(path.Plural, path.Space, path.Name) is null)
        {
            return Store.Create(path.Plural, path.Space, (JsonObject)body);
        }

        return Store.Change(path.Plural, path.Space, path.Name, old =>
        {
            if (contentType == "application/json-patch+json")
            {
                FakePatch.Json(old, (JsonArray)body);
                return old;
            }

            Check(old, (JsonObject)body);
            var status = old["status"]?.DeepClone();
            var changed = (JsonObject)FakePatch.Merge(old, body)!;
            if (request.Subresource == "status" && contentType == "application/apply-patch+yaml")
            {
                // One manager owns the whole status, so what it leaves out goes.
                changed["status"] = body["status"]?.DeepClone();
            }
            else if (request.Subresource is null)
            {
                changed["status"] = status;
            }

            return changed;
        });
    }

    private JsonObject Delete(ResourcePath path, JsonObject? options)
    {
        var old = Store.Get(path.Plural, path.Space, path.Name) ?? throw NotFound(path);
        if (options?["preconditions"] is JsonObject preconditions)
        {
            Check(old, new JsonObject { ["metadata"] = preconditions.DeepClone() });
        }

        var (held, uid) = Store.Delete(path.Plural, path.Space, path.Name);
        return held ?? new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["status"] = "Success",
            ["details"] = new JsonObject { ["name"] = path.Name, ["uid"] = uid },
        };
    }

    private static JsonObject Replaced(JsonObject old, JsonObject body)
    {
        Check(old, body);
        return body;
    }

    private static void Check(JsonObject old, JsonObject body)
    {
        foreach (var name in new[] { "resourceVersion", "uid" })
        {
            if ((string?)FakeStore.Metadata(body)[name] is { Length: > 0 } wanted
                && wanted != (string?)FakeStore.Metadata(old)[name])
            {
                throw new FakeRefusalException(409, "Conflict", $"the object has another {name}");
            }
        }
    }

    private static FakeRefusalException NotFound(ResourcePath path) =>
        new(404, "NotFound", $"{path.Plural} \"{path.Name}\" not found");

    internal static JsonObject Status(int code, string reason, string message) => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Failure",
        ["message"] = message,
        ["reason"] = reason,
        ["code"] = code,
        ["details"] = code == 422
            ? new JsonObject
            {
                ["causes"] = new JsonArray(new JsonObject
                {
                    ["reason"] = "FieldValueRequired",
                    ["message"] = message,
                    ["field"] = message.Split(':')[0],
                }),
            }
            : null,
    };

    private static async Task JsonAsync(HttpContext context, int code, JsonNode answer)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(answer), context.RequestAborted);
    }
}
