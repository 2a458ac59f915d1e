using System.Globalization;
using System.Text.Json.Nodes;

namespace Vee.ControllerRuntime.Tests.Server;

/// <summary>The patches of the fake API server, as far as tests use them.</summary>
internal static class FakePatch
{
    /// <summary>RFC 7396.</summary>
    internal static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject change)
        {
            return patch?.DeepClone();
        }

        var result = target as JsonObject ?? [];
        foreach (var (name, value) in change)
        {
            if (value is null)
            {
                result.Remove(name);
            }
            else
            {
                result[name] = Merge(result[name]?.DeepClone(), value);
            }
        }

        return result;
    }

    /// <summary>RFC 6902: test, add, replace and remove.</summary>
    internal static void Json(JsonObject target, JsonArray operations)
    {
        foreach (var operation in operations.Cast<JsonObject>())
        {
            var path = ((string)operation["path"]!).Split('/')[1..];
            var parent = path[..^1].Aggregate<string, JsonNode?>(target, (node, name) => Child(node, name));
            Step(parent, path[^1], (string)operation["op"]!, operation["value"]);
        }
    }

    private static void Step(JsonNode? parent, string last, string kind, JsonNode? value)
    {
        switch (kind)
        {
            case "test":
                if (!JsonNode.DeepEquals(Child(parent, last), value))
                {
                    throw new FakeRefusalException(422, "Invalid", $"testing {last} failed");
                }

                break;
            case "remove" when parent is JsonArray array:
                array.RemoveAt(int.Parse(last, CultureInfo.InvariantCulture));
                break;
            case "remove":
                (parent as JsonObject)?.Remove(last);
                break;
            default:
                ((JsonObject)parent!)[last] = value?.DeepClone();
                break;
        }
    }

    private static JsonNode? Child(JsonNode? node, string name) => node switch
    {
        JsonArray array => int.TryParse(name, CultureInfo.InvariantCulture, out var index) && index < array.Count
            ? array[index]
            : null,
        JsonObject entity => entity[name],
        _ => null,
    };
}
