using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Patching;

/// <summary>Strategic merge patch: a merge patch that knows which lists of a built-in kind merge by key.</summary>
/// <remarks>Source: apimachinery, <c>util/strategicpatch</c>.</remarks>
internal static class StrategicMergePatch
{
    private const string Directive = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string DeleteFrom = "$deleteFromPrimitiveList/";
    private const string OrderOf = "$setElementOrder/";

    /// <summary>The object with the patch merged in.</summary>
    /// <param name="target">The stored object; stays as it is.</param>
    /// <param name="patch">The patch, with <c>$patch</c>, <c>$setElementOrder</c> and the other directives.</param>
    /// <param name="type">The kind, from <see cref="BuiltInTypes"/>.</param>
    internal static PatchResult Apply(JsonObject target, JsonNode? patch, ObjectType type)
    {
        if (patch is not JsonObject changes)
        {
            return PatchResult.BadRequest(
                $"error decoding patch: json: cannot unmarshal {JsonMergePatch.Kind(patch)} into Go value of type " +
                "map[string]interface {}");
        }

        try
        {
            return PatchResult.Of(Merge(target.DeepClone().AsObject(), changes.DeepClone().AsObject(), type.Root.Map));
        }
        catch (StrategicPatchException refused)
        {
            return new(null, refused.Failure);
        }
    }

    private static JsonObject Merge(JsonObject target, JsonObject changes, MapShape? type)
    {
        if (changes.Remove(Directive, out var directive))
        {
            switch (Json.GetString(directive))
            {
                case "replace":
                    return changes;
                case "delete":
                    return [];
                case "merge":
                    break;
                default:
                    throw StrategicPatchException.BadRequest($"unknown patch type: {GoText.Plain(directive)}");
            }
        }

        Retain(target, changes);
        foreach (var (key, list) in Take(changes, DeleteFrom))
        {
            Delete(target[key] as JsonArray, list);
        }

        var orders = Take(changes, OrderOf);
        foreach (var (key, change) in changes.ToList())
        {
            changes.Remove(key);
            MergeField(target, key, change, type?.Fields.GetValueOrDefault(key) ?? type?.Element);
        }

        foreach (var (key, order) in orders)
        {
            var shape = (type?.Fields.GetValueOrDefault(key) ?? type?.Element)?.List;
            if (target[key] is JsonArray list)
            {
                target[key] = ElementOrder.Apply(list, order, shape?.Patch?.Key ?? "");
            }
        }

        return target;
    }

    private static void MergeField(JsonObject target, string key, JsonNode? change, FieldType? type)
    {
        switch (change)
        {
            case null:
                target.Remove(key);
                break;
            case JsonObject below:
                var there = target[key] as JsonObject ?? [];
                target.Remove(key);
                target[key] = Merge(there, below, type?.Map);
                break;
            case JsonArray list:
                var items = target[key] as JsonArray ?? [];
                target.Remove(key);
                target[key] = MergeList(items, list, type?.List);
                break;
            default:
                target[key] = change;
                break;
        }
    }

    private static JsonArray MergeList(JsonArray target, JsonArray changes, ListShape? type)
    {
        if (type?.Patch is not { } patch)
        {
            return Cleaned(changes);
        }

        if (patch.Key.Length == 0)
        {
            foreach (var item in changes.Where(c => !target.Any(t => Json.AreEqual(t, c))).ToList())
            {
                target.Add(item?.DeepClone());
            }

            return target;
        }

        var isReplaced = changes.Any(c => Json.GetString(Json.Field(c, Directive)) == "replace");
        if (isReplaced)
        {
            return new([.. changes.Where(c => Json.Field(c, Directive) is null).Select(c => c?.DeepClone())]);
        }

        foreach (var change in changes.ToList())
        {
            if (change is not JsonObject fields)
            {
                throw StrategicPatchException.BadRequest("no list of lists or of scalars may be merged by key");
            }

            MergeItem(target, fields, patch.Key, type.Element.Map);
        }

        return target;
    }

    private static void MergeItem(JsonArray target, JsonObject change, string keyField, MapShape? type)
    {
        if (change[keyField] is not { } key)
        {
            throw StrategicPatchException.Internal(
                $"map: {GoText.Plain(change)} does not contain declared merge key: {keyField}");
        }

        var index = target.ToList().FindIndex(t => Json.AreEqual(Json.Field(t, keyField), key));
        if (Json.GetString(change[Directive]) == "delete")
        {
            if (index >= 0)
            {
                target.RemoveAt(index);
            }

            return;
        }

        var copy = change.DeepClone().AsObject();
        if (index < 0)
        {
            target.Add((JsonNode)Merge([], copy, type));
        }
        else
        {
            target[index] = Merge(target[index]!.DeepClone().AsObject(), copy, type);
        }
    }

    /// <summary>A list that replaces another, without directives inside.</summary>
    private static JsonArray Cleaned(JsonArray list) => new(
    [
        .. list.Where(item => Json.GetString(Json.Field(item, Directive)) is not ("delete" or "replace")).Select(item =>
        {
            var copy = item?.DeepClone();
            (copy as JsonObject)?.Remove(Directive);
            return copy;
        }),
    ]);

    private static void Retain(JsonObject target, JsonObject changes)
    {
        if (!changes.Remove(RetainKeys, out var node))
        {
            return;
        }

        if (node is not JsonArray list)
        {
            throw StrategicPatchException.BadRequest("invalid patch format of retainKeys");
        }

        var kept = StructuralSchema.Texts(list);
        if (changes.Any(c =>
            c.Value is not null && !c.Key.StartsWith('$') && !kept.Contains(c.Key, StringComparer.Ordinal)))
        {
            throw StrategicPatchException.BadRequest("invalid patch format of retainKeys");
        }

        foreach (var key in target.Select(p => p.Key).Where(k => !kept.Contains(k, StringComparer.Ordinal)).ToList())
        {
            target.Remove(key);
        }
    }

    private static List<(string Key, JsonArray List)> Take(JsonObject changes, string prefix)
    {
        var taken = new List<(string, JsonArray)>();
        foreach (var (key, value) in changes.Where(c => c.Key.StartsWith(prefix, StringComparison.Ordinal)).ToList())
        {
            changes.Remove(key);
            taken.Add((key[prefix.Length..], value as JsonArray ??
                throw StrategicPatchException.BadRequest(prefix == DeleteFrom
                    ? "invalid patch format of primitive list"
                    : "invalid patch format of setElementOrder list")));
        }

        return taken;
    }

    private static void Delete(JsonArray? target, JsonArray items)
    {
        for (var i = (target?.Count ?? 0) - 1; i >= 0; i--)
        {
            if (items.Any(item => Json.AreEqual(item, target![i])))
            {
                target!.RemoveAt(i);
            }
        }
    }
}

/// <summary>A strategic merge patch that makes no sense.</summary>
internal sealed class StrategicPatchException(PatchFailure failure) : Exception(failure.Message)
{
    internal PatchFailure Failure => failure;

    internal static StrategicPatchException BadRequest(string message) => new(new(400, "BadRequest", message, []));

    internal static StrategicPatchException Internal(string message) => new(new(500, "", message, []));
}
