using System.Text.Json.Nodes;

namespace Vee.ControllerRuntime.Clients;

/// <summary>The metadata that a server-side apply may carry.</summary>
internal static class ApplyMetadata
{
    private static readonly IReadOnlyList<string> SetByServer =
        ["managedFields", "creationTimestamp", "resourceVersion", "generation", "deletionTimestamp",
            "deletionGracePeriodSeconds", "selfLink"];

    /// <summary>Names the object, and leaves out what only the server sets: it refuses managedFields, and a version
    /// that slipped in with a copy would be a precondition that nobody meant.</summary>
    internal static JsonObject Of(JsonObject? metadata, ObjectKey key, string? resourceVersion)
    {
        var result = metadata is null ? [] : (JsonObject)metadata.DeepClone();
        foreach (var name in SetByServer)
        {
            result.Remove(name);
        }

        result["name"] = key.Name;
        if (key.Namespace.Length > 0)
        {
            result["namespace"] = key.Namespace;
        }

        if (resourceVersion is not null)
        {
            result["resourceVersion"] = resourceVersion;
        }

        return result;
    }
}
