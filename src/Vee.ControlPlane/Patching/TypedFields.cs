using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Patching;

/// <summary>The fields that a value mentions, and values without some fields.</summary>
/// <remarks>Source: structured-merge-diff, <c>typed/tofieldset.go</c> and <c>typed/remove.go</c>.</remarks>
internal static class TypedFields
{
    /// <summary>Every leaf and every item or key that the value mentions.</summary>
    internal static FieldSet Of(FieldType type, JsonNode? value)
    {
        var set = new FieldSet();
        Collect(type, value, [], set);
        return set;
    }

    /// <summary>The value without some fields, items and keys.</summary>
    /// <returns>Shares nothing with the value; null where nothing is left.</returns>
    internal static JsonNode? Remove(FieldType type, JsonNode? value, FieldSet fields)
    {
        type = type.For(value);
        if (type.Map is { } map)
        {
            return value is JsonObject entries && entries.Count > 0 && !map.IsAtomic
                ? RemoveFromMap(map, entries, fields)
                : null;
        }

        if (type.Scalar is not null)
        {
            return value?.DeepClone();
        }

        return value is JsonArray items && items.Count > 0 && type.List!.IsAssociative
            ? RemoveFromList(type.List, items, fields)
            : null;
    }

    private static JsonObject? RemoveFromMap(MapShape type, JsonObject map, FieldSet fields)
    {
        var result = new JsonObject();
        foreach (var (key, value) in map)
        {
            var element = PathElement.OfField(key);
            if (fields.Has(element))
            {
                continue;
            }

            var below = fields.Below(element);
            result[key] = below.IsEmpty
                ? value?.DeepClone()
                : Remove(type.Fields.GetValueOrDefault(key) ?? type.Element ?? FieldType.Deduced, value, below);
        }

        return result.Count > 0 ? result : null;
    }

    private static JsonArray? RemoveFromList(ListShape type, JsonArray list, FieldSet fields)
    {
        var result = new JsonArray();
        foreach (var item in list)
        {
            var name = TypedText.Name(type, item, out _);
            if (name is not null && fields.Has(name))
            {
                continue;
            }

            var below = name is null ? FieldSet.Empty : fields.Below(name);
            result.Add(below.IsEmpty ? item?.DeepClone() : Remove(type.Element, item, below));
        }

        return result.Count > 0 ? result : null;
    }

    private static void Collect(FieldType type, JsonNode? value, List<PathElement> path, FieldSet set)
    {
        type = type.For(value);
        if (type.Map is { } map)
        {
            if (map.IsAtomic)
            {
                set.Insert([.. path]);
            }
            else if (value is JsonObject entries)
            {
                CollectMap(map, entries, path, set);
            }
        }
        else if (type.Scalar is not null || !type.List!.IsAssociative)
        {
            set.Insert([.. path]);
        }
        else if (value is JsonArray items)
        {
            CollectList(type.List, items, path, set);
        }
    }

    private static void CollectMap(MapShape type, JsonObject map, List<PathElement> path, FieldSet set)
    {
        foreach (var (key, value) in map)
        {
            var isDeclared = type.Fields.TryGetValue(key, out var field);
            path.Add(PathElement.OfField(key));
            Collect(field ?? type.Element ?? FieldType.Deduced, value, path, set);
            if (!isDeclared || value is null || value is JsonObject { Count: 0 })
            {
                set.Insert([.. path]);
            }

            path.RemoveAt(path.Count - 1);
        }
    }

    private static void CollectList(ListShape type, JsonArray list, List<PathElement> path, FieldSet set)
    {
        var items = list.Select(item => (Name: TypedText.Name(type, item, out _), Item: item))
            .Where(i => i.Name is not null).GroupBy(i => i.Name!);
        foreach (var same in items)
        {
            path.Add(same.Key);
            var item = same.First().Item;
            if (same.Skip(1).FirstOrDefault().Name is null)
            {
                Collect(type.Element, item, path, set);
            }

            set.Insert([.. path]);
            path.RemoveAt(path.Count - 1);
        }
    }
}
