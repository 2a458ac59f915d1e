using System.Globalization;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Patching;

/// <summary>JSON patch: a list of operations.</summary>
/// <remarks>
/// Source: RFC 6902, with what kube-apiserver's library adds: negative indices, and a test for null that a missing
/// field
/// passes. Which operation failed is not told, as there.
/// </remarks>
internal static class JsonPatch
{
    /// <summary>Operations beyond this are refused (413).</summary>
    /// <value>10,000, as in kube-apiserver.</value>
    internal const int OperationsMax = 10_000;

    /// <summary>Nodes that copy operations may add: a short patch can otherwise double an object again and again.
    /// </summary>
    private const int CopiedNodesMax = 100_000;

    private static readonly PatchResult Rejected = new(
        null, new(422, "Invalid", "the server rejected our request due to an error in our request", []));

    /// <summary>The object after all operations.</summary>
    /// <param name="target">The stored object; stays as it is.</param>
    /// <param name="patch">The patch; must be a list of operations.</param>
    internal static PatchResult Apply(JsonObject target, JsonNode? patch)
    {
        if (FindError(patch) is { } error)
        {
            return PatchResult.BadRequest($"error decoding patch: json: cannot unmarshal {error}");
        }

        var operations = patch as JsonArray ?? [];
        if (operations.Count > OperationsMax)
        {
            return new(null, new(
                413, "RequestEntityTooLarge",
                "Request entity too large: The allowed maximum operations in a JSON patch is " +
                $"{OperationsMax}, got {operations.Count}", []));
        }

        var result = target.DeepClone().AsObject();
        var copied = 0;
        foreach (var operation in operations)
        {
            if (!TryApply(result, operation?.AsObject() ?? [], ref copied))
            {
                return Rejected;
            }
        }

        return PatchResult.Of(result);
    }

    private static string? FindError(JsonNode? patch)
    {
        if (patch is null)
        {
            return null;
        }

        if (patch is not JsonArray operations)
        {
            return $"{JsonMergePatch.Kind(patch)} into Go value of type []handlers.jsonPatchOp";
        }

        foreach (var operation in operations)
        {
            if (operation is not (null or JsonObject))
            {
                return $"{JsonMergePatch.Kind(operation)} into Go value of type handlers.jsonPatchOp";
            }

            foreach (var field in (string[])["op", "path", "from"])
            {
                if (operation?[field] is { } value && Json.GetString(value) is null)
                {
                    return $"{JsonMergePatch.Kind(value)} into Go struct field jsonPatchOp.{field} of type string";
                }
            }
        }

        return null;
    }

    private static bool TryApply(JsonObject root, JsonObject operation, ref int copied)
    {
        var path = Json.GetString(operation["path"]);
        if (path is null || Find(root, path) is not { } place)
        {
            return false;
        }

        switch (Json.GetString(operation["op"]))
        {
            case "add":
                return place.TryAdd(operation["value"]?.DeepClone());
            case "replace":
                return place.TryGet(out _) && place.TryReplace(operation["value"]?.DeepClone());
            case "remove":
                return place.TryRemove();
            case "test":
                var isThere = place.TryGet(out var found);
                return (isThere || place.IsField) && Json.AreEqual(found, operation["value"]);
            case "move":
                var source = Find(root, Json.GetString(operation["from"]) ?? "");
                return source is not null && source.TryGet(out var moved) && source.TryRemove() &&
                    (Find(root, path)?.TryAdd(moved?.DeepClone()) ?? false);
            case "copy":
                var original = Find(root, Json.GetString(operation["from"]) ?? "");
                if (original is null || !original.TryGet(out var value))
                {
                    return false;
                }

                copied += Count(value);
                return copied <= CopiedNodesMax && place.TryAdd(value?.DeepClone());
            default:
                return false;
        }
    }

    private static int Count(JsonNode? node) => node switch
    {
        JsonObject map => 1 + map.Sum(p => Count(p.Value)),
        JsonArray list => 1 + list.Sum(Count),
        _ => 1,
    };

    /// <summary>What a pointer points at; null where the container is not there.</summary>
    private static Place? Find(JsonNode root, string pointer)
    {
        var steps = pointer.Split('/');
        if (steps.Length < 2)
        {
            return null;
        }

        var container = root;
        foreach (var step in steps[1..^1])
        {
            if (!new Place(container, Unescape(step)).TryGet(out var below) || below is not (JsonObject or JsonArray))
            {
                return null;
            }

            container = below;
        }

        return new(container, Unescape(steps[^1]));
    }

    private static string Unescape(string step) => step.Replace("~1", "/", StringComparison.Ordinal)
        .Replace("~0", "~", StringComparison.Ordinal);

    /// <summary>A field of an object or an item of a list, there or not.</summary>
    private sealed class Place(JsonNode container, string step)
    {
        internal bool IsField => container is JsonObject;

        internal bool TryGet(out JsonNode? value)
        {
            value = null;
            if (container is JsonObject map)
            {
                return map.TryGetPropertyValue(step, out value);
            }

            var list = container.AsArray();
            if (!TryIndex(list.Count, out var index))
            {
                return false;
            }

            value = list[index];
            return true;
        }

        internal bool TryAdd(JsonNode? value)
        {
            if (container is JsonObject map)
            {
                map[step] = value;
                return true;
            }

            var list = container.AsArray();
            if (step == "-")
            {
                list.Add(value);
                return true;
            }

            if (!TryIndex(list.Count + 1, out var index))
            {
                return false;
            }

            list.Insert(index, value);
            return true;
        }

        internal bool TryReplace(JsonNode? value)
        {
            if (container is JsonObject map)
            {
                map[step] = value;
                return true;
            }

            var list = container.AsArray();
            if (!TryIndex(list.Count, out var index))
            {
                return false;
            }

            list[index] = value;
            return true;
        }

        internal bool TryRemove()
        {
            if (container is JsonObject map)
            {
                return map.Remove(step);
            }

            var list = container.AsArray();
            if (!TryIndex(list.Count, out var index))
            {
                return false;
            }

            list.RemoveAt(index);
            return true;
        }

        /// <summary>An index below a count; a negative one counts from the end.</summary>
        private bool TryIndex(int count, out int index)
        {
            const NumberStyles Style = NumberStyles.AllowLeadingSign;
            if (!int.TryParse(step, Style, CultureInfo.InvariantCulture, out index) || index < -count || index >= count)
            {
                return false;
            }

            index = index < 0 ? index + count : index;
            return true;
        }
    }
}
