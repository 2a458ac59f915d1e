using System.Text.Json;

namespace Vee.ControllerRuntime.Clients;

/// <summary>One page of a list before its objects are decoded. Dispose it when they are.</summary>
internal sealed class RawPage : IDisposable
{
    private readonly JsonDocument document;

    private RawPage(JsonDocument document, IReadOnlyList<JsonElement> items, string resourceVersion, string? next)
    {
        this.document = document;
        Items = items;
        ResourceVersion = resourceVersion;
        Continue = next;
    }

    internal IReadOnlyList<JsonElement> Items { get; }

    internal string ResourceVersion { get; }

    /// <summary>Null on the last page.</summary>
    internal string? Continue { get; }

    public void Dispose() => document.Dispose();

    /// <exception cref="JsonException">Not a list.</exception>
    internal static RawPage Parse(byte[] answer)
    {
        var parsed = JsonDocument.Parse(answer);
        var root = parsed.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("metadata", out var metadata))
        {
            parsed.Dispose();
            throw new JsonException("the server answered something that is no list");
        }

        // Go writes an empty list as null.
        var items = root.TryGetProperty("items", out var array) && array.ValueKind == JsonValueKind.Array
            ? array.EnumerateArray().ToList()
            : [];
        var next = Text(metadata, "continue");
        return new(parsed, items, Text(metadata, "resourceVersion") ?? "", string.IsNullOrEmpty(next) ? null : next);
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
