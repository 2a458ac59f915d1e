using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Patching;

/// <summary>JSON merge patch.</summary>
/// <remarks>Source: RFC 7396.</remarks>
internal static class JsonMergePatch
{
    /// <summary>The object with the patch merged in.</summary>
    /// <param name="target">The stored object; stays as it is.</param>
    /// <param name="patch">The patch; anything but an object is a bad request.</param>
    internal static PatchResult Apply(JsonObject target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return PatchResult.BadRequest(
                $"error decoding patch: json: cannot unmarshal {Kind(patch)} into Go value of type " +
                "map[string]interface {}");
        }

        var result = target.DeepClone().AsObject();
        Merge(result, changes);
        return PatchResult.Of(result);
    }

    /// <summary>A value's type in the words of Go's decoder.</summary>
    internal static string Kind(JsonNode? value) => value switch
    {
        null => "null",
        JsonArray => "array",
        JsonObject => "object",
        _ => Json.IsNumber(value) ? "number" : Json.IsBoolean(value) ? "bool" : "string",
    };

    private static void Merge(JsonObject target, JsonObject changes)
    {
        foreach (var (key, change) in changes)
        {
            if (change is null)
            {
                target.Remove(key);
            }
            else if (change is JsonObject below)
            {
                if (target[key] is not JsonObject)
                {
                    target[key] = new JsonObject();
                }

                Merge(target[key]!.AsObject(), below);
            }
            else
            {
                target[key] = change.DeepClone();
            }
        }
    }
}
