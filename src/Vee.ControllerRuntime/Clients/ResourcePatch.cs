using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vee.ControllerRuntime.Clients;

/// <summary>A change to an object, in one of the two standard forms.</summary>
public sealed record ResourcePatch
{
    private ResourcePatch(string contentType, JsonNode body, bool isIdempotent)
    {
        ContentType = contentType;
        Body = body;
        IsIdempotent = isIdempotent;
    }

    /// <summary>The media type that says how <see cref="Body"/> is meant.</summary>
    internal string ContentType { get; }

    internal JsonNode Body { get; }

    /// <summary>Sent twice, it does the same as sent once.</summary>
    internal bool IsIdempotent { get; }

    /// <summary>RFC 7396: what is named is set, null removes, lists are replaced.</summary>
    /// <param name="change">Serialised with nulls kept only where it is a <see cref="JsonNode"/>.</param>
    public static ResourcePatch Merge(object change) =>
        new(
            "application/merge-patch+json",
            change as JsonNode ?? JsonSerializer.SerializeToNode(change, KubernetesSerializer.Options)
                ?? throw new ArgumentException("a merge patch is an object", nameof(change)),
            isIdempotent: true);

    /// <summary>RFC 6902: operations in order, all or none; <c>test</c> makes preconditions.</summary>
    public static ResourcePatch Json(params IReadOnlyList<JsonPatchOperation> operations)
    {
        var body = new JsonArray();
        foreach (var operation in operations)
        {
            body.Add(operation.ToNode());
        }

        return new("application/json-patch+json", body, isIdempotent: false);
    }
}

/// <summary>One step of a JSON patch.</summary>
/// <param name="Operation"><c>add</c>, <c>replace</c>, <c>remove</c> or <c>test</c>.</param>
/// <param name="Path">A JSON pointer, such as <c>/metadata/finalizers/0</c>.</param>
/// <param name="Value">What to add, replace or test; ignored by <c>remove</c>.</param>
public sealed record JsonPatchOperation(string Operation, string Path, object? Value = null)
{
    internal JsonObject ToNode()
    {
        var node = new JsonObject { ["op"] = Operation, ["path"] = Path };
        if (Operation != "remove")
        {
            node["value"] = JsonSerializer.SerializeToNode(Value, KubernetesSerializer.Options);
        }

        return node;
    }
}
