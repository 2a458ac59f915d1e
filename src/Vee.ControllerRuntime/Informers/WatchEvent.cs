using System.Net;
using System.Text.Json;
using k8s.Models;
using Vee.ControllerRuntime.Clients;

namespace Vee.ControllerRuntime.Informers;

/// <summary>One line of a watch.</summary>
/// <param name="Type">ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.</param>
/// <param name="Body">The object, or the Status of an error.</param>
internal readonly record struct WatchEvent(string Type, JsonElement Body)
{
    /// <summary>What every object has, even one that does not fit its type.</summary>
    internal ObjectKey Key => new(MetadataText("namespace") ?? "", MetadataText("name") ?? "");

    internal string? ResourceVersion => MetadataText("resourceVersion");

    /// <exception cref="JsonException">Not an event.</exception>
    internal static WatchEvent Parse(byte[] line)
    {
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        return root.ValueKind == JsonValueKind.Object
            && root.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String
            && root.TryGetProperty("object", out var body) && body.ValueKind == JsonValueKind.Object
            ? new(type.GetString()!, body.Clone())
            : throw new JsonException("a line of the watch is no event");
    }

    internal static ObjectKey KeyOf(JsonElement body) => new WatchEvent("", body).Key;

    /// <summary>The exception of an ERROR event.</summary>
    internal KubernetesApiException ToException()
    {
        V1Status? status = null;
        try
        {
            status = Body.Deserialize<V1Status>(KubernetesSerializer.Options);
        }
        catch (JsonException)
        {
            // The event is an error in any case; without a Status there is nothing to add to that.
        }

        var code = status?.Code is >= 100 and <= 599 and var known
            ? (HttpStatusCode)known
            : status?.Reason is "Expired" or "Gone" ? HttpStatusCode.Gone : HttpStatusCode.InternalServerError;
        var retryAfter = status?.Details?.RetryAfterSeconds is > 0 and var seconds
            ? TimeSpan.FromSeconds(seconds)
            : (TimeSpan?)null;
        return ApiTransport.ToException(status, code, "watch", retryAfter);
    }

    private string? MetadataText(string name) =>
        Body.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object
        && metadata.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
