using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;

namespace Vee.ControllerRuntime.Clients;

/// <summary>Objects to JSON and back, as the client library's model types want it.</summary>
public static class KubernetesSerializer
{
    /// <summary>camelCase names, nulls omitted, times in UTC, enums as strings.</summary>
    public static JsonSerializerOptions Options { get; } = CopyOfClientOptions();

    /// <summary>An object of its own with the same content; stores share theirs with everybody.</summary>
    public static T Clone<T>(T value)
        where T : class =>
        JsonSerializer.Deserialize<T>(JsonSerializer.SerializeToUtf8Bytes(value, Options), Options)
            ?? throw new InvalidOperationException($"{typeof(T)} serialises to null");

    /// <summary>The JSON object that a request carries.</summary>
    internal static JsonObject ToNode<T>(T value)
        where T : class =>
        JsonSerializer.SerializeToNode(value, Options) as JsonObject
            ?? throw new InvalidOperationException($"{typeof(T)} does not serialise to an object");

    /// <summary>The library shows its options only to a callback; a copy cannot be changed by others.</summary>
    private static JsonSerializerOptions CopyOfClientOptions()
    {
        JsonSerializerOptions? copy = null;
        KubernetesJson.AddJsonOptions(options => copy = new JsonSerializerOptions(options));
        copy!.MakeReadOnly(populateMissingResolver: true);
        return copy;
    }
}
